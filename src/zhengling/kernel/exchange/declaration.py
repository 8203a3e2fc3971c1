"""A data set (数据集) declared: who keeps it, its columns, what is done with its rows, how differences end.

Services register their data sets in their AppConfig.ready. Where another system is of record, ours compares and
asks: it never claims the entry, and only an outcome chosen by a person changes anything here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from django.utils.functional import Promise

if TYPE_CHECKING:
    from zhengling.kernel.accounts.actors import Actor
    from zhengling.kernel.exchange.models import Difference, Exchange
    from zhengling.kernel.organisations.models import Organisation

Text = str | Promise
Kind = Literal["text", "date", "moment", "money", "integer", "flag", "choice"]
Rhythm = Literal["", "monthly", "quarterly", "yearly"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file. `name` is the standard's own word; `label` and `names` are headings that are also
    taken. A `choice` maps what stands in the file to our code. `total`: summed for the control totals."""

    name: str
    label: Text
    kind: Kind = "text"
    required: bool = True
    names: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    total: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row without problems: money in fen, moments aware, choices as our codes, None where optional and empty."""

    number: int
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a difference may end (处理结果). `effect` runs in the transaction of the decision and may refuse with an
    `ExchangeError`; without one, deciding only records what was done elsewhere."""

    name: str
    label: Text
    effect: Callable[[Difference, Actor, str], None] | None = None
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A kind of difference (差异), the provision that makes it matter, and its lawful outcomes."""

    name: str
    label: Text
    outcomes: tuple[Outcome, ...]
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an export holds: heading, rows and the control totals that travel with it (fen, or counts)."""

    heading: Sequence[Text]
    rows: Sequence[Sequence[object]]
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DataSet:
    """`keeper`: the system of record in words; `here`: it is this one. `roles` may import, export and decide in
    the unit whose data it is (`offices`: the kinds of unit whose officers serve it).

    `take` gets the good rows of a file in portions and must bear getting a portion once only: each portion is one
    transaction with the cursor that says how far the file is done. `finish` runs in the last one. `full`: a file
    holds everything, so that what is not in it has ended. `sign_off`: control totals must be declared and a
    second person applies.
    """

    name: str
    label: Text
    keeper: Text
    columns: tuple[Column, ...]
    citation: str
    roles: frozenset[str]
    offices: frozenset[str]
    here: bool = False
    rhythm: Rhythm = ""
    full: bool = False
    sign_off: bool = False
    take: Callable[[Exchange, Sequence[Row]], None] | None = None
    finish: Callable[[Exchange], None] | None = None
    give: Callable[[Organisation, str], Sheet] | None = None
    mismatches: tuple[Mismatch, ...] = ()

    def mismatch(self, name: str) -> Mismatch:
        return next(mismatch for mismatch in self.mismatches if mismatch.name == name)


_data_sets: dict[str, DataSet] = {}


def register(*declared: DataSet) -> None:
    """Make data sets known. Raises ValueError for a name taken by another one."""
    for data_set in declared:
        if _data_sets.setdefault(data_set.name, data_set) is not data_set:
            raise ValueError(f"two data sets are called {data_set.name!r}")


def find(name: str) -> DataSet:
    """Raises KeyError for an unknown name."""
    return _data_sets[name]


def every() -> Iterable[DataSet]:
    return _data_sets.values()
