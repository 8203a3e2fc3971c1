from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.law.citations import (
    Citation,
    InvalidCitation,
    Place,
    Unit,
    parse_citation,
    parse_place,
)

TITLES = {"永州市医疗救助实施细则": "YZCR-2021-01016", "Rules, Revised": "YZCR-2021-01016"}

numbers = st.integers(1, 120)


def optional(unit: Unit) -> st.SearchStrategy[tuple[tuple[Unit, int], ...]]:
    return st.one_of(st.just(()), numbers.map(lambda number: ((unit, number),)))


def chained(*parts: st.SearchStrategy[tuple[tuple[Unit, int], ...]]) -> st.SearchStrategy[Place]:
    return st.tuples(*parts).map(lambda found: Place(tuple(step for part in found for step in part)))


article = numbers.map(lambda number: ((Unit.ARTICLE, number),))
part = numbers.map(lambda number: ((Unit.PART, number),))
points = st.one_of(
    optional(Unit.POINT),
    st.tuples(numbers, numbers).map(lambda pair: ((Unit.POINT, pair[0]), (Unit.SUBPOINT, pair[1]))),
)
places = st.one_of(
    chained(article, optional(Unit.PARAGRAPH), points, optional(Unit.SENTENCE)),
    chained(
        part,
        optional(Unit.SECTION),
        optional(Unit.ITEM),
        optional(Unit.SUBITEM),
        optional(Unit.PARAGRAPH),
        optional(Unit.SENTENCE),
    ),
    numbers.map(lambda number: Place(((Unit.PARAGRAPH, number),))),
    numbers.map(lambda number: Place(((Unit.ANNEX, number),))),
    st.just(Place(((Unit.PREAMBLE, 1),))),
)


@pytest.mark.parametrize(
    ("key", "zh", "en", "eid"),
    [
        ("10(2)", "第十条第（二）项", "Article 10(2)", "art_10__para_1__point_2"),
        ("14:2", "第十四条第二款", "Article 14, paragraph 2", "art_14__para_2"),
        (
            "25:2(5)1",
            "第二十五条第二款第（五）项第1目",
            "Article 25, paragraph 2(5).1",
            "art_25__para_2__point_5__indent_1",
        ),
        ("18.1", "第十八条第一句", "Article 18, sentence 1", "art_18__span_1"),
        (
            "二(一)1(3)",
            "二（一）1（3）",
            "Part 2, section 1, item 1(3)",
            "sec_2__subsec_1__para_1__point_3",
        ),
        ("四2:2", "四2第二段", "Part 4, item 2, paragraph 2", "sec_4__para_2__subpara_2"),
        (":2", "第二段", "Paragraph 2", "para_2"),
        ("附件一", "附件一", "Annex, list 1", "att_1"),
        ("序言", "序言", "Preamble", "preamble"),
    ],
)
def test_a_place_in_every_form(key: str, zh: str, en: str, eid: str) -> None:
    place = parse_place(key)
    assert (place.key, place.zh(), place.en(), place.eid()) == (key, zh, en, eid)


@given(places)
def test_every_form_reads_back(place: Place) -> None:
    assert parse_place(place.key) == place
    assert parse_place(place.zh()) == place
    assert parse_place(place.en()) == place


def test_a_chapter_stands_before_the_article_in_identifiers() -> None:
    assert parse_place("10(4)").eid(chapter=3) == "chp_3__art_10__para_1__point_4"
    assert parse_place("二(一)").eid(chapter=2) == "sec_2__subsec_1"


@pytest.mark.parametrize("text", ["第10条第2项", "第十条第(二)项", "第十条 第（二）项", "10（2）"])
def test_brackets_blanks_and_figures_make_no_difference(text: str) -> None:
    assert parse_place(text).key == "10(2)"


@pytest.mark.parametrize(
    "text", ["", "第条", "10(", "10(0)", "一十", "(2)", "0", "第十条第二", "1000", "十条"]
)
def test_what_names_no_place_is_refused(text: str) -> None:
    with pytest.raises(InvalidCitation):
        parse_place(text)


def test_a_citation_in_three_forms() -> None:
    expected = Citation("YZCR-2021-01016", parse_place("10(2)"))
    assert parse_citation("YZCR-2021-01016/10(2)") == expected
    assert parse_citation("《永州市医疗救助实施细则》第十条第（二）项", TITLES) == expected
    assert parse_citation("Rules, Revised, Article 10(2)", TITLES) == expected
    assert expected.key == "YZCR-2021-01016/10(2)"
    assert expected.zh("永州市医疗救助实施细则") == "《永州市医疗救助实施细则》第十条第（二）项"


def test_a_whole_instrument_is_cited_without_a_place() -> None:
    assert parse_citation("YZCR-2021-01016") == Citation("YZCR-2021-01016")
    assert parse_citation("《永州市医疗救助实施细则》", TITLES) == Citation("YZCR-2021-01016")
    assert Citation("YZCR-2021-01016").zh("细则") == "《细则》"


@pytest.mark.parametrize("text", ["", "10(2)", "《不存在的办法》第一条", "YZCR-2021-01016/", "YZCR/1"])
def test_what_cites_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidCitation):
        parse_citation(text, TITLES)
