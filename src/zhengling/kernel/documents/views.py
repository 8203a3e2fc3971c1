"""Letters: my letters, one letter, drafting, the next step, its files."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import SIGNED_IN, for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.casework.errors import CaseworkError, InvalidData
from zhengling.kernel.documents import course, forms, kinds, queries, rendering
from zhengling.kernel.documents.models import UNFINISHED, Letter
from zhengling.kernel.documents.operations import advance, draft_letter, revise_letter
from zhengling.kernel.documents.seals import verify_seals
from zhengling.kernel.identifiers import whole_number
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.spreadsheets import MEDIA_TYPE, spreadsheet

PAGE = 30
EXPORTED = 20_000
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _filtered(request: HttpRequest) -> tuple[forms.LetterFilter, QuerySet[Letter]]:
    actor = actor_of(request)
    form = forms.LetterFilter(request.GET)
    wanted = forms.cleaned(form)
    rows = queries.mine(actor) if request.GET.get("tab") == "mine" else queries.visible(actor)
    if wanted.get("state"):
        state = wanted["state"]
        rows = rows.filter(state__in=UNFINISHED) if state == "open" else rows.filter(state=state)
    if wanted.get("kind"):
        rows = rows.filter(kind=wanted["kind"])
    if wanted.get("year"):
        rows = rows.filter(created_at__year=wanted["year"])
    if wanted.get("q"):
        words = wanted["q"]
        rows = rows.filter(Q(title__icontains=words) | Q(number__icontains=words) | Q(case__number=words))
    return form, rows.select_related("organ", "drafter", "case").order_by("-created_at")


@for_audience(SIGNED_IN)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Letters that wait for me, or all that I may read."""
    actor = actor_of(request)
    form, rows = _filtered(request)
    context = {
        "tab": request.GET.get("tab", ""),
        "waiting": queries.mine(actor).count(),
        "form": form,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "may_draft": bool(actor.units(*course.OFFICE)),
    }
    return render(request, "documents/index.html", context)


@for_audience(SIGNED_IN)
@require_safe
def export(request: HttpRequest) -> FileResponse:
    """The list as filtered, as an Excel file."""
    _form, rows = _filtered(request)
    headings = [
        _("Number"),
        _("Title"),
        _("Kind"),
        _("Unit"),
        _("State"),
        _("Signed on"),
        _("Drafter"),
        _("Case"),
    ]
    lines = (
        (
            row.number,
            row.title,
            row.letter_kind.label,
            row.organ.label,
            row.get_state_display(),
            row.signed_on,
            row.drafter.full_name,
            row.case.number if row.case else "",
        )
        for row in rows[:EXPORTED].iterator(chunk_size=1000)
    )
    file = BytesIO(spreadsheet(headings, lines, title=_("Letters")))
    name = f"{_('Letters')}-{clock.today():%Y%m%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA_TYPE)


def visible_letter(request: HttpRequest, pk: UUID) -> Letter:
    """The letter, if the reader may see it; for everybody else it does not exist."""
    rows = queries.visible(actor_of(request)).select_related(
        "organ", "template", "drafter", "signer", "case", "case__subject", "sealed"
    )
    return get_object_or_404(rows, pk=pk)


@for_audience(SIGNED_IN)
@require_safe
def letter(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Left the course, middle the pages, right the next steps."""
    return _letter_page(request, visible_letter(request, pk))


def _letter_page(
    request: HttpRequest, found: Letter, refusal: Exception | None = None, tried: str = "", status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    steps = [(item, _step_form(request, item.step, tried)) for item in queries.next_steps(found, actor)]
    context = {
        "letter": found,
        "steps": list(found.steps.select_related("organisation", "actor").order_by("seq")),
        "asked": list(found.countersignatures.select_related("organisation", "by").order_by("pk")),
        "mine": [(item.step, form) for item, form in steps if item.mine],
        "others": [item for item, _form in steps if not item.mine],
        "may_revise": queries.may(found, course.step("revise"), actor),
        "pages": [_data_uri(page) for page in rendering.render_pictures(found)],
        "fonts": rendering.font_report(),
        "seals": verify_seals(rendering.pdf_of(found)) if found.sealed else [],
        "refusal": refusal,
    }
    _record(request, found, "view")
    return render(request, "documents/letter.html", context, status=status)


def _step_form(request: HttpRequest, step: course.Step, tried: str) -> forms.StepForm | None:
    if not step.words:
        return None
    label = _("reason") if step.words == course.REASON else _("opinion")
    data = request.POST if step.name == tried else None
    return forms.StepForm(label, step.words_needed, data, prefix=step.name)


@for_audience(SIGNED_IN)
@require_POST
def step(request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
    """Do the next step."""
    found = visible_letter(request, pk)
    words = request.POST.get(f"{name}-words", "")
    version = request.POST.get("version", "")
    try:
        advance(pk, name, actor_of(request), {"words": words}, version=whole_number(version))
    except KeyError:
        raise Http404 from None
    except InvalidData as error:
        return _letter_page(request, found, tried=name, status=error.status)
    except CaseworkError as error:
        return _letter_page(request, found, error, name, error.status)
    messages.success(request, _("Done: %(step)s") % {"step": course.step(name).label})
    return redirect("letter", pk=pk)


@for_audience(SIGNED_IN)
def new(request: HttpRequest) -> HttpResponse:
    """Draft a letter: first the kind and the unit, then its values."""
    actor = actor_of(request)
    units = forms.drafting_units(actor, course.OFFICE)
    if not units:
        raise PermissionDenied
    asked = request.POST or request.GET
    unit = next((unit for unit in units if unit.code == asked.get("unit")), units[0])
    kind = next((kind for kind in forms.draftable() if kind.name == asked.get("kind")), kinds.GENERAL)
    form = forms.DraftForm(kind, request.POST or None)
    context = {"form": form, "kind": kind, "unit": unit, "units": units, "kinds": forms.draftable()}
    if request.method == "POST" and form.is_valid():
        try:
            made = draft_letter(kind.name, unit, form.values(), actor, **form.head())
        except CaseworkError as error:
            return render(request, "documents/draft.html", {**context, "refusal": error}, status=error.status)
        return redirect("letter", pk=made.pk)
    return render(request, "documents/draft.html", context, status=422 if request.method == "POST" else 200)


@for_audience(SIGNED_IN)
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a draft."""
    found, actor = visible_letter(request, pk), actor_of(request)
    if not queries.may(found, course.step("revise"), actor):
        raise PermissionDenied
    form = forms.DraftForm(found.letter_kind, request.POST or None, initial=forms.initial_of(found))
    context: dict[str, Any] = {"form": form, "kind": found.letter_kind, "unit": found.organ, "letter": found}
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            revise_letter(
                pk,
                form.values(),
                actor,
                version=-1 if (seen := whole_number(version)) is None else seen,
                **form.head(),
            )
        except CaseworkError as error:
            return render(request, "documents/draft.html", {**context, "refusal": error}, status=error.status)
        return redirect("letter", pk=pk)
    return render(request, "documents/draft.html", context, status=422 if request.method == "POST" else 200)


@for_audience(SIGNED_IN)
@require_safe
def pdf(request: HttpRequest, pk: UUID) -> FileResponse:
    """The sealed file, or a marked preview while there is none."""
    found = visible_letter(request, pk)
    _record(request, found, "print")
    return FileResponse(BytesIO(rendering.pdf_of(found)), filename=f"{_file_name(found)}.pdf")


@for_audience(SIGNED_IN)
@require_safe
def docx(request: HttpRequest, pk: UUID) -> FileResponse:
    """The text as a Word document, without seal."""
    found = visible_letter(request, pk)
    _record(request, found, "export")
    file = BytesIO(rendering.docx_of(found))
    return FileResponse(file, as_attachment=True, filename=f"{_file_name(found)}.docx", content_type=DOCX)


def _file_name(found: Letter) -> str:
    return (found.number or found.title).replace("/", "-").replace("\n", "")[:80]


def _record(request: HttpRequest, found: Letter, action: str) -> None:
    """Letters of a case name a person; looking at one is kept in the access record."""
    if found.case and found.case.subject_id:
        record_access(
            actor_of(request),
            action,
            "person",
            found.case.subject_id,
            ["letter"],
            found.number or found.case.number,
        )


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def unit_of_code(code: str) -> Organisation:
    return get_object_or_404(Organisation, code=code)
