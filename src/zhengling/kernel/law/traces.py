"""Decision traces: the ordered steps by which a rule came to its result, each with the article that orders
it.

A trace is data. Its canonical JSON is the text that digests are taken over, so two runs are equal when their
digests are. Numbers are integers (fen, days, percent) or strings; floating point has no place in a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from zhengling.kernel import canonical

Value = int | str | bool | date | None


@dataclass(frozen=True)
class Step:
    """One line of the reckoning.

    `quantity` names what was found (``assisted_amt``), `unit` how it is counted (``fen``, ``percent``,
    ``workdays``, empty for words), `formula` how it came about in terms of earlier quantities, `citation`
    the key of the provision.
    """

    quantity: str
    value: Value
    unit: str = ""
    formula: str = ""
    citation: str = ""


@dataclass(frozen=True)
class Trace:
    steps: tuple[Step, ...] = ()

    def value(self, quantity: str) -> Value:
        """The last value of that quantity. Raises KeyError when no step has it."""
        for step in reversed(self.steps):
            if step.quantity == quantity:
                return step.value
        raise KeyError(quantity)

    def citations(self) -> tuple[str, ...]:
        """Keys of the provisions relied on, in order, each once."""
        return tuple(dict.fromkeys(step.citation for step in self.steps if step.citation))

    def data(self) -> list[dict[str, Any]]:
        """JSON-serialisable rows; dates as ISO text."""
        return [
            {
                "quantity": step.quantity,
                "value": plain(step.value),
                "unit": step.unit,
                "formula": step.formula,
                "citation": step.citation,
            }
            for step in self.steps
        ]

    @property
    def digest(self) -> str:
        return digest(self.data())


def trace_from_data(rows: Sequence[Mapping[str, Any]]) -> Trace:
    """The inverse of `Trace.data`, dates staying text. Raises TypeError for unknown fields."""
    return Trace(tuple(Step(**row) for row in rows))


def plain(value: Any) -> Any:
    """`value` in JSON's types, dates as ISO text. Raises TypeError for floats and all else."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a naive datetime has no place in a record")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("names in a record are text")
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no exact form in a record: {value!r}")


def digest(value: Any) -> str:
    """SHA-256 in hexadecimal over the canonical JSON of what `plain` lets through."""
    return canonical.digest(plain(value))
