from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.law.numerals import from_chinese, to_chinese


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "一"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (42, "四十二"),
        (100, "一百"),
        (103, "一百零三"),
        (110, "一百一十"),
        (999, "九百九十九"),
    ],
)
def test_numbers_are_written_as_statutes_write_them(number: int, text: str) -> None:
    assert to_chinese(number) == text
    assert from_chinese(text) == number


@given(st.integers(1, 999))
def test_reading_undoes_writing(number: int) -> None:
    assert from_chinese(to_chinese(number)) == number


@pytest.mark.parametrize("number", [0, -1, 1000])
def test_numbers_outside_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="1 to 999"):
        to_chinese(number)


@pytest.mark.parametrize("text", ["", "一十", "百", "十百", "二零", "甲", "一百三", "12"])
def test_what_no_statute_would_write_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Chinese numeral"):
        from_chinese(text)
