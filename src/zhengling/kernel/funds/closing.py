"""Year close (结账) and carry-over (结余结转, article 21): what is left of each source goes on into the next
year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.funds import verify
from zhengling.kernel.funds.authority import require, require_person
from zhengling.kernel.funds.errors import FundsError
from zhengling.kernel.funds.ledger import ARTICLE_21, Origin, Side, lock, post
from zhengling.kernel.funds.models import (
    Account,
    Appropriation,
    Balance,
    Entry,
    Ledger,
    PaymentBatch,
    YearClose,
)

Kind = Account.Kind


def obstacles(ledger: Ledger, year: int) -> Iterator[str]:
    """What keeps the year open, each with what to do; nothing when it can be closed and the books prove whole."""
    if clock.today().year <= year:
        yield _("%(year)s is not over") % {"year": year}
    if YearClose.objects.filter(ledger=ledger, year__gte=year).exists():
        yield _("%(year)s is closed already") % {"year": year}
    earlier = Balance.objects.filter(account__ledger=ledger, year__lt=year).values_list("year", flat=True)
    closed = set(YearClose.objects.filter(ledger=ledger).values_list("year", flat=True))
    for open_year in sorted(set(earlier) - closed):
        yield _("close %(year)s first") % {"year": open_year}
    waiting = PaymentBatch.objects.filter(
        ledger=ledger, year=year, state__in=["draft", "submitted", "approved"]
    )
    for batch in waiting.order_by("seq"):
        yield _("batch %(batch)s is “%(state)s”: finish it or give it up") % {
            "batch": batch.number,
            "state": batch.get_state_display(),
        }
    entered = Appropriation.objects.filter(
        ledger=ledger, year=year, state=Appropriation.State.ENTERED
    ).count()
    if entered:
        yield ngettext(
            "%(count)s receipt waits for approval", "%(count)s receipts wait for approval", entered
        ) % {"count": entered}


@transaction.atomic
def close_year(unit_id: int, year: int, actor: Actor) -> YearClose:
    """Close a year: income and expense go into the fund balance of their source, every standing balance opens
    the next year. Raises `FundsError` naming what stands in the way; afterwards nothing is posted into that
    year."""
    ledger = lock(unit_id)
    require(actor, ledger, "approver")
    require_person(actor)
    in_the_way = [*obstacles(ledger, year), *verify.problems(ledger)]
    if in_the_way:
        raise FundsError("；".join(in_the_way), ARTICLE_21)
    closing = _post(ledger, year, list(_closing_sides(ledger, year)), Entry.Kind.CLOSING, actor)
    opening = _post(ledger, year, list(_opening_sides(ledger, year)), Entry.Kind.OPENING, actor)
    return YearClose.objects.create(
        ledger=ledger,
        year=year,
        closing=closing,
        opening=opening,
        closed_by=actor.user,
        closed_at=clock.now(),
    )


def _post(ledger: Ledger, year: int, sides: list[Side], kind: Entry.Kind, actor: Actor) -> Entry | None:
    """The closing entry on the last day of the year, the opening entry on the first of the next; nothing for
    no sides."""
    if not sides:
        return None
    name = f"{ledger.unit.code}-{year}"
    return post(
        ledger.pk,
        sides,
        origin=Origin("year", name),
        purpose=kind.value,
        citation=ARTICLE_21,
        description=name,
        actor=actor,
        on=date(year, 12, 31) if kind == Entry.Kind.CLOSING else date(year + 1, 1, 1),
        kind=kind,
    )


def _closing_sides(ledger: Ledger, year: int) -> Iterator[Side]:
    """Every income and expense account to nothing, against the fund balance of its source."""
    for row in _balances(ledger, year, (Kind.INCOME, Kind.EXPENSE)):
        net = row.debit - row.credit
        if net:
            yield _side(row.account.key, row.account.source, -net)
            yield _side("fund", row.account.source, net)


def _opening_sides(ledger: Ledger, year: int) -> Iterator[Side]:
    """What stands on assets, liabilities and fund balances at the end of the year."""
    for row in _balances(ledger, year, (Kind.ASSET, Kind.LIABILITY, Kind.FUND)):
        if row.debit != row.credit:
            yield _side(row.account.key, row.account.source, row.debit - row.credit)


def _balances(ledger: Ledger, year: int, kinds: tuple[str, ...]) -> list[Balance]:
    rows = Balance.objects.filter(account__ledger=ledger, year=year, account__kind__in=kinds)
    return list(rows.select_related("account").order_by("account__code"))


def _side(key: str, source: str, net_debit: int) -> Side:
    return Side(key, source, debit=max(net_debit, 0), credit=max(-net_debit, 0))
