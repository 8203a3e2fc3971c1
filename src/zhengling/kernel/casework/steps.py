"""A step: one act about to be done on a locked case. Guards read it, effects add to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.models import Case, Event
from zhengling.kernel.casework.procedure import Act
from zhengling.kernel.organisations.models import Organisation


@dataclass
class Step:
    """`data` is cleaned input. An effect may choose another stage (`to`), add citations and add to `noted`,
    which is stored with the event next to the data."""

    case: Case
    act: Act
    actor: Actor
    data: dict[str, Any]
    moment: datetime
    role: str = ""
    unit: Organisation | None = None
    to: str | None = None
    citations: list[str] = field(default_factory=list)
    noted: dict[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> date:
        return clock.local(self.moment).date()

    def party(self, relation: str) -> Organisation:
        """The unit in `relation` to the case. Raises Party.DoesNotExist."""
        return self.case.parties.select_related("organisation").get(relation=relation).organisation

    def last(self, *acts: str) -> Event | None:
        """The newest event of one of `acts` on this case."""
        return self.case.events.filter(act__in=acts).order_by("-seq").first()
