"""Counting by time limit: what is open, late and on time, for whom, and what the numbers lead to."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from zhengling.kernel import clock
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.supervision import board as boards
from zhengling.kernel.supervision.board import Filters, Tally, behind, board, months, numbers
from zhengling.kernel.supervision.scope import Scope
from zhengling.kernel.supervision.tests.seeding import seed

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]

YEAR = Filters(date(2021, 4, 1), date(2022, 3, 28))


def tally(actor, chosen=YEAR):
    return numbers(Scope.of(actor), chosen).total


def test_open_soon_and_overdue_are_as_of_now(world):
    world.taken(date(2022, 3, 11))  # due on 25 March: overdue
    world.taken(date(2022, 3, 14))  # due today
    world.taken(date(2022, 3, 17))  # due on 31 March, the third working day from today
    world.taken(date(2022, 3, 18))  # due on 1 April
    found = tally(world.people["supervisor"])
    assert (found.open, found.soon, found.overdue) == (4, 2, 1)
    assert (found.earliest, found.longest) == (date(2022, 3, 25), 3)


def test_on_time_counts_the_day_of_ending_and_late_the_day_it_was_due(world):
    world.sent(world.taken(date(2022, 2, 7)), date(2022, 2, 14))  # due on 21 February
    late = world.taken(date(2022, 2, 7))
    world.sent(late, date(2022, 3, 7))
    world.taken(date(2022, 3, 1))  # due on 15 March, still running
    by_month = {
        row.first: (row.tally.on_time, row.tally.late)
        for row in months(numbers(Scope.of(world.people["supervisor"]), YEAR), YEAR)
    }
    assert len(by_month) == 12
    assert by_month[date(2022, 2, 1)] == (1, 1)
    assert by_month[date(2022, 3, 1)] == (0, 1)
    assert by_month[date(2021, 4, 1)] == (0, 0)


def test_leaving_late_matters_undone_never_improves_the_share(world):
    world.sent(world.taken(date(2022, 3, 1)), date(2022, 3, 4))
    undone = world.taken(date(2022, 3, 1))
    before = tally(world.people["supervisor"])
    world.sent(undone, date(2022, 3, 28))
    after = tally(world.people["supervisor"])
    assert (before.on_time, before.decided, before.share) == (1, 2, 50.0)
    assert (after.on_time, after.decided, after.share) == (1, 2, 50.0)


def test_a_limit_that_ends_on_its_last_day_is_on_time(world):
    world.sent(world.taken(date(2022, 3, 14)), date(2022, 3, 28))
    assert tally(world.people["supervisor"]).share == 100.0


def test_nothing_decided_is_no_data_and_one_miss_in_many_is_not_a_hundred(world):
    assert Tally().share is None
    assert Tally(on_time=9999, late=1).share == 99.9
    assert Tally(on_time=2, late=1).share == 66.6


def test_minimum_periods_and_dropped_limits_count_nowhere(world):
    case = world.taken(date(2022, 3, 1))
    world.sent(case, date(2022, 3, 2))
    perform(case.pk, "post", world.people["approver"], {})
    assert case.limits.filter(name="posting", state="running").exists()
    assert (tally(world.people["supervisor"]).open, tally(world.people["supervisor"]).decided) == (0, 1)


def test_tasks_without_a_limit_are_counted_apart(world):
    world.sent(world.taken(date(2022, 3, 1)), date(2022, 3, 2))  # at the county, where no limit runs
    assert tally(world.people["supervisor"]).untimed == 1
    assert tally(world.people["supervisor"], Filters(YEAR.since, YEAR.until, statutory=True)).untimed == 0


def test_rows_add_up_from_township_to_city(world):
    world.taken(date(2022, 3, 1))
    world.taken(date(2022, 3, 1))
    world.taken(date(2022, 3, 1), "other_township", "other_clerk")
    found = board(Scope.of(world.people["supervisor"]), None, YEAR)
    assert found.unit == world.city.city
    assert {row.unit.code: row.tally.overdue for row in found.rows} == {"431102": 1, "431103": 2}
    below = board(Scope.of(world.people["supervisor"]), world.city.county, YEAR)
    assert [(row.unit.code, row.tally.overdue) for row in below.rows] == [("431103100", 2)]
    assert found.total.overdue == 3 and [unit.code for unit in below.path] == ["4311", "431103"]


def test_what_a_unit_holds_itself_stands_in_a_row_of_its_own(world):
    world.taken(date(2022, 3, 1))
    found = board(Scope.of(world.people["supervisor"]), world.city.township, YEAR)
    assert [(row.itself, row.tally.overdue) for row in found.rows] == [(True, 1)]


def test_an_officer_without_subtree_sees_the_own_units(world, officer):
    world.taken(date(2022, 3, 1))
    world.taken(date(2022, 3, 1), "other_township", "other_clerk")
    both = officer("clerk", world.city.township, ("clerk", world.city.other_township))
    found = board(Scope.of(both), None, YEAR)
    assert [(row.unit.code, row.tally.overdue) for row in found.rows] == [("431102100", 1), ("431103100", 1)]


def test_filters_narrow_by_procedure_limit_kind_and_period(world):
    world.taken(date(2022, 3, 1))
    actor = world.people["supervisor"]
    assert tally(actor, Filters(*_days(), procedure="toy", limit="checking", statutory=True)).open == 1
    assert tally(actor, Filters(*_days(), statutory=False)).open == 0
    assert tally(actor, Filters(*_days(), procedure="other")).open == 0
    assert tally(actor, Filters(date(2022, 3, 16), date(2022, 3, 28))).late == 0
    assert tally(actor, Filters(date(2022, 3, 15), date(2022, 3, 15))).late == 1


def _days():
    return YEAR.since, YEAR.until


@pytest.mark.parametrize("name", boards.LISTS)
def test_every_number_leads_to_exactly_the_rows_it_counts(world, name):
    seed([world.city.township, world.city.other_township], cases=300, today=clock.today())
    scope = Scope.of(world.people["supervisor"])
    assert behind(name, scope, YEAR).count() == getattr(numbers(scope, YEAR).total, name)


def test_seeded_numbers_are_what_arithmetic_says(world):
    seed([world.city.township], cases=700, today=clock.today())
    found = tally(world.people["supervisor"], Filters(date(2021, 3, 1), date(2022, 3, 28)))
    # 70 open; every fourth of them (18) was due five days ago and counts as late, like every seventh ended one (100).
    assert (found.open, found.overdue, found.on_time, found.late) == (70, 18, 600, 118)


def test_the_number_of_queries_does_not_depend_on_rows_or_units(world):
    scope = Scope.of(world.people["supervisor"])
    with CaptureQueriesContext(connection) as empty:
        board(scope, None, YEAR)
    seed([world.city.township, world.city.other_township, world.city.village], cases=600, today=clock.today())
    with CaptureQueriesContext(connection) as full:
        board(scope, None, YEAR)
    assert len(full) == len(empty) == 7


def test_the_page_names_the_numbers_and_leads_down(world, page):
    world.taken(date(2022, 3, 1))
    body = page(world.people["supervisor"], "/supervision/").content.decode()
    assert "?unit=431103" in body and "0 / 1" in body and "no data" in body
    below = page(world.people["supervisor"], "/supervision/?unit=431103")
    assert "上岭桥镇" in below.content.decode()


def test_a_unit_outside_of_the_scope_does_not_exist(world, page):
    assert page(world.people["county_supervisor"], "/supervision/?unit=431102").status_code == 404
    assert page(world.people["clerk"], "/supervision/limits/open/?unit=431103").status_code == 404
    assert page(world.people["county_supervisor"], "/supervision/units/431102/").status_code == 404


def test_wrong_filters_count_as_not_chosen(world, page):
    address = "/supervision/?since=nonsense&until=2022-13-45&statutory=7&procedure=x&limit=y.z&sort=-nothing"
    assert page(world.people["supervisor"], address).status_code == 200
    backwards = page(world.people["supervisor"], "/supervision/?since=2022-03-01&until=2022-02-01")
    assert "The period ends before it begins." in backwards.content.decode()


def test_the_list_behind_a_number(world, page):
    case = world.taken(date(2022, 3, 1))
    body = page(world.people["supervisor"], "/supervision/limits/overdue/?unit=431103").content.decode()
    assert case.number in body and 'name="only"' in body
    assert page(world.people["supervisor"], "/supervision/limits/everything/").status_code == 404
    late = page(world.people["supervisor"], "/supervision/limits/late/", language="zh-hans").content.decode()
    assert "应办结1件，按期办结0件" in late


def test_only_supervisors_see_the_urging_buttons(world, page):
    world.taken(date(2022, 3, 1))
    for who in ("reviewer", "auditor"):
        assert 'name="only"' not in page(world.people[who], "/supervision/limits/overdue/").content.decode()


def test_exports_hold_what_the_page_shows(world, page):
    case = world.taken(date(2022, 3, 1))
    answer = page(world.people["supervisor"], "/supervision/export.xlsx")
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert rows[-1][2:6] == (1, 0, 1, 13) and rows[-1][8] == 0
    answer = page(world.people["supervisor"], "/supervision/limits/overdue/export.xlsx")
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert rows[1][0] == case.number and rows[1][6].endswith("Article 14") and rows[1][12] == 13


def test_charts_are_pictures_without_script_or_style(world, page):
    world.taken(date(2022, 3, 1))
    for kind in ("shares", "overdue"):
        answer = page(world.people["supervisor"], f"/supervision/charts/{kind}.svg")
        body = answer.content.decode()
        assert answer["Content-Type"] == "image/svg+xml" and body.startswith("<svg")
        assert "<script" not in body and "<style" not in body and " style=" not in body
    assert "冷水滩区" in body
    assert page(world.people["supervisor"], "/supervision/charts/else.svg").status_code == 404
