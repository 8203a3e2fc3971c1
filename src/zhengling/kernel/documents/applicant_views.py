"""Letters for whom they were written: opened by number and check code, or by the applicant who signed in."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel.accounts.access import EVERYBODY, SIGNED_IN, for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.casework import following
from zhengling.kernel.casework.models import Case
from zhengling.kernel.documents import queries
from zhengling.kernel.documents.rendering import pdf_of


@for_audience(EVERYBODY)
@require_POST
@sensitive_post_parameters("check_code")
def followed(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A letter of the case whose number and check code are sent along."""
    asked = following.ask(request)
    if asked.case is None:
        return render(request, "casework/follow.html", asked.context, status=asked.status)
    return _pdf(request, asked.case, pk)


@for_audience(SIGNED_IN)
@require_safe
def own(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A letter of the reader's own application."""
    return _pdf(request, get_object_or_404(Case, applicant=actor_of(request).user, letters=pk), pk)


def _pdf(request: HttpRequest, case: Case, pk: UUID) -> FileResponse:
    """The sealed file. Opening it is recorded, by whomever and from wherever."""
    letter = get_object_or_404(queries.for_applicant(case).select_related("sealed"), pk=pk)
    kind, subject = ("person", case.subject_id) if case.subject_id else ("case", case.number)
    record_access(actor_of(request), Action.PRINT, kind, subject, ["letter"], letter.number or case.number)
    name = (letter.number or letter.title).replace("/", "-")[:80]
    response = FileResponse(BytesIO(pdf_of(letter)), filename=f"{name}.pdf")
    response.headers["Cache-Control"] = "private, no-store"
    return response
