"""Time limits kept from events (时限). Rule, article, calendar, pauses and extensions are on the row: it explains
itself."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Min, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.casework.models import Case, Event, TimeLimit
from zhengling.kernel.casework.procedure import Limit, Procedure
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.workdays.counting import Due, due_with_pauses
from zhengling.kernel.workdays.queries import current_calendar

RUNNING = (TimeLimit.State.RUNNING, TimeLimit.State.PAUSED)


def terms(procedure: Procedure, limit: Limit, on: date) -> tuple[int, str]:
    """(count, unit) of the limit as the parameter in force on that day says."""
    held = parameters_for(procedure.service).resolve(limit.parameter, on)
    return int(held.value), held.unit


def compute(row: TimeLimit) -> Due:
    return due_with_pauses(
        row.started_on,
        row.count,
        row.unit,
        [(date.fromisoformat(a), date.fromisoformat(b) if b else None) for a, b in row.pauses],
        [(int(count), str(unit)) for count, unit in row.extensions],
        current_calendar(),
    )


def recount(row: TimeLimit) -> None:
    """Fill the derived dates of the row from its start, pauses and extensions. A date that moves is warned of
    and escalated anew."""
    result = compute(row)
    if row.due != result.due:
        row.warned_on = row.escalated_on = None
    row.nominal, row.due, row.provisional = result.nominal, result.due, result.provisional
    row.next_step_earliest = result.next_step_earliest
    row.calendar_version = result.calendar_version


def follow(step: Step, event: Event) -> None:
    """Start, pause, resume, extend and end the limits that this act touches."""
    case, procedure, act = step.case, step.case.declaration, step.act.name
    open_rows = {row.name: row for row in case.limits.filter(state__in=RUNNING)}
    for limit in procedure.limits:
        row = open_rows.get(limit.name)
        if row and act in limit.ends:
            row.state = TimeLimit.State.MET if step.day <= row.due or limit.waits else TimeLimit.State.MISSED
            row.ended_on, row.ended_by = step.day, event
            row.save()
            row = None
        if row and act in limit.pauses:
            row.pauses.append([step.day.isoformat(), None])
            row.state = TimeLimit.State.PAUSED
        if row and act in limit.resumes and row.pauses and row.pauses[-1][1] is None:
            row.pauses[-1][1] = step.day.isoformat()
            row.state = TimeLimit.State.RUNNING
        if row and act in limit.extends:
            row.extensions.append([step.data["extend_by"], row.unit])
        if row and act in (*limit.pauses, *limit.resumes, *limit.extends):
            recount(row)
            row.save()
        if act in limit.starts and limit.name not in open_rows:
            start(step, event, limit)
    if procedure.stage(case.stage).closed:
        case.limits.filter(state__in=RUNNING).update(
            state=TimeLimit.State.DROPPED, ended_on=step.day, ended_by=event
        )


def start(step: Step, event: Event, limit: Limit) -> TimeLimit:
    procedure = step.case.declaration
    started_on: date = step.data.get(limit.start_field) or step.day if limit.start_field else step.day
    count, unit = terms(procedure, limit, started_on)
    holder = step.case.parties.filter(relation=limit.holder).first() if limit.holder else None
    row = TimeLimit(
        case=step.case,
        procedure=procedure.name,
        name=limit.name,
        holder=holder.organisation if holder else None,
        statutory=limit.statutory,
        waits=limit.waits,
        citation=f"{procedure.instrument}/{limit.article}",
        count=count,
        unit=unit,
        started_on=started_on,
        started_by=event,
    )
    recount(row)
    row.save()
    return row


def undo(event: Event) -> None:
    """Take back what `event` did to the limits (撤回)."""
    TimeLimit.objects.filter(started_by=event).update(state=TimeLimit.State.DROPPED, ended_on=clock.today())
    TimeLimit.objects.filter(ended_by=event).exclude(started_by=event).update(
        state=TimeLimit.State.RUNNING, ended_on=None, ended_by=None
    )


def refuse_early(case: Case, act: str, day: date) -> TimeLimit | None:
    """The minimum period (公示期) that has not run out yet and that `act` would cut short, if any."""
    waits = [limit.name for limit in case.declaration.limits if limit.waits and act in limit.ends]
    for row in case.limits.filter(name__in=waits, state__in=RUNNING):
        if day < row.next_step_earliest or row.provisional:
            return row
    return None


def next_due(case: Case, organisation_id: int) -> date | None:
    """The earliest due date among the running limits the unit holds on this case."""
    found: date | None = case.limits.filter(
        state=TimeLimit.State.RUNNING, holder_id=organisation_id
    ).aggregate(first=Min("due"))["first"]
    return found


def recompute_open() -> int:
    """Count the open limits again whose calendar is not today's (a new year's notice, a late amendment).

    Returns how many moved or became firm. When the calendar has not changed, this is one query; otherwise one
    short transaction for each case, so that no act waits for all of them.
    """
    version = current_calendar().version
    cases = _uncounted(version).order_by().values_list("case", flat=True).distinct()
    return sum(_recount_case(case, version) for case in list(cases))


def _uncounted(version: str) -> QuerySet[TimeLimit]:
    return TimeLimit.objects.filter(state__in=RUNNING).exclude(calendar_version=version)


@transaction.atomic
def _recount_case(case_id: UUID, version: str) -> int:
    """The limits of one case, under the lock that its acts take: pauses and extensions are read as they are now."""
    case = Case.objects.select_for_update().get(pk=case_id)
    moved = 0
    for row in _uncounted(version).filter(case=case):
        before = (row.due, row.provisional)
        recount(row)
        row.save()
        if (row.due, row.provisional) != before:
            moved += 1
            case.tasks.filter(organisation=row.holder, done_at=None).update(
                due=next_due(case, row.holder_id or 0)
            )
    return moved


def days_left(row: TimeLimit, today: date) -> int:
    """Calendar days to the due date; negative when overdue."""
    return (row.due - today) // timedelta(days=1)
