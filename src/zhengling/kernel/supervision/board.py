"""The board: all services side by side, counted by time limit, in a fixed number of grouped queries.

What counts as what:

- *open*: limits running or paused now; *due soon*: running and due within the next three working days, today
  included; *overdue*: running and due before today. These three are as of now, whatever the period.
- *on time*: a limit of the period that ended by its due date, counted on the day it ended; *late*: one that
  ended after it, or is still running after it, counted on the day it was due. So leaving late matters undone
  never improves the figures, and past months do not move. Share = on time / (on time + late), or no data.

Minimum periods (公示期), which cannot be missed, and limits that dropped away count nowhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.casework.models import Task, TimeLimit
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.kernel.supervision.scope import Scope
from zhengling.kernel.workdays.counting import due
from zhengling.kernel.workdays.queries import current_calendar

SOON = 3  # working days
State = TimeLimit.State

# Units of these levels stand on the board even when nothing is to be counted, so that silence is seen.
ALWAYS = frozenset({Level.COUNTY, Level.TOWNSHIP})


@dataclass(frozen=True, slots=True)
class Filters:
    """What is counted; `since` and `until` bound the shares and are both included."""

    since: date
    until: date
    procedure: str = ""
    limit: str = ""
    statutory: bool | None = None

    def limits(self) -> Q:
        """The condition on time limits, the period left aside."""
        found = Q(waits=False)
        if self.procedure:
            found &= Q(procedure=self.procedure)
        if self.limit:
            found &= Q(name=self.limit)
        if self.statutory is not None:
            found &= Q(statutory=self.statutory)
        return found


def last_twelve_months(today: date) -> tuple[date, date]:
    """From the first of the month eleven months back to today."""
    month = today.month - 12
    return date(today.year - 1, month + 13, 1) if month < 0 else date(today.year, 1, 1), today


def soon_until(today: date) -> date:
    return due(today, SOON, "workdays", current_calendar()).due


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of one unit or of many added up. `earliest` is the due date of what is overdue longest."""

    open: int = 0
    soon: int = 0
    overdue: int = 0
    on_time: int = 0
    late: int = 0
    untimed: int = 0
    earliest: date | None = None

    def __add__(self, other: Tally) -> Tally:
        dates = [day for day in (self.earliest, other.earliest) if day]
        return Tally(
            self.open + other.open,
            self.soon + other.soon,
            self.overdue + other.overdue,
            self.on_time + other.on_time,
            self.late + other.late,
            self.untimed + other.untimed,
            min(dates, default=None),
        )

    def __bool__(self) -> bool:
        return bool(self.open or self.on_time or self.late or self.untimed)

    @property
    def decided(self) -> int:
        return self.on_time + self.late

    @property
    def share(self) -> float | None:
        """On time in percent, one decimal, rounded down so that 100 means all; None without data."""
        return self.on_time * 1000 // self.decided / 10 if self.decided else None

    @property
    def longest(self) -> int:
        """Calendar days by which the latest matter is overdue."""
        return (clock.today() - self.earliest).days if self.earliest else 0


def total(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def running(scope: Scope, chosen: Filters) -> QuerySet[TimeLimit]:
    """Limits that are open now."""
    return TimeLimit.objects.filter(
        chosen.limits(), scope.on("holder"), state__in=[State.RUNNING, State.PAUSED]
    )


def on_time(scope: Scope, chosen: Filters) -> QuerySet[TimeLimit]:
    """Limits of the period that ended by their due date."""
    return TimeLimit.objects.filter(
        chosen.limits(), scope.on("holder"), state=State.MET, ended_on__range=(chosen.since, chosen.until)
    )


def late(scope: Scope, chosen: Filters) -> QuerySet[TimeLimit]:
    """Limits due in the period that ended late or are still running though due before today."""
    last = min(chosen.until, clock.today() - timedelta(days=1))
    return TimeLimit.objects.filter(
        chosen.limits(),
        scope.on("holder"),
        state__in=[State.MISSED, State.RUNNING],
        due__range=(chosen.since, last),
    )


def untimed(scope: Scope, chosen: Filters) -> QuerySet[Task]:
    """Open tasks on which no time limit presses; nothing when limits are chosen."""
    if chosen.limit or chosen.statutory is not None:
        return Task.objects.none()
    rows = Task.objects.filter(scope.on("organisation"), done_at=None, due=None).exclude(kind=Task.Kind.COPY)
    return rows.filter(case__procedure=chosen.procedure) if chosen.procedure else rows


@dataclass(frozen=True)
class Numbers:
    """The numbers of a scope: by the unit they belong to, and by the first day of the month they fell in."""

    units: dict[int, Tally]
    months: dict[date, Tally]

    @property
    def total(self) -> Tally:
        return total(self.units.values())


def numbers(scope: Scope, chosen: Filters) -> Numbers:
    """Everything the board shows, from four grouped queries over the whole scope."""
    units, months = _now(scope, chosen), defaultdict[date, Tally](Tally)
    decided: tuple[tuple[Callable[[int], Tally], QuerySet[TimeLimit], str], ...] = (
        (lambda n: Tally(on_time=n), on_time(scope, chosen), "ended_on"),
        (lambda n: Tally(late=n), late(scope, chosen), "due"),
    )
    for tally, rows, column in decided:
        by_unit, by_month = Counter[int](), Counter[date]()
        # By unit and day, because that is the order of the index; a month is made of its days here.
        for unit, day, number in rows.values_list("holder", column).order_by().annotate(n=Count("*")):
            by_unit[unit] += number
            by_month[day.replace(day=1)] += number
        for unit, number in by_unit.items():
            units[unit] += tally(number)
        for month, number in by_month.items():
            months[month] += tally(number)
    open_tasks = untimed(scope, chosen).values_list("organisation").order_by().annotate(n=Count("*"))
    for unit, number in open_tasks:
        units[unit] += Tally(untimed=number)
    return Numbers(dict(units), dict(months))


def _now(scope: Scope, chosen: Filters) -> defaultdict[int, Tally]:
    """What is open at this moment, by unit."""
    today = clock.today()
    is_late = Q(state=State.RUNNING, due__lt=today)
    is_soon = Q(state=State.RUNNING, due__range=(today, soon_until(today)))
    found: defaultdict[int, Tally] = defaultdict(Tally)
    open_rows = running(scope, chosen).values_list("holder").order_by()
    for unit, opened, soon, overdue, earliest in open_rows.annotate(
        opened=Count("*"),
        soon=Count("state", filter=is_soon),
        overdue=Count("state", filter=is_late),
        earliest=Min("due", filter=is_late),
    ):
        found[unit] = Tally(open=opened, soon=soon, overdue=overdue, earliest=earliest)
    return found


@dataclass(frozen=True, slots=True)
class Month:
    """What ended on time in a month, and what fell due in it and was late."""

    first: date
    tally: Tally


def months(found: Numbers, chosen: Filters) -> list[Month]:
    """Every month of the period, those without numbers too."""
    result, month = [], chosen.since.replace(day=1)
    while month <= chosen.until:
        result.append(Month(month, found.months.get(month, Tally())))
        month = (month + timedelta(days=32)).replace(day=1)
    return result


@dataclass(frozen=True, slots=True)
class Row:
    """A unit with the numbers of everything at and below it, or (`itself`) of itself alone."""

    unit: Organisation
    tally: Tally
    itself: bool = False
    below: bool = False


@dataclass(frozen=True)
class Board:
    """`unit` is the one looked at, None for all the tops of the scope; `rows` stand one level below."""

    unit: Organisation | None
    rows: list[Row]
    total: Tally
    months: list[Month]
    path: list[Organisation] = field(default_factory=list)


def board(scope: Scope, unit: Organisation | None, chosen: Filters) -> Board:
    """The numbers of a unit of the scope and of those directly below it: seven queries."""
    tops = scope.tops
    if unit is None and len(tops) == 1:
        unit = tops[0]
    seen = scope.below(unit) if unit else scope
    found = numbers(seen, chosen)
    units = list(seen.units())
    rows = _rows(unit, units, found.units, tops)
    return Board(unit, rows, found.total, months(found, chosen), _path(scope, unit))


def _rows(
    unit: Organisation | None,
    units: list[Organisation],
    tallies: dict[int, Tally],
    tops: tuple[Organisation, ...],
) -> list[Row]:
    """Each heading unit with what lies at and below it; `units` come in the order of their paths."""
    heads = [item for item in units if item.parent_id == unit.pk] if unit else list(tops)
    sums: defaultdict[str, Tally] = defaultdict(Tally)
    parents = {item.parent_id for item in units}
    by_path = {head.path: head for head in heads}
    levels = sorted({path.count("/") for path in by_path}, reverse=True)
    for item in units:
        if item.pk in tallies:
            above = ("/".join(item.path.split("/")[:level]) + "/" for level in levels)
            if head := next((path for path in above if path in by_path), None):
                sums[head] += tallies[item.pk]
    rows = [
        Row(head, sums[head.path], below=head.pk in parents)
        for head in heads
        if unit is None or sums[head.path] or head.level in ALWAYS
    ]
    own = tallies.get(unit.pk, Tally()) if unit else Tally()
    return [Row(unit, own, itself=True), *rows] if unit and own else rows


def _path(scope: Scope, unit: Organisation | None) -> list[Organisation]:
    """The units from the top of the scope down to `unit`."""
    if unit is None:
        return []
    codes = unit.path.strip("/").split("/")
    found = Organisation.objects.filter(code__in=codes).order_by("path")
    return [item for item in found if scope.covers(item)]


# The lists behind the numbers, by the name they have in the address and in `Tally`.
LISTS: dict[str, str | Promise] = {
    "open": _("Open"),
    "soon": _("Due in 3 working days"),
    "overdue": _("Overdue"),
    "on_time": _("Ended on time"),
    "late": _("Not on time"),
    "untimed": _("Without a time limit"),
}


def behind(name: str, scope: Scope, chosen: Filters) -> QuerySet[Any]:
    """The limits (tasks for `untimed`) that a number of the board counts, the most pressing first.

    For one page of a long list take keys first and rows by key (`by_key`): sorting a million keys is quick,
    sorting a million rows with their cases is not.
    """
    today = clock.today()
    pressing = running(scope, chosen).filter(state=State.RUNNING)
    match name:
        case "untimed":
            return untimed(scope, chosen).order_by("created_at", "pk")
        case "on_time":
            return on_time(scope, chosen).order_by("-ended_on", "-pk")
        case "late":
            return late(scope, chosen).order_by("due", "pk")
        case "overdue":
            return pressing.filter(due__lt=today).order_by("due", "pk")
        case "soon":
            return pressing.filter(due__range=(today, soon_until(today))).order_by("due", "pk")
        case _:
            return running(scope, chosen).order_by("due", "pk")


def joined(name: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of a list with everything its lines show."""
    unit = "organisation" if name == "untimed" else "holder"
    return rows.select_related("case", "case__place", unit)


def by_key(name: str, keys: Sequence[int]) -> list[Any]:
    """The rows of a page in the order of their keys."""
    model = Task if name == "untimed" else TimeLimit
    found = {row.pk: row for row in joined(name, model._default_manager.filter(pk__in=keys))}
    return [found[key] for key in keys if key in found]
