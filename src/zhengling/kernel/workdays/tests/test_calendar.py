"""The calendar against an oracle written down here by hand from the notices, and against a second source."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from zhengling.kernel.workdays.arrangement import Arrangement, Day, Kind
from zhengling.kernel.workdays.calendar import CalendarError, load_calendar
from zhengling.kernel.workdays.statutory import statutory_days
from zhengling.kernel.workdays.tests.oracle import DAYS, MAKEUP, OFF, worked

CALENDAR = load_calendar()


def test_every_day_from_2020_to_2026_is_worked_as_the_notices_say() -> None:
    assert len(DAYS) == 2557
    assert [day for day in DAYS if CALENDAR.is_workday(day) != worked(day)] == []


def test_the_data_files_hold_exactly_the_days_of_the_notices() -> None:
    rows = CALENDAR.days.values()
    assert {row.date for row in rows if row.kind is Kind.OFF} == OFF
    assert {row.date for row in rows if row.kind is Kind.MAKEUP} == MAKEUP


def test_every_day_agrees_with_the_compared_reference() -> None:
    found = [up / "shared/data/holidays/workdays_2020_2026.csv" for up in Path(__file__).resolve().parents]
    path = next((path for path in found if path.exists()), None)
    if path is None:
        pytest.skip("the reference data lie beside the repository on the project's own machines only")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [(date.fromisoformat(row["date"]), row["is_workday"] == "1") for row in csv.DictReader(file)]
    assert [day for day, _ in rows] == DAYS
    assert [day for day, is_workday in rows if CALENDAR.is_workday(day) != is_workday] == []


@pytest.mark.parametrize(
    ("day", "notice"),
    [
        (date(2020, 1, 24), "国办发明电〔2019〕16号"),
        (date(2020, 1, 30), "国办发明电〔2019〕16号"),
        (date(2020, 1, 31), "国办发明电〔2020〕1号"),
        (date(2020, 2, 1), "国办发明电〔2020〕1号"),  # a make-up Saturday until the extension
        (date(2021, 2, 20), "国办发明电〔2020〕27号"),
        (date(2022, 12, 31), "国办发明电〔2022〕16号"),  # New Year 2023 begins in 2022
        (
            date(2022, 12, 30),
            "国办发明电〔2021〕11号",
        ),  # a plain weekday stands as its year's notice leaves it
        (date(2027, 5, 1), "《全国年节及纪念日放假办法》"),
    ],
)
def test_a_day_names_its_notice(day: date, notice: str) -> None:
    assert CALENDAR.source(day) == notice


def test_a_year_without_a_notice_has_weekends_and_the_statutory_days_off() -> None:
    assert CALENDAR.published(2026)
    assert not CALENDAR.published(2027)
    day, off = date(2027, 1, 1), []
    while day.year == 2027:
        if day.weekday() < 5 and not CALENDAR.is_workday(day):
            off.append((day.month, day.day, CALENDAR.holiday(day)))
        day += timedelta(1)
    # New Year's Eve 2027 is Friday 5 February; 1 May, 2 May, 2 October and 3 October are weekend days.
    assert off == [
        (1, 1, "元旦"),
        (2, 5, "春节"),
        (2, 8, "春节"),
        (4, 5, "清明节"),
        (6, 9, "端午节"),
        (9, 15, "中秋节"),
        (10, 1, "国庆节"),
    ]
    assert not any(CALENDAR.is_workday(date(2027, 1, 2) + timedelta(7 * week)) for week in range(52))


def test_the_second_of_may_is_statutory_since_2025_only() -> None:
    assert (date(2024, 5, 2), "劳动节") not in statutory_days(2024)
    assert (date(2025, 5, 2), "劳动节") in statutory_days(2025)
    assert not CALENDAR.is_workday(date(2028, 5, 2))  # a Tuesday


def test_two_festivals_on_one_day_are_both_named() -> None:
    assert CALENDAR.holiday(date(2031, 10, 1)) == "中秋节、国庆节"


@pytest.mark.parametrize("day", [date(2019, 12, 31), date(1999, 1, 4)])
def test_a_year_before_the_first_is_refused(day: date) -> None:
    with pytest.raises(CalendarError, match="before 2020"):
        CALENDAR.is_workday(day)


def test_a_year_past_the_known_festivals_is_refused() -> None:
    assert CALENDAR.is_workday(date(2036, 12, 31))
    with pytest.raises(CalendarError, match="past 2036"):
        CALENDAR.is_workday(date(2037, 1, 5))


def test_a_moment_is_no_day() -> None:
    with pytest.raises(CalendarError, match="dates"):
        CALENDAR.is_workday(datetime(2022, 1, 1, 9))  # noqa: DTZ001 -- the naive moment is what is refused


def local(county: str, day: date, kind: Kind = Kind.OFF) -> Arrangement:
    return Arrangement(
        day.year, "江政办发〔2022〕1号", (Day(day, kind, "盘王节", "江政办发〔2022〕1号"),), county
    )


def test_local_holidays_hold_in_their_county_only() -> None:
    festival = date(2022, 11, 9)  # a Wednesday
    calendar = CALENDAR.with_arrangements(local("431129", festival))
    assert calendar.is_workday(festival)
    assert calendar.version == CALENDAR.version
    there = calendar.for_county("431129")
    assert not there.is_workday(festival)
    assert there.holiday(festival) == "盘王节"
    assert there.version != calendar.version
    assert calendar.for_county("431121").is_workday(festival)
    assert there.published(2022)
    assert there.for_county("").version == CALENDAR.version


def test_a_calendar_has_no_local_holidays_by_default() -> None:
    assert CALENDAR.for_county("431129").version == CALENDAR.version


def test_a_later_arrangement_takes_the_place_of_the_earlier() -> None:
    day = date(2026, 3, 4)
    newer = Arrangement(2026, "later", (Day(day, Kind.OFF, "纪念日", "later"),))
    changed = CALENDAR.with_arrangements(newer)
    assert not changed.is_workday(day)
    assert changed.is_workday(date(2026, 1, 2))  # the first notice of 2026 no longer holds
    assert changed.version != CALENDAR.version
    assert CALENDAR.is_workday(day)


def test_new_year_of_the_next_notice_reaches_back_into_december() -> None:
    eve = date(2026, 12, 31)  # a Thursday
    assert CALENDAR.is_workday(eve)
    changed = CALENDAR.with_arrangements(Arrangement(2027, "n", (Day(eve, Kind.OFF, "元旦", "n"),)))
    assert not changed.is_workday(eve)
    assert changed.source(eve) == "n"


def test_the_version_depends_on_content_alone() -> None:
    again = CALENDAR.with_arrangements(*reversed(CALENDAR.arrangements))
    assert again.version == CALENDAR.version
    assert again == CALENDAR
    assert len(CALENDAR.version) == 12
