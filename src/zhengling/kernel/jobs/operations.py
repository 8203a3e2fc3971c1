"""The tick: what is due by the calendar runs once a slot, however many workers tick."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event

import structlog
from django.db import IntegrityError, close_old_connections, transaction
from django.db.models import F, Q

from zhengling.kernel import clock
from zhengling.kernel.jobs import registry
from zhengling.kernel.jobs.models import Heartbeat, Run
from zhengling.kernel.jobs.registry import Job, Work
from zhengling.logs import fault

log = structlog.get_logger(__name__)

# A run that has not ended after this time was killed; a failed one is tried again after it, a few times.
ABANDONED_AFTER = timedelta(hours=1)
RETRY_AFTER = timedelta(minutes=5)
ATTEMPTS = 3
KEPT = timedelta(days=90)


def tick(jobs: Iterable[Job] | None = None, stop: Callable[[], bool] = lambda: False) -> list[str]:
    """Run every job that is due and that no other worker has taken; returns the names of those that ran here.

    `stop` is asked between two jobs. A job that fails does not keep the others from running.
    """
    ran = []
    for job in registry.jobs() if jobs is None else jobs:
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


@registry.scheduled("jobs.forget", "daily", hour=3)
def forget_old_runs() -> None:
    """Drop the record of runs nobody looks at any more."""
    Run.objects.filter(started_at__lt=clock.now() - KEPT).delete()
