"""Statutory limits that near their end or are past it: the desk is warned, then unit and supervision are told.

No right and no duty changes here: a limit is due on its day whether this ran or not. Minimum periods (公示) are not
deadlines and are left out; a provisional date warns, but nothing is escalated on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.accounts.models import RoleGrant
from zhengling.kernel.casework.models import Task, TimeLimit
from zhengling.kernel.jobs.operations import scheduled
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.reminders.models import Reminder
from zhengling.kernel.reminders.operations import remind
from zhengling.kernel.workdays.counting import next_workday
from zhengling.kernel.workdays.queries import current_calendar

WARN_WORKDAYS = 2
Kind = Reminder.Kind


@scheduled("reminders.escalation", "hourly")
def sweep() -> int:
    """Warn and escalate what has to be, each limit once for its due date. Returns how many limits were touched."""
    today = clock.today()
    return sum(_look_at(pk, today) for pk in list(_due(today).values_list("pk", flat=True)))


def _due(today: date) -> QuerySet[TimeLimit]:
    soon = today
    calendar = current_calendar()
    for _day in range(WARN_WORKDAYS):
        soon = next_workday(soon, calendar)
    to_warn = Q(warned_on=None, due__lte=soon)
    to_escalate = Q(escalated_on=None, due__lt=today, provisional=False)
    running = TimeLimit.objects.filter(state=TimeLimit.State.RUNNING, statutory=True)
    return running.filter(to_warn | to_escalate).order_by("pk")


def _look_at(pk: int, today: date) -> bool:
    with transaction.atomic():
        row = (
            TimeLimit.objects.select_for_update(of=("self",))
            .select_related("case", "holder")
            .filter(pk=pk, state=TimeLimit.State.RUNNING)
            .first()
        )
        if row is None or row.case.declaration.limit(row.name).waits:
            return False
        late = row.due < today
        if row.warned_on is None and (row.provisional or not late):
            _remind_desk(row, Kind.DUE_SOON)
            row.warned_on = today
        elif late and row.escalated_on is None and not row.provisional:
            _escalate(row, told=_remind_desk(row, Kind.OVERDUE))
            row.warned_on, row.escalated_on = row.warned_on or today, today
        else:
            return False
        row.save(update_fields=["warned_on", "escalated_on"])
        return True


def _remind_desk(row: TimeLimit, kind: str) -> set[tuple[int, str]]:
    """Remind whoever has the case on the desk in the unit that holds the limit; its approver where nobody has.
    Returns the (unit, role) pairs told."""
    tasks = row.case.tasks.filter(done_at=None).exclude(kind=Task.Kind.COPY)
    if row.holder:
        tasks = tasks.filter(organisation=row.holder)
    desks = [
        (task.organisation, task.role, task.assignee)
        for task in tasks.select_related("organisation", "assignee")
    ]
    if not desks and row.holder:
        desks = [(row.holder, "approver", None)]
    for unit, role, user in desks:
        remind(kind, row.case, f"{row.pk}:{row.due}", unit, role=role, user=user, limit=row)
    return {(unit.pk, role) for unit, role, _user in desks}


def _escalate(row: TimeLimit, *, told: set[tuple[int, str]]) -> None:
    for unit, role in _above(row.holder or row.case.place):
        if (unit.pk, role) not in told:
            remind(Kind.ESCALATED, row.case, f"{row.pk}:{row.due}", unit, role=role, limit=row)


def _above(holder: Organisation) -> Iterator[tuple[Organisation, str]]:
    """The unit's approver, and the supervisor of the nearest unit from there upwards that has one."""
    yield holder, "approver"
    grants = RoleGrant.objects.valid_on(clock.today()).filter(
        role="supervisor", organisation__code__in=holder.path.strip("/").split("/")
    )
    nearest = grants.select_related("organisation").order_by("-organisation__path").first()
    if nearest:
        yield nearest.organisation, "supervisor"
