"""Counting against dates worked out by hand on a wall calendar, and against what any counting must keep."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.workdays.calendar import CalendarError, load_calendar
from zhengling.kernel.workdays.counting import (
    UNITS,
    CountingError,
    add_months,
    due,
    due_with_pauses,
    next_workday,
    workdays_between,
)
from zhengling.kernel.workdays.tests.oracle import MAKEUP, WORKDAYS

CALENDAR = load_calendar()
STARTS = st.dates(date(2020, 1, 1), date(2026, 6, 30))
COUNTS = st.integers(1, 90)
SHORT = st.integers(1, 12)
UNIT = st.sampled_from(UNITS)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "count", "unit", "nominal", "last", "following"),
    [
        # Spring Festival 2022: Saturday 29 and Sunday 30 January are worked, 31 January–6 February are off.
        ("2022-01-28", 5, "workdays", "2022-02-09", "2022-02-09", "2022-02-10"),
        ("2022-01-28", 2, "workdays", "2022-01-30", "2022-01-30", "2022-02-07"),
        # Qingming 2022: Saturday 2 April is worked, 3–5 April are off.
        ("2022-03-28", 10, "workdays", "2022-04-12", "2022-04-12", "2022-04-13"),
        # National Day 2021: Sunday 26 September is worked, 1–7 October are off, Saturday the 9th is worked.
        ("2021-09-24", 5, "workdays", "2021-09-30", "2021-09-30", "2021-10-08"),
        ("2021-09-30", 2, "workdays", "2021-10-09", "2021-10-09", "2021-10-11"),
        # 2020: the extension left nothing between 23 January and 3 February.
        ("2020-01-23", 1, "workdays", "2020-02-03", "2020-02-03", "2020-02-04"),
        # New Year 2023 begins on Saturday 31 December 2022.
        ("2022-12-28", 3, "workdays", "2023-01-03", "2023-01-03", "2023-01-04"),
        # Days: a rest day rolls, a make-up Saturday does not.
        ("2022-03-31", 3, "days", "2022-04-03", "2022-04-06", "2022-04-06"),
        ("2022-03-23", 10, "days", "2022-04-02", "2022-04-02", "2022-04-06"),
        ("2022-01-28", 3, "days", "2022-01-31", "2022-02-07", "2022-02-07"),
        ("2022-03-01", 11, "days", "2022-03-12", "2022-03-14", "2022-03-14"),
        # Months: the corresponding day, or the month's end where there is none; then the roll.
        ("2021-01-31", 1, "months", "2021-02-28", "2021-03-01", "2021-03-01"),
        ("2020-01-31", 1, "months", "2020-02-29", "2020-03-02", "2020-03-02"),
        ("2021-12-15", 2, "months", "2022-02-15", "2022-02-15", "2022-02-16"),
        ("2021-02-28", 1, "months", "2021-03-28", "2021-03-29", "2021-03-29"),
        ("2021-08-31", 18, "months", "2023-02-28", "2023-02-28", "2023-03-01"),
    ],
)
def test_worked_by_hand(start: str, count: int, unit: str, nominal: str, last: str, following: str) -> None:
    answer = due(day(start), count, unit, CALENDAR)
    assert (answer.nominal, answer.due) == (day(nominal), day(last))
    assert answer.next_step_earliest == day(following)
    assert not answer.provisional
    assert answer.calendar_version == CALENDAR.version


def test_working_days_are_listed() -> None:
    answer = due(day("2022-01-28"), 4, "workdays", CALENDAR)
    assert answer.counted == ["2022-01-29", "2022-01-30", "2022-02-07", "2022-02-08"]


@pytest.mark.parametrize(("count", "unit"), [(3, "days"), (1, "months")])
def test_other_units_give_the_first_and_the_last_counted_day(count: int, unit: str) -> None:
    answer = due(day("2022-01-28"), count, unit, CALENDAR)
    assert answer.counted == {"first": "2022-01-29", "last": answer.nominal.isoformat()}


def test_a_window_of_facts_does_not_roll() -> None:
    answer = due(day("2022-01-25"), 7, "days", CALENDAR, roll=False)
    assert answer.due == answer.nominal == day("2022-02-01")  # New Year's Day of the lunar year


class TestProvisional:
    def test_a_count_into_the_next_year_is_provisional(self) -> None:
        answer = due(day("2026-12-28"), 5, "workdays", CALENDAR)
        assert answer.due == day("2027-01-05")
        assert answer.due_provisional
        assert answer.due_unpublished == (2027,)

    def test_a_firm_due_date_with_a_provisional_next_step(self) -> None:
        answer = due(day("2026-12-24"), 5, "workdays", CALENDAR)
        assert (answer.due, answer.due_provisional) == (day("2026-12-31"), False)
        assert (answer.next_step_earliest, answer.provisional) == (day("2027-01-04"), True)

    def test_the_whole_answer_may_be_firm_on_the_last_days(self) -> None:
        assert not due(day("2026-12-25"), 5, "days", CALENDAR).provisional  # the 30th, then the 31st

    def test_days_that_end_in_a_year_without_a_notice(self) -> None:
        assert due(day("2026-11-24"), 60, "days", CALENDAR).due_provisional

    def test_a_window_of_facts_does_not_rest_on_the_calendar(self) -> None:
        answer = due(day("2026-12-30"), 7, "days", CALENDAR, roll=False)
        assert not answer.due_provisional
        assert answer.provisional  # its next step does

    def test_the_festivals_of_such_a_year_are_not_counted(self) -> None:
        # 5 February 2027 is New Year's Eve, 6–8 the festival; no compensation is guessed.
        assert due(day("2027-02-04"), 1, "workdays", CALENDAR).due == day("2027-02-09")


class TestRefused:
    @pytest.mark.parametrize("count", [0, -1, -100])
    def test_a_count_below_one(self, count: int) -> None:
        with pytest.raises(CountingError, match="at least 1"):
            due(day("2022-01-28"), count, "days", CALENDAR)

    @pytest.mark.parametrize("count", [True, 1.5, "3"])
    def test_a_count_that_is_no_whole_number(self, count: object) -> None:
        with pytest.raises(CountingError, match="whole number"):
            due(day("2022-01-28"), count, "days", CALENDAR)

    @pytest.mark.parametrize("unit", ["weeks", "", "Workdays", "工作日"])
    def test_an_unknown_unit(self, unit: str) -> None:
        with pytest.raises(CountingError, match="no unit of time limits"):
            due(day("2022-01-28"), 1, unit, CALENDAR)

    @pytest.mark.parametrize("unit", UNITS)
    def test_a_start_before_the_first_year(self, unit: str) -> None:
        with pytest.raises(CalendarError, match="before 2020"):
            due(day("2019-12-31"), 5, unit, CALENDAR)

    @pytest.mark.parametrize("unit", ["days", "months"])
    @pytest.mark.parametrize("count", [10**7, 10**30])
    def test_an_end_past_all_calendars(self, count: int, unit: str) -> None:
        with pytest.raises(CountingError, match="past the year 9999"):
            due(day("2022-01-28"), count, unit, CALENDAR)

    def test_an_end_past_the_known_festivals(self) -> None:
        with pytest.raises(CalendarError, match="past 2036"):
            due(day("2022-01-28"), 20 * 12, "months", CALENDAR)

    def test_a_moment(self) -> None:
        with pytest.raises(CountingError, match="no date"):
            due(datetime(2022, 1, 28, 9), 1, "days", CALENDAR)  # noqa: DTZ001 -- what is refused

    def test_a_pause_that_ends_before_it_begins(self) -> None:
        with pytest.raises(CountingError, match="before it began"):
            due_with_pauses(
                day("2022-03-01"), 5, "days", [(day("2022-03-04"), day("2022-03-03"))], [], CALENDAR
            )

    def test_an_extension_of_nothing(self) -> None:
        with pytest.raises(CountingError, match="at least 1"):
            due_with_pauses(day("2022-03-01"), 5, "days", [], [(0, "days")], CALENDAR)


class TestPauses:
    """Suspended on Friday 4 March 2022, resumed on Wednesday the 9th: the 4th to the 8th do not count."""

    PAUSE = (date(2022, 3, 4), date(2022, 3, 9))

    @pytest.mark.parametrize(
        ("count", "unit", "without", "with_pause"),
        [
            (10, "workdays", "2022-03-15", "2022-03-18"),
            (10, "days", "2022-03-11", "2022-03-16"),
            (1, "months", "2022-04-01", "2022-04-06"),
        ],
    )
    def test_the_end_moves(self, count: int, unit: str, without: str, with_pause: str) -> None:
        start = day("2022-03-01")
        assert due(start, count, unit, CALENDAR).due == day(without)
        answer = due_with_pauses(start, count, unit, [self.PAUSE], [], CALENDAR)
        assert answer.due == day(with_pause)
        assert not answer.provisional

    def test_the_first_day_of_the_pause_does_not_count_and_the_day_of_resumption_does(self) -> None:
        answer = due_with_pauses(day("2022-03-01"), 3, "workdays", [self.PAUSE], [], CALENDAR)
        assert answer.counted == ["2022-03-02", "2022-03-03", "2022-03-09"]

    def test_a_pause_after_the_end_changes_nothing(self) -> None:
        later = [(day("2022-03-09"), None)]
        answer = due_with_pauses(day("2022-03-01"), 5, "workdays", later, [], CALENDAR)
        assert (answer.due, answer.suspended_since) == (day("2022-03-08"), None)
        assert not answer.provisional

    def test_a_pause_that_runs_on_leaves_the_earliest_dates_and_says_so(self) -> None:
        since = day("2022-03-04")
        answer = due_with_pauses(day("2022-03-01"), 10, "workdays", [(since, None)], [], CALENDAR)
        assert answer.suspended_since == since
        assert answer.due == day("2022-03-15")
        assert answer.provisional

    def test_a_rolled_last_day_waits_for_the_resumption(self) -> None:
        # Five days from Monday 7 March end on Saturday the 12th, hence on Monday the 14th.
        answer = due_with_pauses(
            day("2022-03-07"), 5, "days", [(day("2022-03-14"), day("2022-03-17"))], [], CALENDAR
        )
        assert (answer.nominal, answer.due) == (day("2022-03-12"), day("2022-03-17"))

    def test_a_pause_on_the_rolled_last_day_that_runs_on_suspends(self) -> None:
        answer = due_with_pauses(day("2022-03-07"), 5, "days", [(day("2022-03-14"), None)], [], CALENDAR)
        assert answer.suspended_since == day("2022-03-14")

    def test_overlapping_pauses_stop_each_day_once(self) -> None:
        pauses = [self.PAUSE, (day("2022-03-07"), day("2022-03-10"))]
        one = [(day("2022-03-04"), day("2022-03-10"))]
        assert (
            due_with_pauses(day("2022-03-01"), 10, "days", pauses, [], CALENDAR).due
            == due_with_pauses(day("2022-03-01"), 10, "days", one, [], CALENDAR).due
            == day("2022-03-17")
        )


class TestExtensions:
    def test_working_days_go_on_from_the_nominal_end(self) -> None:
        answer = due_with_pauses(day("2022-03-01"), 5, "workdays", [], [(5, "workdays")], CALENDAR)
        assert answer.due == day("2022-03-15")
        assert answer.counted == [f"2022-03-{d:02}" for d in (2, 3, 4, 7, 8, 9, 10, 11, 14, 15)]

    def test_days_go_on_from_the_nominal_end_even_if_it_is_a_rest_day(self) -> None:
        # 60 days from 4 January 2022 end on Saturday 5 March; 60 more on 4 May, the last day of the holiday.
        answer = due_with_pauses(day("2022-01-04"), 60, "days", [], [(60, "days")], CALENDAR)
        assert [segment.last for segment in answer.segments] == [day("2022-03-05"), day("2022-05-04")]
        assert answer.due == day("2022-05-05")
        assert answer.counted == {"first": "2022-01-05", "last": "2022-05-04"}

    def test_units_may_differ(self) -> None:
        answer = due_with_pauses(day("2022-03-01"), 1, "months", [], [(5, "workdays")], CALENDAR)
        # One month ends on Friday 1 April; then 2 (a worked Saturday), 6, 7, 8 and 11 April count.
        assert answer.due == day("2022-04-11")
        assert [d.day for d in answer.segments[1].dates] == [2, 6, 7, 8, 11]


def test_working_days_between_two_days() -> None:
    assert workdays_between(day("2022-01-28"), day("2022-02-09"), CALENDAR) == 5
    assert workdays_between(day("2022-02-09"), day("2022-01-28"), CALENDAR) == -5
    assert workdays_between(day("2022-01-30"), day("2022-02-06"), CALENDAR) == 0
    with pytest.raises(CalendarError):
        workdays_between(day("2019-12-30"), day("2020-01-02"), CALENDAR)


@given(STARTS, COUNTS)
def test_working_days_are_the_next_ones_of_the_plain_list(start: date, count: int) -> None:
    position = bisect_right(WORKDAYS, start)
    answer = due(start, count, "workdays", CALENDAR)
    assert answer.counted == [d.isoformat() for d in WORKDAYS[position : position + count]]
    assert answer.next_step_earliest == WORKDAYS[position + count]


@given(STARTS, SHORT, UNIT)
def test_a_deadline_never_ends_on_a_rest_day_nor_before_its_nominal_end(
    start: date, count: int, unit: str
) -> None:
    answer = due(start, count, unit, CALENDAR)
    assert CALENDAR.is_workday(answer.due)
    assert start < answer.nominal <= answer.due
    assert not any(
        CALENDAR.is_workday(answer.nominal + timedelta(n)) for n in range((answer.due - answer.nominal).days)
    )
    assert answer.next_step_earliest == next_workday(answer.nominal, CALENDAR)


@given(STARTS, SHORT, SHORT, UNIT)
def test_more_is_never_earlier(start: date, count: int, more: int, unit: str) -> None:
    less, longer = due(start, count, unit, CALENDAR), due(start, count + more, unit, CALENDAR)
    assert less.nominal < longer.nominal
    assert less.due <= longer.due
    assert less.next_step_earliest <= longer.next_step_earliest


@given(STARTS, st.integers(0, 40), SHORT, UNIT)
def test_a_later_start_never_ends_earlier(start: date, later: int, count: int, unit: str) -> None:
    first, second = due(start, count, unit, CALENDAR), due(start + timedelta(later), count, unit, CALENDAR)
    assert first.nominal <= second.nominal
    assert first.due <= second.due


@given(STARTS, COUNTS)
def test_counting_back_undoes_counting_forward(start: date, count: int) -> None:
    answer = due(start, count, "workdays", CALENDAR)
    assert workdays_between(start, answer.nominal, CALENDAR) == count
    assert workdays_between(answer.nominal, start, CALENDAR) == -count


@given(st.sampled_from(sorted(MAKEUP)))
def test_a_make_up_day_counts_and_may_be_the_last(makeup: date) -> None:
    before = makeup - timedelta(1)
    assert due(before, 1, "workdays", CALENDAR).due == makeup
    assert due(before, 1, "days", CALENDAR).due == makeup


@given(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(1, 60))
def test_months_keep_the_day_or_take_the_last_of_the_month(start: date, count: int) -> None:
    end = add_months(start, count)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == count
    assert end.day == start.day or (end.day < start.day and (end + timedelta(1)).day == 1)


@st.composite
def pauses_from(draw: st.DrawFn, start: date) -> list[tuple[date, date | None]]:
    offsets = draw(st.lists(st.tuples(st.integers(-5, 40), st.integers(0, 15)), max_size=3))
    return [(start + timedelta(a), start + timedelta(a + length)) for a, length in offsets]


@given(st.data(), STARTS, SHORT, UNIT)
def test_pauses_never_shorten(data: st.DataObject, start: date, count: int, unit: str) -> None:
    pauses = data.draw(pauses_from(start))
    plain, paused = (
        due(start, count, unit, CALENDAR),
        due_with_pauses(start, count, unit, pauses, [], CALENDAR),
    )
    assert paused.nominal >= plain.nominal
    assert paused.due >= plain.due
    assert not any(first <= paused.due < resumed for first, resumed in pauses if resumed)
    assert CALENDAR.is_workday(paused.due)


@given(st.data(), STARTS, SHORT)
def test_days_move_by_exactly_the_days_that_did_not_count(
    data: st.DataObject, start: date, count: int
) -> None:
    pauses = data.draw(pauses_from(start))
    paused = due_with_pauses(start, count, "days", pauses, [], CALENDAR)
    passed = [start + timedelta(n) for n in range(1, (paused.nominal - start).days + 1)]
    stopped = [d for d in passed if any(first <= d < resumed for first, resumed in pauses if resumed)]
    assert len(passed) - len(stopped) == count


@given(STARTS, SHORT, SHORT, UNIT)
def test_an_extension_never_shortens_and_chains(start: date, count: int, more: int, unit: str) -> None:
    answer = due_with_pauses(start, count, unit, [], [(more, unit)], CALENDAR)
    first = due(start, count, unit, CALENDAR)
    assert answer.nominal == due(first.nominal, more, unit, CALENDAR).nominal
    assert answer.due >= first.due


@given(STARTS, SHORT, UNIT, st.integers(0, 30))
def test_resuming_later_never_ends_earlier_than_the_open_pause_said(
    start: date, count: int, unit: str, length: int
) -> None:
    since = start + timedelta(1)
    running_on = due_with_pauses(start, count, unit, [(since, None)], [], CALENDAR)
    assert running_on.suspended_since == since
    resumed = due_with_pauses(start, count, unit, [(since, since + timedelta(length))], [], CALENDAR)
    assert resumed.due >= running_on.due
    assert resumed.suspended_since is None
