"""Loading the notice of a year into the records."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhengling.__main__ import main
from zhengling.kernel import clock
from zhengling.kernel.workdays.arrangement import ArrangementError
from zhengling.kernel.workdays.calendar import load_calendar
from zhengling.kernel.workdays.counting import due
from zhengling.kernel.workdays.models import CalendarDay, CalendarYear
from zhengling.kernel.workdays.operations import load_year
from zhengling.kernel.workdays.queries import current_calendar

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]

# An invented arrangement of 2027 that keeps the national measure: 13 days, weekends compensated.
ROWS_2027 = """date,kind,name
2026-12-31,off,元旦
2027-01-01,off,元旦
2027-01-02,off,元旦
2026-12-27,makeup,元旦
2027-02-05,off,春节
2027-02-06,off,春节
2027-02-07,off,春节
2027-02-08,off,春节
2027-02-09,off,春节
2027-02-10,off,春节
2027-04-05,off,清明节
2027-05-01,off,劳动节
2027-05-02,off,劳动节
2027-05-03,off,劳动节
2027-05-04,off,劳动节
2027-06-09,off,端午节
2027-09-15,off,中秋节
2027-10-01,off,国庆节
2027-10-02,off,国庆节
2027-10-03,off,国庆节
2027-10-04,off,国庆节
2027-10-05,off,国庆节
"""
NOTICE = "国办发明电〔2026〕99号"


@pytest.fixture
def file_2027(tmp_path: Path) -> Path:
    return written(tmp_path, ROWS_2027)


def written(folder: Path, text: str) -> Path:
    path = folder / "2027.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_records_the_calendar_is_the_one_of_the_software() -> None:
    assert current_calendar() == load_calendar()


def test_a_loaded_year_holds_and_makes_provisional_dates_firm(file_2027: Path) -> None:
    before = due(date(2026, 12, 24), 5, "workdays", current_calendar())
    assert before.provisional
    moment = datetime(2026, 11, 5, 1, tzinfo=UTC)
    with clock.freeze(moment):
        calendar = load_year(file_2027, NOTICE, loaded_by="张三")
    assert calendar.published(2027)
    after = due(date(2026, 12, 24), 5, "workdays", calendar)
    # Sunday 27 December is worked now, Thursday the 31st is off.
    assert after.counted == ["2026-12-25", "2026-12-27", "2026-12-28", "2026-12-29", "2026-12-30"]
    assert after.next_step_earliest == date(2027, 1, 4)
    assert not after.provisional
    assert after.calendar_version != before.calendar_version
    assert calendar.source(date(2027, 2, 9)) == NOTICE
    row = CalendarYear.objects.get()
    assert (row.year, row.notice, row.loaded_at, row.loaded_by) == (2027, NOTICE, moment, "张三")
    assert row.days.count() == 22


def test_loading_what_already_holds_changes_nothing(file_2027: Path) -> None:
    first = load_year(file_2027, NOTICE, loaded_by="a")
    assert load_year(file_2027, NOTICE, loaded_by="b") == first
    assert CalendarYear.objects.count() == 1


def test_a_later_notice_for_the_same_year_holds_and_the_earlier_stays_on_record(tmp_path: Path) -> None:
    load_year(written(tmp_path, ROWS_2027), NOTICE, loaded_by="a")
    extended = ROWS_2027 + "2027-02-11,off,春节\n"
    with pytest.raises(ArrangementError, match="special notices 0"):
        load_year(written(tmp_path, extended), "later", loaded_by="a")
    calendar = load_year(written(tmp_path, extended), "later", loaded_by="a", extra_days=1)
    assert not calendar.is_workday(date(2027, 2, 11))
    assert list(CalendarYear.objects.order_by("pk").values_list("notice", flat=True)) == [NOTICE, "later"]
    again = load_year(written(tmp_path, ROWS_2027), NOTICE, loaded_by="a")  # the extension is taken back
    assert again.is_workday(date(2027, 2, 11))


def test_a_refused_file_writes_nothing(tmp_path: Path) -> None:
    without_makeup = written(tmp_path, ROWS_2027.replace("2026-12-27,makeup,元旦\n", ""))
    with pytest.raises(ArrangementError, match="make-up"):
        load_year(without_makeup, NOTICE, loaded_by="a")
    with pytest.raises(ArrangementError, match="name the notice"):
        load_year(without_makeup, "  ", loaded_by="a")
    without_makeup.write_bytes(ROWS_2027.encode("gb18030"))
    with pytest.raises(ArrangementError, match="UTF-8"):
        load_year(without_makeup, NOTICE, loaded_by="a")
    assert not CalendarYear.objects.exists()
    assert not CalendarDay.objects.exists()


def test_local_holidays_are_loaded_for_their_county(tmp_path: Path) -> None:
    festival = date(2022, 11, 9)
    path = written(tmp_path, "date,kind,name\n2022-11-09,off,盘王节\n")
    there = load_year(path, "江政办发〔2022〕1号", loaded_by="a", county="431129")
    assert not there.is_workday(festival)
    assert not current_calendar("431129").is_workday(festival)
    assert current_calendar().is_workday(festival)
    assert current_calendar().version == load_calendar().version


def test_the_calendar_costs_one_query_once_it_is_known(file_2027: Path) -> None:
    load_year(file_2027, NOTICE, loaded_by="a")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        current_calendar()
        current_calendar("431129")
    assert len(queries) == 2


class TestCommands:
    def test_load_then_show(self, file_2027: Path) -> None:
        words = ["workdays", "load", str(file_2027), "--notice", NOTICE, "--by", "张三"]
        loaded = CliRunner().invoke(main, words)
        assert (loaded.exit_code, loaded.stderr) == (0, "")
        assert "2020–2027" in loaded.stdout
        shown = CliRunner().invoke(main, ["workdays", "show", "2027"]).stdout.splitlines()
        assert "published" in shown[0]
        assert f"2027-02-09 Tue  off     春节  {NOTICE}" in shown
        assert len(shown) == 1 + 20  # two of the 22 days lie in 2026

    def test_a_refused_file_lists_its_rows(self, tmp_path: Path) -> None:
        path = written(tmp_path, ROWS_2027 + "2027-13-01,off,\n")
        result = CliRunner().invoke(main, ["workdays", "load", str(path), "--notice", NOTICE])
        assert result.exit_code == 2
        assert "line 24, date" in result.stderr
        assert "line 24, name" in result.stderr

    def test_show_says_that_a_year_is_not_published(self) -> None:
        result = CliRunner().invoke(main, ["workdays", "show", "2028"])
        assert "not published" in result.stdout.splitlines()[0]
        assert "2028-05-02" in result.stdout

    def test_show_of_an_unknown_year_is_refused(self) -> None:
        result = CliRunner().invoke(main, ["workdays", "show", "2019"])
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)

    def test_the_file_of_the_software_can_be_loaded_again(self, tmp_path: Path) -> None:
        text = (files("zhengling.kernel.workdays") / "data" / "2026.csv").read_text(encoding="utf-8")
        calendar = load_year(written(tmp_path, text), "国办发明电〔2025〕7号", loaded_by="a")
        assert calendar.version == load_calendar().version
