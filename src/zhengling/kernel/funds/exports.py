"""The books as Excel files: balances, trial balance, account book, vouchers, payables."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from zhengling.kernel.funds.models import Entry, Payable
from zhengling.kernel.funds.queries import AccountBook, Position, TrialBalance, purpose_label
from zhengling.kernel.spreadsheets import spreadsheet, yuan


def positions_file(rows: Iterable[Position], year: int) -> bytes:
    heading = [
        _("Unit"), _("Source"), _("Carried over"), _("Received"), _("Granted"), _("Owed"), _("On its way"),
        _("In the bank"), _("Available"), _("In the one-stop account"),
    ]  # fmt: skip
    lines = [
        [
            row.ledger.unit.label,
            row.source.label,
            *map(
                yuan,
                (
                    row.carried,
                    row.received,
                    row.spent,
                    row.owed,
                    row.moving,
                    row.bank,
                    row.available,
                    row.one_stop,
                ),
            ),
        ]
        for row in rows
    ]
    return spreadsheet(heading, lines, title=str(year), widths=[28, 16, *[16] * 8])


def trial_balance_file(trial: TrialBalance, year: int) -> bytes:
    heading = [
        _("Account code"), _("Ledger account"), _("Source"), _("Opening debit"), _("Opening credit"), _("Debit"),
        _("Credit"), _("Closing debit"), _("Closing credit"),
    ]  # fmt: skip
    lines = [
        [
            row.account.code,
            row.account.label,
            row.account.get_source_display(),
            *map(yuan, (max(row.opening, 0), max(-row.opening, 0), row.debit, row.credit)),
            *map(yuan, (max(row.closing, 0), max(-row.closing, 0))),
        ]
        for row in trial.rows
    ]
    return spreadsheet(heading, lines, title=str(year), widths=[10, 24, 14, *[16] * 6])


def account_book_file(book: AccountBook) -> bytes:
    heading = [_("Date"), _("Voucher"), _("Summary"), _("Article"), _("Debit"), _("Credit"), _("Balance")]
    lines: list[list[object]] = [["", "", _("Brought forward"), "", "", "", yuan(book.opening)]]
    lines += [
        [
            line.entry.date,
            line.entry.seq,
            f"{purpose_label(line.entry)} {line.entry.description}",
            line.entry.citation,
            yuan(line.debit),
            yuan(line.credit),
            yuan(line.running),
        ]
        for line in book.lines
    ]
    lines.append(["", "", _("Sum"), "", yuan(book.debit), yuan(book.credit), yuan(book.closing)])
    return spreadsheet(heading, lines, title=book.account.code, widths=[12, 9, 40, 24, 16, 16, 16])


def vouchers_file(entries: Iterable[Entry]) -> bytes:
    heading = [
        _("Voucher"), _("Date"), _("Summary"), _("Article"), _("Account code"), _("Ledger account"), _("Source"),
        _("Debit"), _("Credit"), _("Booked by"),
    ]  # fmt: skip
    lines = [
        [
            entry.seq,
            entry.date,
            f"{purpose_label(entry)} {entry.description}",
            entry.citation,
            line.account.code,
            line.account.label,
            line.account.get_source_display(),
            yuan(line.debit),
            yuan(line.credit),
            entry.posted_by_name,
        ]
        for entry in entries
        for line in entry.lines.all()
    ]
    return spreadsheet(heading, lines, title=_("Vouchers"), widths=[9, 12, 40, 24, 10, 22, 14, 16, 16, 14])


def payables_file(rows: Iterable[Payable]) -> bytes:
    heading = [
        _("Number"), _("Payee"), _("Bank account"), _("Source"), _("Amount"), _("Article"), _("Due"), _("State"),
        _("Reason"), _("Paid on"),
    ]  # fmt: skip
    lines = [
        [
            row.reference,
            row.payee,
            row.account_mask,
            row.get_source_display(),
            yuan(row.amount),
            row.citation,
            row.due,
            row.get_state_display(),
            row.reason,
            row.paid_on,
        ]
        for row in rows
    ]
    return spreadsheet(heading, lines, title=_("Payables"), widths=[20, 16, 14, 14, 16, 24, 12, 14, 24, 12])
