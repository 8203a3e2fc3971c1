"""Reading medical assistance: who is marked, what accumulates, what a case would be paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum

from zhengling.kernel.casework.models import Case
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.people.models import Person
from zhengling.services.medical.models import Application, BenefitYear, Decision, Identity


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is on a day: the most favourable class of the marks (0: none), whether a veteran in difficulty,
    and the marks."""

    assistance_class: int
    veteran: bool
    identities: tuple[Identity, ...]


def standing(person: Person, day: date) -> Standing:
    """Articles 5, 10(4) and 13; the most favourable class counts (reading R3)."""
    rows = person.medical_identities.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    return standing_of(rows, day)


def standing_of(rows: Iterable[Identity], day: date) -> Standing:
    """The standing that marks valid on one day give under the law of that day."""
    law = parameters_for("medical").on(day)
    marks = tuple(rows)
    classes = [number for mark in marks if (number := mark.class_under(law))]
    veteran = any(mark.kind == Identity.Kind.HARDSHIP_VETERAN for mark in marks)
    return Standing(min(classes, default=0), veteran, marks)


def marked_identity(person: Person, day: date) -> Identity | None:
    """The most favourable class-1 or class-2 mark valid on the day (articles 5 and 13, reading R3), or None."""
    law = parameters_for("medical").on(day)
    marks = [mark for mark in standing(person, day).identities if mark.class_under(law)]
    return min(marks, key=lambda mark: mark.class_under(law), default=None)


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
    return before + sum(
        row.inscp_scp_amt - row.paid_before_assistance for row in application.settlements.all()
    )


def proposed_total(case: Case) -> int:
    """The sum of the reviewer's latest proposal, in fen; 0 when there is none."""
    event = case.events.filter(act="propose").select_related("payload").order_by("-seq").first()
    return int(event.payload.data.get("total", 0)) if event else 0


def granted_total(application: Application) -> int:
    """What the decisions of the application pay, in fen."""
    return int(Decision.objects.filter(application=application).aggregate(sum=Sum("maf_pay"))["sum"] or 0)
