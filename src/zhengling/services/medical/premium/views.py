"""The pages of premium subsidy: overview, roster, refunds, one's own."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import SIGNED_IN, for_audience, holders_of
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.models import Case
from zhengling.kernel.exchange.authority import paths
from zhengling.kernel.funds.pages import excel, number
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person
from zhengling.services.medical.desk import Figure, Tile
from zhengling.services.medical.premium import exports, queries, refunds, roster
from zhengling.services.medical.premium.enrolment import ENROLMENTS
from zhengling.services.medical.premium.forms import RosterFilter
from zhengling.services.medical.premium.models import Group, Request, Subsidy

READERS = holders_of("clerk", "reviewer", "approver", "cashier", "policy_officer", "supervisor", "auditor")
REVIEWERS = holders_of("reviewer")
ROWS = 100


def figures(actor: Actor) -> list[Figure]:
    """What the desk of medical assistance shows: who is subsidised this year, and what waits."""
    waiting = queries.waiting(actor, clock.today())
    return [
        Figure(gettext_lazy("persons subsidised this year"), waiting.persons),
        Figure(gettext_lazy("requests not filed yet"), waiting.unfiled, warn=waiting.late > 0),
        Figure(gettext_lazy("refunds in hand"), waiting.refunds),
        Figure(gettext_lazy("differences with the enrolment list"), waiting.differences),
    ]


TILE = Tile(
    label=gettext_lazy("Premium subsidy"),
    summary=gettext_lazy("Rosters, requests for the money, refunds, the platform's enrolment list."),
    url="medical-premium",
    citation="YZCR-2021-01016/9",
    roles=READERS.roles,
    figures=figures,
    rank=20,
)


def year_of(request: HttpRequest) -> int:
    """The benefit year asked for, the present one by default. Raises Http404 for what is no year."""
    return number(request.GET.get("year", ""), default=clock.today().year)


def years_shown() -> range:
    """The years a list offers, the newest first."""
    return range(clock.today().year + 1, 2021, -1)


def county_of(request: HttpRequest, code: str) -> Organisation:
    """The county of that code that the actor reads; 404 for every other, known or not."""
    return get_object_or_404(queries.readable(actor_of(request)), code=code)


@for_audience(READERS)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Persons by group, amounts, refunds, the state of the request and its due date, for each county."""
    year = year_of(request)
    every = queries.overview(actor_of(request), year)
    rows = every if request.GET.get("all") else [row for row in every if row.persons or row.refunds]
    if request.GET.get("format") == "xlsx":
        return excel(f"{_('Premium subsidy')}-{year}", exports.overview_file(rows, year))
    context = {
        "rows": rows,
        "hidden": len(every) - len(rows),
        "totals": queries.overview_totals(rows),
        "groups": Group.choices,
        "terms": roster.terms_for(year),
        "year": year,
        "years": years_shown(),
        "counties": bool(every),
    }
    return render(request, "medical_premium/overview.html", context)


@for_audience(READERS)
@require_safe
def roster_page(request: HttpRequest, code: str) -> HttpResponse:
    """The county's roster: person, identity, rate, amount, with totals by kind."""
    county, year = county_of(request, code), year_of(request)
    requests = Request.objects.filter(county=county, year=year).select_related("case")
    form = RosterFilter(request.GET or None, numbers=[row.number for row in requests])
    rows = queries.lines(county, year, form.cleaned_data if form.is_valid() else {})
    if request.GET.get("format") == "xlsx":
        return excel(f"{county.code}-{year}", exports.roster_file(rows, year))
    totals = queries.kind_totals(rows)
    context = {
        "county": county,
        "year": year,
        "years": years_shown(),
        "form": form,
        "requests": requests,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "kinds": totals,
        "persons": sum(row.persons for row in totals),
        "amount": sum(row.amount for row in totals),
        "terms": roster.terms_for(year),
        "reads_lists": bool(paths(actor_of(request), ENROLMENTS)),
    }
    return render(request, "medical_premium/roster.html", context)


@for_audience(READERS)
@require_safe
def refunds_page(request: HttpRequest, code: str) -> HttpResponse:
    """Refunds of the county: those due that nobody has asked for, and the cases."""
    county, year = county_of(request, code), year_of(request)
    cases = queries.refund_cases(county, year)
    if request.GET.get("format") == "xlsx":
        return excel(f"{county.code}-{year}-{_('Refunds')}", exports.refunds_file(cases, year))
    actor = actor_of(request)
    context = {
        "county": county,
        "year": year,
        "years": years_shown(),
        "unasked": queries.lines(county, year, {"state": "unasked"}),
        "page": Paginator(cases, ROWS).get_page(request.GET.get("page")),
        "may_open": any(
            role == "reviewer" and unit.kind == "medical_insurance" and unit.parent_id == county.pk
            for (role, _pk), unit in actor.grants.items()
        ),
        "reads_lists": bool(paths(actor, ENROLMENTS)),
    }
    return render(request, "medical_premium/refunds.html", context)


@for_audience(REVIEWERS)
@require_POST
def open_refund(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open the refund that the roster shows as due."""
    actor = actor_of(request)
    subsidy = get_object_or_404(
        Subsidy.objects.select_related("person", "county"), pk=pk, county__in=queries.readable(actor)
    )
    try:
        return redirect("case", refunds.open_for(subsidy, actor).number)
    except CaseworkError as error:
        messages.error(request, str(error))
    return redirect("medical-premium-refunds", subsidy.county.code)


@for_audience(SIGNED_IN)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Whether my premium is subsidised, at which rate, and which article says so."""
    actor = actor_of(request)
    if actor.grants:
        raise Http404
    person = Person.objects.filter(account=actor.user).first()
    return render(
        request,
        "medical_premium/mine.html",
        {"person": person, "own": queries.own_years(person, clock.today()) if person else []},
    )


def request_panel(case: Case) -> dict[str, object]:
    """What the case page shows of a request: the roster's figures by group, its digest, the way to the lines."""
    row = case.premium_request
    groups = queries.groups_of(row)
    return {
        "request_row": row,
        "groups": [(Group(group).label, *groups[group]) for group in Group.values if group in groups],
        "persons": sum(persons for persons, _fen in groups.values()),
        "amount": sum(fen for _persons, fen in groups.values()),
    }


def refund_panel(case: Case) -> dict[str, object]:
    """What the case page shows of a refund: the payment, and the computation with its articles."""
    found, asked = refunds.claim(case), case.premium_refund
    terms = found[0] if found else roster.terms_for(asked.year)
    return {
        "asked": asked,
        "terms": terms,
        "in_period": terms is not None and terms.first_day <= asked.paid_on <= terms.last_day,
        "identity": found[1] if found else None,
        "claim": found[2] if found else None,
        "due": refunds.refundable(case) is not None,
    }
