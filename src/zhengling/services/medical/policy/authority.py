"""Who thinks about reforms: policy officers of the city's medical-security office draft and try, an approver of the
same office who is somebody else decides; supervisors and auditors of the city read (articles 4, 7 and 18)."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zhengling.kernel.accounts.access import holders_of
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.services.medical.policy.errors import NotYourReform
from zhengling.services.medical.policy.models import Reform

OFFICE = "medical_insurance"
DRAFTER, DECIDER = "policy_officer", "approver"
READERS = holders_of(DRAFTER, DECIDER, "supervisor", "auditor")
DRAFTERS = holders_of(DRAFTER)
DECIDERS = holders_of(DECIDER)


def is_office(unit: Organisation) -> bool:
    """Whether the unit is the medical-security office of a city."""
    return (
        unit.kind == OFFICE
        and unit.level == Level.DEPARTMENT
        and unit.parent is not None
        and unit.parent.level == Level.CITY
    )


def office_of(actor: Actor, role: str) -> Organisation | None:
    """The office in which the actor holds the role."""
    return next((unit for unit in actor.units(role) if is_office(unit)), None)


def require_drafter(actor: Actor, reform: Reform | None = None) -> tuple[User, Organisation]:
    """Raises `NotYourReform` unless the actor is a policy officer of the office (of the reform's, when there is one)."""
    unit = office_of(actor, DRAFTER)
    if actor.user is None or unit is None or (reform and not actor.holds(DRAFTER, reform.unit_id)):
        raise NotYourReform(_whose(DRAFTER))
    return actor.user, unit


def require_decider(actor: Actor, reform: Reform) -> User:
    """Raises `NotYourReform` unless the actor is an approver of the office, and not the drafter."""
    if actor.user is None or not actor.holds(DECIDER, reform.unit_id):
        raise NotYourReform(_whose(DECIDER))
    if actor.user.pk == reform.drafted_by_id:
        raise NotYourReform(_("you drafted this reform; another person decides on it"))
    return actor.user


def readable(actor: Actor) -> QuerySet[Reform]:
    """Reforms the actor may read: if and only if the actor drafts or decides in their office, or supervises or audits
    the city."""
    rows = Reform.objects.select_related("unit", "drafted_by", "decided_by")
    if actor.system:
        return rows
    rule = Q(pk__in=())
    for (role, pk), unit in actor.grants.items():
        if role in {DRAFTER, DECIDER}:
            rule |= Q(unit=pk)
        elif ROLES[role].reads_subtree:
            rule |= Q(unit__path__startswith=unit.path)
    return rows.filter(rule)


def may_read(actor: Actor) -> bool:
    """Whether the figures of the city's population are this actor's business."""
    return actor.system or any(
        (role in {DRAFTER, DECIDER} and is_office(unit))
        or (ROLES[role].reads_subtree and unit.level == Level.CITY)
        for (role, _pk), unit in actor.grants.items()
    )


def _whose(role: str) -> str:
    return _("this belongs to: %(unit)s, %(role)s") % {
        "unit": _("the city's medical-security office"),
        "role": ROLES[role].label,
    }
