"""What follows when a person's class changes: whoever has an open case of the person on the desk is told (article 15)."""

from __future__ import annotations

from django.db.models import Q

from zhengling.kernel.casework.models import Task
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.outbox.registry import handler
from zhengling.kernel.reminders.models import Reminder
from zhengling.kernel.reminders.operations import remind
from zhengling.services.medical.identities import queries
from zhengling.services.medical.identities.models import ClassChange
from zhengling.services.medical.identities.operations import CHANGED


@handler("medical_identities.tell_desks", CHANGED)
def tell_desks(message: Message) -> None:
    """Each desk hears of each change once."""
    change = ClassChange.objects.select_related("person").filter(pk=message.subject).first()
    if change is None:
        return
    for case in queries.open_cases(change.person):
        if not queries.consequence(change.before, change.after, case):
            continue
        tasks = case.tasks.filter(~Q(kind=Task.Kind.COPY), done_at=None)
        for task in tasks.select_related("organisation", "assignee"):
            remind(
                Reminder.Kind.PERSON,
                case,
                str(change.pk),
                task.organisation,
                role=task.role,
                user=task.assignee,
                task=task,
            )
