from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.law.receipts import receipt_for, replay
from zhengling.services.medical.explain import CHINESE, QUANTITIES, Case, estimate, explain, settlement_rule
from zhengling.services.medical.rules import EMPTY, INPATIENT, MAJOR_OUTPATIENT, SPECIAL_OUTPATIENT, Account
from zhengling.services.medical.terms import EXCLUSIONS, applied, terms_on
from zhengling.services.medical.tests.samples import START, city, reading
from zhengling.services.medical.tests.test_rules import AMOUNTS, READINGS

TERMS = terms_on(city().on(START))

ACCOUNTS = st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.integers(0, 800_000), st.integers(0, 1)).map(
    lambda values: Account(max(values[:2]), min(values[:2]), *values[2:])
)
CASES = st.builds(
    Case,
    benefit=st.sampled_from([INPATIENT, MAJOR_OUTPATIENT, SPECIAL_OUTPATIENT]),
    assistance_class=st.integers(0, 3),
    veteran=st.booleans(),
    base=AMOUNTS,
    exclusion=st.sampled_from(["", "", "", *EXCLUSIONS]),
    account=ACCOUNTS,
)


@given(READINGS, CASES)
def test_the_words_say_what_the_rule_did(choices: dict[str, object], case: Case) -> None:
    terms = terms_on(reading(**choices).on(START))
    explained = explain(case, terms)
    trace = explained.trace
    assert trace.value("maf_pay") == explained.settled.pay
    assert trace.value("base_amt") == explained.settled.base
    for step in trace.steps:
        assert step.citation
        assert step.quantity in QUANTITIES
        assert step.formula in CHINESE
    if case.exclusion:
        assert explained.account == case.account
    else:
        settled, account = terms.settle(
            case.base, case.benefit, case.assistance_class, case.veteran, case.account
        )
        assert (explained.settled, explained.account) == (settled, account)


def test_a_veteran_of_class_2_with_the_article_of_each_line() -> None:
    trace = explain(Case(INPATIENT, 2, True, 3_000_000), TERMS).trace
    lines = [(step.quantity, step.value, step.citation) for step in trace.steps]
    assert lines == [
        ("base_amt", 3_000_000, "8"),
        ("cost_before", 0, "10(2)"),
        ("deductible", 120_000, "10(2)"),
        ("below_deductible_amt", 120_000, "10(2)"),
        ("ceiling", 10_000_000, "10"),
        ("above_ceiling_amt", 0, "10"),
        ("assisted_amt", 2_880_000, "10(2)"),
        ("rate", 8_000, "10(4)"),
        ("share", 2_304_000, "10(2)"),
        ("maf_pay", 2_304_000, "10(2)"),
    ]


def test_the_yearly_limit_is_explained() -> None:
    case = Case(
        SPECIAL_OUTPATIENT,
        1,
        False,
        200_000,
        account=EMPTY._replace(special_cost=800_000, special_paid=720_000),
    )
    trace = explain(case, TERMS).trace
    assert (trace.value("cap"), trace.value("paid_before"), trace.value("cap_cut_amt")) == (
        800_000,
        720_000,
        100_000,
    )


def test_change_of_class_names_article_15() -> None:
    account = Account(2_000_000, 0, 700_000, 0, 0, 1)
    trace = explain(Case(INPATIENT, 1, False, 1_000_000, account=account), TERMS).trace
    [step] = [step for step in trace.steps if step.quantity == "cost_before"]
    assert (step.value, step.citation) == (2_000_000, "15")


def test_excluded_cost_names_its_item_of_article_8() -> None:
    explained = explain(Case(INPATIENT, 1, False, 500_000, exclusion="wellness_cosmetic"), TERMS)
    assert explained.settled.pay == 0
    assert explained.trace.citations() == ("8(2)",)


@given(READINGS, CASES)
def test_a_receipt_replays(choices: dict[str, object], case: Case) -> None:
    parameters = json.loads(json.dumps(applied(reading(**choices).on(START))))
    names = {
        INPATIENT: "inpatient",
        MAJOR_OUTPATIENT: "major_outpatient",
        SPECIAL_OUTPATIENT: "special_outpatient",
    }
    inputs: dict[str, Any] = {
        "benefit": names[case.benefit],
        "assistance_class": case.assistance_class,
        "hardship_veteran": case.veteran,
        "base_amt": case.base,
        "exclusion": case.exclusion,
        "account": list(case.account),
    }
    outputs, trace = settlement_rule(inputs, parameters)
    receipt = receipt_for("medical.settlement", inputs, parameters, outputs, trace)
    assert replay(receipt, {"medical.settlement": settlement_rule}).equal


def test_an_estimate_adds_it_all_up() -> None:
    """Class 2, a year of 30,000 in hospital and 3,000 of special outpatient care: 20,160 + 1,000; 11,840
    remain.
    """
    expected = estimate(
        city().on(START), assistance_class=2, inpatient_cost=3_000_000, special_outpatient_cost=300_000
    )
    assert expected.assistance == 2_016_000 + 100_000
    assert expected.remaining_burden == 1_184_000
    assert expected.reassistance == 292_000
    assert expected.premium_subsidy == 16_000
    assert all(step.citation and step.formula in CHINESE for step in expected.trace.steps)


@pytest.mark.parametrize(("severe", "subsidy"), [(True, 32_000), (False, 16_000)])
def test_the_severely_disabled_have_their_premium_paid(severe: bool, subsidy: int) -> None:
    expected = estimate(city().on(START), assistance_class=2, severely_disabled=severe)
    assert expected.premium_subsidy == subsidy
