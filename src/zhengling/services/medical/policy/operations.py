"""Every write of a reform: drafted, changed, tried, submitted, decided by a second person; and of populations."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.canonical import digest
from zhengling.kernel.law.errors import ChangeRefused
from zhengling.kernel.law.operations import approve_change, propose_change
from zhengling.kernel.law.parameters import ParameterError, ParametersOn
from zhengling.kernel.law.queries import parameters_for
from zhengling.services.medical.policy import population
from zhengling.services.medical.policy.authority import require_decider, require_drafter
from zhengling.services.medical.policy.changes import Changes, changed, differences, written
from zhengling.services.medical.policy.errors import PolicyRefused, StaleReform
from zhengling.services.medical.policy.models import Reform, ReformStep, Snapshot, Trial, Work, folder

State = Reform.State
SERVICE = "medical"


@transaction.atomic
def draft(actor: Actor, title: str, base_day: date, changes: Changes) -> Reform:
    """Begin a reform. Raises `PolicyRefused` for changes that the law's parameters do not allow."""
    user, unit = require_drafter(actor)
    reform = Reform(unit=unit, drafted_by=user, drafted_at=clock.now())
    _fill(reform, title, base_day, changes)
    reform.save()
    return record(reform, "draft", actor)


@transaction.atomic
def edit(pk: UUID, actor: Actor, title: str, base_day: date, changes: Changes, *, revision: int) -> Reform:
    """Change a reform that was not submitted; what was tried before no longer belongs to it."""
    reform = _locked(pk, State.DRAFT, State.TRIED, revision=revision)
    require_drafter(actor, reform)
    _cancel_running(reform)
    _fill(reform, title, base_day, changes)
    reform.state = State.DRAFT
    return record(reform, "edit", actor)


def _fill(reform: Reform, title: str, base_day: date, changes: Changes) -> None:
    law = parameters_for(SERVICE)
    try:
        before, after = law.on(base_day), changed(law, base_day, changes)
        found = {difference.parameter.name: difference.parameter for difference in differences(before, after)}
    except ParameterError as error:
        raise PolicyRefused(str(error)) from error
    if not title.strip():
        raise PolicyRefused(_("give the reform a title"))
    if not found:
        raise PolicyRefused(_("nothing differs from the law of that day: change at least one value"))
    reform.title, reform.base_day = title.strip()[:120], base_day
    reform.changes = {name: value for name, value in changes.items() if name in found}
    reform.compared = {name: written(parameter, before[name]) for name, parameter in found.items()}


@transaction.atomic
def ask_trial(pk: UUID, actor: Actor, snapshot: UUID) -> Trial:
    """Let the worker try the reform on a population. One trial of a reform at a time."""
    reform = _locked(pk, State.DRAFT, State.TRIED)
    user, _unit = require_drafter(actor, reform)
    chosen = Snapshot.objects.filter(pk=snapshot, state=Work.DONE).first()
    if chosen is None or not chosen.rows:
        raise PolicyRefused(_("this population is not ready or empty; choose another"))
    _fill(reform, reform.title, reform.base_day, reform.changes)
    try:
        with transaction.atomic():
            trial = Trial.objects.create(
                reform=reform,
                snapshot=chosen,
                base_day=reform.base_day,
                changes=reform.changes,
                asked_by=user,
                asked_at=clock.now(),
            )
    except IntegrityError:
        raise PolicyRefused(_("a trial of this reform is running already; wait or cancel it")) from None
    record(reform, "try", actor)
    return trial


@transaction.atomic
def cancel_trial(pk: UUID, actor: Actor) -> Reform:
    """Stop the trial that waits or runs; the worker notices within a batch."""
    reform = _locked(pk, *State.values)
    require_drafter(actor, reform)
    if not _cancel_running(reform):
        raise PolicyRefused(_("no trial of this reform is running"))
    return record(reform, "cancel", actor)


def _cancel_running(reform: Reform) -> int:
    return reform.trials.filter(state__in=[Work.QUEUED, Work.RUNNING]).update(
        state=Work.CANCELLED, finished_at=clock.now()
    )


@transaction.atomic
def submit(pk: UUID, actor: Actor, *, document: str, effective_on: date) -> Reform:
    """Hand a tried reform to the second person, with the document that orders it and its first day (article 7)."""
    reform = _locked(pk, State.TRIED)
    require_drafter(actor, reform)
    if not document.strip():
        raise PolicyRefused(_("name the document that orders the change"))
    _require_future(effective_on)
    _require_tried_as_is(reform, effective_on)
    reform.document, reform.effective_on, reform.state = document.strip()[:200], effective_on, State.SUBMITTED
    return record(reform, "submit", actor, note=reform.document)


@transaction.atomic
def approve(pk: UUID, actor: Actor) -> Reform:
    """The second person puts the reform in force from its day on: one change of the law for every parameter.

    Decisions made before keep their figures: a settlement is decided by the law of its own day, and receipts carry the
    values they were decided with.
    """
    reform = _locked(pk, State.SUBMITTED)
    user = require_decider(actor, reform)
    assert reform.effective_on is not None
    _require_future(reform.effective_on)
    _require_tried_as_is(reform, reform.effective_on)
    places = {found.parameter.name: found.place for found in differences(*both_laws(reform))}
    try:
        for name, value in reform.changes.items():
            change = propose_change(
                service=SERVICE,
                name=name,
                value=value,
                valid_from=reform.effective_on,
                citation=places[name],
                reason=reform.document,
                proposed_by=reform.drafted_by.username,
            )
            approve_change(change.pk, approved_by=user.username)
    except ChangeRefused as error:
        raise PolicyRefused(str(error)) from error
    reform.state, reform.decided_by, reform.decided_at = State.APPROVED, user, clock.now()
    return record(reform, "approve", actor)


@transaction.atomic
def refuse(pk: UUID, actor: Actor, reason: str) -> Reform:
    """The second person turns the reform down, with the reason."""
    reform = _locked(pk, State.SUBMITTED)
    user = require_decider(actor, reform)
    if not reason.strip():
        raise PolicyRefused(_("say why"))
    reform.state, reform.decided_by, reform.decided_at = State.REFUSED, user, clock.now()
    return record(reform, "refuse", actor, note=reason)


@transaction.atomic
def withdraw(pk: UUID, actor: Actor) -> Reform:
    """The drafter's office takes back what was not decided."""
    reform = _locked(pk, State.DRAFT, State.TRIED, State.SUBMITTED)
    require_drafter(actor, reform)
    _cancel_running(reform)
    reform.state = State.WITHDRAWN
    return record(reform, "withdraw", actor)


def _require_future(day: date) -> None:
    if day < clock.today():
        raise PolicyRefused(_("a reform cannot begin in the past: what was decided stays decided"), "")


def _require_tried_as_is(reform: Reform, effective_on: date) -> None:
    """The result that is decided on must be that of these changes over the law as it still is."""
    trial = latest_result(reform)
    if trial is None:
        raise PolicyRefused(_("try the reform as it stands before it goes further"))
    law = parameters_for(SERVICE)
    if trial.law != law.digest:
        raise PolicyRefused(_("the law has changed since this reform was tried; try it again"))
    for name in reform.changes:
        if law.value(name, reform.base_day) != law.value(name, effective_on):
            raise PolicyRefused(
                _(
                    "another change lies between the day of comparison and the first day; compare with a later day"
                )
            )


def both_laws(reform: Reform) -> tuple[ParametersOn, ParametersOn]:
    """The law that the reform was compared with and the law that it would make, whatever was approved since."""
    law, day = parameters_for(SERVICE), reform.base_day
    return changed(law, day, reform.compared), changed(law, day, reform.changes)


def latest_result(reform: Reform) -> Trial | None:
    """The newest finished trial of the reform as it stands, or None."""
    rows = reform.trials.filter(state=Work.DONE, base_day=reform.base_day).select_related("snapshot")
    return next((row for row in rows.order_by("-finished_at") if row.changes == reform.changes), None)


@transaction.atomic
def ask_snapshot(actor: Actor) -> Snapshot:
    """Let the worker take a snapshot of what this system has decided."""
    user, _unit = require_drafter(actor)
    if Snapshot.objects.filter(state__in=[Work.QUEUED, Work.RUNNING]).exists():
        raise PolicyRefused(_("a snapshot is being taken already"))
    return Snapshot.objects.create(origin=Snapshot.Origin.REGISTER, asked_by=user, asked_at=clock.now())


def adopt_file(path: Path, *, snapshot: UUID | None = None) -> Snapshot:
    """Make a population file a snapshot; it is copied into the folder of this installation under its digest.

    `snapshot` is the one that the worker builds. Raises population.UnusablePopulation, OSError.
    """
    with population.opened(path) as people:
        size, about = people.size(), people.about
    key = population.digest(path)
    folder().mkdir(parents=True, exist_ok=True)
    draft = folder() / f"{key}.part"
    shutil.copyfile(path, draft)
    draft.replace(folder() / f"{key}.arrow")
    facts: Mapping[str, Any] = {
        "state": Work.DONE,
        "origin": about.origin,
        "note": about.note,
        "digest": key,
        "counties": list(about.counties),
        "until": date.fromisoformat(about.until),
        **vars(size),
    }
    if snapshot is None:
        return Snapshot.objects.create(asked_at=clock.now(), **facts)
    Snapshot.objects.filter(pk=snapshot, state=Work.RUNNING).update(**facts)
    return Snapshot.objects.get(pk=snapshot)


def _locked(pk: UUID, *wanted: str, revision: int | None = None) -> Reform:
    """The reform, locked, in one of the wanted states. Raises `PolicyRefused` naming its state, or `StaleReform`."""
    reform = Reform.objects.select_for_update(of=("self",)).select_related("unit", "drafted_by").get(pk=pk)
    if revision is not None and revision != reform.revision:
        raise StaleReform(_("somebody else has changed this reform since you opened it; reload it"))
    if reform.state not in wanted:
        raise PolicyRefused(_("this reform is “%(state)s”") % {"state": reform.get_state_display()})
    return reform


def record(reform: Reform, act: str, actor: Actor = SYSTEM, *, note: str = "", basis: str = "") -> Reform:
    """Save the (locked) reform with one more step of its history. `basis` is the digest of the result it rests on."""
    reform.revision += 1
    reform.save()
    ReformStep.objects.create(
        reform=reform,
        act=act,
        state=reform.state,
        at=clock.now(),
        actor=actor.user,
        actor_name=actor.name[:60],
        note=note.strip()[:1000],
        digest=digest([reform.changes, reform.base_day.isoformat(), str(reform.effective_on or ""), basis]),
    )
    return reform
