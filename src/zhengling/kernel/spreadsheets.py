"""A list as an Excel file. What somebody typed is text, never a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.http import FileResponse

from zhengling.kernel import clock

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def yuan(fen: int) -> Decimal:
    """Integer fen as the value of a cell, shown with two decimals."""
    return Decimal(fen).scaleb(-2)


def spreadsheet(
    heading: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
    widths: Sequence[int] = (),
) -> bytes:
    """One sheet, written row by row, with a bold first row that stays in view. Moments are shown in Shanghai time."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31] or None)
    sheet.freeze_panes = "A2"
    for number, name in enumerate(heading, start=1):
        width = widths[number - 1] if number <= len(widths) else max(12, 2 * len(str(name)) + 4)
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([_cell(sheet, name, Font(bold=True)) for name in heading])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def attached(title: str, heading: Sequence[object], rows: Iterable[Sequence[object]]) -> FileResponse:
    """A list as a file to download, named with the day."""
    file = BytesIO(spreadsheet(heading, rows, title=title))
    name = f"{title}-{clock.today():%Y%m%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA_TYPE)


def _cell(sheet: Any, value: object, font: Any = None) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, datetime):
        value = clock.local(value).replace(tzinfo=None)
    elif not isinstance(value, int | float | Decimal | date | None):
        value = str(value)
    plain: Any = value  # the stubs know neither Decimal nor date
    cell = WriteOnlyCell(sheet, plain)
    if isinstance(value, str):
        cell.data_type = "s"
    if isinstance(value, Decimal):
        cell.number_format = "#,##0.00"
    if font:
        cell.font = font
    return cell
