"""Reading premium subsidies: whose counties one sees, the overview by county, the roster with its totals, one's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.casework.models import Case, Party, TimeLimit
from zhengling.kernel.exchange.models import Difference
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.kernel.people.models import Person
from zhengling.services.medical.models import Identity
from zhengling.services.medical.premium import roster
from zhengling.services.medical.premium.models import Group, Request, Route, Subsidy
from zhengling.services.medical.premium.rules import Entitlement, Terms

OFFICES = ("medical_insurance", "finance")
"""The departments that carry the request (article 21)."""


def readable(actor: Actor) -> QuerySet[Organisation]:
    """Counties whose rosters the actor reads: if and only if he works in the medical insurance or finance department of
    the county or of the city, or supervises or audits an area that holds the county."""
    paths = {
        unit.path[: unit.path.rindex("/", 0, -1) + 1] if unit.level == Level.DEPARTMENT else unit.path
        for (role, _pk), unit in actor.grants.items()
        if ROLES[role].business and (unit.kind in OFFICES or ROLES[role].reads_subtree)
    }
    if not paths:
        return Organisation.objects.none()
    rule = reduce(or_, [Q(path__startswith=path) for path in sorted(paths)])
    return Organisation.objects.filter(rule, level=Level.COUNTY)


@dataclass(slots=True)
class CountyRow:
    """One county in a year: persons and fen by group on all its rosters, refunds, and where its requests stand."""

    county: Organisation
    groups: dict[str, tuple[int, int]] = field(default_factory=dict)
    refunds: int = 0
    refund_fen: int = 0
    requests: list[Request] = field(default_factory=list)
    limits: dict[UUID, TimeLimit] = field(default_factory=dict)

    @property
    def counted(self) -> list[tuple[int, int]]:
        """(persons, fen) in the order of the groups."""
        return [self.groups.get(group, (0, 0)) for group in Group.values]

    @property
    def persons(self) -> int:
        return sum(persons for persons, _fen in self.groups.values())

    @property
    def amount(self) -> int:
        return sum(fen for _persons, fen in self.groups.values())

    @property
    def stands(self) -> list[tuple[Request, TimeLimit | None]]:
        """The requests, each with its limit for filing."""
        return [(request, self.limits.get(request.pk)) for request in self.requests]


def overview(actor: Actor, year: int) -> list[CountyRow]:
    """A row for each county the actor reads; refunds asked for count before they are decided. Five queries however many
    counties."""
    rows = {county.pk: CountyRow(county) for county in readable(actor)}
    sums = (
        Subsidy.objects.filter(county__in=rows, year=year)
        .order_by()
        .values_list("county", "route", "group")
        .annotate(n=Count("pk"), fen=Sum("amount"))
    )
    for county, route, group, persons, fen in sums:
        row = rows[county]
        if route == Route.FUND:
            row.groups[group] = (persons, fen)
        else:
            row.refunds, row.refund_fen = row.refunds + persons, row.refund_fen + fen
    asked = Party.objects.filter(
        relation="county",
        organisation__in=rows,
        case__premium_refund__year=year,
        case__premium_refund__running=True,
        case__premium_refunded=None,
    )
    for county, cases in asked.values_list("organisation").annotate(n=Count("pk")).order_by():
        rows[county].refunds += cases
    for request in Request.objects.filter(county__in=rows, year=year).select_related("case"):
        rows[request.county_id].requests.append(request)
    limits = TimeLimit.objects.filter(
        case__in=[request.pk for row in rows.values() for request in row.requests], name="request"
    ).order_by("pk")
    of_case = {limit.case_id: limit for limit in limits}
    for row in rows.values():
        row.limits = {request.pk: of_case[request.pk] for request in row.requests if request.pk in of_case}
    return list(rows.values())


@dataclass(frozen=True, slots=True)
class OverviewTotals:
    """Column sums of the overview."""

    counted: list[tuple[int, int]]
    persons: int
    amount: int
    refunds: int
    refund_fen: int


def overview_totals(rows: Iterable[CountyRow]) -> OverviewTotals:
    listed = list(rows)
    counted = [
        (sum(row.counted[i][0] for row in listed), sum(row.counted[i][1] for row in listed))
        for i in range(len(Group.values))
    ]
    return OverviewTotals(
        counted,
        sum(row.persons for row in listed),
        sum(row.amount for row in listed),
        sum(row.refunds for row in listed),
        sum(row.refund_fen for row in listed),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of the present year is done and what waits, in the counties the actor reads."""

    persons: int
    unfiled: int
    late: int
    refunds: int
    differences: int


def waiting(actor: Actor, today: date) -> Waiting:
    counties = readable(actor)
    unfiled = TimeLimit.objects.filter(
        case__premium_request__county__in=counties, name="request", state=TimeLimit.State.RUNNING
    )
    return Waiting(
        persons=Subsidy.objects.filter(county__in=counties, year=today.year).count(),
        unfiled=unfiled.count(),
        late=unfiled.filter(due__lt=today).count(),
        refunds=Party.objects.filter(
            relation="county",
            organisation__in=counties,
            case__premium_refund__running=True,
            case__closed_at=None,
        ).count(),
        differences=Difference.objects.filter(
            data_set=roster.DATA_SET, unit__in=counties, state=Difference.State.OPEN
        ).count(),
    )


def lines(county: Organisation, year: int, chosen: dict[str, Any]) -> QuerySet[Subsidy]:
    """The county's roster of the year with filters by `kind`, `group`, `route`, `township` and `request` (number)."""
    rows = Subsidy.objects.filter(county=county, year=year).select_related(
        "person__household_register", "person__residence", "identity", "request__case", "refund"
    )
    for name in ("kind", "group", "route"):
        if chosen.get(name):
            rows = rows.filter(**{name: chosen[name]})
    if chosen.get("request"):
        rows = rows.filter(request__number=int(chosen["request"]))
    if chosen.get("state") == "unasked":
        rows = rows.filter(route=Route.REFUND, refund=None)
    return rows.order_by("route", "kind", "person__household_register__path", "person__name", "pk")


@dataclass(frozen=True, slots=True)
class KindTotal:
    """Persons and fen of one kind of identity at one rate."""

    kind: str
    rate: int
    route: str
    persons: int
    amount: int

    @property
    def label(self) -> str:
        return str(Identity.Kind(self.kind).label)

    @property
    def route_label(self) -> str:
        return str(Route(self.route).label)


def kind_totals(rows: QuerySet[Subsidy]) -> list[KindTotal]:
    """Totals of a list by kind of identity, rate and way of payment; one query."""
    sums = rows.order_by().values_list("kind", "rate", "route").annotate(n=Count("pk"), fen=Sum("amount"))
    return [KindTotal(*row) for row in sorted(sums, key=lambda row: (row[2], -row[1], row[0]))]


def refund_cases(county: Organisation, year: int) -> QuerySet[Case]:
    """The county's refund cases of a year, newest first."""
    return (
        Case.objects.filter(premium_refund__year=year, place__path__startswith=county.path)
        .select_related("premium_refund", "subject", "place", "premium_refunded")
        .order_by("-opened_at")
    )


@dataclass(frozen=True, slots=True)
class OwnYear:
    """What one person sees of himself for a year: the terms, the claim, what was paid, and how it stands."""

    terms: Terms
    claim: Entitlement | None
    identity: Identity | None
    subsidy: Subsidy | None
    refund: Case | None
    paid: int | None
    too_late: list[Identity]

    @property
    def own_part(self) -> int:
        return self.terms.premium - (self.claim.amount if self.claim else 0)


def own_years(person: Person, today: date) -> list[OwnYear]:
    """The years set for which a premium is or was paid, the newest first."""
    found = []
    for year in (today.year + 1, today.year):
        terms = roster.terms_for(year)
        if terms:
            found.append(_own_year(person, terms))
    return found


def _own_year(person: Person, terms: Terms) -> OwnYear:
    claim = roster.claim_of(person, terms)
    late = person.medical_identities.filter(
        valid_from__gt=terms.last_day, valid_from__year__lte=terms.year
    ).order_by("valid_from")
    enrolment = roster.enrolment_of(person, terms.year)
    return OwnYear(
        terms,
        claim[1] if claim else None,
        claim[0] if claim else None,
        person.premium_subsidies.filter(year=terms.year).select_related("request__case", "refund").first(),
        Case.objects.filter(
            premium_refund__person=person, premium_refund__year=terms.year, premium_refund__running=True
        )
        .order_by("-opened_at")
        .first(),
        enrolment.psn_clct_amt if enrolment else None,
        [] if claim else list(late),
    )


def groups_of(request: Request) -> dict[str, tuple[int, int]]:
    """Group -> (persons, fen) of one roster."""
    sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for group, persons, fen in (
        request.lines.order_by().values_list("group").annotate(n=Count("pk"), fen=Sum("amount"))
    ):
        sums[group] = (persons, fen)
    return dict(sums)
