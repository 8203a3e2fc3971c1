"""Lists through the public door: what a list raises, what each outcome writes, and that nothing is lost on the way."""

from __future__ import annotations

from datetime import date

import pytest
from conftest import City, Frozen, Officer
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengling.kernel import clock
from zhengling.kernel.exchange import awaiting, operations
from zhengling.kernel.exchange.declaration import find
from zhengling.kernel.exchange.errors import ExchangeError
from zhengling.kernel.exchange.models import Difference, Expectation
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.queries import find_by_id_number
from zhengling.services.medical import queries
from zhengling.services.medical.identities.models import ClassChange, Listed, Question
from zhengling.services.medical.identities.tests.house import Office, line, register
from zhengling.services.medical.identities.tests.numbers import number
from zhengling.services.medical.models import Commencement, Identity

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(city: City, officer: Officer, frozen: Frozen) -> Office:
    return Office(city.county, officer("reviewer", city.county_mib))


def test_a_list_marks_nobody_by_itself(office: Office, city: City) -> None:
    office.bring("2022-03", line(1, since="2021-05-01", village="仁山村", evidence="永民〔2021〕5号"))
    assert office.kinds() == ["new"] and not Identity.objects.exists()
    person = find_by_id_number(number(1))
    assert person is not None and person.residence == city.village
    assert number(1) not in str(office.open()[0].theirs)
    office.decide("confirm")
    row = Identity.objects.get()
    assert (row.kind, row.valid_from, row.valid_to, row.unit) == (
        "minimum_living",
        date(2021, 5, 1),
        None,
        office.unit,
    )
    assert (row.source, row.evidence) == ("民政部门 2022-03", "永民〔2021〕5号")
    assert queries.standing(person, date(2022, 3, 28)).assistance_class == 2


def test_next_months_list_agrees(office: Office, frozen: Frozen) -> None:
    office.bring("2022-03", line(1, since="2021-05-01"))
    office.decide("confirm", on=date(2022, 3, 1))
    frozen.at(date(2022, 4, 25))
    office.bring("2022-04", line(1))
    assert office.open() == [] and Listed.objects.count() == 1


def test_who_is_no_longer_listed_ends_with_a_day_and_a_reason(office: Office, frozen: Frozen) -> None:
    office.bring("2022-02", line(1))
    office.decide("confirm")
    office.bring("2022-03", line(2))
    ended, new = sorted(office.open(), key=lambda row: row.kind)
    assert (ended.kind, ended.on) == ("ended", date(2022, 2, 28))
    with pytest.raises(ExchangeError):
        operations.decide(office.reviewer, ended.pk, "end")
    with pytest.raises(ExchangeError):
        operations.decide(office.reviewer, ended.pk, "end", "r", date(2022, 1, 31))
    operations.decide(office.reviewer, ended.pk, "end", "收入超标")
    row = Identity.objects.get()
    assert (row.valid_to, row.ended_because) == (date(2022, 2, 28), "收入超标")
    assert queries.standing(row.person, date(2022, 2, 28)).assistance_class == 2
    assert queries.standing(row.person, date(2022, 3, 1)).assistance_class == 0
    assert new.kind == "new"


def test_a_change_begins_a_new_mark_and_a_correction_mends_the_old_one(office: Office) -> None:
    office.data_set = "medical.list.rural"
    office.bring("2022-02", line(1, "边缘易致贫户", since="2022-02-01"))
    office.decide("confirm")
    office.bring("2022-03", line(1, "突发严重困难户", since="2022-02-01"))
    office.decide("follow", on=date(2022, 3, 10))
    old, new = Identity.objects.order_by("valid_from")
    assert (old.detail, old.valid_to) == ("marginal", date(2022, 3, 9))
    assert (new.detail, new.valid_from, new.valid_to) == ("sudden", date(2022, 3, 10), None)
    office.bring("2022-03", line(1, "边缘易致贫户", since="2022-03-10"))
    office.decide("correct")
    new.refresh_from_db()
    assert new.detail == "marginal" and Identity.objects.count() == 2


def test_only_a_change_of_kind_is_followed(office: Office) -> None:
    office.bring("2022-02", line(1, since="2022-02-01"))
    office.decide("confirm")
    office.bring("2022-03", line(1, since="2022-02-05"))
    with pytest.raises(ExchangeError):
        office.decide("follow")
    office.decide("correct")
    assert Identity.objects.get().valid_from == date(2022, 2, 5)


def test_a_death_ends_every_mark_whoever_keeps_its_list(office: Office) -> None:
    office.bring("2022-02", line(1, since="2021-01-01"))
    office.decide("confirm")
    office.data_set = "medical.list.rural"
    office.bring("2022-02", line(1, "突发严重困难户", since="2021-01-01"))
    office.decide("confirm")
    office.bring("2022-03", line(1, "突发严重困难户", died="2022-03-15"))
    office.decide("deceased")
    assert set(Identity.objects.values_list("valid_to", flat=True)) == {date(2022, 3, 15)}
    assert Person.objects.get().deceased_on == date(2022, 3, 15)
    # The other department's list goes on with the dead person: told, not marked again.
    office.data_set = "medical.list.civil_affairs"
    office.bring("2022-03", line(1))
    assert office.kinds() == ["deceased"]


def test_another_name_hides_the_rest_until_it_is_settled(office: Office) -> None:
    office.bring("2022-02", line(1, name="李秀英"))
    office.decide("confirm")
    office.bring("2022-03", line(1, "特困", name="李秀瑛"))
    assert office.kinds() == ["conflicting", "ended"]
    conflict = next(row for row in office.open() if row.kind == "conflicting")
    assert "李秀瑛" not in str(conflict.theirs)
    operations.decide(office.reviewer, conflict.pk, "rename", "户口簿")
    assert Person.objects.get().name == "李秀瑛"
    assert office.kinds() == ["ended", "new"]


def test_rows_for_one_person_are_told(office: Office) -> None:
    office.bring("2022-03", line(1), line(1))
    assert office.kinds() == ["duplicate", "new"]


def test_a_person_marked_in_another_county_stays_theirs(office: Office, city: City, officer: Officer) -> None:
    other = Office(city.other_county, officer("reviewer", city.other_county_mib))
    other.bring("2022-02", line(1))
    other.decide("confirm")
    office.bring("2022-03", line(1))
    assert office.kinds() == ["elsewhere"]
    office.decide("leave", "已迁零陵")
    assert Identity.objects.get().unit == city.other_county


def test_a_question_is_not_raised_again_until_the_list_says_something_else(
    office: Office, frozen: Frozen
) -> None:
    office.bring("2022-03", line(1))
    office.decide("ask", "请核实是否已认定")
    frozen.at(date(2022, 4, 25))
    office.bring("2022-04", line(1), line(2))
    assert [row.subject for row in office.open()] == ["最低生活保障对象"]
    assert Question.objects.get().answered_at is None
    sheet = find(office.data_set).give(office.unit, "2022-04")
    assert (sheet.rows[0][1], sheet.totals) == (number(1), {"rows": 1})
    frozen.at(date(2022, 5, 25))
    office.bring("2022-05", line(1, since="2022-05-01"), line(2))
    assert Question.objects.get().answered_at is not None
    assert sorted(row.theirs.get("since", "") for row in office.open()) == ["", "2022-05-01"]


def test_the_change_of_class_is_kept(office: Office) -> None:
    office.bring("2022-03", line(1, since="2022-03-02"))
    office.decide("confirm")
    office.bring("2022-03", line(1, since="2022-03-02"), line(1, "特困", since="2022-03-20"))
    office.decide("confirm")
    changes = ClassChange.objects.order_by("at", "id").values_list("day", "before", "after")
    assert list(changes) == [(date(2022, 3, 2), 0, 2), (date(2022, 3, 20), 2, 1)]


def test_questions_sent_are_no_list_received(office: Office) -> None:
    office.bring("2022-02", line(1))
    Commencement.objects.create(unit=office.unit, begins_on=date(2022, 1, 1), recorded_at=clock.now())
    operations.send(
        office.reviewer, find(office.data_set), office.unit, "2022-03", lambda _sheet: b"questions"
    )
    awaiting.expect()
    waiting = Expectation.objects.filter(data_set=office.data_set, met_at=None)
    assert list(waiting.values_list("unit", "period")) == [(office.unit.pk, "2022-03")]


def test_an_older_list_is_not_taken_over_after_a_newer_one(office: Office, frozen: Frozen) -> None:
    office.bring("2022-03", line(1))
    with pytest.raises(ExchangeError):
        office.bring("2022-02", line(2))
    assert office.bring("2022-03", line(1), line(2)).state == "applied"


# --- any sequence of lists ----------------------------------------------------------------------------------------------

CATEGORIES = {"低保": "minimum_living", "特困": "extreme_poverty", "孤儿": "orphan"}
ROWS = st.dictionaries(st.integers(1, 4), st.sampled_from(sorted(CATEGORIES)), max_size=4)
FOLLOWING = {"new": "confirm", "ended": "end"}
MONTHS = ("2022-01", "2022-02", "2022-03", "2022-04", "2022-05")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ROWS, st.randoms(use_true_random=False)), min_size=1, max_size=5))
def test_any_sequence_of_lists_followed_in_any_order_leads_to_the_last_one(
    office: Office, frozen: Frozen, sequence: list
) -> None:
    with transaction.atomic():
        for month, (rows, order) in zip(MONTHS, sequence, strict=False):
            frozen.at(date(2022, int(month[-2:]), 25))
            office.bring(month, line(99, "孤儿"), *(line(serial, word) for serial, word in rows.items()))
            waiting = office.open()
            order.shuffle(waiting)
            for row in waiting:
                operations.decide(office.reviewer, row.pk, FOLLOWING[row.kind], "r")
            assert register() == {
                "某99": "orphan",
                **{f"某{serial}": CATEGORIES[word] for serial, word in rows.items()},
            }
        transaction.set_rollback(True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ROWS, st.lists(st.booleans(), min_size=10, max_size=10)), min_size=1, max_size=5))
def test_what_is_not_decided_stays_open_or_asked(office: Office, frozen: Frozen, sequence: list) -> None:
    """Every row of the last list agrees with the register, or waits for a decision, or for an answer; and so does
    every mark that is not on it."""
    with transaction.atomic():
        for month, (rows, choices) in zip(MONTHS, sequence, strict=False):
            frozen.at(date(2022, int(month[-2:]), 25))
            office.bring(month, line(99, "孤儿"), *(line(serial, word) for serial, word in rows.items()))
            for row, follow in zip(office.open(), choices, strict=False):
                outcome = FOLLOWING[row.kind] if follow else "ask"
                operations.decide(office.reviewer, row.pk, outcome, "r")
            listed = {("某99", "orphan")} | {
                (f"某{serial}", CATEGORIES[word]) for serial, word in rows.items()
            }
            marked = set(Identity.objects.filter(valid_to=None).values_list("person__name", "kind"))
            matters = set(Difference.objects.filter(state="open").values_list("matter", flat=True))
            matters |= set(Question.objects.filter(answered_at=None).values_list("matter", flat=True))
            waiting = {tuple(matter.split(":")[1:]) for matter in matters}
            names = dict(Person.objects.values_list("name", "pk"))
            for name, kind in listed ^ marked:
                assert (kind, str(names[name])) in waiting
        transaction.set_rollback(True)


def test_a_long_list_costs_statements_by_portion_not_by_row(
    office: Office, django_assert_max_num_queries: object
) -> None:
    """Three portions of new persons, then the same list again: a few dozen statements each, not thousands."""
    lines = [line(serial, since="2022-03-01") for serial in range(1, 1501)]
    with django_assert_max_num_queries(300):
        office.bring("2022-03", *lines)
    assert Person.objects.count() == len(office.open()) == 1500
    with django_assert_max_num_queries(200):
        office.bring("2022-04", *lines)
    assert len(office.open()) == 1500
