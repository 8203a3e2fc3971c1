"""Work by the calendar: jobs registered by the rooms, run once in each slot by whichever worker ticks first."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Literal

import structlog
from django.db import close_old_connections, transaction

from zhengling.kernel import clock
from zhengling.kernel.jobs.models import Run

log = structlog.get_logger("zhengling.jobs")

Every = Literal["hourly", "daily"]
Work = Callable[[], object]

# A run that was started this long ago and never finished died with its worker, or failed: it is taken up again.
AGAIN_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    every: Every
    work: Work


_jobs: dict[str, Job] = {}


def scheduled(name: str, every: Every) -> Callable[[Work], Work]:
    """Register a job: ``scheduled("medical.lists", "daily")(draw_up_lists)``.

    The job must bear being run again: after a crash it is. What it misses while no worker runs it finds itself.
    """

    def register(work: Work) -> Work:
        _jobs[name] = Job(name, every, work)
        return work

    return register


def slot_of(every: Every, moment: datetime) -> str:
    """The slot a moment lies in, in Shanghai: ``2022-03-28`` or ``2022-03-28T09``."""
    local = clock.local(moment)
    return local.strftime("%Y-%m-%d" if every == "daily" else "%Y-%m-%dT%H")


def tick() -> int:
    """Run every job whose present slot has not run yet. Returns how many ran. A failing job stops no other."""
    return sum(_run(job) for job in _jobs.values())


def _run(job: Job) -> bool:
    run = _claim(job)
    if run is None:
        return False
    error = ""
    try:
        job.work()
    except Exception as failure:
        # The kind of the failure only: its text may hold personal data.
        error = type(failure).__name__
        log.exception("job failed", job=job.name, slot=run.slot)
    Run.objects.filter(pk=run.pk).update(finished_at=None if error else clock.now(), error=error)
    return True


def _claim(job: Job) -> Run | None:
    """The job's row for the present slot, if it is ours to run. Two workers never get the same one."""
    now = clock.now()
    with transaction.atomic():
        run, created = Run.objects.get_or_create(
            job=job.name, slot=slot_of(job.every, now), defaults={"started_at": now}
        )
    if created:
        return run
    if run.finished_at or run.started_at > now - AGAIN_AFTER:
        return None
    taken = Run.objects.filter(pk=run.pk, finished_at=None, started_at=run.started_at).update(
        started_at=now, error=""
    )
    return run if taken else None


def work(turns: Sequence[Work], stop: Event, pause: float = 1.0) -> None:
    """The worker's loop until `stop`: every turn again and again, a failing one skipped and told."""
    while not stop.is_set():
        began = time.monotonic()
        for turn in turns:
            try:
                turn()
            except Exception:
                log.exception("turn failed", turn=getattr(turn, "__name__", ""))
        close_old_connections()
        stop.wait(max(0.0, pause - (time.monotonic() - began)))
