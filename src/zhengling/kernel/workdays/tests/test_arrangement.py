"""Reading a year's file: what is refused, and how it is said."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files

import pytest

from zhengling.kernel.workdays.arrangement import ArrangementError, Kind, check_complete, read_arrangement
from zhengling.kernel.workdays.statutory import festivals, statutory_days

HEADER = "date,kind,name,notice\n"


def errors_of(text: str, notice: str = "n") -> list[tuple[int, str]]:
    with pytest.raises(ArrangementError) as refused:
        read_arrangement(text, notice)
    return [(error.line, error.column) for error in refused.value.errors]


def package_file(year: int) -> str:
    return (files("zhengling.kernel.workdays") / "data" / f"{year}.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("year", range(2020, 2027))
def test_the_files_that_come_with_the_software_are_complete(year: int) -> None:
    arrangement = read_arrangement(package_file(year))
    assert arrangement.year == year
    # 2020: the extension gave Friday 31 January and took back make-up Saturday 1 February.
    check_complete(arrangement, extra_days=2 if year == 2020 else 0)


@pytest.mark.parametrize("year", range(2021, 2027))
@pytest.mark.parametrize("kind", [Kind.OFF, Kind.MAKEUP])
def test_any_missing_working_weekend_or_weekday_off_is_found(year: int, kind: Kind) -> None:
    lines = package_file(year).splitlines(keepends=True)
    dropped = 0
    for line in lines[1:]:
        day = date.fromisoformat(line[:10])
        if f",{kind}," not in line or (kind is Kind.OFF and day.weekday() >= 5):
            continue
        dropped += 1
        without = read_arrangement("".join(other for other in lines if other is not line))
        with pytest.raises(ArrangementError):
            check_complete(without)
    assert dropped


def test_a_statutory_weekend_day_left_out_is_named() -> None:
    text = package_file(2022).replace("2022-01-01,off,元旦,国办发明电〔2021〕11号\n", "")
    with pytest.raises(ArrangementError, match=r"2022-01-01 \(元旦\) is off by the national measure"):
        check_complete(read_arrangement(text))


def test_a_special_day_needs_its_number_said() -> None:
    arrangement = read_arrangement(package_file(2020))
    with pytest.raises(ArrangementError, match="19 weekdays off less 6 make-up days are 13"):
        check_complete(arrangement)


def test_a_year_past_the_festival_table_asks_for_the_table() -> None:
    with pytest.raises(ArrangementError, match="ends with 2036: add 2040"):
        check_complete(read_arrangement(HEADER + "2040-01-02,off,元旦,n\n"))


def test_every_wrong_row_is_listed_with_line_and_column() -> None:
    text = HEADER + (
        "2027-01-01,off,元旦,\n"
        "2027-1-2,off,元旦,\n"
        "2027-02-30,off,春节,\n"
        "2027-02-05,free,春节,\n"
        "2027-02-08,off,,\n"
        "2027-02-10,makeup,春节,\n"  # a Wednesday
        "2027-01-01,off,元旦,\n"
        "2028-05-01,off,劳动节,\n"
        "2026-11-30,off,元旦,\n"
    )
    assert errors_of(text) == [
        (3, "date"),
        (4, "date"),
        (5, "kind"),
        (6, "name"),
        (7, "kind"),
        (8, "date"),
        (9, "date"),
        (10, "date"),
    ]


def test_december_of_the_year_before_belongs_to_new_year() -> None:
    arrangement = read_arrangement(
        HEADER + "2026-12-31,off,元旦,n\n2027-01-01,off,元旦,n\n2027-01-02,off,元旦,n\n"
    )
    assert arrangement.year == 2027
    assert arrangement.days[0].date == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", (1, "header")),
        ("date,name\n2027-01-01,元旦\n", (1, "header")),
        (HEADER, (0, "")),
    ],
)
def test_a_file_without_columns_or_days_is_refused(text: str, found: tuple[int, str]) -> None:
    assert errors_of(text) == [found]


def test_a_day_without_any_notice_is_refused() -> None:
    assert errors_of(HEADER + "2027-01-01,off,元旦,\n", notice="") == [(2, "notice")]


def test_text_longer_than_the_records_hold_is_refused() -> None:
    assert errors_of(HEADER + f"2027-01-01,off,{'元' * 101},{'号' * 201}\n") == [(2, "name"), (2, "notice")]


def test_a_byte_order_mark_and_spaces_do_not_matter() -> None:
    plain = read_arrangement(HEADER + "2027-01-01,off,元旦,n\n")
    assert read_arrangement("\ufeff" + HEADER + " 2027-01-01 , off, 元旦 ,n\n") == plain


def test_the_version_changes_with_any_part_of_a_day() -> None:
    rows = [
        "2027-01-01,off,元旦,n",
        "2027-01-02,off,元旦,n",
        "2027-01-02,makeup,元旦,n",
        "2027-01-02,makeup,年,n",
    ]
    versions = {read_arrangement(f"{HEADER}{row}\n").version for row in [*rows, "2027-01-01,off,元旦,m"]}
    assert len(versions) == 5


def test_the_statutory_days_are_eleven_and_since_2025_thirteen() -> None:
    assert {len(statutory_days(year)) for year in range(2020, 2025)} == {11}
    assert {len(statutory_days(year)) for year in range(2025, 2037)} == {13}


def test_the_festivals_keep_their_distance() -> None:
    """Days 1/1, 5/5 and 8/15 of the lunar year: four and three months apart, or a leap month more."""
    for year, table in festivals().items():
        assert table["qingming"] in {date(year, 4, 4), date(year, 4, 5)}
        assert date(year, 1, 21) <= table["spring_festival"] <= date(year, 2, 20)
        to_dragon_boat = table["dragon_boat"] - table["spring_festival"]
        assert timedelta(121) <= to_dragon_boat <= timedelta(152)
        assert timedelta(96) <= table["mid_autumn"] - table["dragon_boat"] <= timedelta(129)
    assert festivals()[2027]["spring_festival"] == date(2027, 2, 6)
    assert festivals()[2030]["spring_festival"] == date(2030, 2, 3)
