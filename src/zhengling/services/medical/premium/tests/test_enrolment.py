"""The platform's list against the identities: who is entitled and not enrolled, at a wrong rate, twice, dead."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from zhengling.kernel.exchange import operations as exchanges
from zhengling.kernel.exchange.errors import ExchangeError, NotYourData, UnusableFile
from zhengling.kernel.exchange.models import Difference
from zhengling.services.medical.demo import identity_number
from zhengling.services.medical.premium import roster
from zhengling.services.medical.premium.enrolment import ENROLMENTS
from zhengling.services.medical.premium.models import Enrolment
from zhengling.services.medical.premium.tests.world import AFTER, build

pytestmark = pytest.mark.django_db

HEADING = "psn_no,certno,insutype,clct_time,psn_clct_amt"


@pytest.fixture
def world(city, officer, frozen):
    frozen.at(AFTER)
    return build(city, officer)


def found() -> dict:
    rows = Difference.objects.filter(state="open").values_list("kind", "person")
    return {kind: {p for k, p in rows if k == kind} for kind in Counter(kind for kind, _p in rows)}


def test_each_kind_of_difference_is_found_once(world):
    right, absent, wrong, twice, whole = (world.marked("minimum_living") for _ in range(5))
    nobody = world.person()
    ordinary = world.person()
    dead = world.person(deceased_on=date(2021, 9, 15))
    stranger = identity_number(date(1970, 2, 2), "female", 400)
    world.enrolled(
        (right, 16_000),
        (wrong, 0),
        (twice, 16_000),
        (twice, 16_000),
        (whole, 32_000),
        (nobody, 16_000),
        (ordinary, 32_000),
        (dead, 32_000),
        (stranger, 0),
        (identity_number(date(1970, 2, 2), "female", 401), 32_000),
    )
    assert found() == {
        "not_enrolled": {absent.pk},
        "wrong_rate": {wrong.pk},
        "twice": {twice.pk},
        "not_entitled": {nobody.pk, None},
        "deceased": {dead.pk},
    }
    wrong_row = Difference.objects.get(kind="wrong_rate")
    assert (wrong_row.ours, wrong_row.theirs, wrong_row.amount) == (
        {"rate": "50 %", "own_part": 16_000},
        {"enrolments": 1, "paid": 0},
        16_000,
    )
    # Of the ordinary insured whom nobody here knows no row is kept.
    assert Enrolment.objects.filter(person=None).count() == 1


def test_the_next_list_closes_what_it_no_longer_shows(world, frozen):
    person = world.marked("orphan")
    other = world.marked("orphan")
    world.enrolled((other, 0))
    assert found() == {"not_enrolled": {person.pk}}
    frozen.at(date(2022, 3, 2))
    world.enrolled((other, 0), (person, 0))
    assert found() == {}
    assert Difference.objects.get().state == "vanished"


def test_enrolled_in_two_counties(world, frozen):
    person = world.marked("orphan")
    world.enrolled((person, 0), county="other_county")
    frozen.at(date(2022, 3, 2))
    world.enrolled((person, 0))
    assert found() == {"twice": {person.pk}}


def test_enrolled_where_one_lives_counts_where_one_is_registered(world, frozen):
    person, other = world.marked("orphan"), world.marked("orphan")
    world.enrolled((person, 0), county="other_county")
    frozen.at(date(2022, 3, 2))
    world.enrolled((other, 0))
    assert found().get("not_enrolled") is None
    assert {row.person for row in world.request().premium_request.lines.all()} == {person, other}


def test_a_downgrade_is_shown_only_under_the_other_reading(world, monkeypatch, frozen):
    person = world.marked("minimum_living", until=date(2022, 1, 31))
    world.enrolled((person, 16_000))
    assert found() == {}
    terms = replace(roster.terms_for(2022), keeps=False)
    monkeypatch.setattr(roster, "terms_for", lambda _year: terms)
    frozen.at(date(2022, 3, 2))
    world.enrolled((person, 16_000))
    assert found() == {"downgraded": {person.pk}}


def test_bad_rows_are_named_and_good_ones_taken(world):
    person = world.marked("orphan")
    number = identity_number(date(1960, 1, 1), "male", 1)
    text = f"{HEADING}\nP1,{number},390,2021-10-01,0\nP2,,390,2021-10-01,0\nP3,x,999,gestern,1.234"
    exchange = world.listed(text)
    assert (exchange.rows, exchange.bad_rows, exchange.totals["psn_clct_amt"]) == (1, 2, 0)
    assert {problem["row"] for problem in exchange.problems} == {3, 4}
    assert Enrolment.objects.get().person == person


def test_a_file_without_the_columns_is_not_taken(world):
    with pytest.raises(UnusableFile):
        world.listed("a,b\n1,2")


def test_the_same_file_again_and_others_files(world, officer):
    content = f"{HEADING}\nP1,{identity_number(date(1960, 1, 1), 'male', 77)},390,2021-10-01,320".encode()
    give = {"name": "a.csv", "content": content, "period": "2022"}
    exchanges.receive(world.reviewer, ENROLMENTS, world.city.county, **give)
    with pytest.raises(ExchangeError):
        exchanges.receive(world.reviewer, ENROLMENTS, world.city.county, **give)
    with pytest.raises(NotYourData):
        exchanges.receive(world.reviewer, ENROLMENTS, world.city.other_county, **give)
    with pytest.raises(NotYourData):
        exchanges.receive(world.treasurer, ENROLMENTS, world.city.county, **give)


def test_differences_end_by_a_persons_decision(world):
    world.marked("orphan")
    world.enrolled((world.person(), 32_000))
    row = Difference.objects.get()
    with pytest.raises(ExchangeError):
        exchanges.decide(world.reviewer, row.pk, "insured_otherwise")
    exchanges.decide(world.reviewer, row.pk, "insured_otherwise", "已参加职工医保")
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("decided", "insured_otherwise")
