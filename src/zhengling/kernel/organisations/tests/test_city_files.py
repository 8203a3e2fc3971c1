"""The organisations of Yongzhou as the files give them."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.organisations.city_checks import overlap
from zhengling.kernel.organisations.city_files import load_organisations
from zhengling.kernel.organisations.city_rows import Alias, CityOrganisations, OrganisationRow
from zhengling.kernel.organisations.unit_names import (
    organ_name,
    township_kind,
    village_kind,
    village_short_name,
)

YONGZHOU = Path(str(files("zhengling"))) / "cities" / "yongzhou" / "organisations"
CENSUS_2020 = date(2020, 11, 1)


@pytest.fixture(scope="module")
def city() -> CityOrganisations:
    return load_organisations(YONGZHOU)


@pytest.fixture(scope="module")
def by_code(city: CityOrganisations) -> dict[str, OrganisationRow]:
    return {row.code: row for row in city.organisations}


def test_units_are_counted_as_the_statistics_count_them(city: CityOrganisations) -> None:
    zones = [row for row in city.at_level("county") if row.kind.endswith("_zone")]
    assert len(city.at_level("city")) == 1
    assert len(city.at_level("county")) - len(zones) == 11
    assert len(zones) == 3
    assert len(city.at_level("township")) == 195
    assert len(city.at_level("village")) == 3331


def test_kinds_follow_from_names(city: CityOrganisations) -> None:
    assert Counter(row.kind for row in city.at_level("township")) == {
        "town": 111,
        "subdistrict": 32,
        "ethnic_township": 21,  # 20 Yao, 1 Zhuang
        "township": 18,
        "township_equivalent": 13,
    }
    # The nine living areas are the statisticians' own: no village committee sits there.
    assert Counter(row.kind for row in city.at_level("village"))["other"] == 9


def test_parents_come_before_their_children_and_the_city_is_the_only_root(city: CityOrganisations) -> None:
    seen: set[str | None] = {None}
    for row in city.organisations:
        assert row.parent_code in seen, row.code
        seen.add(row.code)
    assert [row.code for row in city.organisations if row.parent_code is None] == ["4311"]


def test_population_of_the_counties_makes_the_citys_total(city: CityOrganisations) -> None:
    counted = city.population_on(CENSUS_2020)
    assert len(counted) == 11
    assert sum(counted.values()) == 5_289_824
    assert counted["431181"] == 832_813
    with pytest.raises(LookupError):
        city.population_on(date(2019, 1, 1))


def test_qiyang_keeps_its_history(city: CityOrganisations, by_code: dict[str, OrganisationRow]) -> None:
    assert city.current_code("431121") == city.current_code("431181") == "431181"
    assert Alias("祁阳县", None, date(2021, 1, 19)) in by_code["431181"].aliases
    with pytest.raises(LookupError):
        city.current_code("431199")


def test_jindong_has_an_internal_code_and_its_townships_are_marked_unconfirmed(
    city: CityOrganisations, by_code: dict[str, OrganisationRow]
) -> None:
    assert by_code["4311-JD"].name == "永州市金洞管理区"
    assert city.current_code("431172") == "4311-JD"
    under_jindong = {
        row.name for row in city.organisations if row.parent_code == "4311-JD" and row.level == "township"
    }
    assert under_jindong == {"金洞镇", "凤凰乡", "石鼓源乡", "晒北滩瑶族乡"}
    assert not any(row.confirmed for row in city.zone_townships)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("4311.medical_insurance", "永州市医疗保障局"),
        ("431102.medical_insurance", "零陵区医疗保障局"),
        ("431129.medical_insurance", "江华瑶族自治县医疗保障局"),
        ("431181.fire_rescue", "祁阳市消防救援大队"),
        ("431103.public_security", "永州市公安局冷水滩分局"),
        ("431124.public_security", "道县公安局"),
        ("431171.medical_insurance", "永州经开区医疗保障部门"),
        ("4311-JD.disabled_federation", "金洞管理区残疾人联合会"),
    ],
)
def test_departments_are_named_by_pattern_or_override(
    by_code: dict[str, OrganisationRow], code: str, name: str
) -> None:
    row = by_code[code]
    assert (row.name, row.level, row.parent_code) == (name, "department", code.partition(".")[0])


def test_every_county_and_zone_has_the_departments_the_services_need(
    by_code: dict[str, OrganisationRow], city: CityOrganisations
) -> None:
    needed = {
        *("medical_insurance", "civil_affairs", "finance", "rural_revitalisation", "disabled_federation"),
        *("veterans_affairs", "water", "natural_resources", "emergency", "fire_rescue", "public_security"),
        "administrative_approval",
    }
    for unit in city.at_level("county"):
        assert {kind for kind in needed if f"{unit.code}.{kind}" not in by_code} == set(), unit.name


def test_the_names_the_gazette_prints_lead_to_one_department(city: CityOrganisations) -> None:
    printed = {
        "市发改委": "development_reform",
        "市科学技术局": "science_technology",
        "市市场监督管理局": "market_regulation",
        "市卫健委": "health",
        "市卫生健康委": "health",
        "市城市管理和综合执法局": "city_management",
        "团市委": "youth_league",
        "永州海关": "customs",
        "市消安委": "fire_safety_committee",
        "市纲要办": "science_literacy_office",
    }
    for name, kind in printed.items():
        found = [
            row.code
            for row in city.organisations
            if row.parent_code == "4311"
            and name in {row.name, row.short_name, *(alias.name for alias in row.aliases)}
        ]
        assert found == [f"4311.{kind}"], name


def test_no_two_organisations_under_one_parent_share_a_name(city: CityOrganisations) -> None:
    names = Counter(
        (row.parent_code, name)
        for row in city.organisations
        for name in {row.name, row.short_name, *(alias.name for alias in row.aliases)}
    )
    assert [key for key, count in names.items() if count > 1] == []


def test_proper_english_names_from_departments_up(city: CityOrganisations) -> None:
    for row in city.organisations:
        assert bool(row.name_en) == (row.level not in {"township", "village"}), row.code


def test_values_fit_the_columns_they_are_stored_in(city: CityOrganisations) -> None:
    for row in city.organisations:
        assert len(row.code) <= 40 and len(row.kind) <= 40
        assert len(row.name) <= 120 and len(row.name_en) <= 120
        assert len(row.short_name) <= 60 and len(row.source) <= 200


def test_groups_have_an_office_and_members(city: CityOrganisations) -> None:
    offices = {row.group_code: row.member_code for row in city.memberships if row.role == "office"}
    assert offices == {
        "4311.registration_group": "4311.natural_resources",
        "4311.fire_safety_committee": "4311.fire_rescue",
        "4311.reservoir_task_force": "4311.water",
        "4311.science_literacy_office": "4311.science_association",
        "4311.hotline_network": "4311.administrative_approval",
    }
    county_seats = [row for row in city.memberships if row.group_code == "4311.hotline_network"]
    assert len(county_seats) == 1 + 14


@pytest.mark.parametrize(
    ("matter", "level", "kind", "citation"),
    [
        ("medical.recognition", "county", "civil_affairs", "YZCR-2021-01016/4(5)"),
        ("medical.review", "county", "medical_insurance", "YZCR-2021-01016/14:1"),
        ("medical.publicity", "township", "government", "YZCR-2021-01016/14:2"),
        ("fire.investigation_larger", "city", "government", "YZCR-2021-01017/1:2"),
        ("hotline.local_handling", "county", "administrative_approval", "YZCR-2021-01018/三(一)"),
        ("reservoir.fiscal_review", "county", "finance", "YZCR-2021-01019/六2"),
        ("registration.publicity", "county", "natural_resources", "YZCR-2021-00007/三(六)"),
        ("literacy.coordination", "city", "science_association", "YZCR-2021-01020/四(一)1"),
    ],
)
def test_a_matter_is_led_by_the_organ_the_article_names(
    city: CityOrganisations, matter: str, level: str, kind: str, citation: str
) -> None:
    leads = {
        (row.level, row.kind, row.citation)
        for row in city.responsibilities
        if row.matter == matter and row.role == "lead"
    }
    assert leads == {(level, kind, citation)}


def test_larger_programmes_have_several_leads(city: CityOrganisations) -> None:
    """S 33 二(一): education bureau, youth league and science association lead together."""
    leads = {
        row.kind for row in city.responsibilities if row.matter == "literacy.youth" and row.role == "lead"
    }
    assert leads == {"education", "youth_league", "science_association"}


def test_responsibilities_of_the_plan_end_with_it(city: CityOrganisations) -> None:
    ends = {row.valid_to for row in city.responsibilities if row.matter.startswith("literacy.")}
    assert ends == {date(2025, 12, 31)}


def test_loading_needs_no_web_framework() -> None:
    code = (
        "import sys; import zhengling.kernel.organisations.city_files;"
        "sys.exit(any(name.partition('.')[0] in {'django', 'sqlite3', 'psycopg'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "kind", "short_name"),
    [
        ("东岳宫社区居委会", "community", "东岳宫社区"),
        ("清塘居委会", "community", "清塘社区"),
        ("龙山社区委员会", "community", "龙山社区"),
        ("柳子街社区", "community", "柳子街社区"),
        ("桃江村委会", "village", "桃江村"),
        ("横冲村村委会", "village", "横冲村"),
        ("香零山村民委员会", "village", "香零山村"),
        ("鹿坪村", "village", "鹿坪村"),
        ("原种场虚拟生活区", "other", "原种场虚拟生活区"),
    ],
)
def test_villages_and_communities(name: str, kind: str, short_name: str) -> None:
    assert (village_kind(name), village_short_name(name)) == (kind, short_name)


@pytest.mark.parametrize(
    ("name", "kind", "organ"),
    [
        ("朝阳街道", "subdistrict", "朝阳街道办事处"),
        ("珠山镇", "town", "珠山镇人民政府"),
        ("大庆坪乡", "township", "大庆坪乡人民政府"),
        ("上梧江瑶族乡", "ethnic_township", "上梧江瑶族乡人民政府"),
        ("阳明山国家森林公园管理局", "township_equivalent", ""),
        ("大庙口林场", "township_equivalent", ""),
    ],
)
def test_townships_and_their_organs(name: str, kind: str, organ: str) -> None:
    assert (township_kind(name), organ_name(kind, name)) == (kind, organ)


days = st.dates(date(2021, 1, 1), date(2021, 1, 20))
periods = st.tuples(st.none() | days, st.none() | days).filter(lambda p: None in p or p[0] <= p[1])


@given(periods, periods)
def test_periods_overlap_when_they_share_a_day(
    one: tuple[date | None, date | None], other: tuple[date | None, date | None]
) -> None:
    def contains(period: tuple[date | None, date | None], day: date) -> bool:
        return (period[0] is None or period[0] <= day) and (period[1] is None or day <= period[1])

    calendar = [date(2020, 12, 31) + timedelta(days=n) for n in range(22)]
    assert overlap(one, other) == any(contains(one, day) and contains(other, day) for day in calendar)


def test_posts_are_those_of_the_two_notices_and_no_first_day_is_made_up(city: CityOrganisations) -> None:
    """永政人〔2021〕17号 confirms seven from a day it does not print; 18号 of 2021-11-30 removes two."""
    held = [row for row in city.posts if row.document.startswith("YZR-2021-17/")]
    left = [row for row in city.posts if row.document.startswith("YZR-2021-18/")]
    assert {row.holder for row in held} == {"谢剑雄", "彭威", "夏常明", "钱盛发", "郑文辉", "陈刚", "王小云"}
    assert {(row.holder, row.organisation_code, row.title) for row in left} == {
        ("何宁", "4311.education", "副局长"),
        ("唐修峰", "4311.science_technology", "副局长"),
    }
    assert {row.valid_from for row in city.posts} == {None}
    assert {row.valid_to for row in held} == {None}
    assert {row.valid_to for row in left} == {date(2021, 11, 30)}
