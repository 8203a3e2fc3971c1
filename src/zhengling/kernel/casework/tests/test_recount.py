"""Open limits follow the calendar: the notice of a year makes provisional dates firm."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhengling.kernel import clock
from zhengling.kernel.casework.limits import recompute_open
from zhengling.kernel.casework.models import Task, TimeLimit
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.casework.tests import toy
from zhengling.kernel.jobs.operations import registered, tick
from zhengling.kernel.workdays.operations import load_year
from zhengling.kernel.workdays.tests.test_operations import NOTICE, ROWS_2027

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]

BEFORE = date(2026, 12, 21)


@pytest.fixture
def case():
    """Taken on Monday 21 December 2026: ten working days reach into a year whose notice is not out."""
    toy.register()
    units = toy.units()
    clerk = toy.person("clerk", units["town"], "clerk")
    with clock.freeze(clock.at(BEFORE)):
        made = open_case(toy.TOY, clerk, units["town"], {"amount": "12.50"}, title="t")
        perform(made.pk, "take", clerk, {})
        yield made


@pytest.fixture
def notice_2027(tmp_path: Path):
    def load() -> None:
        file = tmp_path / "2027.csv"
        file.write_text(ROWS_2027, encoding="utf-8")
        load_year(file, NOTICE, loaded_by="t")

    return load


def recount() -> list[str]:
    return tick([job for job in registered() if job.name == "casework.recount"])


def test_the_hourly_job_makes_a_provisional_limit_firm(case, notice_2027):
    row = TimeLimit.objects.get()
    # Counted 22-25, 28-31 December and two days of January; New Year's Day is off by law in any case.
    assert row.provisional and row.due == date(2027, 1, 5)
    notice_2027()
    assert recount() == ["casework.recount"]
    row.refresh_from_db()
    # The notice takes Thursday 31 December off and makes Sunday 27 a working day: 22-25, 27-30, 4 and 5 January.
    assert (row.due, row.provisional) == (date(2027, 1, 5), False)
    assert recount() == []  # once an hour


def test_a_moved_due_date_moves_the_task(case, notice_2027):
    TimeLimit.objects.update(started_on=date(2026, 12, 25))  # ten working days from the Friday
    notice_2027()
    assert recompute_open() == 1
    row = TimeLimit.objects.get()
    # 27-30 December, 4-8 and 11 January.
    assert (row.due, row.provisional) == (date(2027, 1, 11), False)
    assert Task.objects.get(kind="stage", name="checked").due == row.due


def test_without_a_new_calendar_the_job_reads_one_index_and_writes_nothing(case):
    with CaptureQueriesContext(connection) as made:
        assert recompute_open() == 0
    assert len([query for query in made if "UPDATE" in query["sql"]]) == 0
    assert len(made) <= 2


def test_a_limit_that_ended_stays_as_it_was(case, notice_2027):
    TimeLimit.objects.update(state=TimeLimit.State.MET)
    notice_2027()
    assert recompute_open() == 0
    assert TimeLimit.objects.get().provisional
