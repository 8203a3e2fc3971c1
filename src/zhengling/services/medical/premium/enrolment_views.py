"""The platform's enrolment list of a county: handed in, its report, taken over; the differences and how they end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhengling.kernel.accounts.access import for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.exchange import operations as exchanges
from zhengling.kernel.exchange.authority import serves
from zhengling.kernel.exchange.errors import UnusableFile
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.funds.pages import attempt, excel, page
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.premium import exports, queries, roster
from zhengling.services.medical.premium.enrolment import ENROLMENTS, MISMATCHES
from zhengling.services.medical.premium.forms import ListForm
from zhengling.services.medical.premium.views import READERS, REVIEWERS, county_of, year_of, years_shown

ROWS = 100


@for_audience(READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def enrolments(request: HttpRequest, code: str) -> HttpResponse:
    """The lists of a year with their reports, and what differs from the identities."""
    county, year = county_of(request, code), year_of(request)
    form, refusal = ListForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        refusal = _receive(request, county, year, form)
        if refusal is None:
            return redirect(f"{reverse('medical-premium-enrolments', args=[code])}?year={year}")
    every = queries.differences(county, year)
    kind = request.GET.get("kind", "")
    kind = kind if kind in {mismatch.name for mismatch in MISMATCHES} else ""
    rows = every.filter(kind=kind) if kind else every
    if request.GET.get("format") == "xlsx":
        return excel(f"{county.code}-{year}-{_('Differences')}", exports.differences_file(rows, year))
    context = {
        "county": county,
        "year": year,
        "years": years_shown(),
        "form": form,
        "lists": queries.enrolment_lists(county, year)[:10],
        "kinds": _kinds(every),
        "kind": kind,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "amount": rows.order_by().aggregate(fen=Sum("amount"))["fen"] or 0,
        "may": serves(actor_of(request), ENROLMENTS, county),
        "columns": [column.name for column in ENROLMENTS.columns],
        "problems": refusal.problems if isinstance(refusal, UnusableFile) else [],
    }
    return page(request, "medical_premium/enrolments.html", context, refusal)


def _receive(request: HttpRequest, county: Organisation, year: int, form: ListForm) -> CaseworkError | None:
    file = form.cleaned_data["file"]

    def work() -> None:
        exchanges.receive(
            actor_of(request), ENROLMENTS, county, name=file.name, content=file.read(), period=str(year)
        )

    return attempt(request, work, _("Checked; look at the report and take the list over."))


def _kinds(rows: QuerySet[Difference]) -> list[tuple[str, str, int]]:
    """(kind, label, how many), every kind also with none."""
    counted = dict(rows.order_by().values_list("kind").annotate(n=Count("pk")))
    return [(kind.name, str(kind.label), counted.get(kind.name, 0)) for kind in MISMATCHES]


@for_audience(REVIEWERS)
@require_POST
def act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Take a checked list over, or give it up."""
    exchange = get_object_or_404(
        Exchange.objects.select_related("unit"),
        pk=pk,
        data_set=roster.DATA_SET,
        unit__in=queries.readable(actor_of(request)),
    )
    works: dict[str, tuple[Any, str]] = {
        "take": (exchanges.take_over, _("The list is being taken over.")),
        "drop": (exchanges.drop, _("The list was given up.")),
    }
    if act not in works:
        raise Http404
    work, done = works[act]
    refusal = attempt(request, lambda: work(actor_of(request), pk), done)
    return _back(request, exchange.unit, exchange.period, refusal)


@for_audience(REVIEWERS)
@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Settle one difference by the outcome chosen."""
    difference = get_object_or_404(
        Difference.objects.select_related("unit", "exchange"),
        pk=pk,
        data_set=roster.DATA_SET,
        unit__in=queries.readable(actor_of(request)),
    )
    outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "")
    refusal = attempt(
        request,
        lambda: exchanges.decide(actor_of(request), pk, outcome, reason),
        _("The difference is settled."),
    )
    return _back(request, difference.unit, difference.exchange.period, refusal)


def _back(
    request: HttpRequest, county: Organisation, period: str, refusal: CaseworkError | None
) -> HttpResponse:
    if refusal is None:
        return redirect(f"{reverse('medical-premium-enrolments', args=[county.code])}?year={period}")
    context = {"county": county, "year": period}
    return page(request, "medical_premium/refused.html", context, refusal)
