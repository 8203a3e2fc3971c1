"""One line of a list, whatever it is about: which case, what to do, whose desk, which time limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.labels import procedure_label
from zhengling.kernel.casework.models import Case, Task, TimeLimit
from zhengling.kernel.organisations.models import Organisation


@dataclass(frozen=True, slots=True)
class Line:
    """`unit` is answerable; `desk` says in words where the matter lies; `limit` is the one that runs.

    `any_limit`: whichever limit of the case runs is shown, not only one that `unit` holds.
    """

    number: str
    title: str
    url: str
    unit: Organisation
    case: UUID | None = None
    what: str = ""
    desk: str = ""
    limit: TimeLimit | None = None
    due: date | None = None
    procedure: str = ""
    any_limit: bool = False

    @property
    def procedure_label(self) -> str:
        return procedure_label(self.procedure) if self.procedure else ""

    @property
    def limit_label(self) -> str:
        return limit_label(self.limit.procedure, self.limit.name) if self.limit else ""


def limit_label(procedure: str, name: str) -> str:
    """The words for a time limit; its bare name when no installed service declares it any more."""
    try:
        return str(procedures.get(procedure).limit(name).label)
    except (KeyError, StopIteration):
        return name


def task_label(task: Task) -> str:
    """What there is to do: the words of the stage, or of the item inside it."""
    declared = task.case.declaration
    if task.kind == Task.Kind.ITEM:
        return next(str(i.label) for stage in declared.stages for i in stage.items if i.name == task.name)
    return str(declared.stage(task.name).label)


def case_url(case: Case) -> str:
    return reverse("case", args=[case.number])


def of_limit(row: TimeLimit) -> Line:
    """The line of a time limit with its case and holder."""
    case = row.case
    unit = row.holder or case.place
    return Line(
        case.number,
        case.title,
        case_url(case),
        unit,
        case.pk,
        what=str(case.stage_label),
        limit=row,
        due=row.due,
        procedure=case.procedure,
    )


def of_task(row: Task) -> Line:
    """The line of an open task with its case and unit."""
    case = row.case
    return Line(
        case.number,
        case.title,
        case_url(case),
        row.organisation,
        case.pk,
        what=task_label(row),
        due=row.due,
        procedure=case.procedure,
    )


def dressed(lines: Sequence[Line]) -> list[Line]:
    """The lines with their desks, and with the limit the unit holds where none was given: two queries."""
    cases = {line.case for line in lines if line.case}
    desks = _desks(cases)
    limits = _limits({line.case for line in lines if line.case and line.limit is None})
    return [_dressed(line, desks, limits) if line.case else line for line in lines]


def _dressed(
    line: Line, desks: dict[UUID | None, str], limits: dict[tuple[UUID | None, int | None], TimeLimit]
) -> Line:
    limit = line.limit or limits.get((line.case, line.unit.pk))
    if limit is None and line.any_limit:
        limit = limits.get((line.case, None))
    return replace(
        line, desk=desks.get(line.case, ""), limit=limit, due=line.due or (limit.due if limit else None)
    )


def _desks(cases: Iterable[UUID]) -> dict[UUID | None, str]:
    found: defaultdict[UUID | None, list[str]] = defaultdict(list)
    rows = Task.objects.filter(case_id__in=cases, done_at=None).exclude(kind=Task.Kind.COPY)
    for task in rows.select_related("case", "organisation", "assignee").order_by("kind", "pk"):
        person = f" ({task.assignee.full_name})" if task.assignee else ""
        found[task.case_id].append(f"{task.organisation.label}{person} · {task_label(task)}")
    return {case: _("; ").join(desks) for case, desks in found.items()}


def _limits(cases: Iterable[UUID]) -> dict[tuple[UUID | None, int | None], TimeLimit]:
    """(case, holder) -> the earliest running limit; (case, None) -> the earliest of the case."""
    rows = TimeLimit.objects.filter(case_id__in=cases, state=TimeLimit.State.RUNNING)
    found: dict[tuple[UUID | None, int | None], TimeLimit] = {}
    for row in rows.order_by("-due"):
        found[row.case_id, row.holder_id] = found[row.case_id, None] = row
    return found
