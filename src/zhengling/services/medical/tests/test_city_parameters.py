"""The city's file holds the figures of the regulation, each under its article."""

from __future__ import annotations

import pytest

from zhengling.services.medical.tests.samples import START, city


@pytest.mark.parametrize(
    ("name", "value", "articles"),
    [
        ("class_3_income_months", 12, ("6(1)",)),
        ("class_3_ratio", 5_000, ("6(2)",)),
        (
            "premium_subsidy_rate",
            {"class_1": 10_000, "severe_disability": 10_000, "other_class_2": 5_000, "none": 0},
            ("9",),
        ),
        ("premium_request_months", 1, ("21",)),
        (
            "inpatient_deductible",
            {"0": None, "1": 0, "2": 120_000, "3": 600_000},
            ("5", "10(1)", "10(2)", "10(3)"),
        ),
        ("inpatient_rate", {"0": None, "1": 9_000, "2": 7_000, "3": 5_000}, ("5", "10(1)", "10(2)", "10(3)")),
        ("inpatient_ceiling", 10_000_000, ("10",)),
        ("veteran_increase", 1_000, ("10(4)",)),
        ("special_op_deductible", {"0": None, "1": 0, "2": 100_000, "3": None}, ("5", "11(1)")),
        ("special_op_rate", {"0": None, "1": 9_000, "2": 5_000, "3": None}, ("5", "11(1)")),
        ("special_op_cap", 800_000, ("11(1)",)),
        ("reassistance_threshold", 600_000, ("12",)),
        ("reassistance_rate", 5_000, ("12",)),
        ("township_review_workdays", 10, ("14:1",)),
        ("county_review_workdays", 10, ("14:1",)),
        ("payment_workdays", 10, ("14:1",)),
        ("publicity_workdays", 5, ("14:2",)),
        ("publicity_interval_months", 3, ("14:2",)),
        ("late_application_last_month", 3, ("14:1",)),
    ],
)
def test_figures_of_the_regulation(name: str, value: object, articles: tuple[str, ...]) -> None:
    held = city().value(name, START)
    assert (dict(held) if isinstance(value, dict) else held) == value
    assert city().parameter(name).articles == articles


def test_everything_holds_from_the_day_the_rules_took_effect() -> None:
    assert set(city().on(START)) == set(city().parameters)


def test_labels_are_there_in_both_languages() -> None:
    for parameter in city().parameters.values():
        assert parameter.label["en"].isascii()
        assert not parameter.label["zh"].isascii()
