"""What the quarterly return counts: persons, person-times and money by class and kind (articles 5, 10 and 11)."""

from __future__ import annotations

from django.db.models import Q, QuerySet, Sum

from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.returns.common_measures import bounds
from zhengling.kernel.returns.measures import Measure, register_measure
from zhengling.kernel.returns.periods import Period
from zhengling.services.medical.models import Decision


def _decisions(unit: Organisation, period: Period, assistance_class: int, benefit: str) -> QuerySet[Decision]:
    """Settlements assisted with money in the period and not reversed, of the unit's area: by the place of the case, or
    by the residence where there was no application."""
    first, after = bounds(period)
    here = Q(application__case__place__path__startswith=unit.path) | Q(
        application=None, settlement__person__residence__path__startswith=unit.path
    )
    rows = Decision.objects.filter(
        here,
        decided_at__gte=first,
        decided_at__lt=after,
        reverses=None,
        reversed_by=None,
        maf_pay__gt=0,
        assistance_class=assistance_class,
    )
    return rows.filter(settlement__benefit=benefit) if benefit else rows


def _cases(rows: QuerySet[Decision]) -> Measure:
    found = rows.exclude(application=None).order_by("decided_at")
    return Measure.count(found.values_list("application__case", flat=True))


def persons(unit: Organisation, period: Period, *, assistance_class: int, benefit: str = "") -> Measure:
    """Persons assisted, each once."""
    rows = _decisions(unit, period, assistance_class, benefit)
    return Measure(rows.values("settlement__person").distinct().order_by().count(), _cases(rows).case_ids)


def person_times(unit: Organisation, period: Period, *, assistance_class: int, benefit: str = "") -> Measure:
    """Settlements assisted."""
    rows = _decisions(unit, period, assistance_class, benefit)
    return Measure(rows.count(), _cases(rows).case_ids)


def amount(unit: Organisation, period: Period, *, assistance_class: int, benefit: str = "") -> Measure:
    """Fen granted."""
    rows = _decisions(unit, period, assistance_class, benefit)
    return Measure(int(rows.aggregate(fen=Sum("maf_pay"))["fen"] or 0), _cases(rows).case_ids)


def register() -> None:
    register_measure("medical.persons", persons)
    register_measure("medical.person_times", person_times)
    register_measure("medical.amount", amount)
