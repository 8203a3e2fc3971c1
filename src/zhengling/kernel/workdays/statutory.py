"""The days off fixed by the national measure (《全国年节及纪念日放假办法》), known before any yearly notice.

They stand in for the notice in a year that has none yet, and they check a notice that is being loaded.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

MEASURE = "《全国年节及纪念日放假办法》"

# Since 2025-01-01 New Year's Eve of the lunar year and 2 May are days off too (decision of 2024-11-10).
TWO_DAYS_MORE_SINCE = 2025


@cache
def festivals() -> dict[int, dict[str, date]]:
    """Year → column of ``data/festivals.csv`` → date (``spring_festival`` is 正月初一).

    The measure names these days by the lunar calendar or the sun, so a table carries them. It follows the
    rule of GB/T 33661-2017 (a month begins on the day of the new moon in UTC+8; Qingming is the day the sun
    stands at 15°). Two new years fall within minutes of midnight and are often printed a day off: the new
    moon of 2027-02-06 is at 23:56, that of 2030-02-03 at 00:07.
    """
    text = (files(__package__) / "data" / "festivals.csv").read_text(encoding="utf-8")
    return {
        int(row.pop("year")): {name: date.fromisoformat(day) for name, day in row.items()}
        for row in csv.DictReader(text.splitlines())
    }


@cache
def statutory_days(year: int) -> tuple[tuple[date, str], ...]:
    """The days on which all citizens are off (measure Art. 2), by date, with the holiday's name.

    11 days, 13 since 2025. A day that carries two holidays (Mid-Autumn on 1 October) stands here twice,
    because each of the two is compensated. Raises KeyError for a year that the table of festivals does not
    know.
    """
    table = festivals()[year]
    spring = table["spring_festival"]
    more = year >= TWO_DAYS_MORE_SINCE
    days = [
        (date(year, 1, 1), "元旦"),
        *((spring + timedelta(n), "春节") for n in range(-1 if more else 0, 3)),
        (table["qingming"], "清明节"),
        *((date(year, 5, n), "劳动节") for n in ((1, 2) if more else (1,))),
        (table["dragon_boat"], "端午节"),
        (table["mid_autumn"], "中秋节"),
        *((date(year, 10, n), "国庆节") for n in (1, 2, 3)),
    ]
    return tuple(sorted(days))
