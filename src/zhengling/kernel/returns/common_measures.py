"""Measures over what every service has: cases and their time limits, and the payments of the funds."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from zhengling.kernel import clock
from zhengling.kernel.casework.models import Case, Event, TimeLimit
from zhengling.kernel.funds.hooks import CASE
from zhengling.kernel.funds.models import Payable
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.returns.measures import Measure, register_measure
from zhengling.kernel.returns.periods import Period


def bounds(period: Period) -> tuple[datetime, datetime]:
    """The period's first moment and the first one after it, in Shanghai."""
    return clock.at(period.first, 0), clock.at(period.last + timedelta(days=1), 0)


def cases_in(unit: Organisation, procedure: str) -> QuerySet[Case]:
    """Cases of a procedure whose place lies in the unit's area."""
    return Case.objects.filter(procedure=procedure, place__path__startswith=unit.path)


def opened(unit: Organisation, period: Period, *, procedure: str) -> Measure:
    """Cases opened in the period."""
    first, after = bounds(period)
    rows = cases_in(unit, procedure).filter(opened_at__gte=first, opened_at__lt=after)
    return Measure.count(rows.order_by("opened_at").values_list("pk", flat=True))


def closed(unit: Organisation, period: Period, *, procedure: str, stage: str = "") -> Measure:
    """Cases closed in the period; with `stage`, those that ended there."""
    first, after = bounds(period)
    rows = cases_in(unit, procedure).filter(closed_at__gte=first, closed_at__lt=after)
    if stage:
        rows = rows.filter(stage=stage)
    return Measure.count(rows.order_by("closed_at").values_list("pk", flat=True))


def acts(unit: Organisation, period: Period, *, procedure: str, act: str) -> Measure:
    """Cases on which the act was done in the period, each once."""
    first, after = bounds(period)
    rows = Event.objects.filter(
        case__in=cases_in(unit, procedure), act=act, at__gte=first, at__lt=after
    ).order_by("at")
    return Measure.count(rows.values_list("case", flat=True))


def limits_ended(
    unit: Organisation, period: Period, *, procedure: str, limit: str, on_time: bool = False
) -> Measure:
    """Time limits of that name that ended in the period, or only those kept; a case may have had several."""
    states = [TimeLimit.State.MET] if on_time else [TimeLimit.State.MET, TimeLimit.State.MISSED]
    rows = TimeLimit.objects.filter(
        case__in=cases_in(unit, procedure),
        name=limit,
        state__in=states,
        ended_on__range=(period.first, period.last),
    ).order_by("ended_on")
    ids = list(rows.values_list("case", flat=True))
    return Measure(len(ids), tuple(dict.fromkeys(ids)))


def paid(unit: Organisation, period: Period, *, source: str = "") -> Measure:
    """Fen paid in the period for cases of the unit's area, as the bank confirmed."""
    cases = Case.objects.filter(place__path__startswith=unit.path)
    rows = Payable.objects.filter(
        origin_kind=CASE, state=Payable.State.PAID, paid_on__range=(period.first, period.last)
    ).order_by("paid_on")
    if source:
        rows = rows.filter(source=source)
    amounts = rows.values_list("origin_id", "amount")
    mine = {
        str(pk): pk for pk in cases.filter(pk__in=[key for key, _fen in amounts]).values_list("pk", flat=True)
    }
    counted = [(mine[key], fen) for key, fen in amounts if key in mine]
    return Measure(sum(fen for _pk, fen in counted), tuple(dict.fromkeys(pk for pk, _fen in counted)))


def register() -> None:
    register_measure("casework.opened", opened)
    register_measure("casework.closed", closed)
    register_measure("casework.acts", acts)
    register_measure("casework.limits_ended", limits_ended)
    register_measure("funds.paid", paid)
