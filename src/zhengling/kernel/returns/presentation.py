"""A return as rows and cells ready to be shown, printed or written to Excel, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from zhengling.kernel.returns.declaration import Blank, Column, Declaration, Formula, Table, Typed
from zhengling.kernel.returns.figures import Figures


@dataclass(frozen=True, slots=True)
class CellView:
    """`value` is a count, fen or hundredths of a percent; None where nothing is computed, `crossed` where nothing can
    stand."""

    name: str
    format: str
    value: int | None
    crossed: bool
    typed: bool
    total: bool

    @property
    def text(self) -> str:
        return "—" if self.crossed else written(self.value, self.format)

    @property
    def entry(self) -> str:
        """The value as somebody would type it."""
        if self.value is None:
            return ""
        return f"{self.value // 100}.{self.value % 100:02d}" if self.format == "money" else str(self.value)


@dataclass(frozen=True, slots=True)
class RowView:
    title: str
    total: bool
    cells: list[CellView]


@dataclass(frozen=True, slots=True)
class TableView:
    """`groups` are (title, number of columns) of the upper heading line; empty when the table has one line only."""

    title: str
    groups: list[tuple[str, int]]
    columns: list[tuple[str, str]]
    rows: list[RowView]


def written(value: int | None, form: str) -> str:
    """1,234 · 1,234.50 · 85.71%; empty for nothing computed."""
    if value is None:
        return ""
    if form == "money":
        return f"{value // 100:,}.{value % 100:02d}"
    if form == "percent":
        return f"{value // 100}.{value % 100:02d}%"
    return f"{value:,}"


def tables(declaration: Declaration, figures: Figures, language: str) -> list[TableView]:
    return [_table(table, figures, language) for table in declaration.tables]


def _table(table: Table, figures: Figures, language: str) -> TableView:
    return TableView(
        title=table.title.in_language(language) if table.title else "",
        groups=list(_groups(table.columns, language)),
        columns=[(column.title.in_language(language), column.format) for column in table.columns],
        rows=[
            RowView(
                title=row.title.in_language(language),
                total=row.total,
                cells=[
                    _cell(name, column.format, table.formulas[name], figures, row.total)
                    for column in table.columns
                    for name in [table.cell(row, column)]
                ],
            )
            for row in table.rows
        ],
    )


def _groups(columns: tuple[Column, ...], language: str) -> Iterator[tuple[str, int]]:
    if not any(column.group for column in columns):
        return
    for group, members in groupby(columns, key=lambda column: column.group):
        yield (group.in_language(language) if group else "", len(list(members)))


def _cell(name: str, form: str, formula: Formula, figures: Figures, total: bool) -> CellView:
    return CellView(
        name=name,
        format=form,
        value=figures.get(name),
        crossed=isinstance(formula, Blank),
        typed=isinstance(formula, Typed),
        total=total,
    )
