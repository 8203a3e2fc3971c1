"""What a reform may change: which parameters, within which bounds, and how they differ from the law of a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhengling.kernel.law.parameters import (
    Change,
    Parameter,
    ParameterError,
    ParameterSet,
    ParametersOn,
)
from zhengling.services.medical.policy.replay import law_of
from zhengling.services.medical.terms import SETTLEMENT_PARAMETERS

# In the order of the articles: who, what counts, inpatients, outpatients, change of class.
CHANGEABLE = ("class_of_identity", *SETTLEMENT_PARAMETERS)
MOST_YUAN = 10_000_000
BOUNDS = {"yuan": (0, MOST_YUAN), "percent": (0, 100), "number": (0, 3)}

Changes = Mapping[str, Any]
"""Parameter -> its whole new value, as the city's file writes it."""


@dataclass(frozen=True)
class Difference:
    """One value that the reform changes: a parameter, or one key of its table. Values as loaded (fen, hundredths)."""

    parameter: Parameter
    key: str
    before: Any
    after: Any

    @property
    def place(self) -> str:
        article = self.parameter.article
        return article if isinstance(article, str) else article[self.key]


def changed(law: ParameterSet, day: date, changes: Changes) -> ParametersOn:
    """The law of the day with the changes laid over it. Raises ParameterError naming the first that is not allowed."""
    for name in changes:
        if name not in CHANGEABLE:
            raise ParameterError(law.source, name, "a reform cannot change this parameter")
        _check_bounds(law, name, changes[name])
    found = law.with_changes(Change(name, day, value) for name, value in changes.items()).on(day)
    law_of(found)
    return found


def _check_bounds(law: ParameterSet, name: str, written: Any) -> None:
    least, most = BOUNDS.get(law.parameter(name).unit, (None, None))
    if least is None or most is None:
        return
    for value in written.values() if isinstance(written, Mapping) else [written]:
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ParameterError(law.source, name, f"{value!r} is no number")
        try:
            size = float(value)
        except ValueError:
            raise ParameterError(law.source, name, f"{value!r} is no number") from None
        if not least <= size <= most:
            raise ParameterError(law.source, name, f"{value} lies outside {least} to {most}")


def differences(before: ParametersOn, after: ParametersOn) -> Iterator[Difference]:
    """Value by value, in the order of the articles."""
    for name in CHANGEABLE:
        parameter = before.parameters.parameter(name)
        old, new = before[name], after[name]
        if not isinstance(old, Mapping):
            old, new = {"": old}, {"": new}
        for key in old:
            if old[key] != new[key]:
                yield Difference(parameter, key, old[key], new[key])


def written(parameter: Parameter, value: Any) -> Any:
    """A loaded value as the city's file writes it: fen as yuan, hundredths as percent; exact, as text where needed."""
    if isinstance(value, Mapping):
        return {key: written(parameter, item) for key, item in value.items()}
    if parameter.unit in {"yuan", "percent"} and value is not None:
        whole, rest = divmod(value, 100)
        return whole if not rest else f"{whole}.{rest:02d}"
    return value
