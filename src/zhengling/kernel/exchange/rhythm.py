"""Periods (期次) of a rhythm: 2022-03, 2022-Q1, 2022. Plain dates; within a rhythm they sort as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

PATTERNS = {
    "monthly": re.compile(r"20\d\d-(0[1-9]|1[0-2])"),
    "quarterly": re.compile(r"20\d\d-Q[1-4]"),
    "yearly": re.compile(r"20\d\d"),
}
MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}


def fits(rhythm: str, period: str) -> bool:
    """Whether `period` is one of the rhythm."""
    return PATTERNS[rhythm].fullmatch(period) is not None


def period_of(rhythm: str, day: date) -> str:
    """The period in which a day lies."""
    if rhythm == "monthly":
        return f"{day:%Y-%m}"
    return f"{day.year}-Q{(day.month + 2) // 3}" if rhythm == "quarterly" else str(day.year)


def first_day(rhythm: str, period: str) -> date:
    year, rest = int(period[:4]), period[5:]
    if rhythm == "monthly":
        return date(year, int(rest), 1)
    return date(year, int(rest[1]) * 3 - 2, 1) if rhythm == "quarterly" else date(year, 1, 1)


def last_day(rhythm: str, period: str) -> date:
    return _after(rhythm, first_day(rhythm, period)) - timedelta(days=1)


def periods(rhythm: str, since: date, until: date) -> Iterator[str]:
    """Every period that has begun by `until`, from the one in which `since` lies."""
    day = first_day(rhythm, period_of(rhythm, since))
    while day <= until:
        yield period_of(rhythm, day)
        day = _after(rhythm, day)


def _after(rhythm: str, first: date) -> date:
    months = first.year * 12 + first.month - 1 + MONTHS[rhythm]
    return date(months // 12, months % 12 + 1, 1)
