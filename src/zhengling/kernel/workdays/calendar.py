"""The statutory working-day calendar (工作日历) as an immutable value. No framework, no database.

A working day is a weekday that no notice orders off, or a weekend day that a notice orders to be worked;
days on which only some citizens are off (women's day; measure Art. 3) are working days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from zhengling.kernel.workdays.arrangement import (
    SATURDAY,
    Arrangement,
    Day,
    Kind,
    day_text,
    digest,
    read_arrangement,
)
from zhengling.kernel.workdays.statutory import MEASURE, festivals, statutory_days


class CalendarError(ValueError):
    """The calendar cannot answer for this day; the message says why."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked, and which notice says so.

    Built from yearly arrangements: one per year for the country and, where an autonomous county has local
    holidays (measure Art. 4), one per year for the county. `county` is the unit whose local days apply, ""
    none. `years` are those whose national arrangement is loaded, `days` the rows of all that apply. Two
    calendars with the same `version` answer every question alike.
    """

    arrangements: tuple[Arrangement, ...]
    county: str = ""
    years: tuple[int, ...] = field(init=False, compare=False)
    days: Mapping[date, Day] = field(init=False, repr=False, compare=False)
    version: str = field(init=False)

    def __post_init__(self) -> None:
        applied = [a for a in self.arrangements if a.county in {"", self.county}]
        # National before local, earlier before later: the later word on a day holds (a 31 December).
        applied.sort(key=lambda a: (a.county, a.year))
        national = [a for a in applied if not a.county]
        if not national:
            raise CalendarError("a calendar needs the arrangement of at least one year")
        object.__setattr__(self, "years", tuple(a.year for a in national))
        days = {day.date: day for arrangement in applied for day in arrangement.days}
        object.__setattr__(self, "days", MappingProxyType(days))
        lines = [",".join(day_text(day)) for _, day in sorted(days.items())]
        years = [f"{a.year},{a.notice}" for a in national]
        object.__setattr__(self, "version", digest(*years, *lines, repr(sorted(festivals().items()))))

    def published(self, year: int) -> bool:
        """True if the State Council's arrangement of that year is loaded; other years are provisional.

        The days around 31 December may still be changed by the notice of the following year.
        """
        return year in self.years

    def is_workday(self, day: date) -> bool:
        """Whether `day` is worked.

        In a year without a notice weekends and the fixed statutory days are off; no compensation is guessed.
        Raises CalendarError before the first loaded year and past the known festivals.
        """
        self.require(day)
        if row := self.days.get(day):
            return row.kind is Kind.MAKEUP
        return day.weekday() < SATURDAY and not self._statutory_name(day)

    def holiday(self, day: date) -> str:
        """The holiday a day off or a make-up day belongs to; "" for plain weekdays and weekends."""
        self.require(day)
        row = self.days.get(day)
        return row.name if row else self._statutory_name(day)

    def source(self, day: date) -> str:
        """The notice that makes the day what it is (国办发明电〔2020〕27号), or else the national measure."""
        self.require(day)
        if row := self.days.get(day):
            return row.notice
        return next((a.notice for a in self.arrangements if a.year == day.year and not a.county), MEASURE)

    def require(self, day: date) -> None:
        """Raises CalendarError if this calendar cannot answer for `day`."""
        if isinstance(day, datetime):
            raise CalendarError(
                "the calendar counts dates: turn the moment into a date of Asia/Shanghai first"
            )
        first = self.years[0]
        if day.year < first:
            raise CalendarError(f"{day} lies before {first}, the first year of the working-day calendar")
        if not self.published(day.year) and day.year not in festivals():
            raise CalendarError(
                f"{day} lies past {max(festivals())}, the last year whose festivals the calendar knows"
            )

    def with_arrangements(self, *newer: Arrangement) -> Calendar:
        """This calendar with arrangements added, each in place of one of the same year and county."""
        kept = {(a.year, a.county): a for a in (*self.arrangements, *newer)}
        return replace(self, arrangements=tuple(kept[key] for key in sorted(kept)))

    def for_county(self, county: str) -> Calendar:
        """This calendar with the local days of one county (江华瑶族自治县 has the power to set some)."""
        return self if county == self.county else replace(self, county=county)

    def _statutory_name(self, day: date) -> str:
        """The fixed holidays of a day in a year without a notice, joined where two meet."""
        if self.published(day.year):
            return ""
        return "、".join(name for fixed, name in statutory_days(day.year) if fixed == day)


@cache
def load_calendar() -> Calendar:
    """The calendar that comes with the software: the arrangements in ``data/``, one file a year."""
    folder = files(__package__) / "data"
    texts = [item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name[:4].isdigit()]
    return Calendar(tuple(sorted((read_arrangement(text) for text in texts), key=lambda a: a.year)))
