"""Rows of text from a CSV or Excel file that somebody sends, whatever program wrote it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zipfile import BadZipFile

from django.utils.translation import gettext as _

from zhengling.kernel.funds.errors import BadFile

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
ENCODINGS = ("utf-8-sig", "gb18030")


def read_rows(name: str, content: bytes) -> list[list[str]]:
    """Every row as text, dates in ISO form. Raises `BadFile` for what is neither CSV nor Excel, or too large."""
    if len(content) > MAX_BYTES:
        raise BadFile(_("the file is larger than 20 MB"))
    if name.lower().endswith(".xlsx"):
        return _excel_rows(content)
    if name.lower().endswith((".csv", ".txt")):
        for encoding in ENCODINGS:
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            try:
                return _limited(
                    [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))
                )
            except csv.Error as error:
                raise BadFile(_("this is not a CSV file; export it again")) from error
        raise BadFile(_("the text is neither UTF-8 nor GB 18030"))
    raise BadFile(_("send a CSV or an Excel (.xlsx) file"))


def _excel_rows(content: bytes) -> list[list[str]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return _limited([_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True))
    except (BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, OSError) as error:
        raise BadFile(_("this is not an Excel file; save it again as .xlsx")) from error


def _limited(rows: Iterable[list[str]]) -> list[list[str]]:
    taken: list[list[str]] = []
    for row in rows:
        if len(taken) >= MAX_ROWS:
            raise BadFile(_("the file has more than 50,000 rows; split it"))
        taken.append(row)
    return taken


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # Excel keeps every number as a float: 3 comes as 3.0, an amount with at most two decimals is meant.
        return f"{value:.0f}" if value.is_integer() else repr(round(value, 6))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return str(value).strip()
