"""Accounts from Excel: a spoiled list names each bad cell and leaves the good rows right."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from zhengling.kernel.accounts import loading
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.accounts.loading import load_accounts, precheck
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import create_account
from zhengling.kernel.accounts.queries import holders

pytestmark = pytest.mark.usefixtures("frozen")

HEADING = ["用户名", "姓名", "单位（代码或全称）", "办公电话", "角色", "角色起始", "角色截止"]


@pytest.fixture
def admin(city, officer):
    return officer("account_admin", city.county)


def book(*rows, heading=HEADING):
    made = Workbook()
    made.active.append(heading)
    for row in rows:
        made.active.append(row)
    out = BytesIO()
    made.save(out)
    out.seek(0)
    return out


def places(report):
    columns = {str(label): name for name, label in loading.COLUMNS.items()}
    return [(problem.row, columns.get(problem.column, "")) for problem in report.problems]


def test_good_rows_are_opened_with_roles_and_periods(city, admin):
    report = precheck(
        book(
            [
                "zhang.san",
                "张三",
                431103100,
                "0746-8221234",
                "经办人、审核人",
                date(2022, 4, 1),
                "2022年12月31日",
            ],
            ["li.si", "李四", "冷水滩区医疗保障局", None, "", None, None],
        ),
        admin,
    )
    assert report.problems == []
    opened, problems = load_accounts(report.rows, admin)
    assert problems == []
    assert [row.user.username for row in opened] == ["zhang.san", "li.si"]
    assert all(row.user.check_password(row.password) and row.user.must_change_password for row in opened)
    grants = {
        (grant.role, str(grant.valid_from), str(grant.valid_to)) for grant in opened[0].user.grants.all()
    }
    assert grants == {("clerk", "2022-04-01", "2022-12-31"), ("reviewer", "2022-04-01", "2022-12-31")}
    assert opened[1].user.organisation == city.county_mib


def test_a_spoiled_list_names_every_bad_cell(city, admin):
    create_account(SYSTEM, "taken.name", "某人", city.township)
    report = precheck(
        book(
            ["zhang.san", "张三", "431103100", "", "经办人", "", ""],
            ["张三", "", "431103100", "abc", "", "", ""],
            ["taken.name", "某人", "999", "", "", "", ""],
            ["ZHANG.SAN", "张三", "431103100", "", "皇帝", "", ""],
            ["wang.wu", "王五", "431102100", "", "经办人", "", ""],
            ["zhao.liu", "赵六", "431103100", "", "审计管理员", "", ""],
            ["sun.qi", "孙七", "431103100", "", "经办人", "2022-13-01", "下周"],
            ["zhou.ba", "周八", "431103100", "", "", "2022-05-01", "2022-04-30"],
            [None, None, None, None, None, None, None],
            ["wu.jiu", "吴九", "431103100", "", "", "", "2022-03-27"],
        ),
        admin,
    )
    assert [row.username for row in report.rows] == ["zhang.san"]
    assert places(report) == [
        (3, "username"),
        (3, "full_name"),
        (3, "phone"),
        (4, "username"),
        (4, "unit"),
        (5, "username"),
        (5, "roles"),
        (6, "unit"),
        (7, "roles"),
        (8, "valid_from"),
        (8, "valid_to"),
        (9, "valid_to"),
        (11, "valid_to"),
    ]
    assert report.bad_rows == 8
    assert not User.objects.filter(username="zhang.san").exists(), "the pre-check writes nothing"


def test_a_row_that_fails_meanwhile_leaves_the_others_right(city, admin):
    report = precheck(
        book(
            ["zhang.san", "张三", "431103100", "", "经办人", "", ""],
            ["li.si", "李四", "431103100", "", "", "", ""],
        ),
        admin,
    )
    create_account(SYSTEM, "zhang.san", "别人", city.township)
    opened, problems = load_accounts(report.rows, admin)
    assert [row.user.username for row in opened] == ["li.si"]
    assert [problem.row for problem in problems] == [2]
    assert not holders("clerk", city.township).exists()


@pytest.mark.parametrize("content", [b"", b"no excel", b"PK\x03\x04broken", b"x" * (loading.MAX_BYTES + 1)])
def test_what_is_no_list_gives_one_plain_sentence(city, admin, content):
    report = precheck(BytesIO(content), admin)
    assert [problem.row for problem in report.problems] == [0]
    assert report.rows == []


def test_missing_headings_and_empty_lists_are_told(city, admin):
    assert "单位" in precheck(book(heading=["用户名", "姓名"]), admin).problems[0].reason
    assert len(precheck(book(), admin).problems) == 1


def test_english_headings_and_roles_are_read_too(city, admin):
    report = precheck(
        book(
            ["zhang.san", "张三", "431103100", "clerk, reviewer"],
            heading=["username", "name", "unit (code or full name)", "roles"],
        ),
        admin,
    )
    assert report.problems == []
    assert report.rows[0].roles == ("clerk", "reviewer")


def test_the_empty_list_passes_its_own_check_but_for_the_example(city, officer):
    admin = officer("account_admin", city.city)
    sheet = load_workbook(BytesIO(loading.template())).active
    assert sheet.max_row == 2
    assert places(precheck(BytesIO(loading.template()), admin)) == []


def test_a_formula_in_a_cell_stays_text(city, admin):
    report = precheck(book(["zhang.san", "=HYPERLINK(1)", "431103100", "", "", "", ""]), admin)
    assert len(report.rows) + report.bad_rows == 1
    assert all(not row.full_name.startswith("=") for row in report.rows)
