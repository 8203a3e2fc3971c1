"""Checks of a return: sums of cells compared with each other, ``work.*.granted + work.*.refused <= work.*.closed``.

A ``*`` in the place of the row stands for every row of the table in turn; all cells of a rule then take the same row.
Pure.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from zhengling.kernel.law.instruments import Text

OPERATORS: dict[str, Callable[[int, int], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_TERM = re.compile(r"\s*([+-]?)\s*(\w+\.(?:\w+|\*)\.\w+|\d+)\s*")


@dataclass(frozen=True, slots=True)
class Side:
    """Signed cells and a constant."""

    cells: tuple[tuple[int, str], ...]
    constant: int

    def value(self, figures: Mapping[str, int | None]) -> int:
        return self.constant + sum(sign * (figures.get(cell) or 0) for sign, cell in self.cells)


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Side
    operator: str
    right: Side

    def holds(self, figures: Mapping[str, int | None]) -> bool:
        return OPERATORS[self.operator](self.left.value(figures), self.right.value(figures))

    @property
    def cells(self) -> list[str]:
        return [cell for _sign, cell in (*self.left.cells, *self.right.cells)]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule over cells; where it fails, `refuse` keeps the return from being handed in and `warn` asks why."""

    rule: str
    comparisons: tuple[Comparison, ...]
    severity: str
    message: Text


def parse_rule(text: str, known: Collection[str]) -> tuple[Comparison, ...]:
    """One comparison, or one for each row where the rule has a ``*``. Raises ValueError naming what is wrong."""
    match = re.fullmatch(r"(.+?)(<=|>=|==|<|>)(.+)", text)
    if match is None:
        raise ValueError(f"{text!r} compares nothing; use <=, >=, ==, < or >")
    left, right = _terms(match[1], text), _terms(match[3], text)
    names = [name for _sign, name in (*left, *right) if not name.isdigit()]
    rows = _rows(names, known, text)
    comparisons = tuple(
        Comparison(_side(left, row), match[2], _side(right, row))
        for row in (rows if rows is not None else [""])
    )
    unknown = {cell for item in comparisons for cell in item.cells} - set(known)
    if unknown:
        raise ValueError(f"{text!r} names {sorted(unknown)[0]!r}, which does not exist")
    return comparisons


def _terms(text: str, whole: str) -> list[tuple[int, str]]:
    terms: list[tuple[int, str]] = []
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None or (terms and not match[1]):
            raise ValueError(f"{whole!r}: cannot read {text[at:].strip()!r}")
        terms.append((-1 if match[1] == "-" else 1, match[2]))
        at = match.end()
    return terms


def _rows(names: list[str], known: Collection[str], whole: str) -> list[str] | None:
    tables = {name.split(".")[0] for name in names if ".*." in name}
    if not tables:
        return None
    rows = [
        [cell.split(".")[1] for cell in known if cell.startswith(f"{table}.")] for table in sorted(tables)
    ]
    distinct = [list(dict.fromkeys(found)) for found in rows]
    if any(found != distinct[0] for found in distinct):
        raise ValueError(f"{whole!r}: the tables with * have different rows")
    return distinct[0]


def _side(terms: list[tuple[int, str]], row: str) -> Side:
    return Side(
        tuple((sign, name.replace("*", row)) for sign, name in terms if not name.isdigit()),
        sum(sign * int(name) for sign, name in terms if name.isdigit()),
    )
