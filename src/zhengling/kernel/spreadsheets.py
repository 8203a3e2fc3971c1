"""A list as an Excel file. What somebody typed is text, never a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from zhengling.kernel import clock

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def spreadsheet(
    heading: Sequence[object], rows: Iterable[Sequence[object]], *, widths: Sequence[int] = ()
) -> bytes:
    """One sheet with a bold first row that stays in view. Moments are shown in Shanghai time."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line, row in enumerate([heading, *rows], start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(line, column)
            cell.value = _plain(value)
            if isinstance(cell.value, str):
                cell.data_type = "s"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return clock.local(value).replace(tzinfo=None)
    if value is None or isinstance(value, bool | int | date):
        return value
    return str(value)
