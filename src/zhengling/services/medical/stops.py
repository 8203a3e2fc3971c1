"""Who is not assisted any more because of fraud (停止实施救助), article 24: asked by every part that grants, told by recovery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from zhengling.kernel.people.models import Person

HOUSEHOLD = "household"
"""The ground that class 3 rests on: income, property and cost of the household (article 6)."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Assistance stopped since a day. `ground` is what the false facts were about (household, identity, treatment),
    `reference` the case that decided it."""

    ground: str
    since: date
    reference: str
    citation: str


Finder = Callable[[Person, date], list[Stopped]]
_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """Let a part say who is stopped; called by its AppConfig.ready."""
    if finder not in _finders:
        _finders.append(finder)


def standing(person: Person, day: date, ground: str = "") -> list[Stopped]:
    """The stops in force against a person on a day, of one ground or of all."""
    found = [stop for finder in _finders for stop in finder(person, day)]
    return [stop for stop in found if ground in ("", stop.ground)]
