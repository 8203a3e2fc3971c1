"""Scorecards (考核): how a unit kept its time limits, beside the period before and the units around it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Count, F, Q

from zhengling.kernel import clock
from zhengling.kernel.casework.labels import procedure_label
from zhengling.kernel.casework.models import TimeLimit
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.supervision.board import (
    Filters,
    Month,
    Tally,
    late,
    months,
    numbers,
    on_time,
    running,
    soon_until,
)
from zhengling.kernel.supervision.lines import limit_label
from zhengling.kernel.supervision.models import UrgingOrder
from zhengling.kernel.supervision.scope import Scope

State = TimeLimit.State


@dataclass(frozen=True, slots=True)
class LimitRow:
    """The numbers of one time limit of one procedure."""

    procedure: str
    name: str
    statutory: bool
    tally: Tally

    @property
    def label(self) -> str:
        return limit_label(self.procedure, self.name)

    @property
    def procedure_label(self) -> str:
        return procedure_label(self.procedure)


@dataclass(frozen=True, slots=True)
class Orders:
    """Urging orders received in the period; `late` ones were answered after their day or wait past it."""

    received: int
    answered: int
    late: int


@dataclass(frozen=True)
class Scorecard:
    unit: Organisation
    chosen: Filters
    now: Tally
    before: Tally
    around: Tally
    limits: list[LimitRow]
    months: list[Month]
    orders: Orders

    @property
    def change(self) -> float | None:
        """Percentage points against the period before; None when either has no data."""
        if self.now.share is None or self.before.share is None:
            return None
        return round(self.now.share - self.before.share, 1)

    @property
    def drop(self) -> float:
        """By how much it became worse, as a positive number."""
        return abs(self.change or 0.0)


def period_before(chosen: Filters) -> Filters:
    """The period of the same number of days that ends the day before."""
    days = chosen.until - chosen.since
    until = chosen.since - timedelta(days=1)
    return replace(chosen, since=until - days, until=until)


def scorecard(scope: Scope, unit: Organisation, chosen: Filters) -> Scorecard:
    """The numbers of the scope at and below a unit: a fixed number of grouped queries.

    Beside them stands the share of everything below the unit's parent, a single figure that names nobody.
    """
    around = Scope(over=(unit.parent or unit,))
    found = numbers(scope, chosen)
    return Scorecard(
        unit=unit,
        chosen=chosen,
        now=found.total,
        before=shares(scope, period_before(chosen)),
        around=shares(around, chosen),
        limits=by_limit(scope, chosen),
        months=months(found, chosen),
        orders=_orders(scope, chosen),
    )


def shares(scope: Scope, chosen: Filters) -> Tally:
    """On time and late of the period alone, added up from counts by holder, which an index holds."""
    rows = [
        sum(number for _holder, number in found.values_list("holder").order_by().annotate(n=Count("*")))
        for found in (on_time(scope, chosen), late(scope, chosen))
    ]
    return Tally(on_time=rows[0], late=rows[1])


def by_limit(scope: Scope, chosen: Filters) -> list[LimitRow]:
    """Every time limit with its numbers, by procedure: three grouped queries."""
    today = clock.today()
    columns = ("procedure", "name", "statutory")
    is_late = Q(state=State.RUNNING, due__lt=today)
    is_soon = Q(state=State.RUNNING, due__range=(today, soon_until(today)))
    found: defaultdict[tuple[str, str, bool], Tally] = defaultdict(Tally)
    opened = running(scope, chosen).values_list(*columns).order_by()
    for procedure, name, statutory, number, soon, overdue in opened.annotate(
        n=Count("*"), soon=Count("state", filter=is_soon), overdue=Count("state", filter=is_late)
    ):
        found[procedure, name, statutory] += Tally(open=number, soon=soon, overdue=overdue)
    for kind, rows in (("on_time", on_time(scope, chosen)), ("late", late(scope, chosen))):
        for *key, number in rows.values_list(*columns).order_by().annotate(n=Count("*")):
            procedure, name, statutory = key
            found[procedure, name, statutory] += replace(Tally(), **{kind: number})
    return [LimitRow(*key, tally) for key, tally in sorted(found.items())]


def _orders(scope: Scope, chosen: Filters) -> Orders:
    first, last = clock.at(chosen.since, 0), clock.at(chosen.until + timedelta(days=1), 0)
    unanswered = Q(state=UrgingOrder.State.ISSUED, respond_by__lt=clock.today())
    rows = UrgingOrder.objects.filter(scope.on("to"), issued_at__gte=first, issued_at__lt=last)
    found = rows.aggregate(
        received=Count("*"),
        answered=Count("pk", filter=Q(answered_at__isnull=False)),
        late=Count("pk", filter=unanswered | Q(answered_at__date__gt=F("respond_by"))),
    )
    return Orders(found["received"], found["answered"], found["late"])


def default_period(today: date) -> tuple[date, date]:
    """The quarter to date."""
    return date(today.year, 3 * ((today.month - 1) // 3) + 1, 1), today
