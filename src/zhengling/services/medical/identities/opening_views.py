"""The pages of the opening load: where each county stands, its first day, cases that end on paper."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhengling.kernel.accounts.access import for_audience
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.exchange import authority
from zhengling.kernel.exchange.models import Exchange
from zhengling.kernel.exchange.pages import page
from zhengling.kernel.exchange.presentation import totals_of
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.identities import opening, queries
from zhengling.services.medical.identities.forms import CloseForm, CommencementForm
from zhengling.services.medical.identities.models import PaperCase
from zhengling.services.medical.identities.views import READERS, ROWS
from zhengling.services.medical.models import Commencement


@for_audience(READERS)
@require_safe
def counties(request: HttpRequest) -> HttpResponse:
    """Every county the reader sees: its first day and how many of the files are taken over."""
    units = list(queries.units(actor_of(request)))
    begun = {row.unit_id: row for row in Commencement.objects.filter(unit__in=units)}
    names = [item.name for item in opening.DATA_SETS]
    done: dict[int, set[str]] = {}
    applied = Exchange.objects.filter(data_set__in=names, unit__in=units, state=Exchange.State.APPLIED)
    for unit, name in applied.values_list("unit", "data_set"):
        done.setdefault(unit, set()).add(name)
    rows = [(unit, begun.get(unit.pk), len(done.get(unit.pk, ()))) for unit in units]
    return page(request, "medical_identities/counties.html", {"rows": rows, "files": len(names)})


def _county(actor: Actor, code: str) -> Organisation:
    return get_object_or_404(queries.units(actor), code=code)


@for_audience(READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def county(request: HttpRequest, code: str) -> HttpResponse:
    """One county's opening load, step by step, with the control totals and who signed them."""
    actor = actor_of(request)
    unit = _county(actor, code)
    row = Commencement.objects.filter(unit=unit).select_related("recorded_by").first()
    form = CommencementForm(request.POST or None, initial={"begins_on": row.begins_on if row else None})
    refusal: CaseworkError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            opening.commence(actor, unit, form.cleaned_data["begins_on"])
        except CaseworkError as error:
            refusal = error
        else:
            messages.success(request, _("The first day is recorded."))
            return redirect("medical-opening-county", code=code)
    context = {
        "unit": unit,
        "commencement": row,
        "form": form,
        "serves": authority.serves(actor, opening.PERSONS, unit),
        "begun": opening.begun(unit),
        "steps": _steps(unit),
        "papers": PaperCase.objects.filter(unit=unit, closed_on=None).count(),
    }
    return page(request, "medical_identities/county.html", context, refusal)


def _steps(unit: Organisation) -> list[dict[str, object]]:
    names = [item.name for item in opening.DATA_SETS]
    rows = Exchange.objects.filter(data_set__in=names, unit=unit).exclude(state=Exchange.State.DROPPED)
    files: dict[str, list[Exchange]] = {}
    for row in rows.select_related("by", "applied_by").order_by("at"):
        files.setdefault(row.data_set, []).append(row)
    return [
        {
            "data_set": item,
            "files": [(row, totals_of(item, row.totals, row.declared)) for row in files.get(item.name, [])],
        }
        for item in opening.DATA_SETS
    ]


@for_audience(READERS)
@require_safe
def paper_cases(request: HttpRequest) -> HttpResponse:
    """Cases that were open when the county began, until each has ended on paper."""
    actor = actor_of(request)
    rows = queries.paper_cases(actor)
    if request.GET.get("state", "open") == "open":
        rows = rows.filter(closed_on=None)
    context = {
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "state": request.GET.get("state", "open"),
        "serves": authority.served_units(actor, opening.CASES).exists(),
        "total": sum(row.amount for row in rows),
    }
    return page(request, "medical_identities/paper_cases.html", context)


@for_audience(READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How one case on paper ended."""
    actor = actor_of(request)
    row = get_object_or_404(queries.paper_cases(actor), pk=pk)
    form = CloseForm(request.POST or None)
    refusal: CaseworkError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            opening.close_paper_case(actor, row.pk, form.cleaned_data)
        except CaseworkError as error:
            refusal = error
        else:
            messages.success(request, _("%s is closed.") % row.number)
            return redirect("medical-paper-cases")
    context = {"case": row, "form": form, "serves": authority.serves(actor, opening.CASES, row.unit)}
    return page(request, "medical_identities/close.html", context, refusal)
