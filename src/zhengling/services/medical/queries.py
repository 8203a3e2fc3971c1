"""Reading medical assistance: who is marked, what accumulates, what a case would be paid."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, Sum

from zhengling.kernel.casework.models import Case
from zhengling.kernel.people.models import Person
from zhengling.services.medical.models import Application, Decision, Identity


def marked_identity(person: Person, day: date) -> Identity | None:
    """The most favourable class-1 or class-2 mark valid on the day (articles 5 and 13, reading R3), or None."""
    rows = person.medical_identities.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    return min(rows, key=lambda row: row.assistance_class, default=None)


def first_application_of_year(person: Person, year: int) -> bool:
    """Article 15: at the first application of each year the household is surveyed anew."""
    return not Application.objects.filter(person=person, benefit_year=year, case__stage__in=["payment", "paid", "closed", "archived"]).exists()


def proposed_total(case: Case) -> int:
    """The sum of the reviewer's latest proposal, in fen; 0 when there is none."""
    event = case.events.filter(act="propose").select_related("payload").order_by("-seq").first()
    return int(event.payload.data.get("total", 0)) if event else 0


def granted_total(application: Application) -> int:
    """What the decisions of the application pay, in fen."""
    return int(Decision.objects.filter(application=application).aggregate(sum=Sum("maf_pay"))["sum"] or 0)
