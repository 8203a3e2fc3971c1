"""The roster (名册) of a county and year: who is entitled, from identities and the platform's list, and what stands written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from zhengling.kernel.canonical import digest
from zhengling.kernel.exchange.models import Exchange
from zhengling.kernel.law.parameters import ParametersOn
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person
from zhengling.services.medical.models import Identity
from zhengling.services.medical.premium import rules
from zhengling.services.medical.premium.models import (
    Enrolment,
    Refund,
    Request,
    Route,
    Subsidy,
)
from zhengling.services.medical.premium.rules import Entitlement, Standing, Terms
from zhengling.services.medical.premium.terms import terms_of
from zhengling.services.medical.rules import premium_group

DATA_SET = "medical.enrolments"
RESIDENTS = "390"
"""The national code of residents' insurance (城乡居民基本医疗保险) among the kinds of insurance (insutype)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One entitled person: the claim, by which identity, and what the enrolment list makes of it."""

    person: Person
    identity: Identity
    entitlement: Entitlement
    standing: Standing


def terms_for(year: int) -> Terms | None:
    """Article 9 for a benefit year as the parameters hold it today; None while the year is not set."""
    return terms_of(year, parameters_for("medical"))


def of_county(county: Organisation, prefix: str = "") -> Q:
    """Persons whose household register lies in the county, or who live there when no register is known."""
    register, home = f"{prefix}household_register", f"{prefix}residence"
    return Q(**{f"{register}__path__startswith": county.path}) | Q(
        **{register: None, f"{home}__path__startswith": county.path}
    )


def law_of(terms: Terms) -> ParametersOn:
    """The law that gives identities their class for the benefit year (article 5)."""
    return parameters_for("medical").on(date(terms.year, 1, 1))


def entitlement(marks: Iterable[Identity], terms: Terms, law: ParametersOn) -> Entitlement | None:
    """What the identities of one person give for the year (articles 5 and 9)."""
    return rules.entitlement([_mark(row, law) for row in marks], terms)


def _mark(identity: Identity, law: ParametersOn) -> rules.Mark:
    severe = identity.kind == Identity.Kind.SEVERE_DISABILITY
    group = premium_group(identity.class_under(law), severe)
    return rules.Mark(identity.pk, group, identity.valid_from, identity.valid_to)


def claim_of(person: Person, terms: Terms) -> tuple[Identity, Entitlement] | None:
    """What one person may claim for the year, whatever the enrolment list says."""
    marks = {row.pk: row for row in person.medical_identities.all()}
    found = _alive(person, terms) and entitlement(marks.values(), terms, law_of(terms))
    return (marks[found.key], found) if found else None


def _alive(person: Person, terms: Terms) -> bool:
    """Whoever died in the period or before has no year to be insured for."""
    return person.deceased_on is None or person.deceased_on > terms.last_day


def claims(county: Organisation, terms: Terms, newest: Exchange | None = None) -> list[Claim]:
    """Every entitled person of the county in the order of their keys; a few queries however many they are.

    `newest`: a list of the county that is just being taken over.
    """
    held: dict[Person, dict[int, Identity]] = defaultdict(dict)
    identities = Identity.objects.filter(of_county(county, "person__"), valid_from__year__lte=terms.year)
    for identity in identities.select_related("person").order_by("person", "pk"):
        held[identity.person][identity.pk] = identity
    paid, law = payments(county, terms.year, newest), law_of(terms)
    found = []
    for person, marks in held.items():
        claim = _alive(person, terms) and entitlement(marks.values(), terms, law)
        if claim:
            sums = None if paid is None else paid.get(person.pk, [])
            found.append(Claim(person, marks[claim.key], claim, rules.standing(claim.amount, sums, terms)))
    return found


def current_lists(year: int, newest: Exchange | None = None) -> dict[int, Exchange]:
    """County -> the enrolment list of the year that counts: the one taken over last."""
    rows = Exchange.objects.filter(data_set=DATA_SET, period=str(year), state=Exchange.State.APPLIED)
    lists = {row.unit_id: row for row in rows.order_by("applied_at", "pk")}
    return lists | ({newest.unit_id: newest} if newest else {})


def payments(
    county: Organisation, year: int, newest: Exchange | None = None
) -> Mapping[UUID, list[int]] | None:
    """Person of the county -> what he paid at each enrolment (fen), wherever he enrolled; None when the county's list
    has not come in. Who is insured as an employee only has no enrolment as a resident."""
    lists = current_lists(year, newest)
    if county.pk not in lists:
        return None
    sums: dict[UUID, list[int]] = defaultdict(list)
    as_resident = set()
    rows = Enrolment.objects.filter(of_county(county, "person__"), exchange__in=lists.values())
    for person, insutype, amount in rows.values_list("person", "insutype", "psn_clct_amt"):
        sums[person].append(amount)
        if insutype == RESIDENTS:
            as_resident.add(person)
    return {person: paid for person, paid in sums.items() if person in as_resident}


def enrolment_of(person: Person, year: int) -> Enrolment | None:
    """The person's enrolment as a resident by the lists that count, None without one."""
    rows = Enrolment.objects.filter(
        person=person, year=year, insutype=RESIDENTS, exchange__in=current_lists(year).values()
    )
    return rows.order_by("exchange", "row").first()


def settled(year: int) -> QuerySet[Subsidy]:
    """Subsidies of the year that no drawing moves any more: on a filed roster, or asked back by a case."""
    return Subsidy.objects.filter(Q(request__frozen_at__isnull=False) | Q(refund__isnull=False), year=year)


def due_lines(county: Organisation, terms: Terms, request: Request | None) -> list[Subsidy]:
    """The lines that a roster drawn now would have, unsaved, in the order of the persons.

    Those settled and those who ask their money back are left out. Without `request` only what is to be refunded comes
    back.
    """
    here = of_county(county, "person__")
    done = set(settled(terms.year).filter(here).values_list("person", flat=True))
    asked = Refund.objects.filter(here, year=terms.year, running=True)
    done |= set(asked.values_list("person", flat=True))
    lines = []
    for claim in claims(county, terms):
        route = {Standing.FUND: Route.FUND, Standing.REFUND: Route.REFUND}.get(claim.standing)
        if claim.person.pk in done or route is None or (route is Route.FUND and request is None):
            continue
        lines.append(
            line(county, terms, claim.person, claim.identity, claim.entitlement, route=route, request=request)
        )
    return lines


def line(
    county: Organisation,
    terms: Terms,
    person: Person,
    identity: Identity,
    claim: Entitlement,
    *,
    route: Route,
    request: Request | None,
) -> Subsidy:
    """An unsaved row of the roster."""
    return Subsidy(
        person=person,
        year=terms.year,
        county=county,
        identity=identity,
        kind=identity.kind,
        group=claim.group,
        recognised_on=claim.recognised_on,
        rate=claim.rate,
        premium=terms.premium,
        amount=claim.amount,
        route=route,
        request=request if route is Route.FUND else None,
    )


def written(request: Request) -> QuerySet[Subsidy]:
    """The lines that a new drawing of the request would replace: its own, and refunds of its county not yet opened."""
    own = Q(request=request) | Q(route=Route.REFUND, refund=None, county=request.county)
    return Subsidy.objects.filter(own, year=request.year)


def drawn(request: Request, terms: Terms) -> list[Subsidy]:
    """The lines, unsaved, that a drawing of the request writes in place of `written`.

    A person who moved here, or is on a request that finance sent back, stands on that roster until it is drawn anew.
    """
    held = Subsidy.objects.filter(of_county(request.county, "person__"), year=request.year)
    elsewhere = set(held.exclude(pk__in=written(request).values("pk")).values_list("person", flat=True))
    lines = due_lines(request.county, terms, request)
    return [row for row in lines if row.person_id not in elsewhere]


def content(lines: Iterable[Subsidy]) -> list[list[object]]:
    """What a roster says, in an order that depends on the persons only."""
    return sorted(
        [
            str(row.person_id),
            row.kind,
            row.recognised_on.isoformat(),
            row.rate,
            row.premium,
            row.amount,
            row.route,
        ]
        for row in lines
    )


def roster_digest(request: Request, lines: Iterable[Subsidy]) -> str:
    """SHA-256 over county, year, number and every line to the fund."""
    to_fund = content(row for row in lines if row.route == Route.FUND)
    return digest([request.county.code, request.year, request.number, to_fund])
