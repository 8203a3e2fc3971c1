"""A spoiled table is refused with its file, its line and a reason; a harmless difference is not."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from zhengling.kernel.organisations.city_files import TABLES, load_organisations
from zhengling.kernel.organisations.csv_tables import CityFileError

YONGZHOU = Path(str(files("zhengling"))) / "cities" / "yongzhou" / "organisations"

# table, what to replace once, by what, what is said of that line
SPOILED = [
    ("townships", "code,name\n", "name,code\n", "columns must be code,name"),
    ("townships", "431102001,", "431102001,,", "3 cells instead of 2"),
    ("townships", "朝阳街道", " 朝阳街道", "name: blank space around ' 朝阳街道'"),
    ("townships", "431102001,", "43110200X,", "'43110200X' is no code of a township"),
    ("townships", "431102001,", "431199001,", "parent 431199 of 431199001 does not exist"),
    ("townships", "南津渡街道", "朝阳街道", "the name 朝阳街道 is taken by 431102001 (townships.csv:2)"),
    ("townships", "朝阳街道", "", "431102001 has no name or no short name"),
    ("townships", "431102002,", "431102001,", "code 431102001 is taken by 431102001 (townships.csv:2)"),
    ("villages", "431102001001,", "431102999001,", "parent 431102999 of 431102999001 does not exist"),
    ("counties", "431102,", "441102,", "code 441102 does not begin with the city's 4311"),
    ("counties", ",district,", ",borough,", "kind 'borough' is no kind of county or zone"),
    ("counties", "gb2260", "hearsay", "source 'hearsay' is not in sources.csv"),
    ("city", "4311,", "43110,", "'43110' is no code of a city"),
    ("codes", "2021-01-19", "2021-02-30", "valid_to: '2021-02-30' is not a date"),
    ("codes", ",2021-01-19", "2021-03-01,2021-01-19", "ends on 2021-01-19, before it begins"),
    ("codes", "431121", "431122", "code 431122 is already in use"),
    ("codes", "4311-JD,431172", "4311-XX,431172", "no organisation has the code '4311-XX'"),
    ("codes", "statistics", "guess", "scheme must be one of gb2260, internal, statistics"),
    ("former_names", "431181,", "431182,", "no organisation has the code '431182'"),
    ("zone_townships", "431181120", "431181999", "no township has the code '431181999'"),
    ("zone_townships", "431181201", "431181120", "township 431181120 is under two zones at one time"),
    ("zone_townships", "4311-JD", "431181", "no zone has the code '431181'"),
    ("zone_townships", ",no,", ",maybe,", "confirmed must be one of no, yes"),
    ("population", "563556", "-5", "population '-5' is not a number of persons"),
    ("population", "431103,", "431102,", "431102 is counted twice in the census of 2020-11-01"),
    ("population", "2020-11-01,563556", ",563556", "the day of the census is missing"),
    ("departments", "education,", "schooling,", "kind 'schooling' is not in kinds.csv"),
    ("departments", ",ecology,", ",ecology_enforcement,", "4311.ecology_enforcement lies below no root"),
    ("departments", ",ecology,", ",nothing,", "parent 4311.nothing of 4311.ecology_enforcement"),
    ("county_departments", "{name}民政局", "{nam}民政局", "name: unknown placeholder {nam}"),
    ("county_departments", "county,civil", "parish,civil", "units must be county or zone, not 'parish'"),
    ("county_departments", "county,civil_affairs", "county,", "kinds is empty"),
    ("county_department_overrides", "431102,", "431109,", "no pattern gives '431109' a department"),
    ("groups", "fire_safety_committee,", "audit,", "kind 'audit' is not of the category group"),
    ("group_members", "city,water", "city,waterways", "there is no 'waterways' at level 'city'"),
    ("group_members", ",office,", ",chair,", "role must be one of cooperating, member, office"),
    ("group_members", "|forestry", "|natural_resources", "4311.natural_resources is already in the group"),
    ("responsibilities", "medical.policy,", "medical.polity,", "'medical.polity' is not in matters.csv"),
    ("responsibilities", "YZCR-2021-01016/4(1)", "Art. 4 (1)", "citation 'Art. 4 (1)' is not like"),
    ("responsibilities", "county,lead,audit", "county,lead,customs", "no department of kind 'customs'"),
    ("responsibilities", "joint,finance", "joint,medical_insurance", "given the matter twice at one time"),
    ("matters", "medical.forms,", "medical.other,", "nobody is responsible for 'medical.other'"),
    ("posts", "4311.statistics,", "4311.nothing,", "no organisation has the code '4311.nothing'"),
    ("posts", "钱盛发", "", "holder is empty"),
    ("posts", "YZR-2021-17/:5", "no. 17 of 2021", "document 'no. 17 of 2021' is not like"),
    ("posts", ",,2021-11-30", ",2021-12-01,2021-11-30", "ends on 2021-11-30, before it begins"),
    ("kinds", "office,government", "office,misc", "category must be one of"),
    ("sources", "villages,", "townships,", "key 'townships' is empty or given twice"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(YONGZHOU, tmp_path / "organisations"))


def replace_once(path: Path, old: str, new: str) -> int:
    """The line on which the replaced text begins."""
    text = path.read_text(encoding="utf-8")
    before, found, _ = text.partition(old)
    assert found
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return before.count("\n") + 1


def faults_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(CityFileError) as refused:
        load_organisations(folder)
    return refused.value.faults


@pytest.mark.parametrize(("table", "old", "new", "reason"), SPOILED)
def test_a_spoiled_file_is_refused_with_file_line_and_reason(
    folder: Path, table: str, old: str, new: str, reason: str
) -> None:
    line = replace_once(folder / f"{table}.csv", old, new)
    faults = faults_of(folder)
    assert any(fault.startswith(f"{table}.csv:{line}: ") and reason in fault for fault in faults), faults[:5]


def test_a_wrong_sum_is_reported_where_the_total_stands(folder: Path) -> None:
    replace_once(folder / "population.csv", "563556", "563557")
    assert faults_of(folder) == ("population.csv:2: the counties sum to 5289825, the city counts 5289824",)


def test_a_census_needs_the_citys_total(folder: Path) -> None:
    replace_once(folder / "population.csv", "4311,2020-11-01,5289824,bulletin\n", "")
    assert faults_of(folder) == ("population.csv:1: the city's total of the census of 2020-11-01 is missing",)


def test_the_second_bearer_of_a_name_is_reported(folder: Path) -> None:
    """市科技局 given to the education bureau stands on the line before the bureau whose name it is."""
    line = replace_once(folder / "departments.csv", ",市教育局,", ",市科技局,")
    assert faults_of(folder) == (
        f"departments.csv:{line + 1}: the name 市科技局 is taken by 4311.education (departments.csv:{line})",
    )


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_missing_file_is_named(folder: Path, table: str) -> None:
    (folder / f"{table}.csv").unlink()
    with pytest.raises(CityFileError, match=f"{table}.csv:1: the file is missing"):
        load_organisations(folder)


def test_every_fault_is_reported_at_once(folder: Path) -> None:
    replace_once(folder / "population.csv", "563556", "563557")
    replace_once(folder / "codes.csv", "2021-01-19", "yesterday")
    assert [fault.partition(":")[0] for fault in faults_of(folder)] == ["codes.csv", "population.csv"]


def test_an_open_quotation_mark_is_found(folder: Path) -> None:
    replace_once(folder / "matters.csv", "因素法分配资金", '"因素法分配资金')
    with pytest.raises(CityFileError, match=r"matters\.csv:\d+: not CSV"):
        load_organisations(folder)


def test_another_encoding_is_refused_with_its_line(folder: Path) -> None:
    path = folder / "townships.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = "431102004,徐家井街道\n".encode("gb18030")
    path.write_bytes(b"".join(lines))
    with pytest.raises(CityFileError, match=r"townships\.csv:5: not UTF-8"):
        load_organisations(folder)


def test_what_a_spreadsheet_saves_is_read_alike(folder: Path) -> None:
    path = folder / "population.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_organisations(folder) == load_organisations(YONGZHOU)


def test_a_township_returns_to_its_county_when_the_zones_rule_ends(folder: Path) -> None:
    replace_once(folder / "zone_townships.csv", "431181120,4311-JD,,,no", "431181120,4311-JD,,2023-12-31,yes")
    parents = {row.code: row.parent_code for row in load_organisations(folder).organisations}
    assert (parents["431181120"], parents["431181202"]) == ("431181", "4311-JD")


def test_a_former_name_may_live_on_in_another_unit_once_it_is_free(folder: Path) -> None:
    with (folder / "former_names.csv").open("a", encoding="utf-8") as table:
        table.write("431124,祁阳县,2021-01-20,,qiyang\n")
    assert load_organisations(folder)
    with (folder / "former_names.csv").open("a", encoding="utf-8") as table:
        table.write("431122,祁阳县,2021-01-01,2021-01-05,qiyang\n")
    with pytest.raises(CityFileError, match="the name 祁阳县 is taken by"):
        load_organisations(folder)


def test_nobody_holds_an_office_twice_at_one_time(folder: Path) -> None:
    """Several deputies are lawful; the same deputy twice is a slip."""
    path = folder / "posts.csv"
    again = "4311.education,副局长,deputy director,{},2021-11-30,,YZR-2021-18/:2,,\n"
    path.write_text(path.read_text(encoding="utf-8") + again.format("何宁"), encoding="utf-8")
    assert faults_of(folder) == ("posts.csv:11: 何宁 holds the office twice at one time",)
    replace_once(path, again.format("何宁"), again.format("某某"))
    assert load_organisations(folder).posts[-1].holder == "某某"


def test_an_office_has_one_english_title(folder: Path) -> None:
    path = folder / "posts.csv"
    line = "4311.education,副局长,vice director,某某,,,YZR-2021-18/:2,,\n"
    path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")
    assert faults_of(folder) == ("posts.csv:11: 副局长 was called 'deputy director' before",)
