"""Every write of a case: one act, one transaction, one event. Pages, API, commands and tests all come through here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework import chain, limits
from zhengling.kernel.casework.authority import check_authority, did, is_own, may_urge, still_holds
from zhengling.kernel.casework.errors import ActRefused, NotYours, StaleCase
from zhengling.kernel.casework.forms import clean, storable
from zhengling.kernel.casework.models import Case, CasePaper, Event, Party, Task
from zhengling.kernel.casework.procedure import Act, Authority, Procedure, Relation
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.files.models import StoredFile
from zhengling.kernel.identifiers import opaque
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.organisations.queries import above, department
from zhengling.kernel.outbox.operations import publish
from zhengling.kernel.people.models import Person

# What may happen in any procedure, beside its own acts.
COMMON_ACTS = ("transfer", "urge", "recall", "attach")


def resolve(relation: Relation, place: Organisation) -> Organisation:
    """The unit that stands in `relation` to a place. Raises `NoSuchUnitError`."""
    return department(place, relation.kind, relation.level) if relation.kind else above(place, relation.level)


@transaction.atomic
def open_case(
    procedure: Procedure,
    actor: Actor,
    place: Organisation,
    data: Mapping[str, Any],
    *,
    title: str,
    subject: Person | None = None,
    applicant: User | None = None,
    parent: Case | None = None,
    urgent: bool = False,
    parties: Mapping[str, Organisation] | None = None,
) -> Case:
    """Open a case by its first act. `place` decides which units take part; `parties` names those that the procedure
    leaves to be named. Raises `CaseworkError`."""
    moment = clock.now()
    case = Case.objects.create(
        number=f"{procedure.prefix}-{clock.local(moment).year}-{opaque(6)}",
        procedure=procedure.name,
        stage="",
        title=title,
        subject=subject,
        applicant=applicant,
        place=place,
        filed_by=actor.user,
        check_code=opaque(6),
        parent=parent,
        urgent=urgent,
        opened_at=moment,
    )
    Party.objects.bulk_create(
        Party(
            case=case,
            relation=name,
            organisation=resolve(relation, place) if relation.level else (parties or {})[name],
        )
        for name, relation in procedure.relations.items()
    )
    CasePaper.objects.bulk_create(
        CasePaper(case=case, name=paper.name, changed_at=moment) for paper in procedure.papers
    )
    _do(case, procedure.opening, actor, data)
    return case


def perform(
    case_id: UUID, act_name: str, actor: Actor, data: Mapping[str, Any], *, version: int | None = None
) -> Event:
    """Do one act on one case.

    `version` is the case's version the actor saw; an older one raises `StaleCase`, so that two officers never act
    over each other. Raises `NotYours`, `ActRefused` or `InvalidData`; then nothing has changed.
    """
    with transaction.atomic():
        case = locked(case_id, version)
        try:
            act = case.declaration.act(act_name)
        except StopIteration:
            raise ActRefused(_("this procedure knows no act “%(act)s”") % {"act": act_name}) from None
        return _do(case, act, actor, data)


def locked(case_id: UUID, version: int | None) -> Case:
    case = Case.objects.select_for_update().get(pk=case_id)
    if version is not None and version != case.version:
        raise StaleCase
    return case


def rehearse(case_id: UUID, act_name: str, actor: Actor, data: Mapping[str, Any]) -> None:
    """Do the act and take it all back: raises what `perform` would raise, changes nothing."""
    with transaction.atomic():
        perform(case_id, act_name, actor, data)
        transaction.set_rollback(True)


def check_possible(case: Case, act: Act, actor: Actor, day: date) -> tuple[str, Organisation | None]:
    """(role, unit) under which the actor may do the act now, as far as that can be said before data are entered.

    Raises `NotYours` or `ActRefused`: another's authority, the second person, unfinished items, a minimum period.
    """
    found = check_authority(case, act, actor)
    _refuse_open_items(case, act)
    early = limits.refuse_early(case, act.name, day)
    if early:
        raise ActRefused(
            _("the period runs until %(due)s; the next step is possible from %(next)s")
            % {
                "due": date_format(early.due, "DATE_FORMAT"),
                "next": date_format(early.next_step_earliest, "DATE_FORMAT"),
            },
            early.citation,
        )
    return found


def _do(case: Case, act: Act, actor: Actor, data: Mapping[str, Any]) -> Event:
    procedure = case.declaration
    if case.stage not in act.stages and (act.stages or case.stage):
        raise ActRefused(
            _("“%(act)s” is not possible while the case is at “%(stage)s”")
            % {"act": act.label, "stage": case.stage_label},
            f"{procedure.instrument}/{act.article}",
        )
    step = Step(case=case, act=act, actor=actor, data={}, moment=clock.now())
    step.role, step.unit = check_possible(case, act, actor, step.day)
    step.data = clean(act.fields, data)
    for guard in act.guards:
        reason = guard(step)
        if reason:
            raise ActRefused(reason, f"{procedure.instrument}/{act.article}")
    step.citations.append(f"{procedure.instrument}/{act.article}")
    step.to = act.to
    if act.effect:
        act.effect(step)
    return _record(step)


def _refuse_open_items(case: Case, act: Act) -> None:
    waiting = set(act.needs) & set(
        case.tasks.filter(kind=Task.Kind.ITEM, done_at=None).values_list("name", flat=True)
    )
    if waiting:
        labels = {item.name: str(item.label) for stage in case.declaration.stages for item in stage.items}
        raise ActRefused(
            _("not finished yet: %(items)s")
            % {"items": _(", ").join(labels[name] for name in sorted(waiting))},
            f"{case.declaration.instrument}/{act.article}",
        )


def _record(step: Step) -> Event:
    """Write the event and everything that follows from it: stage, limits, tasks, message."""
    case, act = step.case, step.act
    before, case.stage = case.stage, step.to or case.stage
    case.version += 1
    if case.declaration.stage(case.stage).closed and case.closed_at is None:
        case.closed_at = step.moment
    event = chain.append(
        Event(
            case=case,
            act=act.name,
            stage_before=before,
            stage_after=case.stage,
            at=step.moment,
            actor=step.actor.user,
            actor_name=step.actor.name[:60],
            role=step.role,
            organisation=step.unit,
            citations=step.citations,
        ),
        {**storable(act.fields, step.data), **step.noted},
    )
    case.save()
    limits.follow(step, event)
    _move_tasks(step, before)
    _tell(event)
    return event


def _tell(event: Event) -> None:
    """Tell the rest of the house, and whoever subscribed: ``medical.medical_aid.approve``."""
    case = event.case
    publish(
        f"{case.declaration.service}.{case.procedure}.{event.act}",
        case.number,
        {"case": str(case.pk), "seq": event.seq, "act": event.act, "stage": event.stage_after},
        unit=event.organisation.code if event.organisation else "",
    )


def _move_tasks(step: Step, before: str) -> None:
    case, act = step.case, step.act
    open_tasks = case.tasks.filter(done_at=None)
    if act.completes:
        open_tasks.filter(kind=Task.Kind.ITEM, name=act.completes).update(
            done_at=step.moment, done_by=step.actor.user
        )
    if case.stage != before:
        open_tasks.exclude(kind=Task.Kind.COPY).update(done_at=step.moment, done_by=step.actor.user)
        _put_on_desks(case, returned=act.returns)
    else:
        still_open = set(open_tasks.filter(kind=Task.Kind.ITEM).values_list("name", flat=True))
        for item in case.declaration.stage(case.stage).items:
            if item.name in act.reopens and item.name not in still_open:
                _open_task(case, Task.Kind.ITEM, item.name, item.desk)
        for task in open_tasks.exclude(kind=Task.Kind.COPY):
            Task.objects.filter(pk=task.pk).update(due=limits.next_due(case, task.organisation_id))
    for relation in act.copies:
        Task.objects.get_or_create(
            case=case,
            kind=Task.Kind.COPY,
            name=act.name,
            organisation=step.party(relation),
            done_at=None,
            defaults={"role": "clerk", "created_at": step.moment},
        )


def _put_on_desks(case: Case, *, returned: bool = False, finished: Collection[str] = ()) -> None:
    """Open the tasks of the stage the case is at now, without items that are `finished`."""
    stage = case.declaration.stage(case.stage)
    for item in stage.items:
        if item.name not in finished:
            _open_task(case, Task.Kind.ITEM, item.name, item.desk, returned=returned)
    if stage.desk and stage.desk.at:
        _open_task(case, Task.Kind.STAGE, stage.name, stage.desk, returned=returned)


def _open_task(case: Case, kind: Task.Kind, name: str, desk: Authority, *, returned: bool = False) -> None:
    unit = case.units[desk.at]
    Task.objects.create(
        case=case,
        kind=kind,
        name=name,
        organisation=unit,
        role=desk.role,
        returned=returned,
        due=limits.next_due(case, unit.pk),
        created_at=clock.now(),
    )


def _finished_items(case: Case) -> set[str]:
    """Items that were finished since the case came to its stage, by the events before the newest."""
    finished: set[str] = set()
    acts = {act.name: act for act in case.declaration.acts}
    for name, before, after in case.events.order_by("seq").values_list("act", "stage_before", "stage_after"):
        if after == case.stage != before:
            finished.clear()
        if act := acts.get(name):
            finished -= set(act.reopens)
            finished |= {act.completes} - {""}
    return finished


def _common(
    case: Case, name: str, actor: Actor, unit: Organisation | None, role: str, data: dict[str, Any]
) -> Event:
    """The event of a common act: the stage stays."""
    case.version += 1
    event = chain.append(
        Event(
            case=case,
            act=name,
            stage_before=case.stage,
            stage_after=case.stage,
            at=clock.now(),
            actor=actor.user,
            actor_name=actor.name[:60],
            role=role,
            organisation=unit,
        ),
        data,
    )
    case.save()
    _tell(event)
    return event


def transfer(case_id: UUID, actor: Actor, to: User, reason: str, *, version: int | None = None) -> Event:
    """Hand the task over to a colleague who holds the same role in the same unit (转办)."""
    with transaction.atomic():
        case = locked(case_id, version)
        task = next(
            (t for t in case.tasks.exclude(kind=Task.Kind.COPY).filter(done_at=None) if is_mine(t, actor)),
            None,
        )
        if task is None:
            raise ActRefused(_("nothing of this case is on your desk"))
        if not Actor(user=to).holds(task.role, task.organisation_id):
            raise ActRefused(_("%(name)s does not hold this role in your unit") % {"name": to.full_name})
        task.assignee = to
        task.save(update_fields=["assignee"])
        return _common(
            case, "transfer", actor, task.organisation, task.role, {"to": to.full_name, "reason": reason}
        )


def is_mine(task: Task, actor: Actor) -> bool:
    """Whether the task is on the actor's desk: role and unit agree and nobody else is assigned."""
    return actor.holds(task.role, task.organisation_id) and task.assignee_id in (
        None,
        actor.user and actor.user.pk,
    )


def urge(case_id: UUID, actor: Actor, words: str) -> Event:
    """Urge whoever has the case on the desk (催办). Raises `NotYours` for whom `may_urge` leaves out."""
    with transaction.atomic():
        case = locked(case_id, None)
        if not may_urge(case, actor):
            raise NotYours(_("the applicant, a unit that takes part or a supervisor above it may urge"))
        tasks = case.tasks.filter(done_at=None).exclude(kind=Task.Kind.COPY)
        if case.closed_at or not tasks:
            raise ActRefused(_("nobody has this case on the desk"))
        tasks.update(urged_at=clock.now())
        unit = next(iter(actor.units()), None)
        return _common(case, "urge", actor, unit, "", {"words": words})


def recall(case_id: UUID, actor: Actor, *, version: int | None = None) -> Event:
    """Take back one's own last act while nobody has acted since (撤回), where the procedure allows."""
    with transaction.atomic():
        case = locked(case_id, version)
        last = case.events.order_by("-seq").first()
        if last is None or last.act in COMMON_ACTS or not did(last, actor):
            raise ActRefused(_("only your own last act can be taken back, before anybody else acts"))
        if not still_holds(last, actor):
            raise NotYours(_("you no longer have the office in which you did this"))
        if not case.declaration.act(last.act).recallable:
            raise ActRefused(
                _("“%(act)s” cannot be taken back") % {"act": case.declaration.act(last.act).label},
                next(iter(last.citations), ""),
            )
        limits.undo(last)
        case.stage, case.closed_at = last.stage_before, None
        case.tasks.filter(done_at=None).exclude(kind=Task.Kind.COPY).update(
            done_at=clock.now(), done_by=actor.user
        )
        finished = _finished_items(case)
        event = _common(case, "recall", actor, last.organisation, last.role, {"recalled": last.seq})
        _put_on_desks(case, finished=finished)
        return event


def may_attach(case: Case, actor: Actor) -> bool:
    """Whoever has the case on the desk may add papers, whoever filed it, and the applicant, while it is open."""
    on_desk = case.tasks.filter(done_at=None).exclude(kind=Task.Kind.COPY)
    mine = is_own(case, actor) or any(is_mine(task, actor) for task in on_desk)
    return mine and case.closed_at is None


def check_may_attach(case: Case, actor: Actor) -> None:
    """Raises `ActRefused` for whoever may not add papers now."""
    if not may_attach(case, actor):
        raise ActRefused(
            _("papers are added while the case is open, by whoever has it on the desk, filed it or applies")
        )


@transaction.atomic
def attach(case_id: UUID, paper: str, file: StoredFile, actor: Actor) -> CasePaper:
    """Put a scan to a paper of the case (材料). Raises as `check_may_attach`."""
    case = locked(case_id, None)
    check_may_attach(case, actor)
    row = case.papers.filter(name=paper, file=None).first() or CasePaper(case=case, name=paper)
    row.file, row.state, row.changed_at = file, CasePaper.State.RECEIVED, clock.now()
    row.save()
    _common(case, "attach", actor, None, "", {"paper": paper, "file": file.name, "digest": file.digest})
    return row


def mark_read(actor: Actor, copies: QuerySet[Task]) -> int:
    """Note that these copies (抄送) were read, for everybody on the same desk; returns how many were unread."""
    unread = copies.filter(kind=Task.Kind.COPY, done_at=None)
    return unread.update(done_at=clock.now(), done_by=actor.user)


def perform_many(
    case_ids: Sequence[UUID], act_name: str, actor: Actor, data: Mapping[str, Any]
) -> list[tuple[UUID, Event | Exception]]:
    """One act on many cases (批量), each in its own transaction: one row's failure leaves the others right."""
    results: list[tuple[UUID, Event | Exception]] = []
    for case_id in case_ids:
        try:
            results.append((case_id, perform(case_id, act_name, actor, data)))
        except Exception as error:
            results.append((case_id, error))
    return results
