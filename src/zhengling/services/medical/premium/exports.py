"""The premium lists as Excel files, with masked names as on the screen."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from zhengling.kernel.casework.models import Case
from zhengling.kernel.spreadsheets import spreadsheet, yuan
from zhengling.services.medical.premium.models import Group, Subsidy
from zhengling.services.medical.premium.queries import CountyRow


def overview_file(rows: Iterable[CountyRow], year: int) -> bytes:
    heading: list[object] = [_("County")]
    for group in Group:
        heading += [f"{group.label} {_('persons')}", f"{group.label} {_('amount')}"]
    heading += [
        _("Persons"),
        _("To the insurance fund"),
        _("Premium refunds"),
        _("Refunded"),
        _("State of the request"),
    ]
    lines = [
        [
            row.county.label,
            *(value for persons, fen in row.counted for value in (persons, yuan(fen))),
            row.persons,
            yuan(row.amount),
            row.refunds,
            yuan(row.refund_fen),
            "、".join(f"{request.case.number} {request.case.stage_label}" for request in row.requests),
        ]
        for row in rows
    ]
    return spreadsheet(heading, lines, title=str(year), widths=[20, *[14] * 10, 40])


def roster_file(rows: Iterable[Subsidy], year: int) -> bytes:
    heading = [
        _("Name"), _("Place"), _("Kind of identity"), _("Recognised on"), _("Subsidised share"), _("Premium"),
        _("Subsidised sum"), _("Way of payment"), _("Case"),
    ]  # fmt: skip
    lines = [
        [
            row.person.masked_name,
            place.label if (place := row.person.household_register or row.person.residence) else "",
            row.get_kind_display(),
            row.recognised_on,
            f"{row.rate / 100:g}%",
            yuan(row.premium),
            yuan(row.amount),
            row.get_route_display(),
            _case_number(row),
        ]
        for row in rows
    ]
    return spreadsheet(heading, lines, title=str(year), widths=[12, 26, 22, 14, 8, 12, 12, 20, 18])


def _case_number(row: Subsidy) -> str:
    case = row.request.case if row.request else row.refund
    return case.number if case else ""


def refunds_file(cases: Iterable[Case], year: int) -> bytes:
    heading = [
        _("Case"),
        _("Name"),
        _("Place"),
        _("Premium paid on"),
        _("Premium paid"),
        _("Refunded"),
        _("State"),
    ]
    lines = [
        [
            case.number,
            case.subject.masked_name if case.subject else "",
            case.place.label,
            case.premium_refund.paid_on,
            yuan(case.premium_refund.paid_amount),
            yuan(case.premium_refunded.amount) if hasattr(case, "premium_refunded") else None,
            case.stage_label,
        ]
        for case in cases
    ]
    return spreadsheet(heading, lines, title=str(year), widths=[18, 12, 26, 14, 14, 14, 16])
