"""What the worker does for this part: build snapshots and run trials, each taken by one worker, given up after three.

A worker that is killed leaves a row without sign of life; the next turn takes it up again from the beginning (a trial
takes seconds), and after `ATTEMPTS` times it is marked as failed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.canonical import digest
from zhengling.kernel.law.parameters import ParameterError, ParametersOn
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.law.receipts import code_version
from zhengling.logs import fault
from zhengling.services.medical.policy import population, register, replay
from zhengling.services.medical.policy.changes import changed
from zhengling.services.medical.policy.models import Reform, Snapshot, TouchedCase, Trial, Work, folder
from zhengling.services.medical.policy.operations import adopt_file, record
from zhengling.services.medical.policy.results import Result
from zhengling.services.medical.policy.touched import open_by_stage, touched

log = structlog.get_logger(__name__)

LOST_AFTER = timedelta(seconds=60)  # without a sign of life the worker is taken for dead
ATTEMPTS = 3
BEAT_SECONDS = 0.3

LOST = gettext_noop("the worker was stopped three times in the middle; ask for it again")
BROKEN = gettext_noop("it failed unexpectedly; the administrator finds the cause in the log")
FILE_MISSING = gettext_noop("the file of the population is missing or damaged; take a new snapshot")


def work() -> None:
    """One turn: at most one snapshot and one trial."""
    snapshot = _claimed(Snapshot)
    if snapshot is not None:
        _guarded(Snapshot, snapshot, build)
    trial = _claimed(Trial)
    if trial is not None:
        _guarded(Trial, trial, run)


def _claimed(model: type[Snapshot] | type[Trial]) -> UUID | None:
    """Take the oldest that waits or was lost; of any number of workers one gets it."""
    now = clock.now()
    lost = Q(state=Work.RUNNING, beat_at__lt=now - LOST_AFTER)
    row = model.objects.filter(Q(state=Work.QUEUED) | lost).order_by("asked_at").first()
    if row is None:
        return None
    mine = model.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts)
    if row.attempts >= ATTEMPTS:
        mine.update(state=Work.FAILED, error=LOST)
        return None
    taken = mine.update(state=Work.RUNNING, attempts=F("attempts") + 1, beat_at=now)
    return row.pk if taken else None


def _guarded(model: type[Snapshot] | type[Trial], pk: UUID, do: Callable[[UUID], None]) -> None:
    """Do it; what goes wrong is kept as a sentence for the officer, the rest goes to the log."""
    try:
        do(pk)
        return
    except replay.Cancelled:
        return
    except ParameterError as error:
        words = error.problem
    except (OSError, population.UnusablePopulation) as error:
        log.error("population unusable", error=fault(error))
        words = FILE_MISSING
    except Exception as error:
        log.error("policy work failed", error=fault(error))
        words = BROKEN
    model.objects.filter(pk=pk, state=Work.RUNNING).update(state=Work.FAILED, error=words[:300])


def build(pk: UUID) -> None:
    """Write the register's population and make the snapshot usable."""
    folder().mkdir(parents=True, exist_ok=True)
    draft = folder() / f"{pk}.part"

    def beat() -> None:
        if not Snapshot.objects.filter(pk=pk, state=Work.RUNNING).update(beat_at=clock.now()):
            raise replay.Cancelled

    try:
        register.write(draft, beat)
        adopt_file(draft, snapshot=pk)
    finally:
        draft.unlink(missing_ok=True)


def take_snapshot() -> Snapshot:
    """A snapshot of the register at once, without the queue."""
    row = Snapshot.objects.create(
        origin=Snapshot.Origin.REGISTER,
        state=Work.RUNNING,
        asked_at=clock.now(),
        beat_at=clock.now(),
        attempts=1,
    )
    build(row.pk)
    row.refresh_from_db()
    return row


def run(pk: UUID) -> None:
    """Replay the population under both laws, keep the result, and say so in the reform."""
    trial = Trial.objects.select_related("snapshot").get(pk=pk)
    law = parameters_for("medical")
    before, after = law.on(trial.base_day), changed(law, trial.base_day, trial.changes)
    began = time.monotonic()
    Trial.objects.filter(pk=pk).update(started_at=clock.now(), done=0, steps=0)
    with population.opened(trial.snapshot.path) as people:
        years = (trial.snapshot.first_year, trial.snapshot.last_year)
        sums = replay.replay(people, before, after, years, _progress(trial))
        result = Result.of(sums, people.about.counties, open_by_stage())
    _finish(trial, result, before, after, law.digest, int(1000 * (time.monotonic() - began)))


def _progress(trial: Trial) -> replay.Progress:
    """Write down how far it is, now and then; stop when the trial was cancelled or taken from this worker."""
    last = 0.0

    def tell(done: int, steps: int) -> None:
        nonlocal last
        if done < steps and time.monotonic() - last < BEAT_SECONDS:
            return
        last = time.monotonic()
        mine = Trial.objects.filter(pk=trial.pk, state=Work.RUNNING, attempts=trial.attempts)
        if not mine.update(done=done, steps=steps, beat_at=clock.now()):
            raise replay.Cancelled

    return tell


@transaction.atomic
def _finish(
    trial: Trial, result: Result, before: ParametersOn, after: ParametersOn, law: str, milliseconds: int
) -> None:
    reform = Reform.objects.select_for_update().get(pk=trial.reform_id)
    row = Trial.objects.select_for_update().get(pk=trial.pk)
    if row.state != Work.RUNNING or row.attempts != trial.attempts:
        raise replay.Cancelled
    rows = [
        TouchedCase(
            trial=row, case=touch.case, stage=touch.case.stage, before=touch.before, after=touch.after
        )
        for touch in touched(before, after)
    ]
    TouchedCase.objects.bulk_create(rows, batch_size=1000)
    row.result = result.data()
    row.law, row.code_version, row.milliseconds = law, code_version(), milliseconds
    row.state, row.finished_at = Work.DONE, clock.now()
    row.save()
    same = (reform.changes, reform.base_day) == (row.changes, row.base_day)
    if same and reform.open_to_change:
        reform.state = Reform.State.TRIED
    record(reform, "tried", SYSTEM, basis=digest(row.result))
