"""A file of another system as checked rows: CSV in UTF-8 or GB 18030, or Excel; every bad cell is named."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import BytesIO, StringIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from zhengling.kernel import clock
from zhengling.kernel.casework.labels import listed
from zhengling.kernel.exchange.declaration import Column, Row
from zhengling.kernel.exchange.errors import Problem, UnusableFile
from zhengling.kernel.people.identity import birth_date_of, check_id_number, normalise

MAX_BYTES = 64 * 1024 * 1024
MAX_MONEY = 10**13
YES = {"1", "true", "yes", "y", "是"}
NO = {"0", "false", "no", "n", "否"}


@dataclass(frozen=True, slots=True)
class Checked:
    """The good rows, what is wrong with the others, and the control totals of the good ones."""

    rows: list[Row]
    problems: list[Problem]
    totals: dict[str, int]

    @property
    def bad_rows(self) -> int:
        return len({problem.row for problem in self.problems})


def check(name: str, content: bytes, columns: Sequence[Column]) -> Checked:
    """Read and check a whole file. Raises `UnusableFile` when it is no such table at all."""
    lines = _lines(name, content)
    heading = next(lines, (1, ()))[1]
    places = _places(heading, columns)
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, cells in lines:
        if not any(_plain(cell) for cell in cells):
            continue
        values: dict[str, Any] = {}
        faults = [
            Problem(number, str(column.label), reason)
            for column in columns
            if (reason := _take(values, column, _cell(cells, places.get(column.name))))
        ]
        problems += faults
        if not faults:
            rows.append(Row(number, values))
    totals = {column.name: sum(row[column.name] or 0 for row in rows) for column in columns if column.total}
    return Checked(rows, problems, {"rows": len(rows), **totals})


def _lines(name: str, content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    if not content:
        raise UnusableFile(_("the file is empty"))
    if len(content) > MAX_BYTES:
        raise UnusableFile(_("the file is larger than 64 MB; divide it"))
    if content.startswith(b"PK\x03\x04"):
        return _excel_lines(content)
    return _text_lines(name, content)


def _text_lines(name: str, content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise UnusableFile(
            _("%(name)s is neither Excel (.xlsx) nor text in UTF-8 or GB 18030; export it again")
            % {"name": name}
        )
    if "\0" in text:
        raise UnusableFile(_("%(name)s is no table: save it as .xlsx or .csv") % {"name": name})
    first = text.partition("\n")[0]
    delimiter = max(",\t;|", key=first.count)
    try:
        yield from enumerate(
            csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), start=1
        )
    except csv.Error as error:
        raise UnusableFile(_("%(name)s has a broken line: %(why)s") % {"name": name, "why": error}) from None


def _excel_lines(content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    from openpyxl import load_workbook

    try:
        sheet = load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets[0]
        yield from enumerate(sheet.iter_rows(values_only=True, max_col=200), start=1)
    except Exception as error:  # whatever the parser stumbles over, the reader needs one plain sentence
        raise UnusableFile(
            _("this is not an Excel file (.xlsx) that can be read; save it again as .xlsx")
        ) from error


def _places(heading: Sequence[Any], columns: Sequence[Column]) -> dict[str, int]:
    """Column name -> position, by the standard's name, our label in any language, or another known heading."""
    known: dict[str, str] = {}
    for column in columns:
        names = {column.name, *column.names}
        for language in ("zh-hans", "en"):
            with override(language):
                names.add(str(column.label))
        known.update({_key(name): column.name for name in names})
    places: dict[str, int] = {}
    problems = []
    for position, text in enumerate(heading):
        name = known.get(_key(_plain(text)))
        if name in places:
            problems.append(Problem(1, _plain(text), _("this column is there twice")))
        elif name:
            places[name] = position
    missing = [column for column in columns if column.required and column.name not in places]
    problems += [Problem(1, str(column.label), _("this column is missing")) for column in missing]
    if problems:
        raise UnusableFile(
            _("the columns are not those of this data set: %(names)s")
            % {"names": listed(dict.fromkeys(problem.column for problem in problems))},
            problems,
        )
    return places


def _key(text: str) -> str:
    return "".join(text.lower().split())


def _cell(cells: Sequence[Any], place: int | None) -> Any:
    return cells[place] if place is not None and place < len(cells) else None


def _plain(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _take(values: dict[str, Any], column: Column, cell: Any) -> str:
    """Put the cell's value in; the reason if it is none."""
    text = _plain(cell)
    if not text:
        values[column.name] = "" if column.kind == "text" else None
        return _("is missing") if column.required else ""
    try:
        values[column.name] = _READERS[column.kind](cell, text, column)
    except ValueError as error:
        return str(error)
    return ""


def _text(cell: Any, text: str, column: Column) -> str:
    if len(text) > 300:
        raise ValueError(_("is longer than 300 characters"))
    # Excel keeps long numbers as floats, which lose their last digits: say so instead of guessing.
    if isinstance(cell, float) and abs(cell) >= 1e15:
        raise ValueError(_("was saved as a number and lost digits; format the column as text"))
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else text


def _date(cell: Any, text: str, column: Column) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    plain = text.replace("年", "-").replace("月", "-").rstrip("日").replace("/", "-").replace(".", "-")[:10]
    try:
        if plain.isdigit() and len(plain) == 8:
            return datetime.strptime(plain, "%Y%m%d").replace(tzinfo=clock.SHANGHAI).date()
        year, month, day = plain.split("-")
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(_("“%(text)s” is no date like 2022-02-10") % {"text": text}) from None


def _moment(cell: Any, text: str, column: Column) -> datetime:
    if isinstance(cell, datetime):
        moment = cell
    else:
        try:
            moment = datetime.fromisoformat(text.replace("/", "-"))
        except ValueError:
            day = _date(cell, text, column)
            moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - made aware below
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.SHANGHAI)


def _money(cell: Any, text: str, column: Column) -> int:
    try:
        amount = Decimal(text.replace(",", "").replace("￥", "").replace("¥", ""))
        # Excel's binary fractions: 0.1 + 0.2 is meant as 0.30.
        fen = round(amount * 100, 4) if isinstance(cell, float) else amount * 100
        if fen != int(fen) or abs(fen) > MAX_MONEY:
            raise InvalidOperation
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(_("“%(text)s” is no amount in yuan with two decimals") % {"text": text}) from None
    return int(fen)


def _integer(cell: Any, text: str, column: Column) -> int:
    whole = text.removesuffix(".0")
    if not whole.lstrip("-").isascii() or not whole.lstrip("-").isdigit() or len(whole) > 12:
        raise ValueError(_("“%(text)s” is no whole number") % {"text": text})
    return int(whole)


def _flag(cell: Any, text: str, column: Column) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise ValueError(_("“%(text)s” is neither yes nor no") % {"text": text})


def _id_number(cell: Any, text: str, column: Column) -> str:
    number = normalise(_text(cell, text, column))
    if not check_id_number(number) or birth_date_of(number) > clock.today():
        raise ValueError(_("the identity number is mistyped: its check digit does not agree"))
    return number


def _choice(cell: Any, text: str, column: Column) -> str:
    text = text.removesuffix(".0")
    if text in column.choices:
        return column.choices[text]
    raise ValueError(
        _("“%(text)s” is not known; it must be one of %(known)s")
        % {"text": text, "known": listed(column.choices)}
    )


_READERS: dict[str, Callable[[Any, str, Column], Any]] = {
    "text": _text,
    "date": _date,
    "moment": _moment,
    "money": _money,
    "integer": _integer,
    "flag": _flag,
    "choice": _choice,
    "id_number": _id_number,
}
