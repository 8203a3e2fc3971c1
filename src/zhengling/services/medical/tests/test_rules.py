"""The arithmetic of articles 9-12 and 15: figures worked by hand, and properties that must hold for every
figure.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.services.medical.rules import (
    EMPTY,
    INPATIENT,
    MAJOR_OUTPATIENT,
    NO_LIMIT,
    SPECIAL_OUTPATIENT,
    Account,
    ClassThreeFinding,
    Finding,
    Household,
    Override,
    PremiumGroup,
    ReassistanceTerms,
    Settled,
    class_3_finding,
    classify_outpatient,
    half_up_share,
    premium_group,
    premium_subsidy,
    reassistance,
    reassistance_burden,
    reassistance_due,
)
from zhengling.services.medical.terms import DayTerms, reassistance_terms, terms_on
from zhengling.services.medical.tests.samples import START, city, reading

TERMS = terms_on(city().on(START))
AMOUNTS = st.integers(0, 30_000_000)
BENEFITS = st.sampled_from([INPATIENT, MAJOR_OUTPATIENT, SPECIAL_OUTPATIENT])
CLASSES = st.integers(0, 3)


def run(
    steps: list[tuple[int, int, int, bool]], terms: DayTerms = TERMS, account: Account = EMPTY
) -> tuple[list[Settled], Account]:
    """Settle (yuan, benefit, class, veteran) one after the other."""
    results = []
    for yuan, benefit, assistance_class, veteran in steps:
        settled, account = terms.settle(round(yuan * 100), benefit, assistance_class, veteran, account)
        results.append(settled)
    return results, account


@pytest.mark.parametrize(
    ("assistance_class", "veteran", "cost", "paid"),
    [
        (1, False, 100_000, "90000.00"),
        (2, False, 30_000, "20160.00"),
        (2, True, 30_000, "23040.00"),
        (3, False, 6_000, "0.00"),
        (3, False, 6_000.01, "0.01"),  # half a fen, upwards
        (3, False, 120_000, "47000.00"),
        (3, True, 120_000, "56400.00"),
        (1, True, 250_000, "100000.00"),
        (0, True, 90_000, "0.00"),
    ],
)
def test_one_stay_of_the_year(assistance_class: int, veteran: bool, cost: float, paid: str) -> None:
    [settled], _ = run([(cost, INPATIENT, assistance_class, veteran)])
    assert f"{settled.pay / 100:.2f}" == paid


def test_two_stays_share_one_deductible() -> None:
    first, second = run([(1_000, INPATIENT, 2, False), (5_000, INPATIENT, 2, False)])[0]
    assert (first.below, first.pay) == (100_000, 0)
    assert (second.below, second.assisted, second.pay) == (20_000, 480_000, 336_000)


def test_inpatient_and_major_outpatient_are_one_pool() -> None:
    results, account = run([(90_000, MAJOR_OUTPATIENT, 1, False), (20_000, INPATIENT, 1, False)])
    assert [settled.assisted for settled in results] == [9_000_000, 1_000_000]
    assert results[1].above == 1_000_000
    assert account.inpatient_cost == 11_000_000


def test_special_outpatient_stops_at_8000_paid() -> None:
    """Class 2, D 1,000, 50 %: 17,000 of cost use up the limit exactly; 90 % of class 1 at 8,888.89."""
    [settled], _ = run([(17_000, SPECIAL_OUTPATIENT, 2, False)])
    assert (settled.assisted, settled.pay, settled.cut) == (1_600_000, 800_000, 0)
    [settled], _ = run([(20_000, SPECIAL_OUTPATIENT, 2, False)])
    assert (settled.pay, settled.cut) == (800_000, 150_000)
    results, _ = run([(8_000, SPECIAL_OUTPATIENT, 1, False), (2_000, SPECIAL_OUTPATIENT, 1, False)])
    assert [(settled.pay, settled.cut) for settled in results] == [(720_000, 0), (80_000, 100_000)]


def test_special_outpatient_has_no_class_3_and_no_veterans() -> None:
    [settled], account = run([(5_000, SPECIAL_OUTPATIENT, 3, False)])
    assert (settled.below, settled.pay, account.special_cost) == (500_000, 0, 500_000)
    [settled], _ = run([(5_000, SPECIAL_OUTPATIENT, 2, True)])
    assert settled.pay == 200_000


def test_the_pools_do_not_mix() -> None:
    results, _ = run([(5_000, SPECIAL_OUTPATIENT, 2, False), (1_000, INPATIENT, 2, False)])
    assert [settled.pay for settled in results] == [200_000, 0]


def test_class_3_becomes_class_2_or_1_within_the_year() -> None:
    """R17: cost borne counts, what is used stays used, nothing is paid for the past."""
    results, _ = run([(4_000, INPATIENT, 3, False), (10_000, INPATIENT, 2, False)])
    assert [settled.pay for settled in results] == [0, 700_000]
    results, account = run([(20_000, INPATIENT, 3, False), (10_000, INPATIENT, 1, False)])
    assert [settled.pay for settled in results] == [700_000, 900_000]
    assert account.inpatient_cost == 3_000_000


def test_half_a_fen_goes_upwards() -> None:
    assert half_up_share(1, 5_000) == 1
    assert half_up_share(1, 4_999) == 0
    assert half_up_share(80_065, 7_000) == 56_046
    assert half_up_share(10**16, 10_000) == 10**16


@given(st.integers(0, 2**61), st.integers(0, 10_000))
def test_a_share_is_exact_and_half_up(amount: int, rate: int) -> None:
    exact = Fraction(amount * rate, 10_000)
    share = half_up_share(amount, rate)
    assert Fraction(-1, 2) < share - exact <= Fraction(1, 2)


ALTERNATIVES: dict[str, list[object]] = {
    "inpatient_cap_basis": ["expense", "assistance"],
    "inpatient_band_from": ["zero", "deductible"],
    "deductible_reached_at": ["at_deductible", "above_deductible"],
    "assisted_part": ["excess", "whole_settlement"],
    "special_op_cap_basis": ["assistance", "expense"],
    "major_outpatient_deductible": ["shared", "separate"],
    "class_change": ["carry_over", "keep_class_3_deductible", "restart"],
    "veteran_increase_as": ["points", "factor"],
    "veteran_scope": ["inpatient", "all_assistance"],
}
READINGS = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in ALTERNATIVES.items()})
STEPS = st.lists(st.tuples(AMOUNTS, BENEFITS, CLASSES, st.booleans()), min_size=1, max_size=8)


@given(READINGS, STEPS)
def test_the_parts_make_up_the_base_in_every_reading(
    choices: dict[str, object], steps: list[tuple[int, int, int, bool]]
) -> None:
    terms = terms_on(reading(**choices).on(START))
    account = EMPTY
    for base, benefit, assistance_class, veteran in steps:
        settled, account = terms.settle(base, benefit, assistance_class, veteran, account)
        assert settled.base == base == settled.below + settled.assisted + settled.above
        assert min(settled) >= 0
        assert settled.pay <= settled.assisted <= base
        rate = terms.of(benefit, assistance_class, veteran).rate
        assert settled.pay + settled.cut == half_up_share(settled.assisted, rate)


@given(CLASSES, BENEFITS, st.booleans(), AMOUNTS, AMOUNTS, AMOUNTS)
def test_more_cost_never_means_less_assistance(
    assistance_class: int, benefit: int, veteran: bool, before: int, less: int, more: int
) -> None:
    less, more = sorted((less, more))
    _, account = TERMS.settle(before, benefit, assistance_class, veteran, EMPTY)
    small, _ = TERMS.settle(less, benefit, assistance_class, veteran, account)
    large, _ = TERMS.settle(more, benefit, assistance_class, veteran, account)
    assert small.pay <= large.pay
    assert small.assisted <= large.assisted


@given(CLASSES, BENEFITS, st.booleans(), st.lists(AMOUNTS, min_size=1, max_size=6))
def test_splitting_a_stay_does_not_change_its_parts(
    assistance_class: int, benefit: int, veteran: bool, amounts: list[int]
) -> None:
    [whole], _ = run([(sum(amounts) / 100, benefit, assistance_class, veteran)])
    pieces, account = [], EMPTY
    for amount in amounts:
        settled, account = TERMS.settle(amount, benefit, assistance_class, veteran, account)
        pieces.append(settled)
    assert sum(piece.below for piece in pieces) == whole.below
    assert sum(piece.assisted for piece in pieces) == whole.assisted
    assert sum(piece.above for piece in pieces) == whole.above
    # Each piece is rounded by itself: at most half a fen apart.
    assert abs(sum(piece.pay for piece in pieces) - whole.pay) <= len(amounts)


@given(CLASSES, st.booleans(), st.lists(st.tuples(AMOUNTS, BENEFITS), max_size=8))
def test_a_year_is_the_formula_of_r11(
    assistance_class: int, veteran: bool, steps: list[tuple[int, int]]
) -> None:
    """cumulative assistance before rounding = rate x max(0, min(X, 100,000) - D), with the figures of article
    10.
    """
    deductible = {0: 10**15, 1: 0, 2: 120_000, 3: 600_000}[assistance_class]
    cost = assisted = 0
    account = EMPTY
    for base, benefit in steps:
        settled, account = TERMS.settle(base, benefit, assistance_class, veteran, account)
        if benefit != SPECIAL_OUTPATIENT:
            cost += base
            assisted += settled.assisted
    assert assisted == max(0, min(cost, 10_000_000) - deductible)
    assert account.inpatient_cost == cost


@given(st.lists(st.tuples(AMOUNTS, st.integers(0, 3)), max_size=8))
def test_no_more_than_8000_of_special_outpatient_assistance(steps: list[tuple[int, int]]) -> None:
    account = EMPTY
    for base, assistance_class in steps:
        _, account = TERMS.settle(base, SPECIAL_OUTPATIENT, assistance_class, True, account)
    assert account.special_paid <= 800_000


def test_reading_a1_limit_on_assistance() -> None:
    terms = terms_on(reading(inpatient_cap_basis="assistance").on(START))
    [settled], _ = run([(250_000, INPATIENT, 3, False)], terms)
    assert (settled.above, settled.assisted, settled.cut, settled.pay) == (
        0,
        24_400_000,
        2_200_000,
        10_000_000,
    )


def test_reading_a2_band_above_the_deductible() -> None:
    terms = terms_on(reading(inpatient_band_from="deductible").on(START))
    [settled], _ = run([(150_000, INPATIENT, 2, False)], terms)
    assert (settled.below, settled.assisted, settled.above) == (120_000, 10_000_000, 4_880_000)


def test_readings_a3_and_a4_the_whole_settlement() -> None:
    whole = terms_on(reading(assisted_part="whole_settlement").on(START))
    results, _ = run(
        [(1_000, INPATIENT, 2, False), (200, INPATIENT, 2, False), (50, INPATIENT, 2, False)], whole
    )
    assert [settled.assisted for settled in results] == [0, 20_000, 5_000]
    strict = reading(assisted_part="whole_settlement", deductible_reached_at="above_deductible")
    results, _ = run([(1_200, INPATIENT, 2, False), (50, INPATIENT, 2, False)], terms_on(strict.on(START)))
    assert [settled.assisted for settled in results] == [0, 5_000]


def test_reading_a5_limit_on_the_expense() -> None:
    terms = terms_on(reading(special_op_cap_basis="expense").on(START))
    for assistance_class, most in ((1, 720_000), (2, 350_000)):
        [settled], _ = run([(50_000, SPECIAL_OUTPATIENT, assistance_class, False)], terms)
        assert (settled.pay, settled.cut) == (most, 0)


def test_reading_a6_two_deductibles_one_ceiling() -> None:
    terms = terms_on(reading(major_outpatient_deductible="separate").on(START))
    steps = [(60_000, INPATIENT, 2, False), (60_000, MAJOR_OUTPATIENT, 2, False)]
    results, _ = run(steps, terms)
    assert [(settled.below, settled.assisted, settled.above) for settled in results] == [
        (120_000, 5_880_000, 0),
        (120_000, 3_880_000, 2_000_000),
    ]


def test_reading_a12_rejected_alternatives() -> None:
    steps = [(4_000, INPATIENT, 3, False), (10_000, INPATIENT, 2, False), (1_000, INPATIENT, 2, False)]
    keep = terms_on(reading(class_change="keep_class_3_deductible").on(START))
    assert [settled.below for settled in run(steps, keep)[0]] == [400_000, 200_000, 0]
    restart = terms_on(reading(class_change="restart").on(START))
    results, account = run(steps, restart)
    assert [settled.below for settled in results] == [400_000, 120_000, 0]
    assert account.inpatient_cost == 1_100_000


def test_reading_r12_a_factor_and_a_wider_scope() -> None:
    factor = terms_on(reading(veteran_increase_as="factor").on(START))
    assert [factor.of(INPATIENT, number, True).rate for number in (1, 2, 3)] == [9_900, 7_700, 5_500]
    wide = terms_on(reading(veteran_scope="all_assistance").on(START))
    assert [wide.of(SPECIAL_OUTPATIENT, number, True).rate for number in (1, 2)] == [10_000, 6_000]
    assert reassistance_terms(reading(veteran_scope="all_assistance").on(START), veteran=True).rate == 6_000


@pytest.mark.parametrize(
    ("major", "special", "pharmacy", "benefit"),
    [
        (True, False, False, MAJOR_OUTPATIENT),
        (True, True, False, MAJOR_OUTPATIENT),
        (False, True, False, SPECIAL_OUTPATIENT),
        (False, True, True, SPECIAL_OUTPATIENT),
        (False, False, False, None),
        (True, True, True, None),
    ],
)
def test_an_outpatient_visit_is_classified_once(
    major: bool, special: bool, pharmacy: bool, benefit: int | None
) -> None:
    chosen = classify_outpatient(
        major, special, pharmacy, both_lists="major_outpatient", pharmacy_as_special=False
    )
    assert chosen == benefit


def test_other_readings_of_the_lists() -> None:
    assert (
        classify_outpatient(True, True, False, both_lists="special_outpatient", pharmacy_as_special=False)
        == SPECIAL_OUTPATIENT
    )
    assert (
        classify_outpatient(True, True, True, both_lists="major_outpatient", pharmacy_as_special=True)
        == SPECIAL_OUTPATIENT
    )


def test_premium_subsidy_by_group_and_period() -> None:
    persons = ((1, False), (2, True), (2, False), (3, True), (0, True))
    assert [premium_group(number, severe) for number, severe in persons] == [
        PremiumGroup.CLASS_1,
        PremiumGroup.SEVERE_DISABILITY,
        PremiumGroup.OTHER_CLASS_2,
        PremiumGroup.NONE,
        PremiumGroup.NONE,
    ]
    end = date(2022, 2, 28)
    assert premium_subsidy(32_000, 5_000, end, end, after_period=False) == 16_000
    assert premium_subsidy(32_001, 5_000, end, end, after_period=False) == 16_001
    assert premium_subsidy(32_000, 10_000, date(2022, 3, 1), end, after_period=False) == 0
    assert premium_subsidy(32_000, 10_000, date(2022, 3, 1), end, after_period=True) == 32_000


AGAIN = reassistance_terms(city().on(START))


@pytest.mark.parametrize(
    ("burden", "due"), [(0, 0), (600_000, 0), (600_001, 1), (600_002, 1), (1_000_000, 200_000)]
)
def test_reassistance_is_half_of_what_exceeds_6000(burden: int, due: int) -> None:
    assert reassistance_due(burden, AGAIN) == due


def test_reassistance_alternatives() -> None:
    whole = reassistance_terms(reading(reassistance_base="whole").on(START))
    assert [reassistance_due(burden, whole) for burden in (600_000, 600_002)] == [0, 300_001]
    limited = reassistance_terms(reading(reassistance_limit=1_000).on(START))
    assert reassistance_due(2_000_000, limited) == 100_000
    classes = reassistance_terms(reading(reassistance_persons="classes_1_to_3").on(START))
    assert reassistance(1_000_000, 0, 0, True, classes) == 0
    assert reassistance(1_000_000, 0, 0, True, AGAIN) == 200_000


def test_reassistance_needs_a_risk_of_poverty() -> None:
    assert reassistance(1_000_000, 0, 2, False, AGAIN) == 0


def test_the_burden_is_what_nobody_paid() -> None:
    assert reassistance_burden(5_000_000, 2_000_000, 500_000, 100_000, 900_000, AGAIN) == 1_500_000
    ignoring = reassistance_terms(reading(reassistance_supplementary_insurance=False).on(START))
    assert reassistance_burden(5_000_000, 2_000_000, 500_000, 100_000, 900_000, ignoring) == 1_600_000


@given(st.lists(AMOUNTS, min_size=1, max_size=6), st.booleans())
def test_the_number_of_applications_does_not_matter(burdens: list[int], whole: bool) -> None:
    terms = AGAIN._replace(whole_burden=whole)
    course = [0, *sorted(burdens)]
    paid = sum(reassistance(after, before, 3, True, terms) for before, after in pairwise(course))
    assert paid == reassistance_due(course[-1], terms)


def household(**changed: int) -> Household:
    values = {
        "members": 4,
        "income_before_application": 4_000_000,
        "property_beyond_necessities": 1_000_000,
        "self_paid_cost": 3_000_000,
        "income_of_year": 5_000_000,
        "in_scope_cost_of_year": 2_000_000,
    }
    return Household(**(values | changed))


def find(household: Household, override: Override | None = None, **changed: object) -> ClassThreeFinding:
    terms: dict[str, object] = {
        "in_class_1_or_2": False,
        "low_income_per_head": 1_000_000,
        "burden_ratio": 5_000,
    }
    return class_3_finding(household, override=override, **(terms | changed))


def test_class_3_by_low_income_and_too_little_property() -> None:
    assert find(household()).recognised is True
    assert find(household(income_before_application=4_000_001)).recognised is False
    assert find(household(property_beyond_necessities=3_000_000)).recognised is False


def test_class_3_by_half_of_the_income() -> None:
    rich = household(income_before_application=9_000_000, in_scope_cost_of_year=2_500_000)
    found = find(rich)
    assert (found.test_1, found.test_2, found.recognised) == (Finding.NOT_MET, Finding.MET, True)
    almost = household(income_before_application=9_000_000, in_scope_cost_of_year=2_499_999)
    assert find(almost).recognised is False
    nothing = household(income_before_application=9_000_000, income_of_year=0, in_scope_cost_of_year=0)
    assert find(nothing).test_2 is Finding.NOT_MET
    assert find(household(income_of_year=0, in_scope_cost_of_year=1)).test_2 is Finding.MET


def test_without_a_threshold_the_officer_judges() -> None:
    found = find(household(), low_income_per_head=None)
    assert (found.test_1, found.recognised) == (Finding.OFFICER_JUDGES, None)
    assert find(household(in_scope_cost_of_year=2_500_000), low_income_per_head=None).recognised is True
    assert (
        find(household(property_beyond_necessities=9_000_000), low_income_per_head=None).recognised is False
    )


def test_the_officer_departs_with_a_reason_only() -> None:
    poor = household(income_before_application=9_000_000)
    assert find(poor, Override(recognised=True, reason="debts for treatment")).recognised is True
    assert find(household(), Override(recognised=False, reason="income concealed")).recognised is False
    with pytest.raises(ValueError, match="needs a reason"):
        Override(recognised=True, reason="  ")


def test_whoever_is_in_class_1_or_2_is_not_in_class_3() -> None:
    yes = Override(recognised=True, reason="hardship")
    assert find(household(), yes, in_class_1_or_2=True).recognised is False


def test_a_household_has_members() -> None:
    with pytest.raises(ValueError, match="at least one member"):
        household(members=0)


def test_no_limit_leaves_room_in_64_bits() -> None:
    assert 2 * NO_LIMIT + 10**16 < 2**63
    assert isinstance(AGAIN, ReassistanceTerms)
    assert AGAIN.limit == NO_LIMIT
