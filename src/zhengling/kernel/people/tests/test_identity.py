"""GB 11643 and GB 32100: the standards' own examples, and numbers with one mistake."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.people.identity import (
    CREDIT_ALPHABET,
    birth_date_of,
    check_credit_code,
    check_id_number,
    normalise,
    sex_of,
)

# The first is the example of GB 11643 itself; the second is made up and worked by hand.
GOOD = ["11010519491231002X", "431102196001010013"]


@pytest.mark.parametrize("number", GOOD)
def test_known_good_numbers(number):
    assert check_id_number(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "431102196001010014",  # wrong check digit
        "11010519491231002x",  # not normalised
        "110105194912310021",
        "11010519490229002X",  # 1949 had no 29 February
        "1101051949123100",
        "1101051949123100２X",  # full-width digit
        "１１０１０５19491231002X",
        "11010519491231002X\n",
        "ABCDEFGHIJKLMNOPQR",
    ],
)
def test_bad_numbers(text):
    assert not check_id_number(text)


def test_a_wrong_date_is_refused_even_when_the_check_digit_agrees():
    body = "43110219600231001"  # 31 February
    assert not any(check_id_number(body + last) for last in "0123456789X")


def test_what_the_number_says():
    assert birth_date_of("11010519491231002X") == date(1949, 12, 31)
    assert sex_of("11010519491231002X") == "female"
    assert sex_of("431102196001010013") == "male"
    with pytest.raises(ValueError):
        birth_date_of("431102196001010014")
    with pytest.raises(ValueError):
        sex_of("")


def test_normalise_gives_one_spelling():
    assert normalise(" １１０１０５ 19491231-002x ") == "11010519491231002X"


@given(position=st.integers(0, 16), digit=st.sampled_from("0123456789"))
def test_every_single_wrong_digit_is_found(position, digit):
    good = GOOD[1]
    typed = good[:position] + digit + good[position + 1 :]
    assert check_id_number(typed) == (typed == good)


@given(position=st.integers(0, 15))
def test_every_swap_of_two_neighbours_is_found(position):
    good = GOOD[1]
    typed = good[:position] + good[position + 1] + good[position] + good[position + 2 :]
    assert check_id_number(typed) == (typed == good)


def test_credit_code_of_the_standard():
    assert check_credit_code("91350100M000100Y43")
    assert not check_credit_code("91350100M000100Y4Z")
    assert not check_credit_code("91350100M000100Y4")
    assert not check_credit_code("91350100m000100y43")


@given(position=st.integers(0, 16), character=st.sampled_from(CREDIT_ALPHABET))
def test_every_single_wrong_character_of_a_credit_code_is_found(position, character):
    good = "91350100M000100Y43"
    typed = good[:position] + character + good[position + 1 :]
    assert check_credit_code(typed) == (typed == good)
