"""A return as an Excel file in the office's layout: merged headings, unit, period, number, signatures, print set-up.

A return that adds up has a second sheet with its lower units, one a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.returns.models import Return
from zhengling.kernel.returns.presentation import CellView, TableView, tables

NUMBER_FORMATS = {"count": "#,##0", "money": "#,##0.00", "percent": "0.00%"}
PAPER = {"A4": 9, "A3": 8}


def workbook(row: Return, lower: Sequence[Return] = ()) -> bytes:
    """The file; `lower` are the returns of the units below, for the second sheet."""
    from openpyxl import Workbook

    book = Workbook()
    sheet: Any = book.active
    sheet.title = row.period
    language = get_language() or ""
    views = tables(row.form.declaration, row.figures, language)
    width = 1 + max(len(view.columns) for view in views)
    _Sheet(sheet, width).write(row, views, language)
    if lower:
        _by_unit(book.create_sheet(_("by unit")), row, lower, language)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


class _Sheet:
    """One sheet being written from the top."""

    def __init__(self, sheet: Any, width: int) -> None:
        from openpyxl.styles import Alignment, Border, Font, Side

        self.sheet, self.width, self.at = sheet, width, 1
        thin = Side(style="thin")
        self.box = Border(left=thin, right=thin, top=thin, bottom=thin)
        self.centre = Alignment(horizontal="center", vertical="center", wrap_text=True)
        self.left = Alignment(horizontal="left", vertical="center", wrap_text=True)
        self.bold, self.big = Font(bold=True), Font(bold=True, size=16)

    def write(self, row: Return, views: Sequence[TableView], language: str) -> None:
        declaration = row.form.declaration
        self.line([(declaration.title.in_language(language), self.width)], font=self.big)
        self.sheet.row_dimensions[1].height = 30
        third = max(self.width // 3, 1)
        self.line(
            [
                (f"{_('Unit')}：{row.unit.label}", third),
                (f"{_('Period')}：{row.period_label}", third),
                (f"{_('Form number')}：{declaration.number}", self.width - 2 * third),
            ]
        )
        for view in views:
            self.table(view)
        for note in declaration.notes:
            self.paragraph(note.in_language(language))
        if row.note:
            self.paragraph(f"{_('Explanation')}：{row.note}")
        self.at += 1
        self.signatures(row)
        self.page(declaration.paper)

    def line(self, parts: Iterable[tuple[str, int]], *, font: Any = None, alignment: Any = None) -> None:
        """One row of texts, each merged over its number of columns."""
        column = 1
        for text, span in parts:
            self.put(column, text, font=font, alignment=alignment or self.centre)
            if span > 1:
                self.sheet.merge_cells(
                    start_row=self.at, start_column=column, end_row=self.at, end_column=column + span - 1
                )
            column += span
        self.at += 1

    def paragraph(self, text: str) -> None:
        """A text over the whole width, as high as it needs: Excel does not grow merged rows by itself."""
        room = 26 + 13 * (self.width - 1)
        self.sheet.row_dimensions[self.at].height = 16 * (1 + 2 * len(text) // room)
        self.line([(text, self.width)], alignment=self.left)

    def put(
        self, column: int, value: Any, *, font: Any = None, alignment: Any = None, box: bool = False
    ) -> Any:
        cell = self.sheet.cell(row=self.at, column=column)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # what somebody typed is never a formula
        if font:
            cell.font = font
        if alignment:
            cell.alignment = alignment
        if box:
            cell.border = self.box
        return cell

    def table(self, view: TableView) -> None:
        self.at += 1
        if view.title:
            self.line([(view.title, self.width)], font=self.bold, alignment=self.left)
        first = self.at
        if view.groups:
            column = 2
            for title, span in view.groups:
                for offset in range(span):
                    self.put(
                        column + offset,
                        title if not offset else None,
                        font=self.bold,
                        box=True,
                        alignment=self.centre,
                    )
                self.sheet.merge_cells(
                    start_row=self.at, start_column=column, end_row=self.at, end_column=column + span - 1
                )
                column += span
            self.put(1, _("Item"), font=self.bold, box=True, alignment=self.centre)
            self.at += 1
        self.put(1, None if view.groups else _("Item"), font=self.bold, box=True, alignment=self.centre)
        if view.groups:
            self.sheet.merge_cells(start_row=first, start_column=1, end_row=self.at, end_column=1)
        for column, (title, _format) in enumerate(view.columns, start=2):
            self.put(column, title, font=self.bold, box=True, alignment=self.centre)
        self.at += 1
        for row in view.rows:
            self.put(1, row.title, box=True, alignment=self.left, font=self.bold if row.total else None)
            for column, cell in enumerate(row.cells, start=2):
                self.figure(column, cell)
            self.at += 1

    def figure(self, column: int, cell: CellView) -> None:
        written = self.put(column, "—" if cell.crossed else value_of(cell.value, cell.format), box=True)
        if cell.crossed:
            written.alignment = self.centre
        else:
            written.number_format = NUMBER_FORMATS[cell.format]

    def signatures(self, row: Return) -> None:
        quarter = max(self.width // 4, 1)
        handed_in = clock.local(row.submitted_at).date().isoformat() if row.submitted_at else ""
        parts = [
            (f"{_('Head of the unit')}：", quarter),
            (f"{_('Reviewer')}：{row.reviewer.full_name if row.reviewer else ''}", quarter),
            (f"{_('Filled in by')}：{row.maker.full_name if row.maker else ''}", quarter),
            (f"{_('Handed in on')}：{handed_in}", max(self.width - 3 * quarter, 1)),
        ]
        self.line(parts, alignment=self.left)

    def page(self, paper: str) -> None:
        from openpyxl.utils import get_column_letter

        self.sheet.column_dimensions["A"].width = 26
        for column in range(2, self.width + 1):
            self.sheet.column_dimensions[get_column_letter(column)].width = 13
        self.sheet.page_setup.paperSize = PAPER[paper]
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.page_setup.fitToWidth, self.sheet.page_setup.fitToHeight = 1, 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self.sheet.print_options.horizontalCentered = True


def value_of(value: int | None, form: str) -> int | Decimal | None:
    """What Excel computes with: counts as they are, yuan, shares of one."""
    if value is None or form == "count":
        return value
    return Decimal(value).scaleb(-2 if form == "money" else -4)


def _by_unit(sheet: Any, row: Return, lower: Sequence[Return], language: str) -> None:
    declaration = row.form.declaration
    cells = list(declaration.formulas)
    writer = _Sheet(sheet, len(cells) + 2)
    for column, title in enumerate(
        [_("Unit"), _("State"), *(declaration.name_of(cell, language) for cell in cells)], start=1
    ):
        writer.put(column, title, font=writer.bold, alignment=writer.centre, box=True)
    writer.at += 1
    for item in lower:
        writer.put(1, item.unit.label, box=True)
        writer.put(2, item.get_state_display(), box=True)
        for column, cell in enumerate(cells, start=3):
            form = declaration.format_of(cell)
            writer.put(
                column, value_of(item.figures.get(cell), form), box=True
            ).number_format = NUMBER_FORMATS[form]
        writer.at += 1
    sheet.freeze_panes = "C2"
    writer.page("A3")
