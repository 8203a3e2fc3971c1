"""Lists against marks, as values: cases worked by hand, and what holds for every pair of list and register."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.services.medical.identities.comparison import Claim, Finding, Held, compare

FIRST = date(2022, 3, 1)
SINCE = date(2021, 5, 1)


def only(claims: list[Claim], held: list[Held], **more: object) -> Finding:
    (found,) = compare(claims, held, FIRST, **more)  # type: ignore[arg-type]
    return found


def test_agreement_gives_nothing_and_what_the_list_leaves_out_is_no_difference() -> None:
    mark = Held("a", "minimum_living", SINCE, evidence="D1")
    for claim in (Claim("a", "minimum_living", 2), Claim("a", "minimum_living", 2, SINCE, None, "D1")):
        assert compare([claim], [mark], FIRST) == []


def test_new_proposes_the_day_of_recognition_or_the_period() -> None:
    assert only([Claim("a", "orphan", 2, SINCE)], []).on == SINCE
    assert only([Claim("a", "orphan", 2)], []).on == FIRST
    # Nothing opens again from before its end.
    assert only([Claim("a", "orphan", 2, SINCE)], [], over={("a", "orphan"): date(2022, 2, 10)}).on == date(
        2022, 2, 11
    )


def test_missing_proposes_the_day_before_the_period() -> None:
    assert only([], [Held("a", "orphan", SINCE)]).on == date(2022, 2, 28)
    # A mark that began in the period ends with its first day at the earliest.
    assert only([], [Held("a", "orphan", date(2022, 3, 9))]).on == date(2022, 3, 9)
    assert compare([], [Held("a", "orphan", SINCE, here=False)], FIRST) == []


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        (Claim("a", "monitored.sudden", 2), "changed"),
        (Claim("a", "monitored.unstable", 2, date(2021, 6, 1)), "changed"),
        (Claim("a", "monitored.unstable", 2, until=date(2022, 12, 31)), "changed"),
        (Claim("a", "monitored.unstable", 2, deceased_on=date(2022, 3, 3)), "deceased"),
        (Claim("a", "monitored.unstable", 2, alias="王*"), "conflicting"),
    ],
)
def test_one_row_one_difference_the_gravest(claim: Claim, kind: str) -> None:
    found = only([claim], [Held("a", "monitored.unstable", SINCE)])
    assert (found.kind, found.key) == (kind, ("a", "monitored"))


def test_marked_elsewhere_is_told_and_not_taken() -> None:
    found = only([Claim("a", "orphan", 2)], [Held("a", "orphan", SINCE, here=False)])
    assert found.kind == "elsewhere"


def test_a_list_that_goes_on_with_the_dead_is_told() -> None:
    died = {"a": date(2022, 2, 2)}
    assert only([Claim("a", "orphan", 2)], [], dead=died).kind == "deceased"
    both = Claim("a", "orphan", 2, deceased_on=date(2022, 2, 2))
    assert compare([both], [], FIRST, dead=died) == []


def test_rows_that_ended_before_the_period_mark_nobody() -> None:
    assert compare([Claim("a", "orphan", 2, until=date(2022, 2, 28))], [], FIRST) == []


def test_a_person_listed_twice_is_told_once_and_the_first_row_counts() -> None:
    rows = [Claim("a", "monitored.sudden", row) for row in (2, 5, 9)]
    found = {item.kind: item for item in compare(rows, [], FIRST)}
    assert set(found) == {"duplicate", "new"}
    assert found["duplicate"].theirs["rows"] == "2、5、9" and found["new"].row == 2


PERSONS = st.sampled_from("abcd")
CODES = st.sampled_from(["orphan", "minimum_living", "monitored.sudden", "monitored.unstable"])
DATES = st.sampled_from([None, SINCE, date(2022, 2, 1), date(2022, 12, 31)])
CLAIMS = st.lists(
    st.builds(Claim, PERSONS, CODES, st.integers(2, 99), DATES, DATES, st.sampled_from(["", "D1"]), DATES),
    max_size=8,
)
MARKS = st.lists(
    st.builds(Held, PERSONS, CODES, st.just(SINCE), DATES, st.sampled_from(["", "D1"]), st.booleans()),
    max_size=8,
    unique_by=lambda mark: mark.key,
)


def test_an_ended_row_beside_one_that_agrees_says_nothing() -> None:
    ended = Claim("a", "monitored.sudden", 2, until=SINCE)
    holds = Claim("a", "monitored.unstable", 3)
    assert compare([ended, holds], [Held("a", "monitored.unstable", SINCE)], FIRST) == []


@given(CLAIMS, MARKS)
def test_every_key_of_either_side_is_agreed_on_or_found(claims: list[Claim], held: list[Held]) -> None:
    found = compare(claims, held, FIRST)
    assert len({(item.kind, item.key) for item in found}) == len(found)
    keys = {item.key for item in found if item.kind != "duplicate"}
    marks = {mark.key: mark for mark in held}
    holding = {claim.key for claim in claims if claim.until is None or claim.until >= FIRST}
    for claim in claims:
        mark = marks.get(claim.key)
        over = claim.until is not None and claim.until < FIRST
        # A row whose time is over says nothing beside one that holds, nor where we keep no mark.
        quiet = over and (claim.key in holding or mark is None or not mark.here)
        agreed = mark is not None and mark.here and claim.code == mark.code
        assert claim.key in keys or agreed or quiet
    for mark in held:
        listed = any(claim.key == mark.key for claim in claims)
        assert listed or (mark.key in keys) == mark.here


@given(CLAIMS, MARKS)
def test_the_order_of_the_register_does_not_matter(claims: list[Claim], held: list[Held]) -> None:
    one = {(item.kind, item.key): item for item in compare(claims, held, FIRST)}
    other = {(item.kind, item.key): item for item in compare(claims, list(reversed(held)), FIRST)}
    assert one == other
