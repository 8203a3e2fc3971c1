"""The notices of 2020–2026 copied down a second time, as spans, and the plainest rule over them."""

from __future__ import annotations

from datetime import date, timedelta

# year: (spans off as (month, day, number of days), make-up days as (month, day))
NOTICES = {
    2020: (
        [(1, 1, 1), (1, 24, 10), (4, 4, 3), (5, 1, 5), (6, 25, 3), (10, 1, 8)],
        [(1, 19), (4, 26), (5, 9), (6, 28), (9, 27), (10, 10)],
    ),
    2021: (
        [(1, 1, 3), (2, 11, 7), (4, 3, 3), (5, 1, 5), (6, 12, 3), (9, 19, 3), (10, 1, 7)],
        [(2, 7), (2, 20), (4, 25), (5, 8), (9, 18), (9, 26), (10, 9)],
    ),
    2022: (
        [(1, 1, 3), (1, 31, 7), (4, 3, 3), (4, 30, 5), (6, 3, 3), (9, 10, 3), (10, 1, 7), (12, 31, 1)],
        [(1, 29), (1, 30), (4, 2), (4, 24), (5, 7), (10, 8), (10, 9)],
    ),
    2023: (
        [(1, 1, 2), (1, 21, 7), (4, 5, 1), (4, 29, 5), (6, 22, 3), (9, 29, 8)],
        [(1, 28), (1, 29), (4, 23), (5, 6), (6, 25), (10, 7), (10, 8)],
    ),
    2024: (
        [(1, 1, 1), (2, 10, 8), (4, 4, 3), (5, 1, 5), (6, 10, 1), (9, 15, 3), (10, 1, 7)],
        [(2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)],
    ),
    2025: (
        [(1, 1, 1), (1, 28, 8), (4, 4, 3), (5, 1, 5), (5, 31, 3), (10, 1, 8)],
        [(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)],
    ),
    2026: (
        [(1, 1, 3), (2, 15, 9), (4, 4, 3), (5, 1, 5), (6, 19, 3), (9, 25, 3), (10, 1, 7)],
        [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)],
    ),
}
OFF = {
    date(year, month, day) + timedelta(n)
    for year, (spans, _) in NOTICES.items()
    for month, day, length in spans
    for n in range(length)
}
MAKEUP = {date(year, month, day) for year, (_, days) in NOTICES.items() for month, day in days}
DAYS = [date(2020, 1, 1) + timedelta(n) for n in range((date(2026, 12, 31) - date(2020, 1, 1)).days + 1)]


def worked(day: date) -> bool:
    return day in MAKEUP or (day.weekday() < 5 and day not in OFF)


WORKDAYS = [day for day in DAYS if worked(day)]
