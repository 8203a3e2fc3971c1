"""Reading cases: who may see what, the inbox, the lawful next acts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.authority import matching, whose
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.models import Case, Event, Party, Task
from zhengling.kernel.casework.operations import check_possible
from zhengling.kernel.casework.procedure import Act


def visible(actor: Actor) -> QuerySet[Case]:
    """Cases the actor may read: if and only if a unit in which the actor holds a business role takes part, or the
    case lies below a unit the actor supervises or audits, or the actor is its applicant or filed it."""
    if actor.system:
        return Case.objects.all()
    rules = []
    units = [unit.pk for unit in actor.units()]
    if units:
        rules.append(Q(Exists(Party.objects.filter(case=OuterRef("pk"), organisation__in=units))))
    rules += [Q(place__path__startswith=path) for path in actor.subtrees()]
    if actor.user:
        rules.append(Q(applicant=actor.user) | Q(filed_by=actor.user))
    if not rules:
        return Case.objects.none()
    return Case.objects.filter(reduce(or_, rules))


def desk(actor: Actor) -> QuerySet[Task]:
    """Open tasks the actor may take (待办): role and unit agree, and nobody else is assigned."""
    held = [Q(role=role, organisation_id=unit) for role, unit in actor.grants]
    if not held or actor.user is None:
        return Task.objects.none()
    return (
        Task.objects.filter(reduce(or_, held), Q(assignee=None) | Q(assignee=actor.user), done_at=None)
        .select_related("case", "case__subject", "case__place", "organisation")
        .order_by("due", "created_at")
    )


def todo(actor: Actor) -> QuerySet[Task]:
    return desk(actor).exclude(kind=Task.Kind.COPY)


def copies(actor: Actor) -> QuerySet[Task]:
    """What was sent for information (抄送)."""
    return desk(actor).filter(kind=Task.Kind.COPY)


def done(actor: Actor) -> QuerySet[Event]:
    """The actor's own acts, newest first (已办)."""
    return Event.objects.filter(actor=actor.user).select_related("case", "case__subject").order_by("-at")


def filed(actor: Actor) -> QuerySet[Case]:
    """Cases the actor filed, for himself or for somebody else (我发起)."""
    return Case.objects.filter(Q(filed_by=actor.user) | Q(applicant=actor.user)).order_by("-opened_at")


@dataclass(frozen=True, slots=True)
class NextAct:
    """An act that the stage allows.

    `mine` says whether this actor has the authority, `whose` who has it, and `refusal` why the act is not possible
    at the moment although the authority is there.
    """

    act: Act
    citation: str
    mine: bool
    whose: str
    refusal: CaseworkError | None = None


def next_acts(case: Case, actor: Actor) -> list[NextAct]:
    """The lawful next acts of the case at its stage, from the declaration; those of the actor first."""
    acts = [
        _next_act(case, act, actor)
        for act in case.declaration.acts_at(case.stage)
        if any(authority.role != "system" for authority in act.by)
    ]
    return sorted(acts, key=lambda item: not item.mine)


def _next_act(case: Case, act: Act, actor: Actor) -> NextAct:
    citation = f"{case.declaration.instrument}/{act.article}"
    if matching(case, act, actor) is None:
        return NextAct(act, citation, mine=False, whose=whose(case, act))
    try:
        check_possible(case, act, actor, clock.today())
    except CaseworkError as error:
        return NextAct(act, citation, mine=True, whose=whose(case, act), refusal=error)
    return NextAct(act, citation, mine=True, whose=whose(case, act))
