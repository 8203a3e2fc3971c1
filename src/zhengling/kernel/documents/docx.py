"""The same content as a Word document (DOCX) in the same layout, for offices that finish letters by hand.

Built from nothing in code: GB/T 9704-2012 measures, the fonts by the names word processors know. Text is always set as
text; a value can carry neither fields nor markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as Doc
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from zhengling.kernel.documents.compose import qr_png
from zhengling.kernel.documents.fonts import WANTED
from zhengling.kernel.documents.kinds import Layout

PITCH = 225 / 22 * 72 / 25.4  # points from line to line: 22 lines in 225 mm
RED = RGBColor(0xD7, 0x00, 0x0F)
CENTER, RIGHT, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
ALIGN = {"left": LEFT, "center": CENTER, "right": RIGHT}
LEADS = {1: "hei", 2: "kai"}


def write_docx(layout: Layout, content: Mapping[str, Any], qr_address: str = "") -> bytes:
    """The content of compose.py as DOCX; `qr_address` is drawn as code at the foot of a receipt."""
    document = Document()
    _page(document)
    if layout == "official":
        _red_head(document, content)
    elif layout == "sheet":
        _sheet_head(document, content)
    else:
        _plain_head(document, content)
    if content["recipient"] and layout != "sheet":
        _text(document, content["recipient"] + "：")
    _blocks(document, content["blocks"])
    if layout == "sheet" and content["foot"]:
        for caption in content["foot"]:
            _text(document, f"{caption}（签名）：　　　　　　　　年　　月　　日", space_before=24)
    else:
        _signature(document, content)
    if layout == "receipt":
        _receipt_foot(document, content["foot"], qr_address)
    elif layout != "sheet":
        for line in content["foot"]:
            _text(document, f"（{line}）", indent=True)
    if layout == "official":
        _imprint(document, content)
    output = BytesIO()
    document.save(output)
    return output.getvalue()


def _page(document: Doc) -> None:
    """A4, 37 mm above and 28 mm to the left, type area 156 mm x 225 mm; page numbers outside, 7 mm below it (7.5)."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(24)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, align in ((section.footer, RIGHT), (section.even_page_footer, LEFT)):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
        _run(paragraph, "— ", "song", 14)
        _page_field(paragraph)
        _run(paragraph, " —", "song", 14)
    style = document.styles["Normal"]
    style.font.size = Pt(16)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    # No extra space where digits meet characters: 28 characters a line.
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        setting = OxmlElement(name)
        setting.set(qn("w:val"), "0")
        properties: Any = style.element.get_or_add_pPr()
        properties.insert_element_before(setting, "w:bidi", "w:snapToGrid", "w:spacing", "w:ind", "w:jc")


def _red_head(document: Doc, content: Mapping[str, Any]) -> None:
    mark = _paragraph(document, CENTER, exact=False, space_before=Mm(30).pt)
    _run(mark, content["mark"], "title", min(36, 440 / max(len(content["mark"]), 1)), RED)
    number = _paragraph(document, CENTER, space_before=2 * PITCH)
    if content.get("signer"):
        number.alignment = LEFT
        number.paragraph_format.left_indent = number.paragraph_format.right_indent = Pt(16)
        number.paragraph_format.tab_stops.add_tab_stop(Mm(140), alignment=WD_TAB_ALIGNMENT.RIGHT)
        _run(number, f"{content['number']}\t签发人：")
        _run(number, content["signer"], "kai")
    else:
        _run(number, content["number"])
    _rule(number, RED, 18)
    _title(document, content["title"], 22, space_before=1.6 * PITCH)
    _text(document, "")


def _plain_head(document: Doc, content: Mapping[str, Any]) -> None:
    _title(document, content["organ"], 22)
    _title(document, content["title"], 26)
    _run(_paragraph(document, RIGHT, space_before=4), content["number"], size=14)


def _sheet_head(document: Doc, content: Mapping[str, Any]) -> None:
    if content.get("mark"):
        _run(_paragraph(document, CENTER, exact=False), content["mark"], "title", 26, RED)
    _title(document, content["title"], 22)
    if content["number"]:
        _run(_paragraph(document, RIGHT), content["number"], size=12)


def _title(document: Doc, words: str, size: float, space_before: float = 0) -> None:
    for line in words.splitlines() or [""]:
        paragraph = _paragraph(document, CENTER, exact=False, space_before=space_before)
        _run(paragraph, line, "title", size)
        space_before = 0


def _blocks(document: Doc, blocks: Sequence[Mapping[str, Any]]) -> None:
    run: list[Mapping[str, Any]] = []
    for block in [*blocks, {"kind": "end"}]:
        if block["kind"] == "boxes":
            run.append(block)
            continue
        if run:
            _boxes(document, run)
            run = []
        if block["kind"] == "table":
            _table(document, block)
        elif block["kind"] == "paragraph":
            paragraph = _paragraph(document)
            paragraph.paragraph_format.first_line_indent = Pt(32)
            paragraph.paragraph_format.keep_with_next = bool(block["lead"] and not block["text"])
            _run(paragraph, block["lead"], LEADS.get(block["level"], "fang"))
            _run(paragraph, block["text"])


def _table(document: Doc, block: Mapping[str, Any]) -> None:
    columns = block["columns"]
    table = document.add_table(rows=1, cols=len(columns), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    total = sum(column["width"] for column in columns)
    for cell, column in zip(table.rows[0].cells, columns, strict=True):
        _cell(cell, column["label"], "center", "hei")
    for values in block["rows"]:
        for cell, value, column in zip(table.add_row().cells, values, columns, strict=True):
            _cell(cell, value, column["align"])
    _widths(table, [156 * column["width"] / total for column in columns])


def _boxes(document: Doc, rows: Sequence[Mapping[str, Any]]) -> None:
    table = document.add_table(rows=0, cols=4, style="Table Grid")
    table.autofit = False
    for row in rows:
        cells = table.add_row().cells
        if len(row["cells"]) == 1:
            cells[1].merge(cells[3])
        for position, box in enumerate(row["cells"]):
            _cell(cells[2 * position], box["label"], "center", "hei")
            blank = not box["value"] and len(row["cells"]) == 1
            _cell(cells[2 * position + 1], box["value"] + "\n" * (5 if blank else 0), "left")
    _widths(table, (28, 50, 28, 50))


def _widths(table: Table, millimetres: Sequence[float]) -> None:
    for column, width in zip(table.columns, millimetres, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _signature(document: Doc, content: Mapping[str, Any]) -> None:
    """The signature centred over the date, which ends four characters from the right (7.3.5)."""
    organ, date = content["organ"], content["date"]
    # Wide enough for both lines in any font; the pair is centred in it.
    width = (max(len(organ), len(date) * 0.8) + 2) * 16
    right = max(4 * 16 - max(width - len(date) * 0.65 * 16, 0) / 2, 16)
    for words, before in ((organ, 2 * PITCH), (date, 0)):
        paragraph = _paragraph(document, CENTER, space_before=before)
        paragraph.paragraph_format.right_indent = Pt(right)
        paragraph.paragraph_format.left_indent = Pt(max(442 - right - width, 0))
        paragraph.paragraph_format.keep_with_next = words == organ
        _run(paragraph, words)


def _receipt_foot(document: Doc, lines: Sequence[str], address: str) -> None:
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    _widths(table, (38, 118))
    picture, words = table.rows[0].cells
    if address:
        picture.paragraphs[0].add_run().add_picture(BytesIO(qr_png(address)), width=Mm(30))
    for position, line in enumerate(lines):
        paragraph = words.paragraphs[0] if position == 0 else words.add_paragraph()
        _run(paragraph, line, size=14)


def _imprint(document: Doc, content: Mapping[str, Any]) -> None:
    lines = [f"抄送：{content['copies']}。"] if content["copies"] else []
    table = document.add_table(rows=0, cols=1)
    for text in [*lines, f"{content['printer']}\t{content['printed_on']}印发"]:
        cell = table.add_row().cells[0]
        cell.paragraphs[0].paragraph_format.tab_stops.add_tab_stop(Mm(148), alignment=WD_TAB_ALIGNMENT.RIGHT)
        _cell(cell, text, "left", size=14)
        _rule(cell.paragraphs[0], RGBColor(0, 0, 0), 6)


def _text(document: Doc, words: str, *, indent: bool = False, space_before: float = 0) -> None:
    paragraph = _paragraph(document, space_before=space_before)
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(32)
    _run(paragraph, words)


def _paragraph(
    document: Doc,
    alignment: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    *,
    exact: bool = True,
    space_before: float = 0,
) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.alignment = alignment
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(space_before), Pt(0)
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY if exact else WD_LINE_SPACING.SINGLE
    if exact:
        form.line_spacing = Pt(PITCH)
    return paragraph


def _cell(cell: _Cell, words: str, align: str, role: str = "fang", size: float = 12) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = ALIGN[align]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(4)
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    _run(paragraph, words, role, size)


def _run(
    paragraph: Paragraph, words: str, role: str = "fang", size: float = 16, color: RGBColor | None = None
) -> None:
    if not words:
        return
    run = paragraph.add_run(words)
    name = WANTED[role][2]
    run.font.name, run.font.size = name, Pt(size)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)
    if color is not None:
        run.font.color.rgb = color


def _rule(paragraph: Paragraph, color: RGBColor, eighths: int) -> None:
    """A line under the paragraph, `eighths` of a point thick."""
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "6"), ("color", str(color))):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    # Word insists on the order of a paragraph's properties.
    properties: Any = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
    )


def _page_field(paragraph: Paragraph) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
    run = paragraph.add_run("1")
    run.font.name, run.font.size = WANTED["song"][2], Pt(14)
    field.append(run._element)
