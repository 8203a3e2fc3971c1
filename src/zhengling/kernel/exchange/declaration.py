"""A data set (数据集) declared: who keeps it, its columns, what is done with its rows, how differences end.

Services register their data sets in their AppConfig.ready. Where another system is of record, ours compares and
asks: it never claims the entry, and only an outcome chosen by a person changes anything here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from django.utils.functional import Promise

if TYPE_CHECKING:
    from zhengling.kernel.accounts.actors import Actor
    from zhengling.kernel.exchange.models import Difference, Exchange
    from zhengling.kernel.organisations.models import Organisation

Text = str | Promise
Kind = Literal["text", "date", "moment", "money", "integer", "flag", "choice", "id_number"]
Rhythm = Literal["", "monthly", "quarterly", "yearly"]
Level = Literal["city", "county", "township"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file. `name` is the standard's own word; `label` and `names` are headings that are also
    taken. A `choice` maps what stands in the file to our code. `total`: summed for the control totals. `help` says
    in the template what belongs there."""

    name: str
    label: Text
    kind: Kind = "text"
    required: bool = True
    names: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    total: bool = False
    personal: bool = False
    help: Text = ""


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
    `ExchangeError`; without one, deciding only records what was done elsewhere. `needs_day`: the outcome holds from
    a day, which the effect finds in the difference's `on`."""

    name: str
    label: Text
    effect: Callable[[Difference, Actor, str], None] | None = None
    needs_reason: bool = False
    needs_day: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A kind of difference (差异), the provision that makes it matter, and its lawful outcomes."""

    name: str
    label: Text
    outcomes: tuple[Outcome, ...]
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an export holds: heading, rows and the control totals that travel with it (fen, or counts).

    `persons`: whose identity numbers leave the house; each gets a line in the access record. `sent` runs in the
    transaction that records the file.
    """

    heading: Sequence[Text]
    rows: Sequence[Sequence[object]]
    totals: Mapping[str, int]
    persons: Collection[UUID] = ()
    sent: Callable[[Exchange], None] | None = None


@dataclass(frozen=True, slots=True)
class DataSet:
    """`keeper`: the system of record in words; `here`: it is this one. `roles` may import, export and decide in
    the unit whose data it is (`offices`: the kinds of unit whose officers serve it).

    `take` gets the good rows of a file in portions and must bear getting a portion once only: each portion is one
    transaction with the cursor that says how far the file is done. `finish` runs in the last one. `ready` refuses with
    an `ExchangeError` while a unit cannot take files yet. `full`: a file
    holds everything, so that what is not in it has ended. `sign_off`: control totals must be declared and a
    second person applies.

    With a `rhythm`, a file is expected of every unit of `levels` for each period from `since` on (None: not yet),
    `grace` days after the period's end at the latest. `facts` declare what `ours` and `theirs` of a difference hold
    beside the columns, or call otherwise than the file does.
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
    ready: Callable[[Organisation], object] | None = None
    give: Callable[[Organisation, str], Sheet] | None = None
    mismatches: tuple[Mismatch, ...] = ()
    levels: frozenset[Level] = frozenset({"county"})
    since: Callable[[Organisation], date | None] | None = None
    grace: int = 10
    facts: tuple[Column, ...] = ()

    def mismatch(self, name: str) -> Mismatch:
        return next(mismatch for mismatch in self.mismatches if mismatch.name == name)

    @property
    def received(self) -> bool:
        """Whether files of it come in here."""
        return self.take is not None

    @property
    def sent(self) -> bool:
        """Whether files of it are made here."""
        return self.give is not None

    @property
    def compared(self) -> dict[str, Column]:
        """What a difference may speak of, by name, in the order of the file."""
        return {column.name: column for column in (*self.columns, *self.facts)}

    @property
    def totals(self) -> tuple[Column, ...]:
        """The columns whose sums are control totals, beside the number of rows."""
        return tuple(column for column in self.columns if column.total)


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
