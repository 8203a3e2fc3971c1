"""Time limits that explain themselves: the steps that led to a due date, each with the law behind it.

No framework, no database; `wording` turns a step into a sentence of the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from zhengling.kernel.workdays.arrangement import SATURDAY
from zhengling.kernel.workdays.calendar import Calendar
from zhengling.kernel.workdays.counting import ONE_DAY, Due
from zhengling.kernel.workdays.statutory import MEASURE

CIVIL_CODE = "《中华人民共和国民法典》"
ART_GREGORIAN = f"{CIVIL_CODE}第二百条"
ART_FIRST_DAY = f"{CIVIL_CODE}第二百零一条第一款"
ART_CORRESPONDING_DAY = f"{CIVIL_CODE}第二百零二条"
ART_REST_DAY = f"{CIVIL_CODE}第二百零三条第一款"


class StepKind(StrEnum):
    START = "start"  # `first` is the day of the event, which does not count
    COUNT = "count"  # `count` `unit`, from `first` to `last`
    EXTENSION = "extension"  # the same for an extension
    REST = "rest"  # `days`: weekdays that did not count because they are holidays
    MAKEUP = "makeup"  # `days`: weekend days that counted because they are worked
    PAUSE = "pause"  # `count` calendar days from `first` to `last` did not count
    SUSPENDED = "suspended"  # a pause runs on since `first`: the dates are the earliest possible
    ROLL = "roll"  # the last day moves from `first` to `last`, over the rest days in `days` (and a pause)
    PROVISIONAL = "provisional"  # the arrangement of the years of `first` to `last` is not published
    NEXT = "next"  # after a minimum period the next act may fall on `first`


class NamedDay(NamedTuple):
    """A day, the holiday it belongs to ("" on a plain weekend) and the notice that says so."""

    date: date
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reckoning; which fields are set is said at `StepKind`."""

    kind: StepKind
    first: date
    last: date | None = None
    count: int | None = None
    unit: str | None = None
    days: tuple[NamedDay, ...] = ()
    law: tuple[str, ...] = ()


def explain(limit: Due) -> list[Step]:
    """The steps in the order of the reckoning, for people and for the case file."""
    steps = [Step(StepKind.START, limit.start, law=(ART_FIRST_DAY,)), *_counting(limit), *_pauses(limit)]
    if limit.due != limit.nominal:
        passed = _named(limit.nominal, limit.due - ONE_DAY, limit.calendar)
        rest = tuple(day for day in passed if not limit.calendar.is_workday(day.date))
        steps.append(Step(StepKind.ROLL, limit.nominal, limit.due, days=rest, law=(ART_REST_DAY,)))
    if unpublished := {*limit.due_unpublished, *limit.next_unpublished}:
        span = date(min(unpublished), 1, 1), date(max(unpublished), 12, 31)
        steps.append(Step(StepKind.PROVISIONAL, *span, law=(MEASURE,)))
    return [*steps, Step(StepKind.NEXT, limit.next_step_earliest)]


def _counting(limit: Due) -> Iterator[Step]:
    for number, segment in enumerate(limit.segments):
        kind = StepKind.EXTENSION if number else StepKind.COUNT
        law = {"months": (ART_GREGORIAN, ART_CORRESPONDING_DAY), "days": (ART_GREGORIAN,)}.get(
            segment.unit, ()
        )
        yield Step(kind, segment.first, segment.last, segment.count, segment.unit, law=law)
        if segment.unit != "workdays":
            continue
        passed = list(_named(segment.start + ONE_DAY, segment.last, limit.calendar))
        counted = set(segment.dates)
        rest = [
            day for day in passed if day.date.weekday() < SATURDAY and not limit.calendar.is_workday(day.date)
        ]
        makeup = [day for day in passed if day.date.weekday() >= SATURDAY and day.date in counted]
        for what, days in ((StepKind.REST, rest), (StepKind.MAKEUP, makeup)):
            if days:
                yield Step(what, days[0].date, days[-1].date, days=tuple(days), law=(MEASURE,))


def _named(first: date, last: date, calendar: Calendar) -> Iterator[NamedDay]:
    for number in range((last - first).days + 1):
        day = first + timedelta(number)
        yield NamedDay(day, calendar.holiday(day), calendar.source(day))


def _pauses(limit: Due) -> Iterator[Step]:
    """The pauses that touched the reckoning, the one that runs on last."""
    ended = [(first, resumed) for first, resumed in limit.pauses if resumed is not None and first < resumed]
    for first, resumed in sorted(ended):
        if limit.start < resumed - ONE_DAY and first <= limit.due:
            yield Step(StepKind.PAUSE, first, resumed - ONE_DAY, (resumed - first).days, "days")
    if limit.suspended_since is not None:
        yield Step(StepKind.SUSPENDED, limit.suspended_since)
