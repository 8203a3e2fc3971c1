"""Counting statutory periods (期间计算): when a time limit ends. No framework, no database.

The rules are those of the Civil Code (《中华人民共和国民法典》), Book One, Chapter Ten. Art. 200: days and
months are those of the Gregorian calendar. Art. 201: the first day is not counted. Art. 202: a period of
months ends on the corresponding day, or on the month's last day where there is none. Art. 203: where the
last day is a rest day, the day after the rest days is the last. A make-up working day is not a rest day.

Maximum and minimum periods are read differently. A *deadline* (时限) ends on `Due.due`, rolled off rest
days. A *minimum period* (公示、公告) must pass completely: the next act may fall on
`Due.next_step_earliest`, the first working day after the last counted day. It is reckoned from
`Due.nominal`, because only a deadline rolls.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, datetime, timedelta

from zhengling.kernel.workdays.calendar import Calendar

UNITS = ("workdays", "days", "months")
ONE_DAY = timedelta(days=1)

Pause = tuple[
    date, date | None
]  # the first day that does not count; the day of resumption, None while it runs on
Extension = tuple[int, str]  # count, unit


class CountingError(ValueError):
    """The period cannot be counted as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One counted stretch: the limit itself, or one extension of it.

    `start` is the day before the counting: the event, or the nominal end of the stretch before. `first` and
    `last` are the first and the last counted day. `dates` holds every counted day of a stretch in working
    days and is empty otherwise.
    """

    count: int
    unit: str
    start: date
    first: date
    last: date
    dates: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """When a period ends, and how that was counted.

    `due` is the last day of the period as a deadline. `suspended_since` is the first day of a pause that
    runs on and catches the period; the dates are then the earliest possible ones, as if work resumed at
    once. `due_unpublished` and `next_unpublished` are the years without a published holiday arrangement on
    which the two dates rest. A date is provisional while either is so: show it as provisional, and let
    nothing lapse by it.
    """

    start: date
    segments: tuple[Segment, ...]
    pauses: tuple[Pause, ...]
    suspended_since: date | None
    due: date
    next_step_earliest: date
    due_unpublished: tuple[int, ...]
    next_unpublished: tuple[int, ...]
    calendar: Calendar = field(repr=False)

    @property
    def nominal(self) -> date:
        """The last counted day, before rolling off rest days."""
        return self.segments[-1].last

    @property
    def due_provisional(self) -> bool:
        return self.suspended_since is not None or bool(self.due_unpublished)

    @property
    def provisional(self) -> bool:
        """True if any date of this answer is provisional, `due` or `next_step_earliest`."""
        return self.due_provisional or bool(self.next_unpublished)

    @property
    def calendar_version(self) -> str:
        return self.calendar.version

    @property
    def counted(self) -> list[str] | dict[str, str]:
        """What was counted, ready for JSON.

        Working days: every counted date in order, as ISO text. As soon as calendar days or months are in it:
        ``{"first": …, "last": …}``, the first and the last counted day.
        """
        if all(segment.unit == "workdays" for segment in self.segments):
            return [day.isoformat() for segment in self.segments for day in segment.dates]
        return {"first": self.segments[0].first.isoformat(), "last": self.nominal.isoformat()}

    def as_dict(self) -> dict[str, object]:
        """The answer of `zhengling due`: exactly nominal, due, provisional, next_step_earliest, counted."""
        return {
            "nominal": self.nominal.isoformat(),
            "due": self.due.isoformat(),
            "provisional": self.provisional,
            "next_step_earliest": self.next_step_earliest.isoformat(),
            "counted": self.counted,
        }


def due(start: date, count: int, unit: str, calendar: Calendar, *, roll: bool = True) -> Due:
    """The end of a period of `count` `unit` that begins with an event on `start`.

    `unit` is one of UNITS. `roll=False` is for windows of facts (casualties within seven days), which do not
    wait for office hours. Raises CountingError (count below 1, unknown unit, a moment instead of a date) and
    CalendarError (a year the calendar does not know).
    """
    return due_with_pauses(start, count, unit, (), (), calendar, roll=roll)


def due_with_pauses(
    start: date,
    count: int,
    unit: str,
    pauses: Sequence[Pause],
    extensions: Sequence[Extension],
    calendar: Calendar,
    *,
    roll: bool = True,
) -> Due:
    """The end of a period that was suspended (中止) or extended (延长).

    The first day of a pause and the days up to the one before resumption do not count; the day of resumption
    does. A pause inside a period of months moves its end by as many calendar days as it took. A rolled last
    day that a pause catches waits for the first working day after it. A pause that begins after the end
    changes nothing. An extension is counted from the nominal end of the stretch before it. Raises as `due`.
    """
    stretches: list[Extension] = [(count, unit), *extensions]
    for each_count, each_unit in stretches:
        _check_length(each_count, each_unit)
    _check_date(start)
    _check_pauses(pauses)
    calendar.require(start)
    segments: list[Segment] = []
    try:
        for each_count, each_unit in stretches:
            begin = segments[-1].last if segments else start
            segments.append(_stretch(begin, each_count, each_unit, pauses, calendar))
        end = nominal = segments[-1].last
        while roll and (_paused(end, pauses) or not calendar.is_workday(end)):
            end += ONE_DAY
        following = next_workday(nominal, calendar)
    except OverflowError:
        raise CountingError(f"{count} {unit} from {start} end past the year {MAXYEAR}") from None
    since = min((first for first, resumed in pauses if resumed is None and first <= end), default=None)
    return Due(
        start=start,
        segments=tuple(segments),
        pauses=tuple(pauses),
        suspended_since=since,
        due=end,
        next_step_earliest=following,
        due_unpublished=_unpublished(_looked_at(segments, end, roll), calendar),
        next_unpublished=_unpublished([(nominal + ONE_DAY, following)], calendar),
        calendar=calendar,
    )


def next_workday(day: date, calendar: Calendar) -> date:
    """The first working day after `day`."""
    day += ONE_DAY
    while not calendar.is_workday(day):
        day += ONE_DAY
    return day


def workdays_between(first: date, last: date, calendar: Calendar) -> int:
    """How many working days lie after `first`, up to and including `last`; negative if `last` is earlier.

    The inverse of counting: from a start to its nominal end in working days it gives the count.
    """
    if last < first:
        return -workdays_between(last, first, calendar)
    calendar.require(first)
    return sum(calendar.is_workday(first + timedelta(n)) for n in range(1, (last - first).days + 1))


def add_months(start: date, count: int) -> date:
    """The corresponding day `count` months later, or that month's last day (Civil Code Art. 202)."""
    years, month = divmod(start.month - 1 + count, 12)
    year = start.year + years
    if year > MAXYEAR:
        raise OverflowError("past the last year of the calendar")
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _stretch(start: date, count: int, unit: str, pauses: Sequence[Pause], calendar: Calendar) -> Segment:
    """Count one stretch day by day: a day outside the pauses counts, in working days only if it is worked."""
    goal = (add_months(start, count) - start).days if unit == "months" else count
    if goal > (date.max - start).days:
        raise OverflowError("past the last day of the calendar")
    in_workdays = unit == "workdays"
    first, day = None, start
    dates: list[date] = []
    passed = 0
    while passed < goal:
        day += ONE_DAY
        if _paused(day, pauses) or (in_workdays and not calendar.is_workday(day)):
            continue
        first = first or day
        passed += 1
        if in_workdays:
            dates.append(day)
    assert first is not None  # the goal is at least one day
    return Segment(count, unit, start, first, day, tuple(dates))


def _paused(day: date, pauses: Sequence[Pause]) -> bool:
    return any(resumed is not None and first <= day < resumed for first, resumed in pauses)


def _looked_at(segments: Sequence[Segment], end: date, roll: bool) -> list[tuple[date, date]]:
    """Working days rest on every day they run through; other periods only on the days looked at to roll."""
    spans = [(segment.start + ONE_DAY, segment.last) for segment in segments if segment.unit == "workdays"]
    return [*spans, (segments[-1].last, end)] if roll else spans


def _unpublished(spans: Sequence[tuple[date, date]], calendar: Calendar) -> tuple[int, ...]:
    years = {year for first, last in spans for year in range(first.year, last.year + 1)}
    return tuple(sorted(year for year in years if not calendar.published(year)))


def _check_length(count: int, unit: str) -> None:
    if unit not in UNITS:
        raise CountingError(f"{unit!r} is no unit of time limits: use {', '.join(UNITS)}")
    if isinstance(count, bool) or not isinstance(count, int):
        raise CountingError(f"the count must be a whole number, not {count!r}")
    if count < 1:
        raise CountingError(f"the count must be at least 1, not {count}")


def _check_date(day: date) -> None:
    if not isinstance(day, date) or isinstance(day, datetime):
        raise CountingError(f"{day!r} is no date: limits run from day to day of Asia/Shanghai")


def _check_pauses(pauses: Sequence[Pause]) -> None:
    for first, resumed in pauses:
        _check_date(first)
        if resumed is None:
            continue
        _check_date(resumed)
        if resumed < first:
            raise CountingError(f"a pause cannot end on {resumed}, before it began on {first}")
