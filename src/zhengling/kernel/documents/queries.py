"""Reading letters and archived files: who may see what, the next steps, whether a course is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.canonical import chain
from zhengling.kernel.casework import queries as casework
from zhengling.kernel.casework.labels import listed
from zhengling.kernel.casework.models import Case
from zhengling.kernel.documents.course import STEPS, Step, steps_at
from zhengling.kernel.documents.kinds import every
from zhengling.kernel.documents.models import UNFINISHED, ArchivedFile, Countersignature, Letter, Template
from zhengling.kernel.documents.operations import allowed, step_body


def visible(actor: Actor) -> QuerySet[Letter]:
    """Letters the actor may read: if and only if a unit in which the actor holds a business role issues or
    countersigns it, or it belongs to a case the actor reads, or its organ lies below a unit the actor supervises or
    audits."""
    rules = []
    units = [unit.pk for unit in actor.units()]
    if units:
        asked = Countersignature.objects.filter(letter=OuterRef("pk"), organisation__in=units)
        rules += [
            Q(organ__in=units),
            Q(Exists(asked)) & ~Q(state__in=[Letter.State.DRAFT, Letter.State.REVIEW]),
        ]
        rules.append(Q(Exists(casework.visible(actor).filter(pk=OuterRef("case")))))
    rules += [Q(organ__path__startswith=path) for path in actor.subtrees()]
    if not rules:
        return Letter.objects.none()
    return Letter.objects.filter(reduce(or_, rules))


def mine(actor: Actor) -> QuerySet[Letter]:
    """Letters whose next step is the actor's (the two-person rule is told when the step is tried)."""
    rules = [Q(pk=None)]
    for role, unit in actor.grants:
        states = {
            state
            for row in STEPS
            if role in row.roles and not row.at_countersigner and _moves(row)
            for state in row.at
        }
        rules.append(Q(organ=unit, state__in=states))
        if role in ("reviewer", "approver"):
            asked = Countersignature.objects.filter(letter=OuterRef("pk"), organisation=unit, agreed=None)
            rules.append(Q(Exists(asked), state=Letter.State.COUNTERSIGN))
    return Letter.objects.filter(reduce(or_, rules))


def _moves(row: Step) -> bool:
    """Steps that bring a letter on; withdrawing or voiding one is nobody's work waiting."""
    return row.name not in ("withdraw", "void", "revise", "file")


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step the state allows. `mine` says whether this actor may do it; `whose` says who does."""

    step: Step
    mine: bool
    whose: str


def next_steps(letter: Letter, actor: Actor) -> list[NextStep]:
    return [
        NextStep(row, may(letter, row, actor), listed(ROLES[role].label for role in row.roles))
        for row in steps_at(letter.state)
        if row.name != "revise"
    ]


def may(letter: Letter, row: Step, actor: Actor) -> bool:
    """Whether the step would be taken from this actor now, the two-person rule included."""
    if letter.state not in row.at or allowed(letter, row, actor) is None:
        return False
    if row.drafter_only and actor.user != letter.drafter:
        return False
    return not letter.steps.filter(step__in=row.different_from, actor=actor.user).exists()


def course_problems(letter: Letter) -> Iterator[str]:
    """What does not agree in the recorded course of a letter; nothing when it is whole."""
    previous, expected = "", 1
    for step in letter.steps.order_by("seq"):
        where = f"{letter} step {step.seq}"
        if step.seq != expected:
            yield f"{where}: step {expected} is missing"
        if step.previous != previous or step.digest != chain(previous, step_body(step)):
            yield f"{where}: changed after it was written"
        previous, expected = step.digest, step.seq + 1
    if letter.head != previous or letter.version != expected - 1:
        yield f"{letter}: the letter does not end where its steps end"


def templates_of(actor: Actor) -> QuerySet[Template]:
    """Versions of the units the actor works in, and the city's."""
    units = [unit.pk for unit in actor.units()]
    return Template.objects.filter(Q(organ=None) | Q(organ__in=units)).select_related("organ", "created_by")


def archived(actor: Actor) -> QuerySet[ArchivedFile]:
    """Archived files the actor may read: if and only if a unit in which the actor holds a business role archived it,
    or its organ lies below a unit the actor supervises or audits."""
    rules = [Q(organ__in=[unit.pk for unit in actor.units()])]
    rules += [Q(organ__path__startswith=path) for path in actor.subtrees()]
    return ArchivedFile.objects.filter(reduce(or_, rules)).select_related("organ", "case", "transfer")


def for_applicant(case: Case) -> QuerySet[Letter]:
    """What was sent to the applicant of the case: the sealed letters of kinds meant for him."""
    kinds = [kind.name for kind in every() if kind.to_applicant]
    sent = [Letter.State.DISPATCHED, Letter.State.ARCHIVED]
    return case.letters.filter(kind__in=kinds, state__in=sent, sealed__isnull=False).order_by("created_at")


def letters_to_applicant(case: Case) -> dict[str, Any]:
    """What the page of whoever follows the case shows."""
    return {"letters": list(for_applicant(case))}


def letters_of_case(case: Case) -> dict[str, Any]:
    """What the panel of a case page shows: its letters, and whether its file is closed or can be.

    A procedure with an act of its own that archives offers that act instead.
    """
    archived = ArchivedFile.objects.filter(case=case).first()
    unfinished = case.letters.filter(state__in=UNFINISHED).exists()
    by_act = any(act.name == "archive" for act in case.declaration.acts)
    return {
        "sent": list(for_applicant(case)),
        "letters": list(case.letters.exclude(state=Letter.State.WITHDRAWN).order_by("created_at")),
        "archived": archived,
        "closable": bool(case.closed_at and not archived and not unfinished and not by_act),
    }
