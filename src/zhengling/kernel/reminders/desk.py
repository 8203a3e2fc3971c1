"""Reminders that an act causes: a case comes back (退回), is urged (催办), is handed to somebody (转办)."""

from __future__ import annotations

from django.db.models import QuerySet

from zhengling.kernel.casework.models import Case, Event, Task
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.outbox.registry import handler
from zhengling.kernel.reminders.models import Reminder
from zhengling.kernel.reminders.operations import remind

Kind = Reminder.Kind


@handler("reminders.desk", "*")
def after_act(message: Message) -> None:
    """Look at what one event of a case did to the desks."""
    if "seq" not in message.data or "case" not in message.data:
        return
    event = (
        Event.objects.select_related("case")
        .filter(case_id=message.data["case"], seq=message.data["seq"])
        .first()
    )
    if event is None:
        return
    for kind, tasks in _touched(event):
        for task in tasks.select_related("organisation", "assignee"):
            remind(
                kind,
                event.case,
                f"{task.pk}:{event.seq}",
                task.organisation,
                role=task.role,
                user=task.assignee,
                task=task,
            )


def _touched(event: Event) -> list[tuple[str, QuerySet[Task]]]:
    tasks = event.case.tasks.filter(done_at=None).exclude(kind=Task.Kind.COPY)
    match event.act:
        case "urge":
            return [(Kind.URGED, tasks)]
        case "transfer":
            return [(Kind.ASSIGNED, tasks.filter(assignee__isnull=False))]
    if _returns(event.case, event.act):
        return [(Kind.RETURNED, tasks.filter(returned=True, created_at__gte=event.at))]
    return []


def _returns(case: Case, act: str) -> bool:
    return any(declared.name == act and declared.returns for declared in case.declaration.acts)
