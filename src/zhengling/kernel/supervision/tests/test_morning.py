"""What has to be done today: each section, each reader, and the number of queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from zhengling.kernel import clock
from zhengling.kernel.casework.models import Case, TimeLimit
from zhengling.kernel.casework.operations import perform, urge
from zhengling.kernel.supervision import morning
from zhengling.kernel.supervision.scope import Scope
from zhengling.kernel.supervision.tests.seeding import seed

pytestmark = [pytest.mark.django_db]


def counts(actor):
    return {item.section.name: item.count for item in morning.filled(Scope.of(actor)) if item.count}


def test_due_today_and_overdue_follow_the_due_date(world):
    # Ten working days: from Friday 11 March they end on Friday 25 March, from Monday 14 on Monday 28 March.
    world.taken(date(2022, 3, 11))
    world.taken(date(2022, 3, 14))
    world.taken(date(2022, 3, 15))
    assert counts(world.people["reviewer"]) == {"due_today": 1, "overdue": 1}
    with clock.freeze(clock.at(date(2022, 3, 29))):
        assert counts(world.people["reviewer"]) == {"due_today": 1, "overdue": 2}


def test_a_paused_limit_and_a_minimum_period_are_never_overdue(world):
    case = world.taken(date(2022, 3, 1))
    with clock.freeze(clock.at(date(2022, 3, 2))):
        perform(case.pk, "wait", world.people["clerk"], {})
    assert counts(world.people["reviewer"]) == {}
    with clock.freeze(clock.at(date(2022, 3, 2))):
        perform(case.pk, "go_on", world.people["clerk"], {})
    world.sent(case, date(2022, 3, 7))
    with clock.freeze(clock.at(date(2022, 3, 8))):
        perform(case.pk, "post", world.people["approver"], {})
    assert TimeLimit.objects.get(name="posting").due < clock.today()
    assert counts(world.people["clerk"]) == {"to_take_down": 1}


def test_a_list_waits_to_be_posted_where_the_next_act_starts_the_period(world):
    case = world.taken(date(2022, 3, 21))
    assert ("toy", "county") in morning.posting_stages()
    world.sent(case, date(2022, 3, 22))
    assert counts(world.people["approver"]) == {"to_post": 1}


def test_a_returned_case_stands_once_however_many_tasks_the_unit_has(world):
    case = world.taken(date(2022, 3, 21))
    world.sent(case, date(2022, 3, 22))
    perform(case.pk, "back", world.people["approver"], {"why": "late"})
    assert case.tasks.filter(done_at=None, returned=True).count() == 2
    assert counts(world.people["clerk"])["returned"] == 1


def test_urged_cases_stand_on_the_page_of_the_unit_that_has_them(world):
    case = world.taken(date(2022, 3, 21))
    urge(case.pk, world.people["supervisor"], "now")
    assert counts(world.people["clerk"]) == {"urged": 1}
    assert counts(world.people["other_clerk"]) == {}


def test_a_supervisor_sees_the_whole_subtree_and_a_clerk_the_own_unit_only(world):
    world.taken(date(2022, 3, 1))
    world.taken(date(2022, 3, 1), "other_township", "other_clerk")
    assert counts(world.people["supervisor"])["overdue"] == 2
    assert counts(world.people["county_supervisor"])["overdue"] == 1
    assert counts(world.people["other_clerk"])["overdue"] == 1
    assert counts(world.people["auditor"])["overdue"] == 2


def test_a_line_says_whose_desk_which_limit_and_which_article(world):
    case = world.taken(date(2022, 3, 11))
    [item] = [item for item in morning.filled(Scope.of(world.people["reviewer"])) if item.count]
    [line] = item.lines
    assert (line.number, line.title) == (case.number, case.title)
    assert line.desk == "上岭桥镇 · visit；上岭桥镇 · checked"
    assert line.limit.citation == "YZCR-2021-01016/14"
    assert line.due == date(2022, 3, 25)


@pytest.mark.parametrize("who", ["supervisor", "clerk"])
def test_the_number_of_queries_does_not_depend_on_the_number_of_cases(world, who):
    counted = []
    assert world.people[who].grants  # read once a request
    for cases in (60, 600):
        seed([world.city.township, world.city.other_township], cases=cases, today=clock.today())
        with CaptureQueriesContext(connection) as made:
            morning.filled(Scope.of(world.people[who]))
        counted.append(len(made))
        Case.objects.all().update(number=Concat("number", Value("x")))
    assert counted[0] == counted[1] <= 2 * len(morning.sections()) + 6


def test_sections_show_the_first_rows_and_say_how_many_more(world):
    seed([world.city.township], cases=2000, today=clock.today())
    item = next(
        i for i in morning.filled(Scope.of(world.people["supervisor"])) if i.section.name == "overdue"
    )
    # One case in ten is open, one open case in four is overdue.
    assert (item.count, len(item.lines), item.more) == (50, morning.SHOWN, 30)


def test_the_page_in_both_languages(world, page):
    world.taken(date(2022, 3, 11))
    english = page(world.people["reviewer"], "/supervision/today/").content.decode()
    assert "To be done today" in english and "3 days overdue" in english
    chinese = page(world.people["reviewer"], "/supervision/today/", language="zh-hans").content.decode()
    assert "今日必办" in chinese and "已逾期" in chinese and "第十四条" in chinese


def test_the_empty_page_says_so(world, page):
    assert "Nothing waits today" in page(world.people["clerk"], "/supervision/today/").content.decode()


def test_one_section_in_full(world, page):
    seed([world.city.township], cases=2000, today=clock.today())
    body = page(world.people["supervisor"], "/supervision/today/overdue/").content.decode()
    assert body.count('name="only"') == 50
    assert page(world.people["supervisor"], "/supervision/today/nothing/").status_code == 404


def test_a_service_adds_its_own_section(world, monkeypatch):
    monkeypatch.setattr(morning, "_sections", list(morning._sections))
    extra = morning.Section("extra", "extra", "none", morning.due_today, lambda row: None)
    morning.register_morning_section(extra)
    morning.register_morning_section(extra)
    assert morning.sections()[-1] is extra
    assert len([item for item in morning.sections() if item is extra]) == 1
