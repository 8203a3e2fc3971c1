"""The statement for the institution's books (对账文件)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.spreadsheets import spreadsheet, yuan
from zhengling.services.medical.clearing.models import Statement


def reconciliation_file(statement: Statement) -> bytes:
    """One row for each settlement: numbers of both sides, claimed, deducted with the reason, to be paid."""
    heading = [
        _("Settlement number"), _("The institution's number"), _("Settled on"), _("Kind"), _("Claimed"), _("Deducted"),
        _("Reason"), _("To be paid"), _("Statement"),
    ]  # fmt: skip
    lines = statement.lines.select_related("decision__settlement")
    rows = [
        [
            line.decision.settlement.setl_id,
            line.decision.settlement.national.get("medins_setl_id", ""),
            clock.local(line.decision.settlement.setl_time).date(),
            line.decision.settlement.get_benefit_display(),
            yuan(line.claimed),
            yuan(line.deducted),
            line.reason,
            yuan(line.payable),
            statement.case.number,
        ]
        for line in lines
    ]
    total = [
        _("Total"),
        "",
        None,
        "",
        *map(yuan, (statement.claimed, statement.deducted)),
        "",
        yuan(statement.payable),
        "",
    ]
    return spreadsheet(
        heading, [*rows, total], title=statement.period, widths=(24, 24, 14, 16, 14, 14, 30, 14, 18)
    )
