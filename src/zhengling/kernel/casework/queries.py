"""Reading cases: who may see what, the inbox, the lawful next acts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.casework.authority import matching, may_urge, still_holds, whose
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.models import Case, Event, Party, Task
from zhengling.kernel.casework.operations import COMMON_ACTS, check_possible, is_mine, may_attach
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
    """Tasks on the actor's desk, done or not: role and unit agree, and nobody else is assigned."""
    held = [Q(role=role, organisation_id=unit) for role, unit in actor.grants]
    if not held or actor.user is None:
        return Task.objects.none()
    return (
        Task.objects.filter(reduce(or_, held), Q(assignee=None) | Q(assignee=actor.user))
        .select_related("case", "case__subject", "case__place", "organisation")
        .order_by("due", "created_at")
    )


def todo(actor: Actor) -> QuerySet[Task]:
    """What waits for the actor (待办)."""
    return desk(actor).filter(done_at=None).exclude(kind=Task.Kind.COPY)


def copies(actor: Actor) -> QuerySet[Task]:
    """What was sent for information (抄送); done once somebody of the desk has read it."""
    return desk(actor).filter(kind=Task.Kind.COPY).select_related("done_by")


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
    at the moment although the authority is there. An act that `leads` carries the case on.
    """

    act: Act
    citation: str
    mine: bool
    whose: str
    refusal: CaseworkError | None = None
    leads: bool = False


def next_acts(case: Case, actor: Actor) -> list[NextAct]:
    """The lawful next acts of the case at its stage, from the declaration; those of the actor first."""
    acts = [
        _next_act(case, act, actor)
        for act in case.declaration.acts_at(case.stage)
        if any(authority.role != "system" for authority in act.by)
    ]
    return sorted(acts, key=lambda item: (not item.mine, _rank(case, item.act)))


def _rank(case: Case, act: Act) -> int:
    """The acts that carry the case on come first, then those that stay, then those that end or send back."""
    if act.completes:
        return 0
    if act.to is None or act.to == case.stage:
        return 1
    return 2 if act.returns or case.declaration.stage(act.to).closed else 0


def _next_act(case: Case, act: Act, actor: Actor) -> NextAct:
    citation = f"{case.declaration.instrument}/{act.article}"
    if matching(case, act, actor) is None:
        return NextAct(act, citation, mine=False, whose=whose(case, act))
    try:
        check_possible(case, act, actor, clock.today())
    except CaseworkError as error:
        return NextAct(act, citation, mine=True, whose=whose(case, act), refusal=error)
    return NextAct(act, citation, mine=True, whose=whose(case, act), leads=_rank(case, act) == 0)


def common_acts(case: Case, actor: Actor) -> list[str]:
    """Which of the acts that any procedure knows are possible for the actor now, in the order of the page."""
    tasks = list(case.tasks.filter(done_at=None).exclude(kind=Task.Kind.COPY))
    mine = [task for task in tasks if is_mine(task, actor)]
    last = case.events.order_by("-seq").first()
    found = []
    if may_attach(case, actor):
        found.append("attach")
    if mine and colleagues(case, actor).exists():
        found.append("transfer")
    if tasks and not mine and not case.closed_at and may_urge(case, actor):
        found.append("urge")
    if last and last.act not in COMMON_ACTS and still_holds(last, actor):
        found += ["recall"] if case.declaration.act(last.act).recallable else []
    return found


def colleagues(case: Case, actor: Actor) -> QuerySet[User]:
    """Who else could take what the actor has of this case on the desk: the same role in the same unit today."""
    wanted = Q(pk=None)
    for task in case.tasks.filter(done_at=None).exclude(kind=Task.Kind.COPY):
        if is_mine(task, actor):
            today = clock.today()
            grants = RoleGrant.objects.filter(
                Q(valid_to=None) | Q(valid_to__gte=today),
                user=OuterRef("pk"),
                role=task.role,
                organisation=task.organisation_id,
                valid_from__lte=today,
            )
            wanted |= Q(Exists(grants))
    myself = actor.user.pk if actor.user else None
    return User.objects.filter(wanted, ~Q(pk=myself), is_active=True).order_by("full_name")
