"""Registers on paper: the index of a file (卷内目录), its course (办理过程), the list of a transfer (移交清单)."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from zhengling.kernel import clock
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.casework.models import Case
from zhengling.kernel.documents import organs
from zhengling.kernel.documents.models import Transfer
from zhengling.kernel.documents.typesetting import Typeset, typeset
from zhengling.kernel.documents.wording import Column, table
from zhengling.kernel.law.queries import cite
from zhengling.kernel.organisations.models import Organisation

if TYPE_CHECKING:
    from zhengling.kernel.documents.archive import Entry

COMMON_ACTS = {"transfer": "转办", "urge": "催办", "recall": "撤回", "attach": "补充材料"}
INDEX = (
    Column("number", "序号", 1, "center"),
    Column("document", "文号", 5),
    Column("author", "责任者", 4),
    Column("title", "题名", 6),
    Column("day", "日期", 3, "center"),
    Column("page", "页号", 1, "center"),
)
COURSE = (
    Column("number", "序号", 1, "center"),
    Column("at", "时间", 4, "center"),
    Column("act", "环节", 4),
    Column("unit", "办理单位", 5),
    Column("who", "办理人", 3),
    Column("articles", "依据", 6),
)
HANDOVER = (
    Column("number", "序号", 1, "center"),
    Column("file", "档号", 7),
    Column("title", "案卷题名", 7),
    Column("year", "年度", 2, "center"),
    Column("retention", "保管期限", 2, "center"),
    Column("pages", "页数", 1, "right"),
    Column("digest", "数据包校验值（SHA-256）", 8),
)


def index(
    entries: Sequence[Entry], case: Case, number: str, retention: organs.Retention, organ: Organisation
) -> Typeset:
    rows = [
        {
            "number": entry.number,
            "document": entry.document,
            "author": entry.author,
            "title": entry.title,
            "day": entry.day.replace("-", ""),
            "page": entry.page if entry.pages == 1 else f"{entry.page}-{entry.page + entry.pages - 1}",
        }
        for entry in entries
    ]
    heads = [
        [_pair("档号", number), _pair("保管期限", retention.words)],
        [_pair("案卷题名", case.title), _pair("办件编号", case.number)],
    ]
    return _register("卷内目录", organs.legal_name(organ), heads, table(INDEX, rows))


def course(case: Case, organ: Organisation) -> Typeset:
    rows = [
        {
            "number": event.seq,
            "at": clock.local(event.at).strftime("%Y-%m-%d %H:%M"),
            "act": COMMON_ACTS.get(event.act) or str(case.declaration.act(event.act).label),
            "unit": event.organisation.name if event.organisation else "",
            "who": _who(event.actor_name, event.role),
            "articles": "、".join(cite(key) for key in event.citations),
        }
        for event in case.events.select_related("organisation").order_by("seq")
    ]
    heads = [[_pair("办件编号", case.number), _pair("事项", str(case.declaration.label))]]
    return _register("办理过程", organs.legal_name(organ), heads, table(COURSE, rows))


def handover(batch: Transfer) -> Typeset:
    heads = [
        [_pair("移交单位", organs.legal_name(batch.organ)), _pair("接收单位", batch.receiver)],
        [_pair("移交批次", batch.number), _pair("案卷数", str(batch.files.count()))],
    ]
    # A digest is one long word: in groups it breaks where it can be read aloud and compared.
    rows = [{**row, "digest": grouped(row["digest"])} for row in handover_rows(batch)]
    return _register(
        "档案移交清单", organs.legal_name(batch.organ), heads, table(HANDOVER, rows),
        across=True, signatures=["移交人", "监交人", "接收人"],
    )  # fmt: skip


def handover_workbook(batch: Transfer) -> bytes:
    """The list as an Excel workbook; numbers stay text, so that nothing rounds them."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "移交清单"
    sheet.append(["档案移交清单"])
    sheet.append(
        [f"移交单位：{organs.legal_name(batch.organ)}　接收单位：{batch.receiver}　批次：{batch.number}"]
    )
    sheet.append([column.word for column in HANDOVER])
    for row in handover_rows(batch):
        sheet.append([row[column.name] for column in HANDOVER])
    sheet["A1"].font = Font(size=16, bold=True)
    for cell in sheet[3]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="center")
    for position, column in enumerate(HANDOVER, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = column.width * 5
    sheet.freeze_panes = "A4"
    output = BytesIO()
    book.save(output)
    return output.getvalue()


def handover_rows(batch: Transfer) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "file": file.number,
            "title": file.title,
            "year": clock.local(file.case.closed_at).year if file.case.closed_at else "",
            "retention": file.retention,
            "pages": file.pages,
            "digest": file.digest,
        }
        for number, file in enumerate(batch.files.select_related("case").order_by("number"), start=1)
    ]


def grouped(digest: str) -> str:
    """Hexadecimal digits in groups of eight."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def _who(name: str, role: str) -> str:
    return f"{name}（{ROLES[role].label}）" if role in ROLES else "系统" if name == "system" else name


def _pair(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _register(
    title: str,
    organ: str,
    heads: list[list[dict[str, str]]],
    block: dict[str, Any],
    *,
    across: bool = False,
    signatures: Sequence[str] = (),
) -> Typeset:
    content = {
        "title": title,
        "organ": organ,
        "rows": heads,
        "blocks": [block],
        "across": across,
        "signatures": list(signatures),
    }
    return typeset("register", content, clock.today())
