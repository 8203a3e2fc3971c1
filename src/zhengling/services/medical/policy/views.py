"""Reforms listed, drafted and moved on. What a result looks like is in result_views."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.law.queries import parameters_for
from zhengling.services.medical.policy import operations
from zhengling.services.medical.policy.authority import (
    DECIDERS,
    DRAFTER,
    DRAFTERS,
    READERS,
    may_read,
    office_of,
    readable,
)
from zhengling.services.medical.policy.forms import (
    ReformForm,
    RefusalForm,
    SubmitForm,
    TrialForm,
    snapshot_label,
)
from zhengling.services.medical.policy.models import Reform, Snapshot, Work
from zhengling.services.medical.policy.pages import reform_page

ROWS, SNAPSHOTS = 50, 10


@for_audience(READERS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All reforms the reader may see, and the populations they can be tried on."""
    actor = actor_of(request)
    rows = readable(actor)
    state = request.GET.get("state", "")
    if state in Reform.State.values:
        rows = rows.filter(state=state)
    snapshots = Snapshot.objects.select_related("asked_by")[:SNAPSHOTS] if may_read(actor) else []
    context = {
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "state": state,
        "states": Reform.State.choices,
        "snapshots": [(row, snapshot_label(row)) for row in snapshots],
        "drafts": office_of(actor, DRAFTER) is not None,
        "taking": any(row.state in {Work.QUEUED, Work.RUNNING} for row in snapshots),
    }
    return render(request, "medical_policy/index.html", context)


@for_audience(DRAFTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Draft a reform: every changeable value beside the one in force."""
    actor = actor_of(request)
    if office_of(actor, DRAFTER) is None:
        raise PermissionDenied(_("reforms are drafted in the city's medical-security office"))
    form = ReformForm(request.POST or None, law=parameters_for("medical"), base_day=clock.today())
    refusal: CaseworkError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            reform = operations.draft(actor, given["title"], given["base_day"], form.changes)
        except CaseworkError as error:
            refusal = error
        else:
            return redirect("policy-reform", reform.pk)
    return _form_page(request, form, refusal)


@for_audience(DRAFTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a reform that has not been submitted."""
    actor = actor_of(request)
    reform = get_object_or_404(readable(actor), pk=pk)
    form = ReformForm(
        request.POST or None,
        law=parameters_for("medical"),
        base_day=reform.base_day,
        changes=reform.changes,
    )
    form.initial["title"] = reform.title
    refusal: CaseworkError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            operations.edit(
                pk,
                actor,
                given["title"],
                given["base_day"],
                form.changes,
                revision=_revision(request),
            )
        except CaseworkError as error:
            refusal = error
        else:
            return redirect("policy-reform", pk)
    return _form_page(request, form, refusal, reform)


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() else -1


def _form_page(
    request: HttpRequest, form: ReformForm, refusal: CaseworkError | None, reform: Reform | None = None
) -> HttpResponse:
    status = refusal.status if refusal else 422 if form.errors else 200
    context = {"form": form, "refusal": refusal, "reform": reform}
    return render(request, "medical_policy/form.html", context, status=status)


@for_audience(DRAFTERS)
@require_POST
def snapshot(request: HttpRequest) -> HttpResponse:
    """Ask for a snapshot of what this system has decided."""
    try:
        operations.ask_snapshot(actor_of(request))
    except CaseworkError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The worker takes the snapshot; it is listed when it is ready."))
    return redirect("policy-reforms")


def _act(request: HttpRequest, pk: UUID, work: Callable[[Reform], object], done: str) -> HttpResponse:
    """Do it and show the reform; a refusal stands on its page."""
    reform = get_object_or_404(readable(actor_of(request)), pk=pk)
    try:
        work(reform)
    except CaseworkError as error:
        return reform_page(request, reform, refusal=error)
    messages.success(request, done)
    return redirect("policy-reform", pk)


@for_audience(DRAFTERS)
@require_POST
def ask_trial(request: HttpRequest, pk: UUID) -> HttpResponse:
    reform = get_object_or_404(readable(actor_of(request)), pk=pk)
    form = TrialForm(request.POST)
    if not form.is_valid():
        return reform_page(request, reform, trial_form=form)
    chosen: UUID = form.cleaned_data["snapshot"]
    return _act(
        request,
        pk,
        lambda row: operations.ask_trial(row.pk, actor_of(request), chosen),
        _("The worker tries the reform; the result appears here."),
    )


@for_audience(DRAFTERS)
@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(
        request, pk, lambda row: operations.cancel_trial(row.pk, actor_of(request)), _("The trial stops.")
    )


@for_audience(DRAFTERS)
@require_POST
def submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    reform = get_object_or_404(readable(actor_of(request)), pk=pk)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return reform_page(request, reform, submit_form=form)
    given = form.cleaned_data
    return _act(
        request,
        pk,
        lambda row: operations.submit(
            row.pk, actor_of(request), document=given["document"], effective_on=given["effective_on"]
        ),
        _("The reform waits for the decision of a second person."),
    )


@for_audience(DECIDERS)
@require_POST
def approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(
        request,
        pk,
        lambda row: operations.approve(row.pk, actor_of(request)),
        _("Approved: the law changes on its day; earlier decisions stay as they are."),
    )


@for_audience(DECIDERS)
@require_POST
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    reform = get_object_or_404(readable(actor_of(request)), pk=pk)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return reform_page(request, reform, refusal_form=form)
    reason = form.cleaned_data["reason"]
    return _act(request, pk, lambda row: operations.refuse(row.pk, actor_of(request), reason), _("Refused."))


@for_audience(DRAFTERS)
@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, lambda row: operations.withdraw(row.pk, actor_of(request)), _("Withdrawn."))
