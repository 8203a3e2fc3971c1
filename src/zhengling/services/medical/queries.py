"""Reading medical assistance: who is marked, what accumulates, what a case would be paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet, Sum

from zhengling.kernel.casework.models import Case
from zhengling.kernel.law.parameters import ParametersOn
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person
from zhengling.services.medical.models import (
    Application,
    BenefitYear,
    Commencement,
    Decision,
    Identity,
    Institution,
    Settlement,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is on a day: the most favourable class of the marks (0: none), whether a veteran in difficulty,
    and the marks."""

    assistance_class: int
    veteran: bool
    identities: tuple[Identity, ...]


def standing(person: Person, day: date) -> Standing:
    """Articles 5, 10(4) and 13, by the law of the day. One query."""
    law = parameters_for("medical").on(day)
    return standing_of(person.medical_identities.filter(valid_on(day)), law)


def valid_on(day: date) -> Q:
    """Marks that hold on the day; the last day is included."""
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))


def standing_of(rows: Iterable[Identity], law: ParametersOn) -> Standing:
    """The standing that marks valid on one day give under the `law` of that day: the most favourable class, or that of the
    mark recognised latest (reading R3); severe disability alone or beside another mark only (reading R5)."""
    marks = tuple(rows)
    classed = [mark for mark in marks if mark.class_under(law)]
    if law["severe_disability_needs_hardship"] and all(
        mark.kind == Identity.Kind.SEVERE_DISABILITY for mark in classed
    ):
        classed = []
    if law["several_identities"] == "latest_recognised" and classed:
        newest = max(mark.valid_from for mark in classed)
        classed = [mark for mark in classed if mark.valid_from == newest]
    veteran = any(mark.kind == Identity.Kind.HARDSHIP_VETERAN for mark in marks)
    return Standing(min((mark.class_under(law) for mark in classed), default=0), veteran, marks)


def begins_on(place: Organisation) -> date | None:
    """The day from which the county of a place works here; None where nothing was said. One query."""
    codes = place.path.strip("/").split("/")
    found = Commencement.objects.filter(unit__code__in=codes).order_by("-begins_on").first()
    return found.begins_on if found else None


def marked_identity(person: Person, day: date) -> Identity | None:
    """The most favourable class-1 or class-2 mark valid on the day (articles 5 and 13, reading R3), or None."""
    law = parameters_for("medical").on(day)
    found = standing(person, day)
    return next(
        (mark for mark in found.identities if mark.class_under(law) == found.assistance_class != 0), None
    )


def recognised_earlier(application: Application) -> Application | None:
    """The newest other application of the same person and benefit year that was recognised (article 15), or None."""
    return (
        Application.objects.filter(
            person=application.person,
            benefit_year=application.benefit_year,
            recognition__recognised=True,
        )
        .exclude(pk=application.pk)
        .exclude(case__events__act="withdraw")
        .select_related("case", "survey", "recognition")
        .order_by("-pk")
        .first()
    )


def known_cost_of_year(application: Application) -> int:
    """In-scope self-paid cost of the person's year that the house knows of: decided before, and handed in now; fen."""
    year = BenefitYear.objects.filter(person=application.person, year=application.benefit_year).first()
    before = year.inpatient_cost + year.special_cost if year else 0
    return before + sum(row.self_paid for row in application.settlements.all())


def proposed_total(case: Case) -> int:
    """The sum of the reviewer's latest proposal, in fen; 0 when there is none."""
    event = case.events.filter(act="propose").select_related("payload").order_by("-seq").first()
    return int(event.payload.data.get("total", 0)) if event else 0


def granted_total(application: Application) -> int:
    """What the decisions of the application pay, in fen."""
    return int(Decision.objects.filter(application=application).aggregate(sum=Sum("maf_pay"))["sum"] or 0)


def settlements_of(desk: Institution) -> QuerySet[Settlement]:
    """What an institution settled at its desk."""
    return Settlement.objects.filter(institution=desk, channel=Settlement.Channel.ONE_STOP, released=False)
