"""A slot runs once, whoever ticks; what failed or died runs again; nothing stops the others."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection

from zhengling.kernel import clock
from zhengling.kernel.jobs import operations
from zhengling.kernel.jobs.models import Run

DAY = date(2022, 3, 28)


@pytest.fixture
def jobs(monkeypatch):
    """A registry of its own for each test."""
    registry: dict[str, operations.Job] = {}
    monkeypatch.setattr(operations, "_jobs", registry)
    return registry


@pytest.mark.django_db
class TestTick:
    def test_a_daily_job_runs_once_a_day(self, jobs, frozen):
        ran = []
        operations.scheduled("daily", "daily")(lambda: ran.append(clock.today()))
        assert (operations.tick(), operations.tick()) == (1, 0)
        frozen.at(date(2022, 3, 29), hour=0)
        assert operations.tick() == 1
        assert ran == [date(2022, 3, 28), date(2022, 3, 29)]

    def test_an_hourly_job_runs_once_an_hour(self, jobs, frozen):
        ran = []
        operations.scheduled("hourly", "hourly")(lambda: ran.append(1))
        operations.tick()
        frozen.at(DAY, 9, 59)
        operations.tick()
        frozen.at(DAY, 10, 0)
        operations.tick()
        assert len(ran) == 2

    def test_a_failed_job_runs_again_after_a_while_and_stops_no_other(self, jobs, frozen):
        tries = []

        def fails_once():
            tries.append(1)
            if len(tries) == 1:
                raise RuntimeError("the name of a person")

        operations.scheduled("a", "daily")(fails_once)
        other = []
        operations.scheduled("b", "daily")(lambda: other.append(1))
        operations.tick()
        assert other == [1]
        # The kind of the failure is kept, its text is not.
        assert Run.objects.get(job="a").error == "RuntimeError"
        frozen.at(DAY, 9, 9)
        operations.tick()
        assert len(tries) == 1
        frozen.at(DAY, 9, 11)
        operations.tick()
        run = Run.objects.get(job="a")
        assert len(tries) == 2 and run.finished_at and run.error == ""

    def test_a_run_whose_worker_died_is_taken_up_again(self, jobs, frozen):
        Run.objects.create(job="a", slot="2022-03-28", started_at=clock.at(DAY, 8, 0))
        ran = []
        operations.scheduled("a", "daily")(lambda: ran.append(1))
        operations.tick()
        assert ran == [1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.db_sensitive
def test_two_workers_never_run_the_same_slot(jobs):
    ran, barrier = [], threading.Barrier(4)
    operations.scheduled("a", "daily")(lambda: ran.append(1))

    def worker():
        with clock.freeze(clock.at(DAY)):
            barrier.wait()
            operations.tick()
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ran == [1]


@pytest.mark.django_db
def test_the_loop_goes_on_after_a_failing_turn():
    stop, turns = threading.Event(), []

    def broken():
        raise ValueError

    def counting():
        turns.append(1)
        if len(turns) == 3:
            stop.set()

    operations.work([broken, counting], stop, pause=0)
    assert len(turns) == 3
