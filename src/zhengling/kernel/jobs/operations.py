"""Work by the calendar: jobs registered by the rooms, each run once a slot, however many workers tick."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Literal

import structlog
from django.db import IntegrityError, close_old_connections, transaction
from django.db.models import F, Q

from zhengling.kernel import clock
from zhengling.kernel.jobs.models import Heartbeat, Run
from zhengling.logs import fault

log = structlog.get_logger(__name__)

# A run that has not ended after this time was killed; a failed one is tried again after it, a few times.
ABANDONED_AFTER = timedelta(hours=1)
RETRY_AFTER = timedelta(minutes=5)
ATTEMPTS = 3
KEPT = timedelta(days=90)

Every = Literal["turn", "hourly", "daily"]
Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Job:
    """`every` turn of every worker, once an hour, or once a day from `hour` o'clock in Shanghai on."""

    name: str
    every: Every
    work: Work
    hour: int = 0

    def slot(self, moment: datetime) -> str:
        """The newest slot begun by then: ``2022-03-28T09``, or ``2022-03-28``; a turn has none.

        Before its hour a daily job's slot is yesterday's, so that a night without worker is made up for.
        """
        local = clock.local(moment)
        match self.every:
            case "hourly":
                return local.strftime("%Y-%m-%dT%H")
            case "daily":
                return (local - timedelta(days=local.hour < self.hour)).date().isoformat()
            case "turn":
                return ""


_jobs: dict[str, Job] = {}


def scheduled(name: str, every: Every, *, hour: int = 0) -> Callable[[Work], Work]:
    """Register a job: ``@scheduled("medical.lists", "daily", hour=6)``. `name` never changes.

    The function takes nothing and must bear being run again for the same slot: a worker can be killed in the
    middle. Raises ValueError when another function has the name.
    """

    def register(work: Work) -> Work:
        held = _jobs.setdefault(name, Job(name, every, work, hour))
        if held.work is not work:
            raise ValueError(f"two jobs are called {name!r}")
        return work

    return register


def registered() -> list[Job]:
    return list(_jobs.values())


def tick(jobs: Iterable[Job] | None = None, stop: Callable[[], bool] = lambda: False) -> list[str]:
    """Run every job that is due and that no other worker has taken; returns the names of those that ran here.

    `stop` is asked between two jobs. A job that fails does not keep the others from running.
    """
    ran = []
    for job in registered() if jobs is None else jobs:
        if stop():
            break
        if _run_if_due(job):
            ran.append(job.name)
    return ran


def _run_if_due(job: Job) -> bool:
    slot = job.slot(clock.now())
    if not slot:
        _attempt(job)
        return True
    if not _claim(job.name, slot):
        return False
    error = _attempt(job)
    Run.objects.filter(job=job.name, slot=slot).update(
        finished_at=None if error else clock.now(), error=error[:500]
    )
    return True


def _attempt(job: Job) -> str:
    """Do the work; the kind and place of the error, if any."""
    try:
        job.work()
    except Exception as error:
        log.error("job failed", job=job.name, error=fault(error))
        return fault(error)
    return ""


def _claim(name: str, slot: str) -> bool:
    """Take the slot. Of any number of workers one gets True: the unique pair and the update decide."""
    now = clock.now()
    held = Run.objects.filter(job=name, slot=slot).first()
    if held is None:
        try:
            with transaction.atomic():
                Run.objects.create(job=name, slot=slot, started_at=now)
        except IntegrityError:
            return False
        return True
    if held.finished_at:
        return False
    failed = ~Q(error="") & Q(started_at__lte=now - RETRY_AFTER, attempts__lt=ATTEMPTS)
    abandoned = Q(error="", started_at__lte=now - ABANDONED_AFTER)
    return bool(
        Run.objects.filter(failed | abandoned, pk=held.pk, attempts=held.attempts, finished_at=None).update(
            started_at=now, error="", attempts=F("attempts") + 1
        )
    )


def work(turns: Sequence[Work], stop: Event, pause: float = 1.0) -> None:
    """The worker's loop until `stop`: every turn again and again, a failing one skipped and told."""
    while not stop.is_set():
        began = time.monotonic()
        for turn in turns:
            try:
                turn()
            except Exception as error:
                log.error("turn failed", turn=getattr(turn, "__name__", ""), error=fault(error))
        close_old_connections()
        stop.wait(max(0.0, pause - (time.monotonic() - began)))


def beat(worker: str) -> None:
    """Show that the worker is alive."""
    moment = datetime.now(UTC)
    Heartbeat.objects.update_or_create(worker=worker, defaults={"at": moment})
    Heartbeat.objects.filter(at__lt=moment - timedelta(days=1)).delete()


@scheduled("jobs.forget", "daily", hour=3)
def forget_old_runs() -> None:
    """Drop the record of runs nobody looks at any more."""
    Run.objects.filter(started_at__lt=clock.now() - KEPT).delete()
