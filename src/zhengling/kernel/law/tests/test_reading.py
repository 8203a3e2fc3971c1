from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from zhengling.kernel.law.citations import parse_citation, parse_place
from zhengling.kernel.law.instruments import Form, Mark
from zhengling.kernel.law.reading import InvalidRegulation, read_city
from zhengling.kernel.law.tests import small_law


def test_a_city_is_read_in_the_order_of_its_contents_page(tmp_path: Path) -> None:
    city = read_city(small_law.write(tmp_path))
    assert list(city.instruments) == ["YZCR-2020-00002", "YZCR-2020-01001"]
    assert [section.heading.zh for section in city.gazette.sections] == ["市政府文件", "市政府办文件"]
    rules = city.instrument("永政办发〔2020〕1号")
    assert (rules.form, rules.gazette_pages, rules.valid_from) == (Form.ARTICLES, (4, 5), date(2020, 2, 1))
    assert [division.heading.zh for division in rules.divisions] == ["总则", "附则"]
    repair = rules.provision("2(2)")
    assert repair.mark is Mark.BEING_BUILT
    assert repair.reason is not None and repair.reason.issue == 9
    assert repair.duties[0].owners == ("路灯所", "电力公司")
    assert repair.duties[0].limit is not None and repair.duties[0].limit.count == 3
    assert [item.key for item in rules.children(parse_place("2"))] == ["2(1)", "2(2)"]
    assert rules.provision("2").is_heading


def test_identifiers_name_work_language_and_place(tmp_path: Path) -> None:
    city = read_city(small_law.write(tmp_path))
    citation = parse_citation("《路灯管理办法》第二条第（一）项", city.titles)
    assert city.provision(citation).heading.zh == "时间"
    assert city.uri(citation) == (
        "/akn/cn-4311/act/notice/2020-01-02/yzbf-2020-1/zho@2020-01-02/~chp_1__art_2__para_1__point_1"
    )


@pytest.mark.parametrize(
    ("day", "applies"),
    [(date(2020, 1, 31), False), (date(2020, 2, 1), True), (date(2026, 1, 1), True)],
)
def test_a_presumed_expiry_ends_nothing_by_itself(tmp_path: Path, day: date, applies: bool) -> None:
    assert read_city(small_law.write(tmp_path)).instrument("YZCR-2020-01001").in_force(day) is applies


def test_a_stated_expiry_ends_the_instrument(tmp_path: Path) -> None:
    rules = small_law.RULES.replace("presumed: true", "presumed: false")
    instrument = read_city(small_law.write(tmp_path, rules=rules)).instrument("YZCR-2020-01001")
    assert instrument.in_force(date(2025, 1, 31))
    assert not instrument.in_force(date(2025, 2, 1))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mark: carried_out", "mark: carried_out\n        mark: organisational", "duplicate key"),
        ("mark: carried_out", "mark: done", "none of carried_out"),
        ("heading: {zh: 时间, en: Time}", "heading: {zh: 时间}", "'en' is missing"),
        ("heading: {zh: 时间, en: Time}", "headline: {zh: 时间, en: Time}", "2(1): 'heading' is missing"),
        (
            "summary: {zh: 天黑即亮, en: lit at dusk}",
            "summary: {zh: 天黑即亮, en: lit, at dusk}",
            "unknown field",
        ),
        ("summary: {zh: 天黑即亮, en: lit at dusk}", 'summary: {zh: " ", en: lit}', "both languages"),
        ("limit: 3 days", "limit: soon", "no time limit"),
        ("by: {rule: [lamps.dusk]", "by: {magic: [lamps.dusk]", "known kind"),
        ("by: {rule: [lamps.dusk]", "by: {rule: lamps.dusk", "list of names"),
        ("reason: later", "reason: never", "no reason 'never'"),
        ('at: "2(2)"', 'at: "2(1)"', "stands twice"),
        ('at: "2(2)"', 'at: "第二条第二项"', "write '2(2)'"),
        ('at: "2(2)"', "at: two", "names no article"),
        ("issued: 2020-01-02", "issued: 2 January", "'issued' must be date"),
        ("form: articles", "form: poem", "none of articles"),
        ("service: lamps\n", "", "'service' is missing"),
        ("issuer:", "sealed_by: x\nissuer:", "unknown field 'sealed_by'"),
        ("text:", "text: {", "regulation.yaml"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in small_law.RULES
    with pytest.raises(InvalidRegulation, match=r"regulation\.yaml") as refused:
        read_city(small_law.write(tmp_path, rules=small_law.RULES.replace(old, new, 1)))
    assert message in str(refused.value)


def test_a_document_listed_twice_or_missing_is_refused(tmp_path: Path) -> None:
    twice = small_law.CITY.replace("lamps/regulation.yaml", "trees/regulation.yaml")
    with pytest.raises(InvalidRegulation, match="stands twice"):
        read_city(small_law.write(tmp_path, city=twice))
    with pytest.raises(InvalidRegulation, match="no such file"):
        read_city(small_law.write(tmp_path, city=small_law.CITY.replace("lamps/", "lanterns/")))
