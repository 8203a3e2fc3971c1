"""Registers and the auditor's lists as Excel files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from zhengling.kernel.spreadsheets import spreadsheet, yuan
from zhengling.services.medical.recovery.audit import METHODS, Record
from zhengling.services.medical.recovery.models import Lead
from zhengling.services.medical.recovery.queries import Row


def recoveries_file(rows: Iterable[Row]) -> bytes:
    heading = [
        _("Number"), _("Person"), _("Case at issue"), _("Starts from"), _("Means"), _("Stage"), _("Demanded"),
        _("Came back"), _("Outstanding"), _("Overdue"), _("Next due"), _("Handed over"),
    ]  # fmt: skip
    lines = [
        [
            row.recovery.case.number,
            row.recovery.person.masked_name,
            row.recovery.about.number if row.recovery.about else "",
            row.recovery.get_origin_display(),
            row.recovery.get_means_display(),
            row.recovery.case.stage_label,
            *map(yuan, (row.demanded, row.received, row.outstanding, row.late)),
            row.next_due,
            row.handed_over,
        ]
        for row in rows
    ]
    return spreadsheet(
        heading, lines, title=_("Recoveries"), widths=[18, 10, 18, 14, 12, 16, *[14] * 4, 12, 24]
    )


def leads_file(rows: Iterable[Lead]) -> bytes:
    heading = [
        _("Number"), _("Kind"), _("Party"), _("Known by"), _("Amount concerned"), _("Opened"), _("Stage"),
    ]  # fmt: skip
    lines = [
        [
            row.case.number,
            row.get_kind_display(),
            row.party_shown,
            row.get_source_display(),
            yuan(row.amount) if row.amount is not None else "",
            row.case.opened_at,
            row.case.stage_label,
        ]
        for row in rows
    ]
    return spreadsheet(
        heading, lines, title=_("Supervision of the fund"), widths=[18, 20, 24, 16, 16, 18, 16]
    )


def records_file(records: Iterable[Record], drawn: Mapping[str, Any] | None) -> bytes:
    """The list, or the sample with how it was drawn in its last row, so that it can be drawn again."""
    heading = [
        _("Date"), _("Number"), _("What"), _("Amount"), _("Article"), _("Digest"),
    ]  # fmt: skip
    lines: list[list[object]] = [
        [row.day, row.number, row.what, yuan(row.amount), row.citation, row.proof] for row in records
    ]
    if drawn:
        words = _("sample of %(size)s, seed “%(seed)s”") % {"size": drawn["size"], "seed": drawn["seed"]}
        lines.append(["", "", f"{METHODS[drawn['method'] or 'random']} · {words}", "", "", ""])
    return spreadsheet(heading, lines, title=_("Audit"), widths=[12, 26, 44, 16, 24, 20])
