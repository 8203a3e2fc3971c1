"""Proving the books from their lines: chain, balance of each entry, running sums, reversals, and what is owed
or on its way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from zhengling.kernel.canonical import chain
from zhengling.kernel.funds.ledger import balance, body
from zhengling.kernel.funds.models import Account, Balance, Entry, Ledger, Line, Payable, Payment, Route

# Account of payments on their way -> the routes that use it.
_TRANSITS = {
    key: [route for route in Route if route.transit == key] for key in dict.fromkeys(r.transit for r in Route)
}


def problems(ledger: Ledger) -> Iterator[str]:
    """What does not agree in the books of one unit; nothing when they are whole."""
    yield from problems_of_entries(ledger)
    yield from _money_on_its_way(ledger)


def problems_of_entries(ledger: Ledger) -> Iterator[str]:
    """The books for themselves: every entry, the chain, the running sums."""
    yield from _entries(ledger)
    yield from _balances(ledger)


def _entries(ledger: Ledger) -> Iterator[str]:
    previous, expected = "", 1
    entries = Entry.objects.filter(ledger=ledger).order_by("seq").select_related("reverses")
    for entry in entries.prefetch_related("lines", "reverses__lines").iterator(chunk_size=500):
        where = _("voucher %(seq)s") % {"seq": entry.seq}
        lines = list(entry.lines.all())
        if entry.seq != expected:
            yield _("%(voucher)s: voucher %(missing)s is missing") % {"voucher": where, "missing": expected}
        if sum(line.debit for line in lines) != sum(line.credit for line in lines) or not lines:
            yield _("%(voucher)s: debit and credit differ") % {"voucher": where}
        if entry.previous != previous or entry.digest != chain(entry.previous, body(entry, lines)):
            yield _("%(voucher)s: changed after it was posted") % {"voucher": where}
        if entry.reverses is not None:
            mine = sorted((line.account_id, line.debit, line.credit) for line in lines)
            if mine != sorted(
                (line.account_id, line.credit, line.debit) for line in entry.reverses.lines.all()
            ):
                yield _("%(voucher)s: is not the exact opposite of what it reverses") % {"voucher": where}
        previous, expected = entry.digest, entry.seq + 1
    if ledger.head != previous or ledger.entries != expected - 1:
        yield _("the books do not end where their vouchers end")


def _balances(ledger: Ledger) -> Iterator[str]:
    proven: dict[tuple[int, int], tuple[int, int]] = {
        (row["account"], row["entry__year"]): (row["dr"], row["cr"])
        for row in Line.objects.filter(entry__ledger=ledger)
        .values("account", "entry__year")
        .annotate(dr=Sum("debit"), cr=Sum("credit"))
        .order_by()
    }
    years: defaultdict[int, int] = defaultdict(int)
    for row in Balance.objects.filter(account__ledger=ledger).select_related("account"):
        years[row.year] += row.debit - row.credit
        if proven.pop((row.account_id, row.year), (0, 0)) != (row.debit, row.credit):
            yield _("account %(account)s in %(year)s: the running sum differs from the lines") % {
                "account": row.account.code,
                "year": row.year,
            }
    for _account, year in proven:
        yield _("%(year)s: an account with lines has no running sum") % {"year": year}
    for year, difference in years.items():
        if difference:
            yield _("%(year)s: the trial balance is not zero") % {"year": year}


def _money_on_its_way(ledger: Ledger) -> Iterator[str]:
    """The payables and the sent payments must add up to their accounts."""
    sent = Q(batch__state__in=["approved", "exported", "done"], state=Payment.State.PENDING)
    sources = Account.objects.filter(ledger=ledger, key="payable").values_list("source", flat=True)
    for source in sources:
        moving = {
            key: _sum(
                Payment.objects.filter(sent, batch__ledger=ledger, source=source, batch__route__in=routes)
            )
            for key, routes in _TRANSITS.items()
        }
        owed = _sum(
            Payable.objects.filter(ledger=ledger, source=source, state__in=["open", "batched", "returned"])
        )
        if any(balance(ledger, key, source) != fen for key, fen in moving.items()):
            yield _("%(source)s: what is on its way differs from the batches") % {"source": source}
        if balance(ledger, "payable", source) != owed - sum(moving.values()):
            yield _("%(source)s: what is owed differs from the payables") % {"source": source}


def _sum(rows: object) -> int:
    return int(rows.aggregate(fen=Sum("amount"))["fen"] or 0)  # type: ignore[attr-defined]
