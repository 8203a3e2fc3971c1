"""The four lists of the workbench (待办、已办、我发起、抄送): filters, order, totals and rows. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework import queries
from zhengling.kernel.casework.labels import act_label
from zhengling.kernel.casework.models import Case, Event, Task
from zhengling.kernel.organisations.models import Level, Organisation

TABS: dict[str, str | Promise] = {
    "todo": _("To do"),
    "done": _("Done by me"),
    "filed": _("Started by me"),
    "copies": _("Copies"),
}
# Where the case's columns and the time of a row lie, seen from the rows of each list.
CASE_AT = {"todo": "case__", "done": "case__", "filed": "", "copies": "case__"}
TIME_OF = {"todo": "created_at", "done": "at", "filed": "opened_at", "copies": "created_at"}
UNREAD = Q(done_at=None)
BELOW = {Level.CITY: Level.COUNTY, Level.COUNTY: Level.TOWNSHIP, Level.TOWNSHIP: Level.VILLAGE}


def tabs_for(actor: Actor) -> list[str]:
    """Residents have started cases; officers have all four lists."""
    return list(TABS) if actor.grants else ["filed"]


def rows_of(tab: str, actor: Actor) -> QuerySet[Any]:
    """Everything in the list, before filters."""
    match tab:
        case "todo":
            return queries.todo(actor)
        case "copies":
            return queries.copies(actor)
        case "done":
            return queries.done(actor).select_related("case__place", "organisation")
        case _:
            return queries.filed(actor).select_related("subject", "place")


def counts(actor: Actor) -> dict[str, int]:
    """How many entries each list of the actor has; of the copies, those not read."""
    found = {tab: rows_of(tab, actor).order_by() for tab in tabs_for(actor)}
    return {tab: (rows.filter(UNREAD) if tab == "copies" else rows).count() for tab, rows in found.items()}


class Filter(forms.Form):
    """The filters of a list, kept in the address so that a view can be bookmarked."""

    q = forms.CharField(label=_("Number, matter or name"), required=False)
    procedure = forms.ChoiceField(label=_("Procedure"), required=False)
    stage = forms.ChoiceField(label=_("Stage"), required=False)
    place = forms.ChoiceField(label=_("Place"), required=False)
    state = forms.ChoiceField(label=_("Time and marks"), required=False)
    urgent = forms.BooleanField(label=_("urgent only"), required=False)

    def __init__(self, data: Mapping[str, Any], *, tab: str, actor: Actor) -> None:
        super().__init__(data)
        declared = procedures.every()
        chosen = [item for item in declared if item.name == data.get("procedure")]
        choices: dict[str, list[tuple[str, str | Promise]]] = {
            "procedure": [(item.name, item.label) for item in declared],
            "stage": [(stage.name, stage.label) for item in chosen for stage in item.stages],
            "place": [(unit.code, unit.label) for unit in places(actor)],
            "state": state_choices(tab),
        }
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", str(_("all"))), *((value, str(label)) for value, label in values)]
            if not values:
                del self.fields[name]
        if "procedure" in self.fields:
            self.fields["procedure"].widget.attrs["data-autosubmit"] = True


def places(actor: Actor) -> list[Organisation]:
    """The places an officer filters by: the level below the units in which the actor holds a role."""
    wanted = Q(pk=None)
    for unit in actor.units():
        seat = unit.path if unit.level in BELOW else unit.path.rstrip("/").rsplit("/", 1)[0] + "/"
        depth = {2: Level.CITY, 3: Level.COUNTY, 4: Level.TOWNSHIP}.get(seat.count("/"))
        level = BELOW.get(Level(unit.level) if unit.level in BELOW else depth or Level.VILLAGE)
        if level:
            wanted |= Q(path__startswith=seat, level=level)
    return list(Organisation.objects.filter(wanted)[:400])


def state_choices(tab: str) -> list[tuple[str, str | Promise]]:
    if tab == "copies":
        return [("unread", _("unread")), ("read", _("read"))]
    if tab == "todo":
        return [
            ("overdue", _("overdue")),
            ("today", _("due today")),
            ("returned", _("returned")),
            ("urged", _("urged")),
        ]
    return [("open", _("in progress")), ("closed", _("closed"))]


def condition(tab: str, chosen: Mapping[str, Any]) -> Q:
    """The filters as one condition on the rows of the list."""
    at, found = CASE_AT[tab], Q()
    if text := (chosen.get("q") or "").strip():
        found &= (
            Q(**{f"{at}number__icontains": text})
            | Q(**{f"{at}title__icontains": text})
            | Q(**{f"{at}subject__name": text})
        )
    for name in ("procedure", "stage"):
        if chosen.get(name):
            found &= Q(**{f"{at}{name}": chosen[name]})
    if chosen.get("place"):
        found &= Q(**{f"{at}place__path__contains": f"/{chosen['place']}/"})
    if chosen.get("urgent"):
        found &= Q(**{f"{at}urgent": True})
    return found & _in_state(at, chosen.get("state"))


def _in_state(at: str, state: str | None) -> Q:
    today = clock.today()
    conditions = {
        "overdue": Q(due__lt=today),
        "today": Q(due=today),
        "returned": Q(returned=True),
        "urged": Q(urged_at__isnull=False),
        "unread": UNREAD,
        "read": ~UNREAD,
        "open": Q(**{f"{at}closed_at": None}),
        "closed": Q(**{f"{at}closed_at__isnull": False}),
    }
    return conditions.get(state or "", Q())


def ordered(rows: QuerySet[Any], tab: str, sort: str) -> QuerySet[Any]:
    """Rows in the order of ``sort`` (``due``, ``number``, ``time``; ``-`` before it turns it round). Copies come
    unread first until the reader chooses."""
    columns = {"number": f"{CASE_AT[tab]}number", "time": TIME_OF[tab]}
    if tab == "todo":
        columns["due"] = "due"
    name = sort.removeprefix("-")
    if tab == "copies" and name not in columns:
        return rows.order_by(F("done_at").desc(nulls_first=True), "-created_at", "-pk")
    if name not in columns:
        name, sort = ("due", "due") if "due" in columns else ("time", "-time")
    column = F(columns[name])
    first = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    return rows.order_by(first, "pk")


def totals(rows: QuerySet[Any], tab: str) -> dict[str, int]:
    """What the foot of the list says: entries, and of these urgent, overdue, due today (or unread, or closed).

    `newest` is the key of the newest unread copy.
    """
    at, today = CASE_AT[tab], clock.today()
    wanted: dict[str, Count | Max] = {
        "total": Count("pk"),
        "urgent": Count("pk", filter=Q(**{f"{at}urgent": True})),
    }
    if tab == "copies":
        wanted |= {"unread": Count("pk", filter=UNREAD), "newest": Max("pk", filter=UNREAD)}
    elif tab == "todo":
        wanted["overdue"] = Count("pk", filter=Q(due__lt=today))
        wanted["today"] = Count("pk", filter=Q(due=today))
    else:
        wanted["closed"] = Count("pk", filter=Q(**{f"{at}closed_at__isnull": False}))
    result: dict[str, int] = rows.order_by().aggregate(**wanted)
    return result


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. `what` is what there is to do, or what was done, or where the case is."""

    case: Case
    what: str
    time: datetime
    due: date | None = None
    unit: Organisation | None = None
    task: Task | None = None
    batch: bool = False


def lines(items: Iterable[Any]) -> Iterator[Row]:
    for item in items:
        if isinstance(item, Task):
            yield _task_row(item)
        elif isinstance(item, Event):
            declared = item.case.declaration
            yield Row(item.case, act_label(declared, item.act), item.at, unit=item.organisation)
        else:
            yield Row(item, str(item.stage_label), item.opened_at, unit=item.place)


def _task_row(task: Task) -> Row:
    declared = task.case.declaration
    if task.kind == Task.Kind.STAGE:
        what = str(declared.stage(task.name).label)
    elif task.kind == Task.Kind.ITEM:
        what = next(str(i.label) for stage in declared.stages for i in stage.items if i.name == task.name)
    else:
        what = act_label(declared, task.name)
    batch = task.kind == Task.Kind.STAGE and any(act.batch for act in declared.acts_at(task.case.stage))
    return Row(task.case, what, task.created_at, task.due, task.organisation, task, batch)
