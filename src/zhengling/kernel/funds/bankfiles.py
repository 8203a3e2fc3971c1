"""Files to and from the bank, in layouts the city declares (``funds/bank.yaml``). No database here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext as _

from zhengling.kernel.canonical import digest
from zhengling.kernel.funds.errors import BadFile, RowProblem
from zhengling.kernel.funds.sheets import read_rows
from zhengling.kernel.law.instruments import Text
from zhengling.kernel.law.reading import Fields, InvalidRegulation, read_yaml
from zhengling.kernel.spreadsheets import spreadsheet

VALUES = ("row", "account", "holder", "bank", "amount", "purpose", "batch")
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Format:
    """One declared layout. `columns` are (title, value); `amount` says whether amounts stand in yuan or fen."""

    key: str
    name: Text
    route: str
    file: str
    encoding: str
    amount: str
    columns: tuple[tuple[str, str], ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class ReplyLayout:
    """Column titles the answer may use for each value, and the words that mean paid or returned."""

    titles: Mapping[str, tuple[str, ...]]
    paid: tuple[str, ...]
    returned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bank:
    formats: tuple[Format, ...]
    reply: ReplyLayout

    def format(self, key: str) -> Format:
        """Raises KeyError for a layout the city does not declare."""
        found = next((item for item in self.formats if item.key == key), None)
        if found is None:
            raise KeyError(key)
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank says of one payment; `line` is the row of the file, heading included."""

    line: int
    seq: int
    amount: int
    outcome: Literal["paid", "returned"]
    reason: str
    reference: str
    batch: str


def read_bank(path: Path) -> Bank:
    """Raises `InvalidRegulation` naming what is wrong in the file."""
    fields = Fields(read_yaml(path), str(path))
    bank = Bank(
        formats=fields.each("formats", lambda value: _format(value, path)),
        reply=_reply(Fields(fields.take("reply", dict), f"{path}: reply")),
    )
    fields.end()
    return bank


def _format(value: Any, path: Path) -> Format:
    fields = Fields(value, f"{path}: formats")
    columns = []
    for item in fields.take("columns", list):
        column = Fields(item, f"{path}: columns")
        columns.append((column.take("title", str), column.take("value", str)))
        column.end()
    result = Format(
        key=fields.take("key", str),
        name=fields.text("name"),
        route=fields.take("route", str),
        file=fields.take("file", str),
        encoding=fields.optional("encoding", str, "utf-8-sig"),
        amount=fields.take("amount", str),
        columns=tuple(columns),
        purpose=fields.take("purpose", str),
    )
    fields.end()
    unknown = {source for _title, source in columns} - set(VALUES)
    if unknown or result.file not in MEDIA_TYPES or result.amount not in {"yuan", "fen"}:
        raise InvalidRegulation(f"{path}: {result.key}: unknown column value, file or amount {unknown or ''}")
    return result


def _reply(fields: Fields) -> ReplyLayout:
    titles = {
        name: tuple(fields.take(name, list))
        for name in ("batch", "row", "amount", "result", "reason", "reference")
    }
    layout = ReplyLayout(titles, tuple(fields.take("paid", list)), tuple(fields.take("returned", list)))
    fields.end()
    return layout


@lru_cache(maxsize=1)
def _bank_in(folder: Path) -> Bank:
    return read_bank(folder / "funds" / "bank.yaml")


def current_bank() -> Bank:
    """The layouts of the installed city; read once a process."""
    return _bank_in(settings.CITY)


def yuan(fen: int) -> str:
    """123450 → ``1234.50``; digits only, as files want it."""
    return f"{fen // 100}.{fen % 100:02d}"


def content_digest(layout: Format, rows: Iterable[Mapping[str, Any]]) -> str:
    """The digest of what the file says, whatever its container; printed on the approval and checked at each
    export."""
    return digest([layout.key, [title for title, _value in layout.columns], _table(layout, rows)])


def render(layout: Format, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The file. Each row has the keys of `VALUES`, `amount` in fen."""
    table = _table(layout, rows)
    titles = [title for title, _value in layout.columns]
    if layout.file == "xlsx":
        return spreadsheet(titles, table)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(titles)
    writer.writerows(table)
    return text.getvalue().encode(layout.encoding)


def _table(layout: Format, rows: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    return [
        [
            (yuan(row["amount"]) if layout.amount == "yuan" else str(row["amount"]))
            if source == "amount"
            else str(row[source])
            for _title, source in layout.columns
        ]
        for row in rows
    ]


def parse_reply(layout: ReplyLayout, name: str, content: bytes) -> list[Answer]:
    """The answers in a bank's file (CSV or Excel). Raises `BadFile` naming every wrong row and column."""
    rows = read_rows(name, content)
    if not rows:
        raise BadFile(_("the file is empty"))
    places = _places(layout, rows[0])
    answers: list[Answer] = []
    problems: list[RowProblem] = []
    for line, cells in enumerate(rows[1:], start=2):
        if not any(cells):
            continue
        found = {value: cells[at].strip() if at < len(cells) else "" for value, at in places.items()}
        wrong = list(_wrong(layout, line, found))
        problems += wrong
        if not wrong:
            answers.append(
                Answer(
                    line=line,
                    seq=int(found["row"]),
                    amount=int(_decimal(found["amount"]) * 100),
                    outcome="paid" if found["result"] in layout.paid else "returned",
                    reason=found.get("reason", "")[:300],
                    reference=found.get("reference", "")[:60],
                    batch=found["batch"],
                )
            )
    if problems:
        raise BadFile(_("the bank's file has mistakes; nothing was taken"), problems)
    if not answers:
        raise BadFile(_("the file has a heading but no rows"))
    return answers


def _places(layout: ReplyLayout, heading: Sequence[str]) -> dict[str, int]:
    titles = [cell.strip() for cell in heading]
    places = {
        name: titles.index(title)
        for name, options in layout.titles.items()
        for title in options
        if title in titles
    }
    missing = {"batch", "row", "amount", "result"} - places.keys()
    if missing:
        wanted = "、".join(layout.titles[name][0] for name in sorted(missing))
        raise BadFile(_("the heading lacks the columns: %(columns)s") % {"columns": wanted})
    return places


def _wrong(layout: ReplyLayout, line: int, found: Mapping[str, str]) -> Iterable[RowProblem]:
    title = {name: options[0] for name, options in layout.titles.items()}
    if not (found["row"].isascii() and found["row"].isdigit()):
        yield RowProblem(line, title["row"], _("not a row number"))
    try:
        amount = _decimal(found["amount"])
        if amount <= 0 or amount * 100 != int(amount * 100):
            yield RowProblem(line, title["amount"], _("not an amount of yuan with two decimals"))
    except InvalidOperation:
        yield RowProblem(line, title["amount"], _("not an amount of yuan with two decimals"))
    if found["result"] not in (*layout.paid, *layout.returned):
        yield RowProblem(line, title["result"], _("none of the known results"))
    elif found["result"] in layout.returned and not found.get("reason"):
        yield RowProblem(line, title["reason"], _("a returned payment needs the bank's reason"))


def _decimal(text: str) -> Decimal:
    value = Decimal(text.replace(",", "").removeprefix("￥").removeprefix("¥"))
    if not value.is_finite() or abs(value) > Decimal("1e13"):
        raise InvalidOperation
    return value
