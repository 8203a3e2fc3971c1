"""Article 9 worked by hand: premium 320 yuan, period 2021-09-01 to 2022-02-28, class 1 and severe disability whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.law.queries import baseline
from zhengling.services.medical.premium.rules import Mark, Standing, Terms, counts, entitlement, standing
from zhengling.services.medical.premium.terms import terms_of
from zhengling.services.medical.rules import PremiumGroup

TERMS = Terms(
    year=2022,
    premium=32_000,
    rates={"class_1": 10_000, "severe_disability": 10_000, "other_class_2": 5_000, "none": 0},
    first_day=date(2021, 9, 1),
    last_day=date(2022, 2, 28),
    after_period=False,
    any_day=True,
    most_favourable=True,
    disability_needs_hardship=False,
    refunds=True,
    keeps=True,
)
FIRST, SEVERE, SECOND, NONE = PremiumGroup
EARLY = date(2020, 5, 1)


def mark(group: PremiumGroup, since: date = EARLY, until: date | None = None, key: int = 1) -> Mark:
    return Mark(key, group, since, until)


@pytest.mark.parametrize(
    ("group", "fen"), [(FIRST, 32_000), (SEVERE, 32_000), (SECOND, 16_000), (NONE, None)]
)
def test_the_shares_of_article_9(group, fen):
    found = entitlement([mark(group)], TERMS)
    assert (found.amount if found else None) == fen


@pytest.mark.parametrize(
    ("premium", "half"),
    # 50 % of an odd number of fen: half a fen upwards (R10).
    [(32_000, 16_000), (35_001, 17_501), (1, 1), (99, 50)],
)
def test_half_to_the_fen(premium, half):
    found = entitlement([mark(SECOND)], replace(TERMS, premium=premium))
    assert found is not None and found.amount == half


@pytest.mark.parametrize(
    ("since", "until", "counted"),
    [
        (date(2022, 2, 28), None, True),  # recognised on the last day of the period
        (date(2022, 3, 1), None, False),  # the day after: not subsidised this year
        (date(2020, 1, 1), date(2021, 8, 31), False),  # ended before the period
        (date(2020, 1, 1), date(2021, 9, 1), True),  # held on its first day
    ],
)
def test_recognised_in_time(since, until, counted):
    assert counts(mark(FIRST, since, until), TERMS) is counted
    assert (entitlement([mark(FIRST, since, until)], TERMS) is not None) is counted


def test_the_other_readings_of_the_days():
    late = mark(FIRST, date(2022, 3, 1))
    assert entitlement([late], replace(TERMS, after_period=True)).amount == 32_000
    assert entitlement([mark(FIRST, date(2023, 1, 1))], replace(TERMS, after_period=True)) is None
    lost = mark(FIRST, EARLY, date(2022, 2, 27))
    assert entitlement([lost], TERMS) is not None
    assert entitlement([lost], replace(TERMS, any_day=False)) is None


def test_most_favourable_wins():
    low, severe = mark(SECOND, EARLY, key=1), mark(SEVERE, date(2021, 11, 1), key=2)
    found = entitlement([low, severe], TERMS)
    assert (found.key, found.rate, found.amount) == (2, 10_000, 32_000)
    newest = replace(TERMS, most_favourable=False)
    assert entitlement([mark(SECOND, date(2021, 12, 1), key=3), severe], newest).key == 3


def test_a_better_identity_after_the_period_changes_nothing():
    found = entitlement([mark(SECOND, key=1), mark(FIRST, date(2022, 3, 1), key=2)], TERMS)
    assert (found.key, found.amount) == (1, 16_000)


def test_severe_disability_alone_or_with_hardship():
    narrow = replace(TERMS, disability_needs_hardship=True)
    assert entitlement([mark(SEVERE)], TERMS).amount == 32_000
    assert entitlement([mark(SEVERE)], narrow) is None
    assert entitlement([mark(SEVERE, key=1), mark(SECOND, key=2)], narrow).amount == 32_000


@pytest.mark.parametrize(
    ("amount", "paid", "expected"),
    [
        (16_000, None, Standing.FUND),  # no list yet
        (16_000, [16_000], Standing.FUND),  # paid the own half
        (32_000, [0], Standing.FUND),  # paid nothing, the whole is subsidised
        (16_000, [32_000], Standing.REFUND),
        (32_000, [32_000], Standing.REFUND),
        (32_000, [16_000], Standing.WRONG_RATE),
        (16_000, [0], Standing.WRONG_RATE),
        (16_000, [], Standing.NOT_ENROLLED),
        (16_000, [16_000, 16_000], Standing.TWICE),
    ],
)
def test_what_the_list_says(amount, paid, expected):
    assert standing(amount, paid, TERMS) is expected


def test_nothing_back_under_the_other_reading():
    assert standing(16_000, [32_000], replace(TERMS, refunds=False)) is Standing.KEPT


DAYS = st.dates(date(2019, 1, 1), date(2023, 12, 31))
MARKS = st.lists(
    st.builds(
        lambda key, group, since, length: Mark(
            key, group, since, since + timedelta(length) if length else None
        ),
        st.integers(1, 9),
        st.sampled_from(list(PremiumGroup)),
        DAYS,
        st.integers(0, 1500),
    ),
    max_size=6,
)


@given(MARKS, st.integers(1, 100_000))
def test_the_claim_is_one_of_the_persons_own_and_the_best(marks, premium):
    terms = replace(TERMS, premium=premium)
    found = entitlement(marks, terms)
    in_time = [
        m
        for m in marks
        if m.valid_from <= date(2022, 2, 28) and (m.valid_to is None or m.valid_to >= date(2021, 9, 1))
    ]
    whole = any(m.group in {FIRST, SEVERE} for m in in_time)
    half = any(m.group is SECOND for m in in_time)
    expected = premium if whole else (premium + 1) // 2 if half else 0
    assert (found.amount if found else 0) == expected
    if found:
        assert any(m.key == found.key and m.group is found.group for m in in_time)


@given(MARKS, st.randoms())
def test_the_order_of_identities_does_not_matter(marks, random):
    shuffled = list(marks)
    random.shuffle(shuffled)
    first, second = entitlement(marks, TERMS), entitlement(shuffled, TERMS)
    assert (first and (first.amount, first.recognised_on)) == (
        second and (second.amount, second.recognised_on)
    )


@given(MARKS, MARKS)
def test_one_more_identity_never_takes_anything_away(marks, more):
    before, after = entitlement(marks, TERMS), entitlement(marks + more, TERMS)
    assert (after.amount if after else 0) >= (before.amount if before else 0)


def test_the_terms_of_the_city():
    parameters = baseline("medical")
    assert terms_of(2022, parameters) == TERMS
    # Premium and period are of their year: nothing is known of the next one before somebody sets it.
    assert terms_of(2023, parameters) is None
    assert terms_of(2021, parameters) is None
