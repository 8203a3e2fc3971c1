"""Every write of reminders: saying a thing once, putting it away, the morning's summary."""

from __future__ import annotations

from collections import Counter, defaultdict

from django.db import IntegrityError, transaction

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework.models import Case, Task, TimeLimit
from zhengling.kernel.jobs.operations import scheduled
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.outbox.operations import publish
from zhengling.kernel.reminders.models import Reminder
from zhengling.kernel.reminders.queries import OPEN, open_for, recipients
from zhengling.kernel.workdays.queries import current_calendar

CREATED, DIGEST = "reminders.created", "reminders.digest"
# These leave the house at once; everything else waits for the morning.
AT_ONCE = {Reminder.Kind.OVERDUE, Reminder.Kind.ESCALATED, Reminder.Kind.URGED}


def remind(
    kind: str,
    case: Case,
    about: str,
    organisation: Organisation,
    *,
    role: str = "",
    user: User | None = None,
    limit: TimeLimit | None = None,
    task: Task | None = None,
) -> Reminder | None:
    """Remind a person, or whoever holds the role in the unit. `about` tells one occasion from the next.

    Returns None when this has been said already. Call it inside the transaction whose fact it tells.
    """
    to = f"user:{user.pk}" if user else f"{organisation.pk}:{role}"
    reminder = Reminder(
        key=f"{kind}:{about}:{to}",
        kind=kind,
        case=case,
        limit=limit,
        task=task,
        organisation=organisation,
        role=role,
        user=user,
        created_at=clock.now(),
    )
    try:
        with transaction.atomic():
            reminder.save(force_insert=True)
    except IntegrityError:
        return None
    if kind in AT_ONCE:
        publish(CREATED, case.number, {"reminder": str(reminder.pk)}, unit=organisation.code)
    return reminder


def put_away(reminder: Reminder, actor: Actor) -> bool:
    """Close a reminder of the actor's own. False when it was closed or is not his."""
    mine = open_for(actor).filter(pk=reminder.pk).values("pk")
    return bool(Reminder.objects.filter(pk__in=mine).update(closed_at=clock.now(), closed_by=actor.user))


@scheduled("reminders.digest", "daily", hour=8)
def send_digests() -> None:
    """On working days, tell everybody how many reminders wait. All or nothing, so that nobody is told twice."""
    if not current_calendar().is_workday(clock.today()):
        return
    with transaction.atomic():
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        for reminder in Reminder.objects.filter(OPEN).select_related("organisation", "user"):
            for user in recipients(reminder):
                counts[user.pk][reminder.kind] += 1
        for user_pk, kinds in sorted(counts.items()):
            publish(DIGEST, "", {"user": user_pk, "counts": dict(kinds)})
