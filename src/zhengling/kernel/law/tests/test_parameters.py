from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from zhengling.kernel.law.parameters import Change, ParameterError, ParameterSet, load_parameters

FILE = """
instrument: YZCR-2021-01016
parameters:
  deductible:
    label: {en: Deductible, zh: 起付线}
    unit: yuan
    by: assistance_class
    optional: true
    article: {1: "10(1)", 2: "10(2)"}
    values:
      - {from: 2022-01-01, value: {1: null, 2: 1200.5}}
      - {from: 2023-01-01, value: {1: 0, 2: 1500}}
  rate:
    label: {en: Rate, zh: 比例}
    unit: percent
    article: "10(2)"
    values: [{from: 2022-01-01, value: 62.5}]
  basis:
    label: {en: Basis, zh: 口径}
    unit: choice
    choices: [expense, assistance]
    article: "10"
    reading: A1
    why: The words say so.
    values: [{from: 2022-01-01, value: expense}]
  review:
    label: {en: Review, zh: 审核}
    unit: workdays
    article: "14:1"
    values: [{from: 2022-01-01, value: 10}]
"""


def read(tmp_path: Path, text: str = FILE) -> ParameterSet:
    path = tmp_path / "parameters.yaml"
    path.write_text(text, encoding="utf-8")
    return load_parameters(path)


def test_values_are_loaded_in_their_units(tmp_path: Path) -> None:
    on = read(tmp_path).on(date(2022, 6, 1))
    assert dict(on["deductible"]) == {"1": None, "2": 120050}
    assert on["rate"] == 6250
    assert on["basis"] == "expense"
    assert on["review"] == 10


def test_the_value_of_the_day_counts(tmp_path: Path) -> None:
    parameters = read(tmp_path)
    assert parameters.value("deductible", date(2022, 12, 31))["2"] == 120050
    assert parameters.value("deductible", date(2023, 1, 1))["2"] == 150000
    assert parameters.turning_days(["deductible", "rate"]) == (date(2022, 1, 1), date(2023, 1, 1))


def test_a_resolved_value_carries_what_it_rests_on(tmp_path: Path) -> None:
    resolved = read(tmp_path).on(date(2023, 5, 1)).resolve("deductible")
    assert resolved.article_of("2") == "10(2)"
    assert resolved.valid_from == date(2023, 1, 1)
    basis = read(tmp_path).resolve("basis", date(2022, 1, 1))
    assert (basis.article, basis.reading) == ("10", "A1")


def test_nothing_is_valid_before_the_first_day(tmp_path: Path) -> None:
    parameters = read(tmp_path)
    on = parameters.on(date(2021, 12, 31))
    assert list(on) == []
    assert "rate" not in on
    with pytest.raises(ParameterError, match=r"rate: no value is valid on 2021-12-31.*2022-01-01"):
        on["rate"]


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"tax: there is no such parameter; known are basis, deductible"):
        read(tmp_path).value("tax", date(2022, 1, 1))


def test_changes_lie_over_the_file_and_leave_it_alone(tmp_path: Path) -> None:
    parameters = read(tmp_path)
    changed = parameters.with_changes(
        [
            Change("rate", date(2022, 7, 1), "75", source="change 12"),
            Change("rate", date(2022, 9, 1), Decimal("80.25")),
            Change("deductible", date(2023, 1, 1), {"1": 0, "2": 1600}),
        ]
    )
    assert changed.value("rate", date(2022, 6, 30)) == 6250
    assert changed.value("rate", date(2022, 7, 1)) == 7500
    assert changed.resolve("rate", date(2022, 8, 1)).source == "change 12"
    assert changed.value("rate", date(2023, 1, 1)) == 8025
    assert changed.value("deductible", date(2023, 1, 1))["2"] == 160000
    assert parameters.value("rate", date(2023, 1, 1)) == 6250


def test_a_change_is_checked_like_the_file(tmp_path: Path) -> None:
    parameters = read(tmp_path)
    with pytest.raises(ParameterError, match="no choice; choices are expense, assistance"):
        parameters.with_changes([Change("basis", date(2022, 1, 1), "income")])
    with pytest.raises(ParameterError, match="must have the keys 1, 2"):
        parameters.with_changes([Change("deductible", date(2022, 1, 1), {"1": 0})])
    with pytest.raises(ParameterError, match="no such parameter"):
        parameters.with_changes([Change("tax", date(2022, 1, 1), 1)])


def test_the_digest_follows_what_decides(tmp_path: Path) -> None:
    parameters = read(tmp_path)
    assert read(tmp_path, FILE.replace("en: Rate", "en: Share")).digest == parameters.digest
    assert read(tmp_path, FILE.replace("62.5", "62.50")).digest == parameters.digest
    assert read(tmp_path, FILE.replace("62.5", "62.51")).digest != parameters.digest
    assert parameters.with_changes([Change("rate", date(2022, 1, 1), 62.5)]).digest == parameters.digest
    assert parameters.with_changes([Change("rate", date(2024, 1, 1), 62.5)]).digest != parameters.digest


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "value: 62.5",
            "value: 62.505",
            r"rate: percent must be a number with at most two decimals, not 62.505",
        ),
        ("value: 62.5", "value: -1", "must not be negative"),
        ("value: 62.5", "value: .nan", "at most two decimals"),
        ("value: 62.5", "value: true", "at most two decimals"),
        ("value: 62.5", "value: null", "rate: is empty; write a value, or optional: true"),
        ("value: 10}", "value: 10.5}", "workdays must be a whole number"),
        ("value: expense", "value: income", r"basis: 'income' is no choice; choices are expense, assistance"),
        ("unit: workdays", "unit: weeks", "unknown unit 'weeks'; units are yuan"),
        ("    unit: workdays\n", "", "review: lacks unit"),
        ("unit: workdays", "unit: workdays\n    colour: red", "review: unknown keys colour; allowed are"),
        ("en: Rate, ", "", "label must hold exactly en and zh"),
        ("    why: The words say so.\n", "", "a reading must say why"),
        ("    choices: [expense, assistance]\n", "", "choices belong to the unit choice"),
        ("  review:", "  rate:", r"line \d+: found duplicate key \"rate\""),
        ('article: "14:1"', "article: somewhere", "review: article: .*names no article"),
        (
            'article: {1: "10(1)", 2: "10(2)"}',
            'article: {1: "10(1)"}',
            "the articles and the values must have the same",
        ),
        ("{1: 0, 2: 1500}", "{1: 0, 3: 1500}", "the articles and the values must have the same"),
        ("from: 2023-01-01", "from: 2021-01-01", "put in order"),
        ("from: 2023-01-01", "from: soon", "from must be a date"),
        ("    by: assistance_class\n", "", "needs by"),
        ("instrument: YZCR-2021-01016\n", "", "must hold exactly the keys instrument and parameters"),
        ("label: {en: Rate", "label: {en: [Rate", r"line \d+:"),
    ],
)
def test_a_wrong_file_says_where_and_what(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in FILE
    with pytest.raises(ParameterError, match=problem) as caught:
        read(tmp_path, FILE.replace(old, new, 1))
    assert "parameters.yaml" in str(caught.value)


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="cannot be read: No such file"):
        load_parameters(tmp_path / "none.yaml")
