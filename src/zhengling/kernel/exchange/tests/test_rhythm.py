"""Periods: worked by hand, and what holds for all of them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.exchange import rhythm

DAYS = st.integers(0, 35_000).map(lambda days: date(2000, 1, 1) + timedelta(days=days))
RHYTHMS = st.sampled_from(sorted(rhythm.MONTHS))


@pytest.mark.parametrize(
    ("name", "day", "period", "first", "last"),
    [
        ("monthly", date(2022, 2, 28), "2022-02", date(2022, 2, 1), date(2022, 2, 28)),
        ("monthly", date(2024, 2, 29), "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("quarterly", date(2022, 12, 1), "2022-Q4", date(2022, 10, 1), date(2022, 12, 31)),
        ("yearly", date(2022, 7, 1), "2022", date(2022, 1, 1), date(2022, 12, 31)),
    ],
)
def test_a_day_lies_in_its_period(name: str, day: date, period: str, first: date, last: date) -> None:
    assert rhythm.period_of(name, day) == period
    assert (rhythm.first_day(name, period), rhythm.last_day(name, period)) == (first, last)


@given(RHYTHMS, DAYS, st.integers(0, 900))
def test_periods_follow_each_other_without_gap_and_sort_as_text(name: str, since: date, days: int) -> None:
    until = since + timedelta(days=days)
    found = list(rhythm.periods(name, since, until))
    assert found == sorted(set(found)) and all(rhythm.fits(name, period) for period in found)
    assert rhythm.first_day(name, found[0]) <= since <= rhythm.last_day(name, found[0])
    assert rhythm.first_day(name, found[-1]) <= until <= rhythm.last_day(name, found[-1])
    for one, following in pairwise(found):
        assert rhythm.last_day(name, one) + timedelta(days=1) == rhythm.first_day(name, following)
