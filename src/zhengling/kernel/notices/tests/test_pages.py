"""What everybody reads: posted notices only, filtered, exported, as a feed; a personal list disappears again."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from zhengling.kernel.notices import operations
from zhengling.kernel.notices.models import Notice
from zhengling.kernel.workdays.calendar import load_calendar
from zhengling.kernel.workdays.counting import due

pytestmark = [pytest.mark.django_db]

POSTED = date(2022, 3, 28)


@pytest.fixture
def posted(city, frozen):
    def make(title: str = "公示甲", **options) -> Notice:
        return operations.publish(
            **{
                "kind": Notice.Kind.PUBLICITY,
                "title": title,
                "lead": "l",
                "organ": city.township,
                "place": city.village,
                "citation": "YZCR-2021-01016/14",
                "posted_on": POSTED,
                "period": due(POSTED, 5, "workdays", load_calendar()),
                "columns": ["姓名"],
                "rows": [{"key": "1", "cells": ["王*"]}],
                **options,
            }
        )

    return make


def test_five_working_days_leave_out_the_day_of_posting_and_the_feast(posted):
    # Monday 28 March 2022; counted: 29, 30, 31 March, 1 April, and the working Saturday 2 April.
    assert posted().closes_on == date(2022, 4, 2)


def test_the_list_is_filtered_and_exported(client, posted):
    posted("公示甲")
    posted("公告乙", kind=Notice.Kind.ANNOUNCEMENT)
    assert "公示甲" in client.get("/notices/").content.decode()
    page = client.get("/notices/", {"kind": "announcement"}).content.decode()
    assert "公告乙" in page and "公示甲" not in page
    sheet = load_workbook(BytesIO(client.get("/notices/export.xlsx", {"q": "乙"}).content)).active
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["公告乙"]


def test_a_personal_list_is_hidden_after_its_purpose(client, posted, frozen):
    notice = posted(personal=True)
    address = f"/notices/{notice.pk}/"
    assert client.get(address).status_code == 200
    frozen.at(notice.closes_on + timedelta(days=operations.DAYS_READABLE_AFTER + 1))
    assert client.get(address).status_code == 404
    assert "公示甲" not in client.get("/notices/feed.atom").content.decode()


def test_a_withdrawn_notice_is_gone(client, posted):
    notice = posted()
    operations.withdraw(notice)
    assert client.get(f"/notices/{notice.pk}/").status_code == 404


def test_the_feed_holds_titles_and_no_rows(client, posted):
    posted()
    feed = client.get("/notices/feed.atom").content.decode()
    assert "公示甲" in feed and "王*" not in feed


def test_an_objection_to_a_row_that_is_not_there(client, posted):
    notice = posted(objection_kind="medical_objection")
    assert client.get(f"/notices/{notice.pk}/object/99/").status_code == 404


def test_the_list_asks_a_fixed_number_of_queries(client, posted, django_assert_max_num_queries):
    for number in range(15):
        posted(f"公示{number}")
    with django_assert_max_num_queries(4):
        client.get("/notices/")
