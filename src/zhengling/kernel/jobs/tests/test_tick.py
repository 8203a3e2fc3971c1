"""The tick: once a slot, whoever ticks; failed and killed runs are taken up again."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.db import connection

from zhengling.kernel import clock
from zhengling.kernel.jobs import operations, queries
from zhengling.kernel.jobs.models import Heartbeat, Run
from zhengling.kernel.jobs.operations import ABANDONED_AFTER, RETRY_AFTER, Job, beat, scheduled, tick

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]

MONDAY = date(2022, 3, 28)


class Counter:
    def __init__(self, failures=0):
        self.times, self.failures = 0, failures

    def __call__(self):
        self.times += 1
        if self.times <= self.failures:
            raise RuntimeError("张三 431102196001010013")


def test_a_daily_job_runs_once_a_day_from_its_hour_on(frozen):
    work = Counter()
    job = Job("t.daily", "daily", work, hour=8)
    frozen.at(MONDAY, 8)
    assert tick([job]) == ["t.daily"]
    assert tick([job]) == []
    frozen.at(MONDAY, 23)
    assert tick([job]) == []
    frozen.at(MONDAY + timedelta(days=1), 7)
    assert tick([job]) == []
    frozen.at(MONDAY + timedelta(days=1), 8)
    assert tick([job]) == ["t.daily"]
    assert work.times == 2


def test_a_day_slept_through_is_made_up_for_once(frozen):
    work = Counter()
    job = Job("t.daily", "daily", work, hour=8)
    frozen.at(MONDAY, 8)
    tick([job])
    # Off from Monday to Thursday morning: Wednesday's slot is run, Tuesday's is past.
    frozen.at(MONDAY + timedelta(days=3), 6)
    assert tick([job]) == ["t.daily"]
    assert (
        Run.objects.filter(slot="2022-03-30").exists() and not Run.objects.filter(slot="2022-03-29").exists()
    )


def test_an_hourly_job_runs_once_an_hour(frozen):
    job = Job("t.hourly", "hourly", Counter())
    frozen.at(MONDAY, 9, 59)
    assert tick([job]) and not tick([job])
    frozen.at(MONDAY, 10, 0)
    assert tick([job])


def test_work_of_every_tick_leaves_no_record():
    work = Counter()
    job = Job("t.always", "turn", work)
    tick([job])
    tick([job])
    assert work.times == 2 and not Run.objects.exists()


def test_a_failed_job_is_tried_again_and_lets_the_others_run(frozen):
    bad, good = Counter(failures=1), Counter()
    jobs = [Job("t.bad", "hourly", bad), Job("t.good", "hourly", good)]
    frozen.at(MONDAY, 9, 1)
    assert tick(jobs) == ["t.bad", "t.good"]
    run = queries.failed().get()
    assert run.finished_at is None and run.error.startswith("RuntimeError at test_tick.py:")
    assert tick(jobs) == []
    frozen.at(MONDAY, 9, 1 + RETRY_AFTER.seconds // 60)
    assert tick(jobs) == ["t.bad"]
    assert not queries.failed().exists() and Run.objects.get(job="t.bad").finished_at


def test_a_job_that_keeps_failing_is_given_up_for_its_slot(frozen):
    work = Counter(failures=99)
    job = Job("t.bad", "daily", work, hour=0)
    for minute in range(0, 60, 6):
        frozen.at(MONDAY, 9, minute)
        tick([job])
    assert work.times == 3
    frozen.at(MONDAY + timedelta(days=1), 0)
    tick([job])
    assert work.times == 4


def test_a_run_whose_worker_was_killed_is_taken_up_again(frozen):
    frozen.at(MONDAY, 9)
    Run.objects.create(job="t.daily", slot="2022-03-28", started_at=clock.now())
    work = Counter()
    job = Job("t.daily", "daily", work, hour=8)
    assert tick([job]) == []
    frozen.at(MONDAY, 9 + ABANDONED_AFTER.seconds // 3600)
    assert tick([job]) == ["t.daily"] and work.times == 1


def test_two_functions_cannot_share_a_name():
    scheduled("t.unique", "hourly")(len)
    try:
        with pytest.raises(ValueError, match=r"t\.unique"):
            scheduled("t.unique", "hourly")(repr)
    finally:
        del operations._jobs["t.unique"]


def test_stopping_between_jobs():
    first, second = Counter(), Counter()
    tick(
        [Job("t.1", "hourly", first), Job("t.2", "hourly", second)],
        stop=lambda: first.times > 0,
    )
    assert (first.times, second.times) == (1, 0)


def test_the_heartbeat_is_in_real_time(frozen):
    assert queries.seconds_since_heartbeat() is None
    beat("w1")
    beat("w1")
    assert Heartbeat.objects.count() == 1
    assert 0 <= queries.seconds_since_heartbeat() < 10


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_run_a_slot_once():
    workers = 6
    barrier = threading.Barrier(workers)
    lock, times, errors = threading.Lock(), [], []

    def work():
        with lock:
            times.append(1)

    job = Job("t.crowded", "daily", work, hour=0)

    def worker():
        try:
            with clock.freeze(clock.at(MONDAY)):
                barrier.wait()
                tick([job])
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(times) == 1 and Run.objects.count() == 1
