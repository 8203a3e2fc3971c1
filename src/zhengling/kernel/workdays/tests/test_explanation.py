"""What a time limit says about itself."""

from __future__ import annotations

from datetime import date

from zhengling.kernel.workdays.calendar import load_calendar
from zhengling.kernel.workdays.counting import Due, due, due_with_pauses
from zhengling.kernel.workdays.explanation import NamedDay, Step, StepKind, explain

CALENDAR = load_calendar()
NOTICE_2022 = "国办发明电〔2021〕11号"


def kinds(limit: Due) -> list[str]:
    return [step.kind.value for step in explain(limit)]


def step_of(limit: Due, kind: StepKind) -> Step:
    return next(step for step in explain(limit) if step.kind is kind)


def test_working_days_over_spring_festival() -> None:
    limit = due(date(2022, 1, 28), 5, "workdays", CALENDAR)
    assert kinds(limit) == ["start", "count", "rest", "makeup", "next"]
    start = step_of(limit, StepKind.START)
    assert start.first == date(2022, 1, 28)
    assert start.law == ("《中华人民共和国民法典》第二百零一条第一款",)
    count = step_of(limit, StepKind.COUNT)
    assert (count.first, count.last, count.count, count.unit) == (
        date(2022, 1, 29),
        date(2022, 2, 9),
        5,
        "workdays",
    )
    # The five weekdays of the festival; its weekend would not have counted anyway.
    assert [day.date for day in step_of(limit, StepKind.REST).days] == [
        date(2022, 1, 31),
        *(date(2022, 2, n) for n in (1, 2, 3, 4)),
    ]
    assert step_of(limit, StepKind.MAKEUP).days == (
        NamedDay(date(2022, 1, 29), "春节", NOTICE_2022),
        NamedDay(date(2022, 1, 30), "春节", NOTICE_2022),
    )
    assert step_of(limit, StepKind.NEXT).first == date(2022, 2, 10)


def test_a_rolled_last_day_says_over_what() -> None:
    limit = due(date(2022, 3, 31), 3, "days", CALENDAR)
    assert kinds(limit) == ["start", "count", "roll", "next"]
    roll = step_of(limit, StepKind.ROLL)
    assert (roll.first, roll.last) == (date(2022, 4, 3), date(2022, 4, 6))
    assert [day.name for day in roll.days] == ["清明节"] * 3
    assert roll.law == ("《中华人民共和国民法典》第二百零三条第一款",)


def test_a_plain_weekend_has_no_holiday_name() -> None:
    roll = step_of(due(date(2022, 3, 1), 11, "days", CALENDAR), StepKind.ROLL)
    assert [day.name for day in roll.days] == ["", ""]


def test_months_name_the_article_of_the_corresponding_day() -> None:
    count = step_of(due(date(2021, 12, 15), 2, "months", CALENDAR), StepKind.COUNT)
    assert count.law == ("《中华人民共和国民法典》第二百条", "《中华人民共和国民法典》第二百零二条")


def test_pauses_and_extensions_are_steps() -> None:
    limit = due_with_pauses(
        date(2022, 3, 1),
        10,
        "days",
        [(date(2022, 3, 4), date(2022, 3, 9)), (date(2022, 6, 1), date(2022, 6, 2))],
        [(5, "days")],
        CALENDAR,
    )
    assert kinds(limit) == ["start", "count", "extension", "pause", "next"]  # the pause of June came too late
    pause = step_of(limit, StepKind.PAUSE)
    assert (pause.first, pause.last, pause.count) == (date(2022, 3, 4), date(2022, 3, 8), 5)
    extension = step_of(limit, StepKind.EXTENSION)
    assert (extension.first, extension.last) == (date(2022, 3, 17), date(2022, 3, 21))


def test_a_pause_that_runs_on_is_a_step_without_an_end() -> None:
    limit = due_with_pauses(date(2022, 3, 1), 10, "days", [(date(2022, 3, 4), None)], [], CALENDAR)
    assert kinds(limit) == ["start", "count", "suspended", "next"]
    suspended = step_of(limit, StepKind.SUSPENDED)
    assert (suspended.first, suspended.last) == (date(2022, 3, 4), None)


def test_a_last_day_moved_by_a_pause_alone_passes_over_no_working_day() -> None:
    pause = (date(2022, 3, 14), date(2022, 3, 17))
    limit = due_with_pauses(date(2022, 3, 7), 5, "days", [pause], [], CALENDAR)
    assert [day.date for day in step_of(limit, StepKind.ROLL).days] == [date(2022, 3, 12), date(2022, 3, 13)]


def test_a_provisional_date_names_the_year() -> None:
    provisional = step_of(due(date(2026, 12, 28), 5, "workdays", CALENDAR), StepKind.PROVISIONAL)
    assert (provisional.first, provisional.last) == (date(2027, 1, 1), date(2027, 12, 31))
    firm = due(date(2022, 3, 1), 5, "workdays", CALENDAR)
    assert "provisional" not in kinds(firm)
