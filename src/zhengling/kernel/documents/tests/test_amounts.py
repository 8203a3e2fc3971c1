from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.documents.amounts import in_capitals, yuan

VALUES = {**{char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}}


def read(words: str) -> int:
    """Fen back from capital characters, written independently of the writer: a small recursive reader."""
    words = words.removeprefix("人民币").removesuffix("整")
    whole, _, rest = words.partition("元") if "元" in words else ("", "", words)
    fen = sum(
        VALUES[rest[rest.index(unit) - 1]] * worth for unit, worth in (("角", 10), ("分", 1)) if unit in rest
    )
    return integer(whole) * 100 + fen


def integer(words: str) -> int:
    for unit, worth in (("亿", 10**8), ("万", 10**4), ("仟", 1000), ("佰", 100), ("拾", 10)):
        if unit in words:
            head, _, tail = words.rpartition(unit) if worth >= 10**4 else words.partition(unit)
            return integer(head) * worth + integer(tail)
    return VALUES[words[-1]] if words else 0


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角整"),
        (100_05, "人民币壹佰元零伍分"),
        (4_700_000, "人民币肆万柒仟元整"),
        (336_000, "人民币叁仟叁佰陆拾元整"),
        (1_000_100, "人民币壹万零壹元整"),
        (10_000_000_000, "人民币壹亿元整"),
        (10_050_000_00, "人民币壹仟零伍万元整"),
        (1_680_32, "人民币壹仟陆佰捌拾元叁角贰分"),
        (107_000_53, "人民币壹拾万柒仟元伍角叁分"),
        (1_409_50, "人民币壹仟肆佰零玖元伍角整"),
        (6_007_14, "人民币陆仟零柒元壹角肆分"),
        (325_04, "人民币叁佰贰拾伍元零肆分"),
    ],
)
def test_capitals_as_the_payment_rules_write_them(fen: int, words: str) -> None:
    assert in_capitals(fen) == words


@given(st.integers(0, 10**14))
def test_capitals_read_back_to_the_same_amount(fen: int) -> None:
    words = in_capitals(fen)
    assert read(words) == fen
    assert "零零" not in words


def test_no_capitals_for_what_is_no_payment() -> None:
    with pytest.raises(ValueError, match="no form"):
        in_capitals(-1)


def test_digits_keep_both_decimals() -> None:
    assert (yuan(123_450), yuan(-5), yuan(0)) == ("1,234.50", "-0.05", "0.00")
