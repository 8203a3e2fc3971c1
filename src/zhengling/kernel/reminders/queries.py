"""Whose reminders are open."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.casework.limits import RUNNING
from zhengling.kernel.reminders.models import Reminder

OPEN = (
    Q(closed_at=None) & (Q(task=None) | Q(task__done_at=None)) & (Q(limit=None) | Q(limit__state__in=RUNNING))
)


def open_for(actor: Actor) -> QuerySet[Reminder]:
    """Open reminders of the actor: to him by name, or to a role he holds in its unit."""
    if actor.user is None:
        return Reminder.objects.none()
    held = [Q(user=None, role=role, organisation_id=unit) for role, unit in actor.grants]
    return (
        Reminder.objects.filter(OPEN & reduce(or_, held, Q(user=actor.user)))
        .select_related("case__subject", "limit", "organisation")
        .order_by("-created_at")
    )


def recipients(reminder: Reminder) -> list[User]:
    """Who is meant: the person, or today's holders of the role."""
    if reminder.user:
        return [reminder.user] if reminder.user.is_active else []
    grants = RoleGrant.objects.valid_on(clock.today()).filter(
        role=reminder.role, organisation=reminder.organisation, user__is_active=True
    )
    return [grant.user for grant in grants.select_related("user").order_by("user")]
