"""Measures (指标): named queries that returns name in their cells. A room registers its own in AppConfig.ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.returns.periods import Period


@dataclass(frozen=True, slots=True)
class Measure:
    """A value (a count, or fen) and the cases it comes from, each once; the cell opens them."""

    value: int
    case_ids: tuple[UUID, ...] = ()

    @classmethod
    def count(cls, case_ids: Iterable[UUID]) -> Measure:
        """The number of cases."""
        ids = tuple(dict.fromkeys(case_ids))
        return cls(len(ids), ids)


# fn(unit, period, **arguments): the unit's whole area counts (its path and below), arguments come from the form's rows
# and columns. It must give the same answer for the same facts: no clock, no actor.
Function = Callable[..., Measure]

_measures: dict[str, Function] = {}


class UnknownMeasureError(LookupError):
    """A form names a measure that no room registered."""


def register_measure(name: str, function: Function) -> None:
    """Make a measure known under ``room.name``. Raises ValueError when another function has the name."""
    held = _measures.setdefault(name, function)
    if held is not function:
        raise ValueError(f"two measures are called {name!r}")


def known() -> frozenset[str]:
    return frozenset(_measures)


def measure(name: str, unit: Organisation, period: Period, arguments: dict[str, object]) -> Measure:
    """The value of one measure. Raises `UnknownMeasureError`."""
    if name not in _measures:
        raise UnknownMeasureError(name)
    return _measures[name](unit, period, **arguments)
