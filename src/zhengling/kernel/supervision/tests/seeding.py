"""Many cases at once, written as rows: for counting queries and for measuring the board at a million cases.

Every case of the toy procedure has one limit of the township that ended and, where it is open, one that runs, with
the task on whose desk it lies. Fixed arithmetic instead of chance: the same call makes the same rows.

To measure, on a database of its own that holds the city's organisations::

    seed(places, cases=1_000_000, today=date(2022, 3, 28))
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from zhengling.kernel import clock
from zhengling.kernel.casework.models import Case, Event, Party, Task, TimeLimit
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation

CHUNK = 5_000
OPEN_EVERY = 10  # one case in ten is open
LATE_EVERY = 7  # one ended limit in seven ended late
OVERDUE_EVERY = 4  # one open case in four is overdue
State = TimeLimit.State


def seed(places: Sequence[Organisation], *, cases: int, today: date) -> None:
    """`cases` cases spread evenly over the townships, ended over the last year."""
    for first in range(0, cases, CHUNK):
        _chunk(places, range(first, min(first + CHUNK, cases)), today)


def _chunk(places: Sequence[Organisation], numbers: range, today: date) -> None:
    rows = [_case(places[number % len(places)], number, today) for number in numbers]
    Case.objects.bulk_create(rows)
    Party.objects.bulk_create(Party(case=case, relation="township", organisation=case.place) for case in rows)
    events = [_event(case) for case in rows]
    Event.objects.bulk_create(events)
    limits, tasks = [], []
    for number, case, event in zip(numbers, rows, events, strict=True):
        limits.append(_ended(number, case, event, today))
        if number % OPEN_EVERY == 0:
            due = today + timedelta(days=-5 if number // OPEN_EVERY % OVERDUE_EVERY == 0 else number % 12)
            limits.append(_limit(case, event, due, State.RUNNING))
            tasks.append(
                Task(
                    case=case,
                    kind=Task.Kind.STAGE,
                    name="checked",
                    organisation=case.place,
                    role="reviewer",
                    due=due,
                    returned=number % (3 * OPEN_EVERY) == 0,
                    urged_at=case.opened_at if number % (4 * OPEN_EVERY) == 0 else None,
                    created_at=case.opened_at,
                )
            )
    TimeLimit.objects.bulk_create(limits)
    Task.objects.bulk_create(tasks)


def _case(place: Organisation, number: int, today: date) -> Case:
    opened = clock.at(today - timedelta(days=20 + number % 340))
    closed = None if number % OPEN_EVERY == 0 else opened + timedelta(days=15)
    return Case(
        id=uuid7(),
        number=f"TY-{number:09d}",
        procedure="toy",
        stage="checked" if closed is None else "done",
        title=f"matter {number}",
        place=place,
        check_code="000000",
        version=1,
        opened_at=opened,
        closed_at=closed,
    )


def _event(case: Case) -> Event:
    return Event(
        case=case,
        procedure="toy",
        seq=1,
        act="take",
        stage_after="checked",
        at=case.opened_at,
        actor_name="seed",
        role="clerk",
        organisation=case.place,
        payload_digest="",
        digest="",
    )


def _limit(case: Case, event: Event, due: date, state: str, ended: date | None = None) -> TimeLimit:
    return TimeLimit(
        case=case,
        procedure="toy",
        name="checking",
        holder=case.place,
        statutory=True,
        waits=False,
        citation="YZCR-2021-01016/14",
        count=10,
        unit="workdays",
        started_on=due - timedelta(days=14),
        started_by=event,
        nominal=due,
        due=due,
        next_step_earliest=due + timedelta(days=1),
        provisional=False,
        calendar_version="",
        state=state,
        ended_on=ended,
    )


def _ended(number: int, case: Case, event: Event, today: date) -> TimeLimit:
    due = today - timedelta(days=1 + number % 360)
    if number % LATE_EVERY == 0:
        return _limit(case, event, due, State.MISSED, due + timedelta(days=2))
    return _limit(case, event, due, State.MET, due - timedelta(days=1))
