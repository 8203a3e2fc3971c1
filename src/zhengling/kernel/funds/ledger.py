"""The only door to the books: post an entry, or reverse one by its exact opposite. Nothing is edited.

Call inside a transaction. Every posting locks the unit's ledger row first, so entries of a unit stand in one
order, running balances are exact and two approvals see each other's money.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.canonical import chain
from zhengling.kernel.funds.errors import FundsError, PostedDifferently, Unbalanced, YearClosed
from zhengling.kernel.funds.models import Account, Balance, Entry, Ledger, Line, Route, YearClose
from zhengling.kernel.identifiers import uuid7

# Spend within what comes in, balance the books, carry what is left forward (量入为出、收支平衡、结余结转).
ARTICLE_21 = "YZCR-2021-01016/21"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a posting comes from: the `kind` of record (case, settlement, batch, …) and its id."""

    kind: str
    id: UUID | str


@dataclass(frozen=True, slots=True)
class Side:
    """One line to be posted: fen on one side of the account named by key and source."""

    key: str
    source: str
    debit: int = 0
    credit: int = 0


def debit(key: str, source: str, fen: int) -> Side:
    return Side(key, source, debit=fen)


def credit(key: str, source: str, fen: int) -> Side:
    return Side(key, source, credit=fen)


def lock(unit_id: int) -> Ledger:
    """The unit's ledger, locked until the transaction ends. Raises `FundsError` when the unit keeps no books."""
    assert transaction.get_connection().in_atomic_block, "postings belong in a transaction"
    ledger = Ledger.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=unit_id).first()
    if ledger is None:
        raise FundsError(_("this unit keeps no books; load its accounts with “zhengling funds load”"))
    return ledger


def post(
    unit_id: int,
    sides: Sequence[Side],
    *,
    origin: Origin,
    purpose: str,
    citation: str,
    description: str,
    actor: Actor,
    on: date | None = None,
    kind: str = Entry.Kind.ORDINARY,
) -> Entry:
    """Post one balanced entry and return it.

    Idempotent by (origin, purpose): the same sides again return the first entry, other sides raise
    `PostedDifferently`. Raises `Unbalanced`, and `YearClosed` for a date in a closed year.
    """
    if not sides or sum(s.debit for s in sides) != sum(s.credit for s in sides):
        raise Unbalanced(_("debit and credit differ"), citation)
    if any(min(s.debit, s.credit) != 0 or max(s.debit, s.credit) <= 0 for s in sides):
        raise Unbalanced(_("every line has a positive amount on one side"), citation)
    ledger = lock(unit_id)
    accounts = resolve(ledger, sides)
    rows = [(accounts[side.key, side.source], side.debit, side.credit) for side in sides]
    before = Entry.objects.filter(
        ledger=ledger, origin_kind=origin.kind, origin_id=str(origin.id), purpose=purpose
    ).first()
    if before is not None:
        same = sorted(before.lines.values_list("account_id", "debit", "credit"))
        if same != sorted((account.pk, dr, cr) for account, dr, cr in rows):
            raise PostedDifferently(
                _("this was posted before with other amounts (voucher %(seq)s); reverse that one first")
                % {"seq": before.seq},
                citation,
            )
        return before
    day = on or clock.today()
    entry = Entry(
        ledger=ledger,
        kind=kind,
        year=day.year,
        date=day,
        description=description[:200],
        citation=citation,
        origin_kind=origin.kind,
        origin_id=str(origin.id),
        purpose=purpose,
    )
    return _write(entry, rows, actor)


def reverse(entry: Entry, *, reason: str, actor: Actor) -> Entry:
    """Undo an entry by its exact opposite, dated today (红字冲销). Raises `FundsError` when it was reversed
    before."""
    ledger = lock(entry.ledger_id)
    if Entry.objects.filter(reverses=entry).exists():
        raise FundsError(_("voucher %(seq)s was reversed before") % {"seq": entry.seq}, entry.citation)
    if entry.kind != Entry.Kind.ORDINARY:
        raise FundsError(_("only an ordinary voucher can be reversed"), entry.citation)
    today = clock.today()
    opposite = Entry(
        ledger=ledger,
        kind=Entry.Kind.REVERSAL,
        year=today.year,
        date=today,
        description=reason[:200],
        citation=entry.citation,
        origin_kind=entry.origin_kind,
        origin_id=entry.origin_id,
        purpose=f"{entry.purpose}:reversal"[:80],
        reverses=entry,
    )
    rows = [(line.account, line.credit, line.debit) for line in entry.lines.select_related("account")]
    return _write(opposite, rows, actor)


def resolve(ledger: Ledger, sides: Iterable[Side]) -> dict[tuple[str, str], Account]:
    """The accounts of the sides by (key, source). Raises `FundsError` naming one that the chart lacks."""
    wanted = {(side.key, side.source) for side in sides}
    found = {
        (account.key, account.source): account
        for account in Account.objects.filter(ledger=ledger, key__in={key for key, _source in wanted})
    }
    missing = wanted - found.keys()
    if missing:
        raise FundsError(
            _("the chart of accounts of %(unit)s has no account %(account)s")
            % {"unit": ledger.unit.name, "account": "/".join(sorted(missing)[0])}
        )
    return found


def _write(entry: Entry, rows: Sequence[tuple[Account, int, int]], actor: Actor) -> Entry:
    """Store lines, seal them by the entry, extend the chain and the running balances. The ledger is locked."""
    ledger = entry.ledger
    if entry.date > clock.today() and entry.kind != Entry.Kind.OPENING:
        raise FundsError(_("a voucher cannot be dated in the future"), entry.citation)
    if YearClose.objects.filter(ledger=ledger, year__gte=entry.year).exists():
        raise YearClosed(
            _("%(year)s is closed; post into the open year") % {"year": entry.year},
            entry.citation or ARTICLE_21,
        )
    ledger.entries += 1
    entry.seq, entry.previous = ledger.entries, ledger.head
    entry.posted_by, entry.posted_by_name, entry.posted_at = actor.user, actor.name[:60], clock.now()
    lines = [
        Line(id=uuid7(), entry_id=entry.pk, account=account, debit=dr, credit=cr) for account, dr, cr in rows
    ]
    entry.digest = ledger.head = chain(entry.previous, body(entry, lines))
    Line.objects.bulk_create(lines)
    entry.save(force_insert=True)
    ledger.save(update_fields=["entries", "head"])
    _add_to_balances(entry.year, lines)
    return entry


def body(entry: Entry, lines: Iterable[Line]) -> dict[str, Any]:
    """What the digest of an entry covers."""
    return {
        "id": entry.pk,
        "ledger": entry.ledger_id,
        "seq": entry.seq,
        "kind": str(entry.kind),
        "date": entry.date,
        "description": entry.description,
        "citation": entry.citation,
        "origin": [entry.origin_kind, entry.origin_id, entry.purpose],
        "reverses": entry.reverses_id,
        "by": [entry.posted_by_id, entry.posted_by_name],
        "at": clock.local(entry.posted_at).isoformat(),
        "lines": sorted([str(line.pk), line.account_id, line.debit, line.credit] for line in lines),
    }


def _add_to_balances(year: int, lines: Sequence[Line]) -> None:
    """Add the lines to the running sums; rows are found or made, then changed in the order of their accounts."""
    accounts = sorted({line.account_id for line in lines})
    Balance.objects.bulk_create(
        [Balance(account_id=account, year=year) for account in accounts], ignore_conflicts=True
    )
    for account in accounts:
        mine = [line for line in lines if line.account_id == account]
        Balance.objects.filter(account_id=account, year=year).update(
            debit=F("debit") + sum(line.debit for line in mine),
            credit=F("credit") + sum(line.credit for line in mine),
        )


def balance(ledger: Ledger, key: str, source: str) -> int:
    """Fen on the normal side of an account now: the sums of the years that are not closed.

    A closed year's balances live on as the opening entry of the year after it, so they are not counted twice.
    """
    account = Account.objects.get(ledger=ledger, key=key, source=source)
    closed = (
        YearClose.objects.filter(ledger=ledger).order_by("-year").values_list("year", flat=True).first() or 0
    )
    sums = Balance.objects.filter(account=account, year__gt=closed).aggregate(
        dr=Sum("debit"), cr=Sum("credit")
    )
    standing = int(sums["dr"] or 0) - int(sums["cr"] or 0)
    return standing if account.debit_side else -standing


def available(ledger: Ledger, source: str, route: Route = Route.BANK) -> int:
    """Fen of a source that may still leave along a route: in its account, less what is already on its way."""
    return balance(ledger, route.account, source) - balance(ledger, route.transit, source)
