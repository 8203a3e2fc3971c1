"""The workbench: lists with filters, totals and export, and one act on many cases with a list of what will happen."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel.accounts.access import SIGNED_IN, for_audience
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.casework import inbox, queries
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.forms import form_class
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import mark_read, perform_many, rehearse
from zhengling.kernel.casework.procedure import Act
from zhengling.kernel.clock import today
from zhengling.kernel.identifiers import whole_number
from zhengling.kernel.organisations.queries import suggestions
from zhengling.kernel.people.masking import mask_name
from zhengling.kernel.spreadsheets import MEDIA_TYPE, spreadsheet

PAGE = 50
EXPORTED = 50_000
BATCH = 200


def _filtered(request: HttpRequest, tab: str, actor: Actor) -> tuple[inbox.Filter, Any]:
    if tab not in inbox.tabs_for(actor):
        raise Http404
    form = inbox.Filter(request.GET, tab=tab, actor=actor)
    form.is_valid()
    rows = inbox.rows_of(tab, actor).filter(inbox.condition(tab, form.cleaned_data))
    return form, inbox.ordered(rows, tab, request.GET.get("sort", ""))


@for_audience(SIGNED_IN)
@require_safe
def workbench(request: HttpRequest, tab: str = "") -> HttpResponse:
    """My lists. The number of queries does not depend on the number of rows."""
    actor = actor_of(request)
    tab = tab or inbox.tabs_for(actor)[0]
    form, rows = _filtered(request, tab, actor)
    totals = inbox.totals(rows, tab)
    paginator = Paginator(rows, PAGE)
    paginator.count = totals["total"]
    page = paginator.get_page(request.GET.get("page"))
    counts = inbox.counts(actor)
    lines = list(inbox.lines(page.object_list))
    has_due, batchable = tab == "todo", any(line.batch for line in lines)
    context = {
        "tab": tab,
        "tabs": [(name, inbox.TABS[name], counts[name]) for name in inbox.tabs_for(actor)],
        "form": form,
        "filtered": any(form.cleaned_data.values()),
        "page": page,
        "rows": lines,
        "totals": totals,
        "has_due": has_due,
        "batchable": batchable,
        "columns": 6 + has_due + batchable + (tab == "copies"),
    }
    return render(request, "casework/workbench.html", context)


@for_audience(SIGNED_IN)
@require_safe
def export(request: HttpRequest, tab: str) -> FileResponse:
    """The list as filtered, as an Excel file; names masked as on the page."""
    _form, rows = _filtered(request, tab, actor_of(request))
    headings = [
        _("Number"),
        _("Procedure"),
        _("Matter"),
        _("Person"),
        _("Work"),
        _("Unit"),
        _("Since"),
        _("Due"),
        _("Urgent"),
        *([_("Read on")] if tab == "copies" else []),
    ]
    lines = (
        (
            row.case.number,
            row.case.declaration.label,
            row.case.title,
            mask_name(row.case.subject.name) if row.case.subject else "",
            row.what,
            row.unit.label if row.unit else "",
            row.time,
            row.due,
            _("yes") if row.case.urgent else "",
            *([row.task.done_at] if row.task and tab == "copies" else []),
        )
        for row in inbox.lines(rows[:EXPORTED].iterator(chunk_size=1000))
    )
    file = BytesIO(spreadsheet(headings, lines, title=str(inbox.TABS[tab])))
    name = f"{inbox.TABS[tab]}-{today():%Y%m%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA_TYPE)


@for_audience(SIGNED_IN)
@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """Suggestions for a unit field, while somebody types."""
    text = next((str(value) for name, value in request.GET.items() if name != "level"), "")
    found = suggestions(text.strip(), level=request.GET.get("level", ""))
    return render(request, "casework/unit_options.html", {"units": found})


@for_audience(SIGNED_IN)
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one copy as read (`task`), or all that the page knew of (up to the key `until`)."""
    actor = actor_of(request)
    task, until = (whole_number(request.POST.get(name, "")) for name in ("task", "until"))
    copies = queries.copies(actor)
    if task is not None:
        mark_read(actor, copies.filter(pk=task))
    elif until is not None:
        mark_read(actor, copies.filter(pk__lte=until))
    return redirect("workbench-list", tab="copies")


# --- one act on many cases (批量) -----------------------------------------------------------------------------------


@for_audience(SIGNED_IN)
@require_POST
def batch(request: HttpRequest) -> HttpResponse:
    """Three steps of one page: choose and fill in the act, look through what would happen, see what happened."""
    actor = actor_of(request)
    cases = _chosen(request, actor)
    acts = _batch_acts(cases, actor)
    act = next(
        (act for act in acts if act.name == request.POST.get("act")), acts[0] if len(acts) == 1 else None
    )
    context: dict[str, Any] = {"cases": cases, "acts": acts, "act": act}
    if act is None or not cases:
        return render(request, "casework/batch_choose.html", context, status=200 if acts else 422)
    given = "step" in request.POST or not act.fields
    form = form_class(act.fields)(request.POST if given else None)
    context["form"] = form
    if not given or not form.is_valid():
        return render(request, "casework/batch_choose.html", context, status=422 if given else 200)
    if request.POST.get("step") == "do":
        results = perform_many([case.pk for case in cases], act.name, actor, request.POST)
        context["results"] = _results(cases, results)
        return render(request, "casework/batch_result.html", context)
    context["checks"] = _checks(cases, act, actor, request)
    context["possible"] = sum(not reason for _case, reason in context["checks"])
    return render(request, "casework/batch_check.html", context)


def _chosen(request: HttpRequest, actor: Actor) -> list[Case]:
    keys = []
    for text in request.POST.getlist("case")[:BATCH]:
        try:
            keys.append(UUID(text))
        except ValueError:
            raise Http404 from None
    return list(
        queries.visible(actor).filter(pk__in=keys).select_related("subject", "place").order_by("number")
    )


def _batch_acts(cases: list[Case], actor: Actor) -> list[Act]:
    """Acts that may be done on many at once and that some of the cases are ready for."""
    found: dict[tuple[str, str], Act] = {}
    for case in cases:
        for item in queries.next_acts(case, actor):
            if item.act.batch and item.mine:
                found[case.procedure, item.act.name] = item.act
    return list(found.values())


def _checks(
    cases: list[Case], act: Act, actor: Actor, request: HttpRequest
) -> list[tuple[Case, CaseworkError | None]]:
    """For each case, why the act would be refused; None where it would be done."""
    checked: list[tuple[Case, CaseworkError | None]] = []
    for case in cases:
        try:
            rehearse(case.pk, act.name, actor, request.POST)
        except CaseworkError as error:
            checked.append((case, error))
        else:
            checked.append((case, None))
    return checked


def _results(cases: list[Case], results: list[Any]) -> list[tuple[Case, Exception | None]]:
    outcome = {key: result if isinstance(result, Exception) else None for key, result in results}
    return [(case, outcome[case.pk]) for case in cases]
