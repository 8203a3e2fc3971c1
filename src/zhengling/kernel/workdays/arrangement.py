"""The arrangement of one year (节假日安排) as a file: reading it and checking it. No framework, no database.

A file is CSV in UTF-8 with the columns ``date`` (2027-01-01), ``kind`` (``off`` 放假 or ``makeup``
调休上班), ``name`` (the holiday) and optionally ``notice`` (the document that orders the day, where a later
one changed it). It holds the days that differ from plain weekends, and the days of a holiday that fall on a
weekend.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from io import StringIO
from typing import NamedTuple

from zhengling.kernel.workdays.statutory import festivals, statutory_days

COLUMNS = ("date", "kind", "name", "notice")
LONGEST = {"name": 100, "notice": 200}
SATURDAY = 5


class Kind(StrEnum):
    OFF = "off"
    MAKEUP = "makeup"


class Day(NamedTuple):
    """One day that a notice orders off, or to be worked although it is a weekend."""

    date: date
    kind: Kind
    name: str
    notice: str


class RowError(NamedTuple):
    """What is wrong in one row; line 0 speaks of the file as a whole."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}" if self.line else self.reason


class ArrangementError(ValueError):
    """The file is refused; `errors` lists every problem found, row by row."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The days of one year's notice, sorted by date.

    `county` names the unit of a local arrangement, "" the whole country. The holiday of New Year may begin in
    December of the year before; those days belong to it.
    """

    year: int
    notice: str
    days: tuple[Day, ...]
    county: str = ""

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change whenever a day, its kind, its name or its notice does."""
        return digest(
            f"{self.year},{self.county},{self.notice}", *(",".join(day_text(day)) for day in self.days)
        )


def day_text(day: Day) -> tuple[str, str, str, str]:
    return day.date.isoformat(), day.kind.value, day.name, day.notice


def digest(*lines: str) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()[:12]


def parse_date(text: str) -> date:
    """A date written 2022-02-10. Raises ValueError with a reason for anything else."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"{text!r} is not a date written like 2022-02-10")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the calendar") from None


def read_arrangement(text: str, notice: str = "", county: str = "") -> Arrangement:
    """Read a file. `notice` is the document of every row that names none itself.

    The year is the one most rows lie in. Raises ArrangementError with every row that is wrong: an unknown
    kind, a date outside the year (December before it excepted), a date twice, a make-up day that is no
    weekend day.
    """
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")))
    given = [name for name in reader.fieldnames or () if name]
    if missing := [name for name in COLUMNS[:3] if name not in given]:
        raise ArrangementError([RowError(1, "header", f"column {', '.join(missing)} is missing")])
    days: list[tuple[int, Day]] = []
    errors: list[RowError] = []
    try:
        for row in reader:
            try:
                days.append((reader.line_num, _read_day(reader.line_num, row, notice)))
            except ArrangementError as refused:
                errors += refused.errors
    except csv.Error as broken:
        errors.append(RowError(reader.line_num, "row", f"not readable as CSV: {broken}"))
    if not days:
        raise ArrangementError(errors or [RowError(0, "", "the file holds no days")])
    year = Counter(day.date.year for _, day in days).most_common(1)[0][0]
    errors += _misplaced(days, year)
    if errors:
        raise ArrangementError(sorted(errors))
    ordered = tuple(sorted(day for _, day in days))
    return Arrangement(year, notice or ordered[0].notice, ordered, county)


def _read_day(line: int, row: dict[str, str], notice: str) -> Day:
    value = {name: (row.get(name) or "").strip() for name in COLUMNS}
    value["notice"] = value["notice"] or notice
    errors = []
    day = None
    try:
        day = parse_date(value["date"])
    except ValueError as wrong:
        errors.append(RowError(line, "date", str(wrong)))
    if value["kind"] not in set(Kind):
        errors.append(RowError(line, "kind", f"{value['kind']!r} is neither off nor makeup"))
    elif value["kind"] == Kind.MAKEUP and day and day.weekday() < SATURDAY:
        errors.append(RowError(line, "kind", f"{day} is an ordinary working day, it cannot be a make-up day"))
    if not value["name"]:
        errors.append(RowError(line, "name", "the holiday is not named"))
    if not value["notice"]:
        errors.append(RowError(line, "notice", "no notice is given for this day"))
    errors += [
        RowError(line, name, f"longer than {longest} characters")
        for name, longest in LONGEST.items()
        if len(value[name]) > longest
    ]
    if errors or day is None:
        raise ArrangementError(errors)
    return Day(day, Kind(value["kind"]), value["name"], value["notice"])


def _misplaced(days: list[tuple[int, Day]], year: int) -> list[RowError]:
    errors = []
    seen: dict[date, int] = {}
    for line, day in days:
        if day.date.year != year and (day.date.year, day.date.month) != (year - 1, 12):
            errors.append(RowError(line, "date", f"{day.date} does not lie in {year}"))
        if day.date in seen:
            errors.append(RowError(line, "date", f"{day.date} stands already in line {seen[day.date]}"))
        seen.setdefault(day.date, line)
    return errors


def check_complete(arrangement: Arrangement, extra_days: int = 0) -> None:
    """Refuse a national arrangement that lacks days. Raises ArrangementError.

    Every statutory day must be off (measure Art. 2); one that falls on a weekend is compensated on a working
    day (Art. 6); every further weekday off is worked on a make-up day. Hence weekdays off less make-up days
    are exactly the statutory days of the year. `extra_days` are those a special notice gave beyond the
    measure (2 in 2020: the Spring Festival was extended by a Friday and over a make-up Saturday).
    """
    if arrangement.year not in festivals():
        last = max(festivals())
        raise ArrangementError(
            [RowError(0, "", f"the table of festivals ends with {last}: add {arrangement.year}")]
        )
    statutory = statutory_days(arrangement.year)
    off = {day.date for day in arrangement.days if day.kind is Kind.OFF}
    errors = [
        RowError(0, "", f"{day} ({name}) is off by the national measure, but the file does not say so")
        for day, name in statutory
        if day not in off
    ]
    weekdays_off = sum(day.weekday() < SATURDAY for day in off)
    makeup = len(arrangement.days) - len(off)
    if weekdays_off - makeup != len(statutory) + extra_days:
        errors.append(
            RowError(
                0,
                "",
                f"{weekdays_off} weekdays off less {makeup} make-up days are {weekdays_off - makeup}, but "
                f"the measure gives {len(statutory)} days and special notices {extra_days}: "
                "a day off or a make-up day is missing or too many",
            )
        )
    if errors:
        raise ArrangementError(errors)
