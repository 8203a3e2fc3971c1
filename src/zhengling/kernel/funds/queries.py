"""Reading the books: balances by unit and source, trial balance, account book, payables and batches with
their next acts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum, Window
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.labels import procedure_label
from zhengling.kernel.casework.models import Case, TimeLimit
from zhengling.kernel.funds import authority
from zhengling.kernel.funds.models import (
    Account,
    Balance,
    BatchStep,
    Entry,
    Ledger,
    Line,
    Payable,
    Payment,
    PaymentBatch,
    Source,
    YearClose,
)

# What a posting is for, by the first word of its purpose.
PURPOSES: dict[str, str | Promise] = {
    "received": _("money received"),
    "owed": _("assistance granted"),
    "sent": _("sent to the bank"),
    "answered": _("answered by the bank"),
    "closing": _("year close"),
    "opening": _("carried over"),
}


def purpose_label(entry: Entry) -> str:
    """What the entry is for, in the reader's language."""
    key = entry.purpose.partition(":")[0]
    label = PURPOSES.get(key) or procedure_label(key)
    return f"{label} ({_('reversal')})" if entry.kind == Entry.Kind.REVERSAL else str(label)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a source of a unit stands in a year, in fen. `bank` and `available` are standings of today."""

    ledger: Ledger
    source: Source
    carried: int
    received: int
    spent: int
    owed: int
    moving: int
    bank: int
    one_stop: int

    @property
    def available(self) -> int:
        """What may still leave: in the bank and not on its way."""
        return self.bank - self.moving

    @property
    def moved(self) -> bool:
        """Whether there is any amount to show."""
        return any(
            (self.carried, self.received, self.spent, self.owed, self.moving, self.bank, self.one_stop)
        )

    @property
    def uncovered(self) -> int:
        """What is owed beyond what is available; the warning sign for article 21."""
        return max(self.owed - self.available - self.one_stop, 0)


def positions(ledgers: Iterable[Ledger], year: int) -> list[Position]:
    """Every source of every ledger; three queries however many there are."""
    books = list(ledgers)
    closed = dict(
        YearClose.objects.filter(ledger__in=books).values_list("ledger").annotate(last=Max("year")).order_by()
    )
    net: dict[tuple[int, str, str], int] = {}
    standing: dict[tuple[int, str, str], int] = {}
    sums = Balance.objects.filter(account__ledger__in=books).values_list(
        "account__ledger", "account__source", "account__kind", "account__key", "year", "debit", "credit"
    )
    for ledger, source, kind, key, row_year, dr, cr in sums:
        signed = dr - cr if kind in {Account.Kind.ASSET, Account.Kind.EXPENSE} else cr - dr
        if row_year == year:
            name = kind if kind == Account.Kind.EXPENSE else key
            net[ledger, source, name] = net.get((ledger, source, name), 0) + signed
        if row_year > closed.get(ledger, 0):
            standing[ledger, source, key] = standing.get((ledger, source, key), 0) + signed
    closing = _closing_movements(books, year)
    return [
        Position(
            ledger=ledger,
            source=Source(source),
            carried=net.get((ledger.pk, source, "fund"), 0) - closing.get((ledger.pk, source, "fund"), 0),
            received=net.get((ledger.pk, source, "income"), 0)
            - closing.get((ledger.pk, source, "income"), 0),
            spent=net.get((ledger.pk, source, "expense"), 0) - closing.get((ledger.pk, source, "expense"), 0),
            owed=standing.get((ledger.pk, source, "payable"), 0),
            moving=standing.get((ledger.pk, source, "transit"), 0),
            bank=standing.get((ledger.pk, source, "bank"), 0),
            one_stop=standing.get((ledger.pk, source, "one_stop"), 0)
            - standing.get((ledger.pk, source, "one_stop_transit"), 0),
        )
        for ledger in books
        for source in Source.values
    ]


def _closing_movements(books: Sequence[Ledger], year: int) -> dict[tuple[int, str, str], int]:
    """What the year's closing entry moved, so that a closed year still shows what came in and went out."""
    found: dict[tuple[int, str, str], int] = {}
    lines = Line.objects.filter(
        entry__ledger__in=books, entry__year=year, entry__kind=Entry.Kind.CLOSING
    ).values_list("account__ledger", "account__source", "account__kind", "debit", "credit")
    for ledger, source, kind, dr, cr in lines:
        signed = dr - cr if kind in {Account.Kind.ASSET, Account.Kind.EXPENSE} else cr - dr
        found[ledger, source, kind] = found.get((ledger, source, kind), 0) + signed
    return found


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One account in a year: what it opened with, what moved, what it closes with (fen, debit positive)."""

    account: Account
    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        return self.opening + self.debit - self.credit

    @property
    def closing_credit(self) -> int:
        return -self.closing


@dataclass(frozen=True, slots=True)
class TrialBalance:
    rows: list[TrialRow]

    @property
    def debit(self) -> int:
        return sum(row.closing for row in self.rows if row.closing > 0)

    @property
    def credit(self) -> int:
        return -sum(row.closing for row in self.rows if row.closing < 0)


def trial_balance(ledger: Ledger, year: int) -> TrialBalance:
    """科目余额表: accounts with any amount in the year, from the running sums."""
    opened = {
        row["account"]: row["net"]
        for row in Line.objects.filter(entry__ledger=ledger, entry__year=year, entry__kind=Entry.Kind.OPENING)
        .values("account")
        .annotate(net=Sum("debit") - Sum("credit"))
        .order_by()
    }
    rows = []
    for row in Balance.objects.filter(account__ledger=ledger, year=year).select_related("account"):
        opening = opened.get(row.account_id, 0)
        rows.append(
            TrialRow(row.account, opening, row.debit - max(opening, 0), row.credit - max(-opening, 0))
        )
    return TrialBalance(sorted(rows, key=lambda item: item.account.code))


@dataclass(frozen=True, slots=True)
class AccountBook:
    """明细账 of one account in a period of one year: `opening` and `closing` are debit-positive fen; each
    line carries `running`, the standing after it."""

    account: Account
    opening: int
    lines: QuerySet[Any]
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        return self.opening + self.debit - self.credit


def account_book(account: Account, first: date, last: date) -> AccountBook:
    """The lines of an account from `first` to `last` (one year), oldest first, with the standing after each."""
    of_year = Line.objects.filter(account=account, entry__year=first.year)
    before = of_year.filter(entry__date__lt=first).aggregate(net=Sum("debit") - Sum("credit"))["net"] or 0
    lines = of_year.filter(entry__date__range=(first, last))
    sums = lines.aggregate(dr=Sum("debit"), cr=Sum("credit"))
    order = [F("entry__date").asc(), F("entry__seq").asc(), F("id").asc()]
    return AccountBook(
        account=account,
        opening=before,
        lines=lines.select_related("entry")
        .annotate(running=before + Window(Sum(F("debit") - F("credit")), order_by=order))
        .order_by("entry__date", "entry__seq", "id"),
        debit=sums["dr"] or 0,
        credit=sums["cr"] or 0,
    )


def vouchers(
    ledger: Ledger, *, first: date, last: date, source: str = "", words: str = ""
) -> QuerySet[Entry]:
    """The entries of a period, newest first, each with its amount (`total` fen)."""
    rows = Entry.objects.filter(ledger=ledger, date__range=(first, last))
    if source:
        rows = rows.filter(Q(pk__in=Line.objects.filter(account__source=source).values("entry")))
    if words:
        rows = rows.filter(description__icontains=words)
    return rows.annotate(total=Sum("lines__debit")).select_related("reversed_by").order_by("-seq")


def payables(ledger: Ledger, *, state: str = "", source: str = "", words: str = "") -> QuerySet[Payable]:
    """Payables of a unit by due date; state ``waiting`` means to be paid, returned ones included."""
    rows = Payable.objects.filter(ledger=ledger)
    if state == "waiting":
        rows = rows.filter(state__in=[Payable.State.OPEN, Payable.State.RETURNED])
    elif state:
        rows = rows.filter(state=state)
    if source:
        rows = rows.filter(source=source)
    if words:
        rows = rows.filter(Q(reference__icontains=words) | Q(payee__icontains=words))
    return rows.order_by(F("due").asc(nulls_last=True), "id")


def with_due(rows: Iterable[Payable]) -> list[Payable]:
    """Payables with the due date of their case's running time limit, where they were booked without one."""
    found = list(rows)
    ids = {UUID(row.origin_id) for row in found if row.origin_kind == "case" and row.due is None}
    running = TimeLimit.objects.filter(case__in=ids, state=TimeLimit.State.RUNNING, waits=False)
    due = {
        str(case): first for case, first in running.values_list("case").annotate(first=Min("due")).order_by()
    }
    for row in found:
        row.due = row.due or due.get(row.origin_id)
    return found


def batches(ledger: Ledger) -> QuerySet[PaymentBatch]:
    """Batches of a unit, newest first, with their number of payments and fen."""
    live = ~Q(payments__state=Payment.State.REMOVED)
    return (
        PaymentBatch.objects.filter(ledger=ledger)
        .select_related("ledger__unit", "maker", "approver")
        .annotate(total=Sum("payments__amount", filter=live), count=Count("payments", filter=live))
        .order_by("-year", "-seq")
    )


@dataclass(frozen=True, slots=True)
class NextStep:
    """What can be done to a batch now; `mine` says whether this actor may, `why_not` why he may not."""

    act: str
    label: str | Promise
    role: str
    mine: bool
    asks_reason: bool = False


# state -> (act, label, role, reason asked); the page draws its buttons from this table
STEPS: dict[str, tuple[tuple[str, str | Promise, str, bool], ...]] = {
    "draft": (
        ("submit", _("Submit for approval"), "cashier", False),
        ("cancel", _("Give the batch up"), "cashier", True),
    ),
    "submitted": (
        ("approve", _("Approve the payment"), "approver", False),
        ("send_back", _("Send back"), "approver", True),
    ),
    "approved": (
        ("export", _("Make the bank file"), "cashier", False),
        ("withdraw", _("Take the approval back"), "approver", True),
    ),
    "exported": (("import", _("Read the bank's answer"), "cashier", False),),
    "done": (),
    "cancelled": (),
}


def next_steps(batch: PaymentBatch, actor: Actor) -> list[NextStep]:
    """The lawful next acts of a batch from the table; preparing one excludes approving it."""
    prepared = (
        actor.user is not None
        and BatchStep.objects.filter(
            batch=batch, actor=actor.user, act__in=("create", "add", "take_out", "submit")
        ).exists()
    )
    return [
        NextStep(
            act,
            label,
            role,
            authority.holds(actor, batch.ledger, role) and not (act == "approve" and prepared),
            asks,
        )
        for act, label, role, asks in STEPS[batch.state]
    ]


def years(ledger: Ledger, today: date) -> list[int]:
    """Years with postings, and the present one, newest first."""
    found = set(Balance.objects.filter(account__ledger=ledger).values_list("year", flat=True))
    return sorted(found | {today.year}, reverse=True)


@dataclass(frozen=True, slots=True)
class Totals:
    """Column sums of positions, in fen."""

    carried: int
    received: int
    spent: int
    owed: int
    moving: int
    bank: int
    one_stop: int
    available: int


def totals(rows: Sequence[Position]) -> Totals:
    return Totals(*(sum(getattr(row, name) for row in rows) for name in Totals.__slots__))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody at this unit: appropriations and batches to approve, payments to make and
    returned."""

    appropriations: int
    payables: int
    payable_fen: int
    returned: int
    drafts: int
    submitted: int
    at_bank: int
    follow_ups: int


def waiting(ledger: Ledger) -> Waiting:
    owed = Payable.objects.filter(ledger=ledger).aggregate(
        count=Count("pk", filter=Q(state__in=["open", "returned"])),
        fen=Sum("amount", filter=Q(state__in=["open", "returned"])),
        returned=Count("pk", filter=Q(state="returned")),
    )
    sent = PaymentBatch.objects.filter(ledger=ledger).aggregate(
        drafts=Count("pk", filter=Q(state="draft")),
        submitted=Count("pk", filter=Q(state="submitted")),
        at_bank=Count("pk", filter=Q(state__in=["approved", "exported"])),
    )
    return Waiting(
        appropriations=ledger.appropriations.filter(state="entered").count(),
        payables=owed["count"],
        payable_fen=owed["fen"] or 0,
        returned=owed["returned"],
        follow_ups=Payment.objects.filter(batch__ledger=ledger).exclude(follow_up="").count(),
        **sent,
    )


def sum_of(rows: QuerySet[Any], name: str) -> int:
    """The sum of a column over all rows of a list, not only the page shown."""
    return int(rows.order_by().aggregate(fen=Sum(name))["fen"] or 0)


def origin_link(entry: Entry) -> tuple[str, str]:
    """(kind, key) of a page that shows what the entry comes from: a case number, a batch id; empty for
    others."""
    if entry.origin_kind == "case":
        number = Case.objects.filter(pk=entry.origin_id).values_list("number", flat=True).first()
        return ("case", number) if number else ("", "")
    return ("batch", entry.origin_id) if entry.origin_kind == "batch" else ("", "")
