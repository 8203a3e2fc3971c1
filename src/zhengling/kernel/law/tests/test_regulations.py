"""The city's own map against facts counted by hand in the eight documents."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.configuration import CITIES
from zhengling.kernel.law import references
from zhengling.kernel.law.checks import check
from zhengling.kernel.law.citations import Unit
from zhengling.kernel.law.instruments import City, Instrument, Mark, load_city
from zhengling.kernel.law.limits import Limit

FOLDER = CITIES / "yongzhou"


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(FOLDER)


def top_level(instrument: Instrument) -> list[int]:
    return [item.place.number for item in instrument.provisions if len(item.place.steps) == 1]


def test_the_contents_page_of_the_issue(city: City) -> None:
    printed = [
        (city.instruments[key].document, city.instruments[key].yzcr, city.instruments[key].gazette_pages[0])
        for section in city.gazette.sections
        for key in section.documents
    ]
    assert printed == [
        ("永政发〔2021〕10号", "YZCR-2021-00007", 3),
        ("永政办发〔2021〕23号", "YZCR-2021-01016", 7),
        ("永政办发〔2021〕28号", "YZCR-2021-01017", 14),
        ("永政办发〔2021〕30号", "YZCR-2021-01018", 23),
        ("永政办发〔2021〕32号", "YZCR-2021-01019", 31),
        ("永政办发〔2021〕33号", "YZCR-2021-01020", 37),
        ("永政人〔2021〕17号", "", 47),
        ("永政人〔2021〕18号", "", 48),
    ]
    assert (city.gazette.issue, city.gazette.cumulative) == ("11-12", "148-149")
    assert [len(section.documents) for section in city.gazette.sections] == [1, 5, 2]


@pytest.mark.parametrize(
    ("key", "issued", "in_force"),
    [
        ("YZCR-2021-00007", date(2021, 12, 2), date(2021, 12, 2)),
        ("YZCR-2021-01016", date(2021, 12, 21), date(2022, 1, 1)),
        ("YZCR-2021-01017", date(2021, 12, 23), date(2021, 12, 23)),
        ("YZCR-2021-01018", date(2021, 12, 24), date(2021, 12, 24)),
        ("YZCR-2021-01019", date(2021, 12, 28), date(2021, 12, 28)),
        ("YZCR-2021-01020", date(2021, 12, 30), date(2021, 12, 30)),
        ("YZR-2021-17", date(2021, 11, 20), date(2021, 11, 20)),
        ("YZR-2021-18", date(2021, 11, 30), date(2021, 11, 30)),
    ],
)
def test_dates(city: City, key: str, issued: date, in_force: date) -> None:
    instrument = city.instrument(key)
    assert (instrument.issued, instrument.valid_from) == (issued, in_force)


@pytest.mark.parametrize(
    ("key", "articles", "chapters"), [("YZCR-2021-01016", 26, 7), ("YZCR-2021-01017", 42, 10)]
)
def test_every_article_is_there(city: City, key: str, articles: int, chapters: int) -> None:
    instrument = city.instrument(key)
    numbers = [
        item.place.number
        for item in instrument.provisions
        if item.place.outer is Unit.ARTICLE and len(item.place.steps) == 1
    ]
    assert numbers == list(range(1, articles + 1))
    assert len(instrument.divisions) == chapters


@pytest.mark.parametrize(
    ("key", "parts", "sections"),
    [
        ("YZCR-2021-00007", 5, [0, 2, 7, 4, 7]),
        ("YZCR-2021-01018", 4, [2, 5, 6, 4]),
        ("YZCR-2021-01020", 4, [2, 5, 4, 4]),
    ],
)
def test_every_part_and_section_of_the_plans(city: City, key: str, parts: int, sections: list[int]) -> None:
    instrument = city.instrument(key)
    assert [division.number for division in instrument.divisions] == list(range(1, parts + 1))
    counted = [
        sum(
            item.place.unit is Unit.SECTION and item.place.steps[0][1] == number
            for item in instrument.provisions
        )
        for number in range(1, parts + 1)
    ]
    assert counted == sections


def test_items_that_follow_a_part_directly(city: City) -> None:
    reservoirs = city.instrument("YZCR-2021-01019")
    items = [item.place.steps for item in reservoirs.provisions if item.place.unit is Unit.ITEM]
    assert [(steps[0][1], steps[1][1]) for steps in items] == [
        *((4, number) for number in range(1, 7)),
        *((5, number) for number in range(1, 5)),
        *((6, number) for number in range(1, 4)),
    ]


def limits(city: City, key: str, place: str) -> list[tuple[tuple[str, ...], Limit]]:
    return [(duty.owners, duty.limit) for duty in city.instrument(key).provision(place).duties if duty.limit]


def test_statutory_limits(city: City) -> None:
    """Articles 14 and 21 of the assistance rules, 23, 26, 28 and 32 of the fire rules, three of the plans."""
    ten = limits(city, "YZCR-2021-01016", "14:1")
    assert [(owners, limit.count, limit.unit) for owners, limit in ten] == [
        (("乡镇人民政府",), 10, "workdays"),
        (("县级医疗保障部门",), 10, "workdays"),
        (("县级医疗保障部门",), 10, "workdays"),
    ]
    assert [limit.text for _, limit in limits(city, "YZCR-2021-01016", "14:2")] == [
        "every quarter",
        "at least 5 workdays",
    ]
    assert [limit.text for _, limit in limits(city, "YZCR-2021-01016", "21.2")] == ["1 months"]
    assert [limit.text for _, limit in limits(city, "YZCR-2021-01017", "23:1.2")] == [
        "3 days",
        "7 days",
        "30 days",
    ]
    assert [limit.text for _, limit in limits(city, "YZCR-2021-01017", "26")] == ["60 days"]
    assert [limit.text for _, limit in limits(city, "YZCR-2021-01017", "28")] == ["15 days"]
    assert [limit.text for _, limit in limits(city, "YZCR-2021-01017", "32:1")] == ["10-12 months"]
    assert limits(city, "YZCR-2021-00007", "三(六)")[0][1].text == "at least 15 workdays"
    assert limits(city, "YZCR-2021-01019", "六2.1")[0][1].text == "10 workdays"
    assert limits(city, "YZCR-2021-01020", "二(二)2(1)")[0][1].until == date(2025, 12, 31)


def test_only_what_runs_is_said_to_be_carried_out(city: City) -> None:
    for instrument in city.instruments.values():
        for item in instrument.provisions:
            if item.mark is Mark.CARRIED_OUT and instrument.service != "medical":
                assert [reference.kind for reference in item.by] == ["register"], item.citation.key


def test_identifiers_are_unique(city: City) -> None:
    for instrument in city.instruments.values():
        identifiers = [instrument.eid(item.place) for item in instrument.provisions]
        assert len(identifiers) == len(set(identifiers)), instrument.key
    uris = {city.work_uri(instrument) for instrument in city.instruments.values()}
    assert "/akn/cn-4311/act/notice/2021-12-21/yzbf-2021-23" in uris
    assert len(uris) == 8


def test_the_map_has_no_errors(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the apps register is theirs to test; everything else holds without them."""
    monkeypatch.setattr(references, "_known", {})
    assert [str(item) for item in check(city, FOLDER) if item.error] == []
