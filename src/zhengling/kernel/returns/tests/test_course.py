"""From the township to the city: opened, computed, handed in, sent back, accepted, added up, locked, corrected."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from zhengling.kernel.law.reading import InvalidRegulation
from zhengling.kernel.returns import operations, queries
from zhengling.kernel.returns.errors import ChecksFail, NotYourReturn, ReturnRefused, StaleReturn
from zhengling.kernel.returns.loading import load_forms
from zhengling.kernel.returns.models import Return, ReturnForm, ReturnStep
from zhengling.kernel.returns.periods import Period
from zhengling.kernel.returns.tests.conftest import PERIOD, end_limit, small_form, the_return

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]
QUARTER = Period.parse(PERIOD)


@pytest.fixture
def opened(form, city):
    operations.open_period("small", QUARTER)
    return city


def hand_in(unit, maker, visits=9, note=""):
    row = the_return(unit)
    operations.compute(row.pk, maker)
    if row.lowest:
        operations.type_in(row.pk, {"t.a.visits": visits}, maker)
    return operations.submit(row.pk, maker, note=note)


@pytest.fixture
def accepted_below(opened, makers, deciders, make_case):
    """Two townships: 3 opened, 1 closed; and 1 opened, 1 closed. Accepted by their counties, handed up, accepted."""
    city = opened
    for day in (3, 4, 5):
        make_case(city.village, date(2022, 1, day), date(2022, 2, 1) if day == 3 else None)
    make_case(city.other_village, date(2022, 3, 31), date(2022, 3, 31), office="other_county_mib")
    for place, above in (("township", "county"), ("other_township", "other_county")):
        operations.accept(hand_in(getattr(city, place), makers[place]).pk, deciders[above])
        operations.accept(hand_in(getattr(city, above), makers[above]).pk, deciders["city"])
    return city


def test_a_period_opens_for_every_unit_of_the_chain(form, city):
    assert operations.open_period("small", QUARTER) == 5  # 2 townships, 2 counties, the city
    assert operations.open_period("small", QUARTER) == 0
    # 31 March 2022 + 5 working days: 1 April, Qingming 3-5, make-up day 2 April, 6, 7, 8 April.
    assert the_return(city.township).due == date(2022, 4, 8)
    assert the_return(city.city).due is None


def test_the_daily_job_opens_the_quarter_that_ended_and_the_one_that_runs(form, city, frozen):
    assert operations.open_periods() == 10
    assert operations.open_periods() == 0
    assert set(Return.objects.values_list("period", flat=True)) == {"2022Q1", "2022Q2"}
    frozen.at(date(2022, 7, 1))
    assert operations.open_periods() == 5


def test_a_quarter_before_the_form_was_in_force_is_not_opened(form, city, frozen):
    frozen.at(date(2022, 2, 1))
    assert operations.open_periods() == 5
    assert set(Return.objects.values_list("period", flat=True)) == {"2022Q1"}
    with pytest.raises(ReturnRefused):
        operations.open_period("small", Period.parse("2021Q4"))
    with pytest.raises(ReturnRefused):
        operations.open_period("small", Period.parse("2022-03"))


def test_the_township_counts_its_own_cases_of_the_period(opened, makers, make_case):
    city = opened
    mine = [
        make_case(city.village, date(2022, 1, 1)),
        make_case(city.village2, date(2022, 3, 31), date(2022, 3, 31)),
    ]
    make_case(city.village, date(2021, 12, 31), date(2022, 1, 2))  # opened before, closed inside
    make_case(city.village, date(2022, 4, 1))  # after
    make_case(city.other_village, date(2022, 2, 2))  # elsewhere
    make_case(city.village, date(2022, 2, 2), procedure="proc_b")
    row = operations.compute(the_return(city.township).pk, makers["township"])
    assert row.figures["t.a.opened"] == 2
    assert row.figures["t.a.closed"] == 2
    assert row.figures["t.b.opened"] == 1
    assert row.figures["t.all.opened"] == 3
    assert set(row.cell_cases.filter(cell="t.a.opened").values_list("case", flat=True)) == set(mine)


def test_limits_kept_and_missed_are_counted(opened, make_case):
    from zhengling.kernel.returns.measures import measure

    city = opened
    for day, kept in ((1, True), (2, False), (3, True)):
        end_limit(make_case(city.village, date(2022, 1, day)), date(2022, 2, day), kept=kept)
    arguments = {"procedure": "proc_a", "limit": "review"}
    assert measure("casework.limits_ended", city.township, QUARTER, arguments).value == 3
    assert measure("casework.limits_ended", city.township, QUARTER, {**arguments, "on_time": True}).value == 2
    assert measure("casework.limits_ended", city.other_township, QUARTER, arguments).value == 0


def test_the_county_and_the_city_add_up(accepted_below, makers):
    city = accepted_below
    assert the_return(city.county).figures["t.a.opened"] == 3
    top = operations.compute(the_return(city.city).pk, makers["city"])
    assert (top.figures["t.a.opened"], top.figures["t.a.closed"]) == (4, 2)
    assert top.figures["t.a.visits"] == 18
    assert top.figures["t.a.rate"] == 5000


def test_the_second_person_accepts_the_citys_return_and_locks_the_period(accepted_below, makers, deciders):
    city = accepted_below
    row = hand_in(city.city, makers["city"])
    operations.accept(row.pk, deciders["city"])
    assert operations.lock_period(row.pk, deciders["city"]) == 5
    assert set(Return.objects.values_list("state", flat=True)) == {"locked"}
    with pytest.raises(ReturnRefused):
        operations.lock_period(the_return(city.county).pk, deciders["city"])


def test_whoever_hands_in_does_not_accept(opened, makers, officer):
    city = opened
    both = officer("clerk", city.township, ("reviewer", city.county_mib))
    row = hand_in(city.township, both)
    with pytest.raises(NotYourReturn):
        operations.accept(row.pk, both)


@pytest.mark.parametrize(
    ("who", "role"),
    [("other_township", "clerk"), ("county_civil", "clerk"), ("township", "cadre"), ("village", "clerk")],
)
def test_others_do_not_make_it(opened, officer, who, role):
    city = opened
    with pytest.raises(NotYourReturn):
        operations.compute(the_return(city.township).pk, officer(role, getattr(city, who)))


def test_the_county_makes_the_return_of_a_township_that_has_nobody(opened, makers, deciders):
    row = hand_in(opened.township, makers["county"])
    with pytest.raises(NotYourReturn):
        operations.accept(row.pk, makers["county"])
    assert operations.accept(row.pk, deciders["county"]).state == "accepted"
    assert row.unit not in [item.unit for item in queries.to_make(makers["county"])]


@pytest.mark.parametrize("who", ["other_county", "city"])
def test_others_do_not_decide(opened, makers, deciders, who):
    row = hand_in(opened.township, makers["township"])
    with pytest.raises(NotYourReturn):
        operations.accept(row.pk, deciders[who])


def test_the_county_waits_for_its_townships(opened, makers):
    row = the_return(opened.county)
    operations.compute(row.pk, makers["county"])
    with pytest.raises(ReturnRefused, match="上岭桥镇"):
        operations.submit(row.pk, makers["county"])


def test_a_contradiction_is_refused_and_something_odd_is_explained(opened, makers, make_case):
    city = opened
    make_case(city.village, date(2021, 11, 1), date(2022, 1, 2))
    row = the_return(city.township)
    operations.compute(row.pk, makers["township"])
    operations.type_in(row.pk, {"t.a.visits": 0}, makers["township"])
    with pytest.raises(ChecksFail) as failed:
        operations.submit(row.pk, makers["township"], note="无")
    assert failed.value.findings[0].refuses
    make_case(city.village, date(2022, 1, 1))
    operations.compute(row.pk, makers["township"])
    with pytest.raises(ChecksFail):
        operations.submit(row.pk, makers["township"])
    assert operations.submit(row.pk, makers["township"], note="疫情期间暂缓走访").state == "submitted"


def test_empty_typed_cells_are_asked_for(opened, makers):
    row = the_return(opened.township)
    operations.compute(row.pk, makers["township"])
    with pytest.raises(ReturnRefused):
        operations.submit(row.pk, makers["township"])


@pytest.mark.parametrize(
    "values", [{"t.a.opened": 1}, {"t.a.rate": 1}, {"t.b.visits": 1}, {"x.y.z": 1}, {"t.a.visits": -1}]
)
def test_only_typed_cells_take_only_numbers(opened, makers, values):
    with pytest.raises(ReturnRefused):
        operations.type_in(the_return(opened.township).pk, values, makers["township"])


def test_typed_values_survive_computing(opened, makers):
    row = the_return(opened.township)
    operations.type_in(row.pk, {"t.a.visits": 5}, makers["township"])
    assert operations.compute(row.pk, makers["township"]).figures["t.all.visits"] == 5


def test_a_period_that_runs_is_not_handed_in(opened, makers, frozen):
    frozen.at(date(2022, 3, 31))
    with pytest.raises(ReturnRefused):
        hand_in(opened.township, makers["township"])


def test_two_officers_on_one_return(opened, makers):
    row = the_return(opened.township)
    operations.compute(row.pk, makers["township"], revision=row.revision)
    with pytest.raises(StaleReturn):
        operations.compute(row.pk, makers["township"], revision=row.revision)


def test_sent_back_with_the_reason_and_handed_in_again(opened, makers, deciders):
    row = hand_in(opened.township, makers["township"])
    with pytest.raises(ReturnRefused):
        operations.send_back(row.pk, " ", deciders["county"])
    operations.send_back(row.pk, "走访数有误", deciders["county"])
    again = hand_in(opened.township, makers["township"], visits=8)
    assert again.state == "submitted"
    assert [step.act for step in again.steps.all()] == [
        "open", "compute", "type", "submit", "send_back", "compute", "type", "submit",
    ]  # fmt: skip
    with pytest.raises(ReturnRefused):
        operations.type_in(row.pk, {"t.a.visits": 1}, makers["township"])


def test_a_correction_is_a_new_version_and_the_old_stays(accepted_below, makers, deciders, make_case):
    city = accepted_below
    old = the_return(city.township)
    before = dict(old.figures)
    with pytest.raises(NotYourReturn):
        operations.correct(old.pk, "漏报", makers["other_township"])
    new = operations.correct(old.pk, "漏报一件", makers["township"])
    assert (new.correction, new.state, new.corrects_id) == (1, "draft", old.pk)
    old.refresh_from_db()
    assert (old.state, old.figures) == ("corrected", before)
    assert queries.stale(the_return(city.county))
    make_case(city.village, date(2022, 2, 9))
    operations.accept(hand_in(city.township, makers["township"]).pk, deciders["county"])
    assert the_return(city.township).figures["t.a.opened"] == 4
    county = operations.correct(the_return(city.county).pk, "下级更正", makers["county"])
    assert operations.compute(county.pk, makers["county"]).figures["t.a.opened"] == 4


def test_a_lower_return_corrected_meanwhile_must_be_added_up_again(opened, makers, deciders):
    city = opened
    operations.accept(hand_in(city.township, makers["township"]).pk, deciders["county"])
    row = the_return(city.county)
    operations.compute(row.pk, makers["county"])
    operations.correct(the_return(city.township).pk, "更正", makers["township"])
    operations.accept(hand_in(city.township, makers["township"]).pk, deciders["county"])
    with pytest.raises(ReturnRefused):
        operations.submit(row.pk, makers["county"])
    assert hand_in(city.county, makers["county"]).state == "submitted"


def test_every_cell_opens_its_cases_as_far_as_one_may_see_them(accepted_below, makers, officer):
    city = accepted_below
    operations.compute(the_return(city.city).pk, makers["city"])
    top = the_return(city.city)
    supervisor = officer("supervisor", city.city)
    behind = queries.cases_behind(top, "t.all.opened", supervisor)
    assert (behind.cases.count(), behind.total) == (4, 4)
    assert queries.cases_behind(top, "t.a.rate", supervisor).total == 4
    county_only = queries.cases_behind(top, "t.all.opened", makers["county"])
    assert (county_only.cases.count(), county_only.total) == (3, 4)
    stranger = queries.cases_behind(top, "t.all.opened", officer("clerk", city.county_civil))
    assert stranger.cases.count() == 0


def test_lists_of_what_is_mine(opened, makers, deciders, officer):
    city = opened
    assert [row.unit for row in queries.to_make(makers["county"])] == [city.county]
    assert [row.unit for row in queries.to_make(makers["township"])] == [city.township]
    assert list(queries.to_decide(deciders["county"])) == []
    hand_in(city.township, makers["township"])
    assert [row.unit for row in queries.to_decide(deciders["county"])] == [city.township]
    assert list(queries.to_decide(deciders["city"])) == []
    assert list(queries.to_make(officer("clerk", city.county_civil))) == []


def test_steps_and_forms_are_never_changed(opened):
    step = ReturnStep.objects.first()
    for row in (step, ReturnForm.objects.get()):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save(force_update=True)


def test_an_unknown_measure_is_named(opened, makers, frozen):
    from zhengling.kernel.canonical import digest

    content = small_form(version=2)
    content["tables"][0]["columns"][0]["measure"] = "moon.phases"
    form = ReturnForm.objects.create(
        key="small", version=2, valid_from=date(2022, 4, 1), content=content, digest=digest(content),
        loaded_at="2022-04-01T00:00Z",
    )  # fmt: skip
    frozen.at(date(2022, 7, 1))
    operations.open_period("small", Period.parse("2022Q2"))
    row = Return.objects.get(period="2022Q2", unit=opened.township)
    assert row.form == form
    with pytest.raises(ReturnRefused, match=r"moon\.phases"):
        operations.compute(row.pk, makers["township"])


def test_the_citys_own_forms_load_once(db, frozen):
    folder = settings.CITY / "returns"
    assert load_forms(folder) >= 1
    assert load_forms(folder) == 0


def test_a_form_changed_without_a_new_version_is_refused(form, tmp_path):
    (tmp_path / "small.yaml").write_text(json.dumps(small_form(number="另一号")))  # JSON is YAML
    with pytest.raises(InvalidRegulation, match="version"):
        load_forms(tmp_path)
