"""Excel files of the exchange room: the empty template, lists of bad rows and of differences, what is sent."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.casework.labels import listed
from zhengling.kernel.exchange.declaration import Column, DataSet, Sheet
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.exchange.presentation import summary
from zhengling.kernel.spreadsheets import spreadsheet, yuan


def kind_words(column: Column) -> str:
    """What a cell of the column may hold."""
    match column.kind:
        case "date":
            return _("a date like 2022-03-28")
        case "moment":
            return _("day and time like 2022-03-28 09:05")
        case "money":
            return _("an amount in yuan with at most two decimals")
        case "integer":
            return _("a whole number")
        case "flag":
            return _("yes or no")
        case "choice":
            return _("one of: %(words)s") % {"words": listed(column.choices)}
        case "id_number":
            return _("18 characters; format the column as text")
        case _other:
            return _("any text")


def template(data_set: DataSet) -> bytes:
    """An empty file with the columns; a second sheet says what belongs in each. Cells are text, so that Excel keeps
    every digit of an identity number."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet: Any = book.active
    sheet.title = str(data_set.label)[:31]
    sheet.freeze_panes = "A2"
    for number, column in enumerate(data_set.columns, start=1):
        cell = sheet.cell(1, number, str(column.label))
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = max(14, 2 * len(str(column.label)) + 4)
        for line in range(1, 501):
            sheet.cell(line, number).number_format = "@"
    about: Any = book.create_sheet(_("Columns")[:31])
    for heading in [(_("Column"), _("Name in the standard"), _("Needed"), _("Content"), _("Explanation"))]:
        about.append(heading)
    for column in data_set.columns:
        needed = _("yes") if column.required else _("no")
        about.append([str(column.label), column.name, needed, kind_words(column), str(column.help)])
    for letter, width in zip("ABCDE", (20, 24, 8, 40, 60), strict=True):
        about.column_dimensions[letter].width = width
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def problems_file(exchange: Exchange) -> bytes:
    """What is wrong, cell by cell; the row numbers are those of the file that was sent."""
    rows = [[row["row"], row["column"], row["reason"]] for row in exchange.problems]
    return spreadsheet([_("Row"), _("Column"), _("What is wrong")], rows, widths=(8, 24, 70))


def differences_file(rows: Iterable[Difference], total: tuple[int, int]) -> bytes:
    """The list as filtered, with its totals in the last row."""
    heading = [
        _("Unit"), _("Period"), _("Kind"), _("Person"), _("Matter"), _("Ours and theirs"), _("Amount at stake"),
        _("Found on"), _("State"), _("Outcome"), _("Reason"), _("Decided by"), _("Decided on"),
    ]  # fmt: skip
    lines: list[list[object]] = [
        [
            row.unit.label,
            row.exchange.period,
            row.mismatch.label,
            row.person.masked_name if row.person else "",
            row.subject,
            summary(row),
            yuan(row.amount),
            clock.local(row.found_at).date(),
            row.get_state_display(),
            row.outcome_label if row.outcome else "",
            row.reason,
            row.decided_by_name,
            clock.local(row.decided_at).date() if row.decided_at else None,
        ]
        for row in rows
    ]
    count, fen = total
    lines.append([_("Total"), "", "", "", count, "", yuan(fen)])
    return spreadsheet(heading, lines)


def sheet_file(sheet: Sheet) -> bytes:
    """A file for the other side."""
    return spreadsheet([str(word) for word in sheet.heading], sheet.rows)
