"""The case page's reading: what happened, what was recorded, which limits run and why they end when they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.casework import labels, limits
from zhengling.kernel.casework.labels import COMMON_LABELS, act_label
from zhengling.kernel.casework.models import Case, Event, TimeLimit
from zhengling.kernel.casework.procedure import Limit, Procedure
from zhengling.kernel.law.queries import parameter_label
from zhengling.kernel.workdays.explanation import StepKind, explain
from zhengling.kernel.workdays.wording import length, sentence


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the course, with what it recorded."""

    event: Event
    label: str
    moved_to: str
    entries: list[labels.Entry]
    remark: str = ""


def happenings(case: Case) -> list[Happening]:
    """The events of the case in order. Two queries: events with their payloads, names of units."""
    declared = case.declaration
    events = list(case.events.select_related("payload", "actor", "organisation").order_by("seq"))
    own = {act.name: act.fields for act in declared.acts}
    codes = [c for e in events for c in labels.unit_codes(own.get(e.act, ()), payload(e))]
    names = labels.unit_names(codes)
    made = [
        Happening(
            event=event,
            label=act_label(declared, event.act),
            moved_to=str(declared.stage(event.stage_after).label)
            if event.stage_after != event.stage_before
            else "",
            entries=labels.entries(own.get(event.act, ()), payload(event), names),
            remark=_remark(declared, event, events),
        )
        for event in events
    ]
    return _gathered(made)


def _gathered(made: Sequence[Happening]) -> list[Happening]:
    """Papers that somebody added one after the other become one entry, at the time of the last."""
    gathered: list[Happening] = []
    for item in made:
        last = gathered[-1] if gathered else None
        if (
            last
            and item.event.act == last.event.act == "attach"
            and item.event.actor_id == last.event.actor_id
        ):
            gathered[-1] = replace(item, remark=f"{last.remark}\n{item.remark}")
        else:
            gathered.append(item)
    return gathered


def payload(event: Event) -> dict[str, object]:
    """What the act was told; empty when it was deleted by law."""
    found = getattr(event, "payload", None)
    data: dict[str, object] = found.data if found else {}
    return data


def _remark(declared: Procedure, event: Event, events: Sequence[Event]) -> str:
    """The words of a common act."""
    if event.act not in COMMON_LABELS:
        return ""
    data = payload(event)
    match event.act:
        case "transfer":
            return _("to %(to)s: %(reason)s") % {"to": data.get("to", ""), "reason": data.get("reason", "")}
        case "urge":
            return str(data.get("words", ""))
        case "recall":
            taken = next((e for e in events if e.seq == data.get("recalled")), None)
            return act_label(declared, taken.act) if taken else ""
        case _:
            paper = next((p.label for p in declared.papers if p.name == data.get("paper")), data.get("paper"))
            return _("%(paper)s: %(file)s") % {"paper": paper, "file": data.get("file", "")}


@dataclass(frozen=True, slots=True)
class Running:
    """A time limit as the page shows it. `sentences` explain the date; `movers` say what would change it."""

    row: TimeLimit
    label: str
    length: str
    parameter: str
    waits: bool
    open: bool
    sentences: list[str] = field(default_factory=list)
    movers: list[str] = field(default_factory=list)


def running(case: Case) -> list[Running]:
    """All limits of the case, the open ones first, each explained."""
    declared = case.declaration
    rows = case.limits.select_related("holder").order_by("due")
    made = [_running(declared, declared.limit(row.name), row) for row in rows]
    return sorted(made, key=lambda item: not item.open)


def _running(declared: Procedure, limit: Limit, row: TimeLimit) -> Running:
    is_open = row.state in limits.RUNNING
    return Running(
        row=row,
        label=str(limit.label),
        length=length(row.count, row.unit),
        parameter=parameter_label(declared.service, limit.parameter, get_language() or ""),
        waits=limit.waits,
        open=is_open,
        # The earliest next step matters to minimum periods only.
        sentences=[
            sentence(step)
            for step in explain(limits.compute(row))
            if limit.waits or step.kind is not StepKind.NEXT
        ],
        movers=_movers(declared, limit, row) if is_open else [],
    )


def _movers(declared: Procedure, limit: Limit, row: TimeLimit) -> list[str]:
    """What would move or end the date."""

    def acts(names: tuple[str, ...]) -> str:
        return labels.listed(declared.act(name).label for name in names)

    found = [_("It ends with: %(acts)s.") % {"acts": acts(limit.ends)}]
    if limit.pauses:
        found.append(_("It is suspended by: %(acts)s.") % {"acts": acts(limit.pauses)})
    if limit.extends:
        found.append(_("It is extended by: %(acts)s.") % {"acts": acts(limit.extends)})
    if row.provisional:
        found.append(_("It is counted again when the holiday arrangement of the year is published."))
    return found


def place_in_time(case: Case) -> int:
    """Days since the case opened, to the day it closed or today."""
    end = clock.local(case.closed_at).date() if case.closed_at else clock.today()
    return (end - clock.local(case.opened_at).date()).days
