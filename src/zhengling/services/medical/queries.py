"""Reading medical assistance: who is marked, what accumulates, what a case would be paid."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, Sum

from zhengling.kernel.casework.models import Case
from zhengling.kernel.people.models import Person
from zhengling.services.medical.models import Application, BenefitYear, Decision, Identity


def marked_identity(person: Person, day: date) -> Identity | None:
    """The most favourable class-1 or class-2 mark valid on the day (articles 5 and 13, reading R3), or None."""
    rows = person.medical_identities.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    return min(rows, key=lambda row: row.class_on(day), default=None)


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
