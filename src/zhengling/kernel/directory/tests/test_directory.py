"""The public directory: tree, search, one unit, Excel, and who sees the officers."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from openpyxl import load_workbook

from zhengling.kernel.accounts.models import RoleGrant
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.directory import queries
from zhengling.kernel.directory.queries import Wanted
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.organisations.operations import load_city

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def yongzhou(db: None) -> dict[str, Organisation]:
    load_city(settings.CITY / "organisations")
    return {unit.code: unit for unit in Organisation.objects.all()}


@pytest.fixture
def page(client: Client):
    def get(path: str, *, language: str = "zh-hans") -> str:
        client.cookies["django_language"] = language
        response = client.get(path)
        assert response.status_code == 200, path
        return response.content.decode()

    return get


def found(words: str = "", level: str = "", kind: str = "") -> list[str]:
    return [unit.name for unit in queries.search(Wanted(words, level, kind))]


def test_a_former_name_and_a_former_code_lead_to_the_unit_of_today(yongzhou, page):
    assert found("祁阳县", level="county") == ["祁阳市"]
    assert found("431121") == ["祁阳市"]
    text = page("/organisations/?q=祁阳县")
    assert "2021年1月19日前称祁阳县" in text and "/organisations/431181/" in text


def test_an_alias_finds_the_department(yongzhou):
    assert found("市应急局") == ["永州市应急管理局"]
    assert found("qiyang city healthcare") == ["祁阳市医疗保障局"]


def test_filters_by_level_kind_and_category(yongzhou):
    assert len(found(level="county")) == 14
    assert set(found(kind="administrative_zone")) == {"永州市回龙圩管理区", "永州市金洞管理区"}
    mass = queries.search(Wanted(kind="category.mass"))
    kinds = {unit.kind for unit in mass}
    assert {"trade_union", "youth_league", "womens_federation", "disabled_federation"} <= kinds
    assert "finance" not in kinds
    assert found(kind="category.nothing") == found(level="village", kind="finance") == []


def test_the_list_is_paged_and_asks_the_same_number_of_queries(yongzhou, page, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        text = page("/organisations/?level=village&page=2")
    assert "3331" in text and "page=3" in text
    assert "没有符合条件的单位" in page("/organisations/?q=不存在的单位")


def test_the_tree_opens_branch_by_branch(yongzhou, page):
    text = page("/organisations/")
    assert "永州市总工会" in text and "群团组织" in text and 'hx-get="/organisations/431181/below/"' in text
    assert "仁山村" not in text
    branch = page("/organisations/4311-JD/below/")
    # 金洞镇 is coded under 祁阳 and run by the zone.
    assert "金洞镇" in branch and "<html" not in branch
    assert "金洞镇" not in page("/organisations/431181/below/")
    assert "无下属单位" in page("/organisations/4311.finance/below/")


def test_a_unit_tells_its_history_people_and_source(yongzhou, page):
    text = page("/organisations/431181/")
    assert "祁阳县" in text and "至2021年1月19日" in text and "431121" in text
    assert "832,813人" in text and "2020年11月1日人口普查" in text
    assert "Census of 1 November 2020" in page("/organisations/431181/", language="en")
    zone = page("/organisations/4311-JD/")
    assert "待管理区确认" in zone and "431172" in zone


def test_posts_stand_with_their_document_and_an_unknown_start(yongzhou, page):
    held = page("/organisations/4311.culture_arts_centre/")
    assert "王小云" in held and "不详" in held and "在任" in held and "/law/YZR-2021-17/:8/" in held
    left = page("/organisations/4311.education/")
    assert "何宁" in left and "已免职" in left and "2021年11月30日" in left


def test_a_group_has_its_members_and_a_member_its_groups(yongzhou, page):
    group = page("/organisations/4311.registration_group/")
    assert group.count("协同配合") == 4 and "办公室设在该单位" in group
    assert "/law/YZCR-2021-00007/" in group
    assert "永州市自然资源统一确权登记工作协调小组" in page("/organisations/4311.water/")


def test_duties_follow_kind_and_level_and_a_zone_answers_for_what_it_lacks(yongzhou):
    def matters(code: str) -> set[str]:
        return {row.matter for row in queries.duties_of(yongzhou[code])}

    assert "medical.policy" in matters("4311") and "medical.policy" not in matters("431181")
    assert "medical.implementation" in matters("431181")
    township = next(unit for unit in yongzhou.values() if unit.level == "township")
    assert "medical.intake" in matters(township.code)
    kinds = set(yongzhou["4311-JD"].children.values_list("kind", flat=True))
    lacked = {
        row.matter
        for row in queries.Responsibility.objects.filter(level="county").exclude(kind="government")
        if row.kind not in kinds
    }
    assert lacked and lacked <= matters("4311-JD")
    assert matters("4311.hotline_centre") == set()  # a centre beneath a bureau is not the bureau


@pytest.mark.parametrize("role", [None, *sorted(ROLES)])
def test_officers_are_named_to_officers_only(client, city, officer, signed_in, role):
    """Names and roles of today, no user name, no telephone; not for the public, residents or administrators."""
    shown = officer("approver", city.county_mib, username="secret-username")
    ended = officer("clerk", city.county_mib)
    RoleGrant.objects.filter(user=ended.user).update(valid_to=date(2022, 3, 27))
    browser = signed_in(officer(role, city.county)) if role else client
    text = browser.get(f"/organisations/{city.county_mib.code}/").content.decode()
    may = role is not None and ROLES[role].business
    assert (shown.user.full_name in text) == may
    assert ended.user.full_name not in text and "secret-username" not in text


def test_a_resident_sees_no_officers(city, officer, resident, signed_in):
    shown = officer("approver", city.county_mib)
    text = signed_in(resident).get(f"/organisations/{city.county_mib.code}/").content.decode()
    assert shown.user.full_name not in text


def test_excel_follows_the_filters(yongzhou, client):
    response = client.get("/organisations/excel/?q=祁阳县&level=county")
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[1] for row in rows[1:]] == ["祁阳市"]
    assert rows[1][0] == "431181" and rows[1][8] == 832_813 and "祁阳县" in rows[1][7]


def test_nobody_is_led_to_a_unit_that_is_not_there(client, city):
    assert client.get("/organisations/999999/").status_code == 404
    assert client.get("/organisations/999999/below/").status_code == 404
