"""A return declared as data: tables of rows and columns, a formula for each cell, checks. Pure.

The city writes YAML; the same content as JSON is kept with every version of the form, so that an old return is read
as it was declared. A cell is named ``table.row.column``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhengling.kernel.law.instruments import Text
from zhengling.kernel.law.limits import parse_limit
from zhengling.kernel.law.reading import Fields, InvalidRegulation
from zhengling.kernel.returns.expressions import Check, parse_rule
from zhengling.kernel.returns.periods import MONTHS, Kind

FORMATS = ("count", "money", "percent")


@dataclass(frozen=True, slots=True)
class Measured:
    """The value of a registered measure for the unit and the period."""

    measure: str
    arguments: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Summed:
    """The sum of other cells of the same return."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """One cell over another, in hundredths of a percent, half up; nothing over nothing is empty."""

    numerator: str
    denominator: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Entered by the unit."""


@dataclass(frozen=True, slots=True)
class Blank:
    """Crossed out: this row has nothing in this column."""


Formula = Measured | Summed | Ratio | Typed | Blank


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    title: Text
    format: str
    group: Text | None


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    title: Text
    total: bool


@dataclass(frozen=True, slots=True)
class Table:
    key: str
    title: Text | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    formulas: Mapping[str, Formula]

    def cell(self, row: Row, column: Column) -> str:
        return f"{self.key}.{row.key}.{column.key}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """`levels` go from the level that measures up to the one that sums last; `offices` names the kind of department
    that makes the return at a level (the unit itself where none is named); `due` counts from the end of the period."""

    key: str
    version: int
    number: str
    title: Text
    article: str
    period: Kind
    valid_from: date
    levels: tuple[str, ...]
    offices: Mapping[str, str]
    due: Mapping[str, tuple[int, str]]
    paper: str
    tables: tuple[Table, ...]
    checks: tuple[Check, ...]
    notes: tuple[Text, ...]

    @property
    def formulas(self) -> dict[str, Formula]:
        return {cell: formula for table in self.tables for cell, formula in table.formulas.items()}

    def format_of(self, cell: str) -> str:
        table, _row, column = cell.split(".")
        found = next(item for item in self.tables if item.key == table)
        return next(item.format for item in found.columns if item.key == column)

    def name_of(self, cell: str, language: str) -> str:
        """``title of the row · title of the column`` for readers."""
        table_key, row_key, column_key = cell.split(".")
        table = next(item for item in self.tables if item.key == table_key)
        row = next(item for item in table.rows if item.key == row_key)
        column = next(item for item in table.columns if item.key == column_key)
        group = f"{column.group.in_language(language)} " if column.group else ""
        return f"{row.title.in_language(language)} · {group}{column.title.in_language(language)}"

    def measures(self) -> set[str]:
        return {formula.measure for formula in self.formulas.values() if isinstance(formula, Measured)}


def parse(content: Any, where: str) -> Declaration:
    """The declaration in a YAML or JSON mapping. Raises `InvalidRegulation` naming place and field."""
    fields = Fields(content, where)
    period = fields.take("period", str)
    if period not in MONTHS:
        raise InvalidRegulation(f"{where}: period must be one of {', '.join(MONTHS)}")
    tables = fields.each("tables", lambda value: _table(value, where))
    formulas = {cell: formula for table in tables for cell, formula in table.formulas.items()}
    declaration = Declaration(
        key=fields.take("key", str),
        version=fields.take("version", int),
        number=fields.take("number", str),
        title=fields.text("title"),
        article=fields.take("article", str),
        period=period,
        valid_from=_day(fields, where),
        levels=tuple(fields.take("levels", list)),
        offices=fields.optional("offices", dict, {}),
        due=_due(fields.optional("due", dict, {}), where),
        paper=fields.optional("paper", str, "A4"),
        tables=tables,
        checks=fields.each("checks", lambda value: _check(value, formulas, where)),
        notes=fields.each("notes", lambda value: _text(value, where)),
    )
    fields.end()
    named = {*declaration.offices, *declaration.due}
    if not declaration.levels or named - set(declaration.levels):
        raise InvalidRegulation(f"{where}: offices and due name a level that is none of the form's")
    if len({table.key for table in tables}) != len(tables):
        raise InvalidRegulation(f"{where}: a table's key stands twice")
    return declaration


def _due(value: Mapping[str, Any], where: str) -> dict[str, tuple[int, str]]:
    """Level -> (count, unit) after the end of the period, written ``5 workdays``."""
    found = {}
    for level, text in value.items():
        try:
            limit = parse_limit(str(text))
        except ValueError as error:
            raise InvalidRegulation(f"{where}: due: {error}") from error
        if limit.count is None:
            raise InvalidRegulation(f"{where}: due: {text!r} counts nothing")
        found[level] = (limit.count, limit.unit)
    return found


def _day(fields: Fields, where: str) -> date:
    value = fields.rest.pop("valid_from", None)
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise InvalidRegulation(f"{where}: valid_from must be a date") from None


def _text(value: Any, where: str) -> Text:
    return Fields({"text": value}, where).text("text")


def _table(value: Any, where: str) -> Table:
    fields = Fields(value, where)
    key = fields.take("key", str)
    where = f"{where}: table {key}"
    column_fields = [Fields(item, f"{where}: columns") for item in fields.take("columns", list)]
    row_fields = [Fields(item, f"{where}: rows") for item in fields.take("rows", list)]
    overrides = fields.optional("cells", dict, {})
    columns = tuple(
        Column(
            key=item.take("key", str),
            title=item.text("title"),
            format=_format(item),
            group=item.optional_text("group"),
        )
        for item in column_fields
    )
    rows = tuple(Row(item.take("key", str), item.text("title"), "sum" in item.rest) for item in row_fields)
    for item in (columns, rows):
        if len({part.key for part in item}) != len(item) or not item:
            raise InvalidRegulation(f"{where}: rows and columns need keys that differ")
    formulas = {
        f"{key}.{row.key}.{column.key}": _formula(
            (key, row.key, column.key), row_rest.rest, column_rest.rest, overrides, where
        )
        for row, row_rest in zip(rows, row_fields, strict=True)
        for column, column_rest in zip(columns, column_fields, strict=True)
    }
    table = Table(key, fields.optional_text("title"), columns, rows, formulas)
    fields.end()
    _all_named(formulas, overrides, key, where)
    return table


def _format(fields: Fields) -> str:
    found = fields.optional("format", str, "count")
    if found not in FORMATS:
        raise InvalidRegulation(f"{fields.where}: format must be one of {', '.join(FORMATS)}")
    return found


def _formula(
    place: tuple[str, str, str],
    row: Mapping[str, Any],
    column: Mapping[str, Any],
    overrides: Mapping[str, Any],
    where: str,
) -> Formula:
    """The cell's own formula; else the column's ratio, the row's sum, the column's sum, or the column's measure or
    typing with the arguments of row and column together."""
    table, row_key, column_key = place
    own = overrides.get(f"{row_key}.{column_key}")
    if own is not None:
        column = {**column, **own} if "with" in own else own
        row = {name: value for name, value in row.items() if name == "with"}
    if column.get("blank"):
        return Blank()
    if "ratio" in column:
        numerator, denominator = column["ratio"]
        return Ratio(f"{table}.{row_key}.{numerator}", f"{table}.{row_key}.{denominator}")
    if "sum" in row:
        return Summed(tuple(f"{table}.{name}.{column_key}" for name in row["sum"]))
    if "sum" in column:
        return Summed(tuple(f"{table}.{row_key}.{name}" for name in column["sum"]))
    if column.get("typed"):
        return Typed()
    if "measure" not in column:
        raise InvalidRegulation(f"{where}: {row_key}.{column_key} has no formula")
    arguments = {**column.get("with", {}), **row.get("with", {})}
    return Measured(str(column["measure"]), tuple(sorted(arguments.items())))


def _all_named(formulas: Mapping[str, Formula], overrides: Mapping[str, Any], table: str, where: str) -> None:
    """Every cell a formula names exists, and no sum turns in a circle."""
    for name in overrides:
        if f"{table}.{name}" not in formulas:
            raise InvalidRegulation(f"{where}: cells: there is no {name!r}")
    for cell in formulas:
        for seen in _reaches(cell, formulas, where):
            if seen == cell:
                raise InvalidRegulation(f"{where}: {cell} is computed from itself")


def _reaches(cell: str, formulas: Mapping[str, Formula], where: str) -> Iterable[str]:
    waiting, seen = list(parts(formulas[cell])), set()
    while waiting:
        name = waiting.pop()
        if name not in formulas:
            raise InvalidRegulation(f"{where}: {cell} names {name!r}, which does not exist")
        if name not in seen:
            seen.add(name)
            yield name
            waiting += parts(formulas[name])


def parts(formula: Formula) -> tuple[str, ...]:
    """The cells a formula is computed from."""
    match formula:
        case Summed(cells):
            return cells
        case Ratio(numerator, denominator):
            return numerator, denominator
        case _:
            return ()


def _check(value: Any, formulas: Mapping[str, Formula], where: str) -> Check:
    fields = Fields(value, f"{where}: checks")
    rule = fields.take("rule", str)
    severity = fields.take("severity", str)
    message = fields.text("message")
    fields.end()
    if severity not in {"warn", "refuse"}:
        raise InvalidRegulation(f"{where}: checks: severity is warn or refuse")
    try:
        return Check(rule, parse_rule(rule, formulas), severity, message)
    except ValueError as error:
        raise InvalidRegulation(f"{where}: checks: {error}") from error
