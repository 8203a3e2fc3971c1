"""Copies for information (抄送): unread first, read by one of the desk for all, counted while unread only."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from zhengling.kernel import clock
from zhengling.kernel.casework import inbox
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.models import Task
from zhengling.kernel.casework.operations import mark_read, open_case, perform
from zhengling.kernel.casework.tests import toy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

LIST = reverse("workbench-list", args=["copies"])
READ = reverse("copies-read")


@pytest.fixture
def units(monkeypatch):
    acts = tuple(replace(act, copies=("township",)) if act.name == "post" else act for act in toy.TOY.acts)
    monkeypatch.setitem(procedures._procedures, "toy", replace(toy.TOY, acts=acts))
    return toy.units()


@pytest.fixture
def people(units):
    return {
        "clerk": toy.person("clerk", units["town"], "clerk"),
        "clerk2": toy.person("clerk2", units["town"], "clerk"),
        "reviewer": toy.person("reviewer", units["town"], "reviewer"),
        "boss": toy.person("boss", units["county"], "approver"),
        "far": toy.person("far", units["far"], "clerk"),
    }


@pytest.fixture
def posted(units, people):
    """Three cases whose posting sent the township a copy, oldest first."""

    def one(n):
        case = open_case(
            procedures.get("toy"), people["clerk"], units["town"], {"amount": "1"}, title=f"m{n}"
        )
        for act, who in [("take", "clerk"), ("visit", "clerk"), ("send", "reviewer"), ("post", "boss")]:
            perform(case.pk, act, people[who], {})
        return case

    return [one(n) for n in range(3)]


def copy_of(case) -> Task:
    return case.tasks.get(kind=Task.Kind.COPY)


def titles(page) -> list[str]:
    return [row.case.title for row in page.context["rows"]]


def test_one_is_read_and_goes_to_the_end(posted, people, signed_in):
    browser = signed_in(people["clerk"])
    first = browser.get(LIST)
    assert titles(first) == ["m2", "m1", "m0"] and inbox.counts(people["clerk"])["copies"] == 3
    answer = browser.post(READ, {"task": copy_of(posted[2]).pk})
    assert answer.status_code == 302 and answer["Location"] == LIST
    again = browser.get(LIST)
    assert titles(again) == ["m1", "m0", "m2"]
    assert inbox.counts(people["clerk"])["copies"] == 2
    assert "未读2" in again.content.decode().split("<tfoot>")[1]
    assert titles(browser.get(LIST, {"state": "unread"})) == ["m1", "m0"]
    assert titles(browser.get(LIST, {"state": "read"})) == ["m2"]


def test_read_for_the_whole_desk_with_who_and_when(posted, people):
    assert mark_read(people["clerk"], Task.objects.filter(pk=copy_of(posted[0]).pk)) == 1
    assert inbox.counts(people["clerk2"])["copies"] == 2
    row = copy_of(posted[0])
    assert row.done_by == people["clerk"].user and row.done_at == clock.now()


def test_all_are_read_but_none_that_came_after_the_page(posted, people, signed_in, units):
    browser = signed_in(people["clerk"])
    newest = browser.get(LIST).context["totals"]["newest"]
    late = Task.objects.create(
        case=posted[0], kind="copy", name="send", organisation=units["town"], role="clerk",
        created_at=clock.now(),
    )  # fmt: skip
    browser.post(READ, {"until": newest})
    assert list(Task.objects.filter(kind="copy", done_at=None)) == [late]


@pytest.mark.parametrize("given", [{}, {"task": "x"}, {"until": ""}, {"task": "9" * 40}, {"until": "-1"}])
def test_nonsense_marks_nothing(posted, people, signed_in, given):
    assert signed_in(people["clerk"]).post(READ, given).status_code == 302
    assert inbox.counts(people["clerk"])["copies"] == 3


@pytest.mark.parametrize("who", ["far", "reviewer", "boss"])
def test_nobody_marks_what_lies_on_another_desk(posted, people, signed_in, who):
    signed_in(people[who]).post(READ, {"task": copy_of(posted[0]).pk})
    signed_in(people[who]).post(READ, {"until": 10**9})
    assert not Task.objects.filter(kind="copy", done_at__isnull=False).exists()


def test_work_to_do_is_never_marked_read(posted, people, signed_in):
    work = posted[0].tasks.get(kind=Task.Kind.STAGE, done_at=None)
    browser = signed_in(people["clerk"])
    browser.post(READ, {"task": work.pk})
    browser.post(READ, {"until": 10**9})
    work.refresh_from_db()
    assert work.done_at is None


def test_the_export_says_what_is_read(posted, people, signed_in):
    mark_read(people["clerk"], Task.objects.filter(pk=copy_of(posted[0]).pk))
    answer = signed_in(people["clerk"]).get(reverse("workbench-export", args=["copies"]))
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert rows[0][-1] == "阅读日期"
    assert [row[-1] and row[-1].date() for row in rows[1:]] == [None, None, clock.today()]
