"""The urging order on paper (督办单): the office's template and the national sheet layout, in Chinese."""

from __future__ import annotations

from django.utils.translation import override

from zhengling.kernel import clock
from zhengling.kernel.casework.labels import procedure_label
from zhengling.kernel.documents.compose import Head, compose
from zhengling.kernel.documents.kinds import SUPERVISION_ORDER
from zhengling.kernel.documents.organs import legal_name
from zhengling.kernel.documents.template_store import active_template
from zhengling.kernel.documents.typesetting import Typeset, typeset
from zhengling.kernel.documents.wording import Column, chinese_date, table
from zhengling.kernel.law.queries import cite
from zhengling.kernel.supervision.lines import limit_label
from zhengling.kernel.supervision.models import UrgedLimit, UrgingOrder

COLUMNS = (
    Column("number", "序号", 1, "center"),
    Column("case", "办件编号", 4),
    Column("title", "事项", 5),
    Column("limit", "时限", 4),
    Column("due", "应办结日期", 3, "center"),
    Column("late", "逾期日数", 2, "center"),
)


def typeset_order(order: UrgingOrder) -> Typeset:
    """The order as PDF. Raises `ActRefused` when the city has no template for it."""
    wording = active_template(SUPERVISION_ORDER.name, order.issuer).wording
    issued = clock.local(order.issued_at).date()
    matters = list(order.matters.select_related("case", "limit"))
    head = Head(
        organ=order.issuer,
        recipient=f"{legal_name(order.to)}：",
        number=order.number,
        dated=issued,
        printed_on=issued,
    )
    with override("zh-hans"):
        content = compose(SUPERVISION_ORDER, wording, _values(order, matters), head)
        if len(matters) > 1:
            content["blocks"] = [*content["blocks"], table(COLUMNS, _rows(matters))]
    return typeset(SUPERVISION_ORDER.layout, content, issued)


def _values(order: UrgingOrder, matters: list[UrgedLimit]) -> dict[str, str]:
    first = matters[0]
    procedures = "、".join(dict.fromkeys(procedure_label(row.limit.procedure) for row in matters))
    citations = "；".join(dict.fromkeys(cite(row.limit.citation) for row in matters))
    if len(matters) == 1:
        matter, late = f"{first.case.title}（{first.case.number}）", _late(first)
    else:
        overdue = sum(row.days_late > 0 for row in matters)
        matter = f"{procedures}{len(matters)}件（清单附后）"
        late = f"逾期{overdue}件，最早应于{chinese_date(first.due)}办结" if overdue else ""
    return {
        "matter": matter,
        "unit": legal_name(order.to),
        "due": order.respond_by.isoformat(),
        "late": late,
        "article": citations,
        "demand": order.words,
    }


def _late(row: UrgedLimit) -> str:
    if row.days_late > 0:
        return f"应于{chinese_date(row.due)}办结，已逾期{row.days_late}日"
    return f"应于{chinese_date(row.due)}办结"


def _rows(matters: list[UrgedLimit]) -> list[dict[str, str]]:
    return [
        {
            "number": str(number),
            "case": row.case.number,
            "title": row.case.title,
            "limit": limit_label(row.limit.procedure, row.limit.name),
            "due": chinese_date(row.due),
            "late": str(row.days_late) if row.days_late > 0 else "未逾期",
        }
        for number, row in enumerate(matters, start=1)
    ]
