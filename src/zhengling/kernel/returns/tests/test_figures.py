"""The arithmetic of a return, worked by hand and by property."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.law.reading import InvalidRegulation
from zhengling.kernel.returns.declaration import parse
from zhengling.kernel.returns.expressions import parse_rule
from zhengling.kernel.returns.figures import base_cells, complete, findings, missing, summed
from zhengling.kernel.returns.tests.conftest import small_form, text

FORM = parse(small_form(), "small")
BASE = {"t.a.opened": 3, "t.a.closed": 2, "t.a.visits": 3, "t.b.opened": 4, "t.b.closed": 4}


def test_sums_and_rates():
    """2 of 3 closed is 66.67 %, 4 of 4 is 100 %, 6 of 7 is 85.71 %."""
    figures = complete(FORM, BASE)
    assert figures == {
        **BASE,
        "t.b.visits": None,
        "t.a.rate": 6667,
        "t.b.rate": 10000,
        "t.all.opened": 7,
        "t.all.closed": 6,
        "t.all.visits": 3,
        "t.all.rate": 8571,
    }


def test_the_rate_of_the_whole_is_the_rate_of_the_sums():
    """Two townships at 50 % and 100 % are not 75 %: 1 of 2 and 8 of 8 are 9 of 10."""
    lower = [
        complete(FORM, {"t.a.opened": 2, "t.a.closed": 1}),
        complete(FORM, {"t.a.opened": 8, "t.a.closed": 8}),
    ]
    assert summed(FORM, lower)["t.a.rate"] == 9000


def test_nothing_of_nothing_is_no_rate():
    assert complete(FORM, {"t.a.opened": 0, "t.a.closed": 0})["t.a.rate"] is None


def test_checks_name_their_row():
    figures = complete(FORM, {**BASE, "t.b.closed": 9, "t.a.visits": 0})
    refusing, total, warning = findings(FORM, figures)
    assert refusing.refuses and refusing.cells == ("t.b.closed", "t.b.opened")
    assert total.cells == ("t.all.closed", "t.all.opened")  # 11 closed of 7
    assert not warning.refuses and warning.cells == ("t.a.visits", "t.a.opened")


def test_missing_cells_are_those_to_be_filled():
    assert missing(FORM, complete(FORM, {"t.a.opened": 1})) == [
        "t.a.closed",
        "t.a.visits",
        "t.b.opened",
        "t.b.closed",
    ]


NUMBERS = st.integers(0, 10**9)
BASES = st.fixed_dictionaries(dict.fromkeys(base_cells(FORM), NUMBERS))


@given(BASES)
def test_a_rate_is_the_fraction_half_up(base):
    figures = complete(FORM, base)
    opened, closed = base["t.a.opened"], base["t.a.closed"]
    if opened:
        exact = Fraction(closed * 10_000, opened)
        assert figures["t.a.rate"] == int(exact + Fraction(1, 2))
    else:
        assert figures["t.a.rate"] is None


@given(st.lists(BASES, max_size=5))
def test_adding_up_is_the_same_as_computing_the_added(bases):
    added = {cell: sum(base[cell] for base in bases) for cell in base_cells(FORM)}
    assert summed(FORM, [complete(FORM, base) for base in bases]) == complete(FORM, added)


@given(st.lists(st.lists(BASES, max_size=3), max_size=3))
def test_adding_up_in_two_steps_is_adding_up_once(counties):
    townships = [[complete(FORM, base) for base in bases] for bases in counties]
    assert summed(FORM, [summed(FORM, rows) for rows in townships]) == summed(
        FORM, [row for rows in townships for row in rows]
    )


@pytest.mark.parametrize(
    ("rule", "figures", "holds"),
    [
        ("t.a.opened <= t.b.opened", {"t.a.opened": 3, "t.b.opened": 3}, True),
        ("t.a.opened < t.b.opened", {"t.a.opened": 3, "t.b.opened": 3}, False),
        ("t.a.opened + t.a.closed == 5", {"t.a.opened": 3, "t.a.closed": 2}, True),
        ("t.a.opened - t.a.closed >= 2", {"t.a.opened": 3, "t.a.closed": 2}, False),
        ("t.a.opened > - 1", {}, True),
    ],
)
def test_rules_compare_sums(rule, figures, holds):
    (comparison,) = parse_rule(rule, FORM.formulas)
    assert comparison.holds(figures) is holds


def test_a_star_is_every_row():
    assert [item.cells for item in parse_rule("t.*.closed <= t.*.opened", FORM.formulas)] == [
        ["t.a.closed", "t.a.opened"],
        ["t.b.closed", "t.b.opened"],
        ["t.all.closed", "t.all.opened"],
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "t.a.opened",
        "t.a.opened <=",
        "t.a.nothing <= 1",
        "t.a.opened t.a.closed <= 1",
        "t.a.opened <= import os",
        "<= 1",
    ],
)
def test_a_rule_that_says_nothing_is_refused(rule):
    with pytest.raises(ValueError):
        parse_rule(rule, FORM.formulas)


def table(**changes):
    return [{**small_form()["tables"][0], **changes}]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"period": "week"}, "period"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"offices": {"village": "x"}}, "level"),
        ({"due": {"county": "soon"}}, "due"),
        ({"unknown": 1}, "unknown"),
        ({"title": {"zh": "只有中文"}}, "title"),
        ({"tables": table(columns=[{"key": "x", "title": text("无式")}])}, "formula"),
        ({"tables": table(rows=[{"key": "a", "title": text("甲"), "sum": ["z"]}], cells={})}, "z"),
        ({"tables": table(rows=[{"key": "a", "title": text("甲"), "sum": ["a"]}], cells={})}, "itself"),
        ({"tables": table(cells={"z.z": {"blank": True}})}, "z.z"),
        ({"tables": table() + table()}, "twice"),
        ({"checks": [{"rule": "t.a.opened <= 1", "severity": "maybe", "message": text("x")}]}, "severity"),
        ({"checks": [{"rule": "t.z.opened <= 1", "severity": "warn", "message": text("x")}]}, "t.z.opened"),
    ],
)
def test_a_broken_form_is_named(changes, named):
    with pytest.raises(InvalidRegulation, match=named):
        parse(small_form(**changes), "small")
