from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.returns.periods import Period

KINDS = st.sampled_from(["month", "quarter", "year"])
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("text", "first", "last", "zh", "en"),
    [
        ("2022-02", date(2022, 2, 1), date(2022, 2, 28), "2022年2月", "February 2022"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024年2月", "February 2024"),
        ("2022Q1", date(2022, 1, 1), date(2022, 3, 31), "2022年第一季度", "first quarter of 2022"),
        ("2022Q4", date(2022, 10, 1), date(2022, 12, 31), "2022年第四季度", "fourth quarter of 2022"),
        ("2022", date(2022, 1, 1), date(2022, 12, 31), "2022年度", "2022"),
    ],
)
def test_a_period_has_days_and_a_name(text, first, last, zh, en):
    period = Period.parse(text)
    assert (period.first, period.last, period.zh(), period.en(), str(period)) == (first, last, zh, en, text)


@pytest.mark.parametrize(
    "text", ["", "2022Q5", "2022Q0", "2022-13", "2022-00", "22", "2022Q", "0000", "2022-1", "x"]
)
def test_what_is_no_period_is_refused(text):
    with pytest.raises(ValueError):
        Period.parse(text)


@given(DAYS, KINDS)
def test_every_day_lies_in_one_period_and_periods_follow_each_other(day, kind):
    period = Period.holding(day, kind)
    assert period.first <= day <= period.last
    assert Period.parse(str(period)) == period
    assert period.before.last == period.first - timedelta(days=1)
    assert Period.holding(period.last + timedelta(days=1), kind).before == period
