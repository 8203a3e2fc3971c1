"""Payment batches (拨付): draft → submitted → approved by a second person → sent to the bank → answered row
by row.

Money leaves at the approval: under the ledger's lock each source must hold what goes out (article 21), or an
approver says in writing why it may go all the same. Every act is one transaction; killed in between, nothing
has happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.funds import payees
from zhengling.kernel.funds.authority import require, second_person
from zhengling.kernel.funds.bankfiles import content_digest, current_bank, render
from zhengling.kernel.funds.errors import FundsError, NotEnough
from zhengling.kernel.funds.ledger import ARTICLE_21, Origin, available, credit, debit, lock, post, reverse
from zhengling.kernel.funds.models import (
    BatchStep,
    Entry,
    Override,
    Payable,
    Payment,
    PaymentBatch,
    Route,
)
from zhengling.kernel.funds.operations import not_enough
from zhengling.kernel.identifiers import uuid7

State = PaymentBatch.State
PREPARING = ("create", "add", "take_out", "submit")


@transaction.atomic
def create(
    unit_id: int, payable_ids: Sequence[UUID], *, route: str, bank_format: str, actor: Actor
) -> PaymentBatch:
    """Put payables of one unit and route together. Raises `FundsError` naming one that cannot be batched."""
    ledger = lock(unit_id)
    require(actor, ledger, "cashier")
    try:
        fits = current_bank().format(bank_format).route == route
    except KeyError:
        fits = False
    if not fits:
        raise FundsError(_("the city declares no such bank file for this route"))
    year = clock.today().year
    last = PaymentBatch.objects.filter(ledger=ledger, year=year).aggregate(last=Max("seq"))["last"] or 0
    batch = PaymentBatch.objects.create(
        id=uuid7(),
        ledger=ledger,
        year=year,
        seq=last + 1,
        route=route,
        bank_format=bank_format,
        maker=actor.user,
        created_at=clock.now(),
    )
    _fill(batch, payable_ids)
    record(batch, "create", actor)
    return batch


@transaction.atomic
def add(pk: UUID, payable_ids: Sequence[UUID], actor: Actor) -> PaymentBatch:
    """Put more payables into a draft."""
    batch = locked(pk, State.DRAFT)
    require(actor, batch.ledger, "cashier")
    _fill(batch, payable_ids)
    record(batch, "add", actor)
    return batch


@transaction.atomic
def take_out(pk: UUID, payment_ids: Sequence[int], actor: Actor) -> PaymentBatch:
    """Take payments out of a draft; their payables are to be paid again."""
    batch = locked(pk, State.DRAFT)
    require(actor, batch.ledger, "cashier")
    _release(batch.payments.filter(pk__in=payment_ids, state=Payment.State.PENDING))
    record(batch, "take_out", actor)
    return batch


@transaction.atomic
def cancel(pk: UUID, reason: str, actor: Actor) -> PaymentBatch:
    """Give a draft up; its number stays used."""
    batch = locked(pk, State.DRAFT)
    require(actor, batch.ledger, "cashier")
    _release(batch.payments.filter(state=Payment.State.PENDING))
    return _move(batch, State.CANCELLED, "cancel", actor, note=reason)


@transaction.atomic
def submit(pk: UUID, actor: Actor) -> PaymentBatch:
    """Hand a draft to the approver."""
    batch = locked(pk, State.DRAFT)
    require(actor, batch.ledger, "cashier")
    if not batch.payments.filter(state=Payment.State.PENDING).exists():
        raise FundsError(_("the batch holds no payments"))
    return _move(batch, State.SUBMITTED, "submit", actor)


@transaction.atomic
def send_back(pk: UUID, reason: str, actor: Actor) -> PaymentBatch:
    """Return a submitted batch to the cashier with the reason."""
    batch = locked(pk, State.SUBMITTED)
    require(actor, batch.ledger, "approver")
    return _move(batch, State.DRAFT, "send_back", actor, note=reason)


@transaction.atomic
def approve(pk: UUID, actor: Actor, *, override_reason: str = "") -> PaymentBatch:
    """Let the money leave: another person than whoever prepared it, within what each source holds (article
    21).

    Raises `NotEnough` with the shortfall by source; with `override_reason` the approver answers for going
    beyond, and an `Override` stands for each such source. Posts payables against payments on their way.
    """
    batch = locked(pk, State.SUBMITTED)
    require(actor, batch.ledger, "approver")
    for step in batch.steps.filter(act__in=PREPARING).select_related("actor"):
        second_person(actor, step.actor, _("you prepared this batch; another person approves it"))
    sums = source_split(batch)
    route = Route(batch.route)
    held = {source: available(batch.ledger, source, route) for source in sums}
    lacking = {source: sums[source] - held[source] for source in sums if sums[source] > held[source]}
    if lacking and not override_reason.strip():
        raise NotEnough(not_enough(lacking), ARTICLE_21, lacking)
    for source in lacking:
        Override.objects.create(
            batch=batch,
            source=source,
            available=held[source],
            amount=sums[source],
            reason=override_reason.strip()[:300],
            approved_by=actor.user,
            approved_at=clock.now(),
        )
    batch.approvals += 1
    batch.approver = actor.user
    post(
        batch.ledger_id,
        [
            side
            for source, fen in sums.items()
            for side in (debit("payable", source, fen), credit(route.transit, source, fen))
        ],
        origin=Origin("batch", batch.pk),
        purpose=f"sent:{batch.approvals}",
        citation=ARTICLE_21,
        description=batch.number,
        actor=actor,
    )
    return _move(batch, State.APPROVED, "approve", actor, note=override_reason if lacking else "")


@transaction.atomic
def withdraw(pk: UUID, reason: str, actor: Actor) -> PaymentBatch:
    """Take an approval back before the file has gone: the posting is reversed, the batch is a draft again."""
    batch = locked(pk, State.APPROVED)
    require(actor, batch.ledger, "approver")
    entry = Entry.objects.get(
        ledger=batch.ledger, origin_kind="batch", origin_id=str(batch.pk), purpose=f"sent:{batch.approvals}"
    )
    reverse(entry, reason=batch.number, actor=actor)
    batch.approver = None
    return _move(batch, State.DRAFT, "withdraw", actor, note=reason)


def export(pk: UUID, actor: Actor) -> tuple[str, bytes]:
    """(file name, content) for the bank. The first time fixes the content by its digest; later ones must
    equal it.

    Each account number read is on record, whatever comes after. Raises `FundsError` naming payees without an
    account.
    """
    with transaction.atomic():
        batch = locked(pk, State.APPROVED, State.EXPORTED)
        require(actor, batch.ledger, "cashier")
    payments = list(batch.payments.exclude(state=Payment.State.REMOVED).select_related("payable__person"))
    accounts = payees.bank_accounts([payment.payable for payment in payments], actor, purpose=batch.number)
    layout = current_bank().format(batch.bank_format)
    rows = [
        _bank_row(payment, accounts[payment.payable_id], layout.purpose, batch.number) for payment in payments
    ]
    content = content_digest(layout, rows)
    with transaction.atomic():
        # The accounts were read without a lock: had the batch been withdrawn and sent again meanwhile, this
        # digest would be of other payments.
        approvals, batch = batch.approvals, locked(pk, State.APPROVED, State.EXPORTED)
        if batch.approvals != approvals:
            raise FundsError(_("the batch was changed just now; try again"))
        if not batch.file_digest:
            batch.file_digest = content
            _move(batch, State.EXPORTED, "export", actor, data={"digest": content, "rows": len(rows)})
        elif batch.file_digest == content:
            record(batch, "export_again", actor)
        else:
            raise FundsError(
                _("an account was changed since the file went to the bank; the first file stands")
            )
    return f"{batch.number}.{layout.file}", render(layout, rows)


def _bank_row(payment: Payment, account: payees.BankAccount, purpose: str, number: str) -> dict[str, Any]:
    return {
        "row": payment.seq,
        "account": account.number,
        "holder": account.holder,
        "bank": account.bank,
        "amount": payment.amount,
        "purpose": purpose,
        "batch": number,
    }


def source_split(batch: PaymentBatch) -> dict[str, int]:
    """Fen by source of the payments not taken out, in the order of the sources' names."""
    rows = batch.payments.exclude(state=Payment.State.REMOVED).values("source").annotate(fen=Sum("amount"))
    return {row["source"]: int(row["fen"]) for row in rows.order_by("source")}


def _fill(batch: PaymentBatch, payable_ids: Sequence[UUID]) -> None:
    """Make payments of the payables; each shows the account its payee has today."""
    wanted = set(payable_ids)
    rows = list(
        Payable.objects.select_for_update(of=("self",))
        .filter(pk__in=wanted, ledger=batch.ledger, route=batch.route)
        .select_related("person", "organisation")
        .order_by("pk")
    )
    if not rows or len(rows) != len(wanted):
        raise FundsError(_("some of the payments are not of this unit and route; choose again"))
    seq = batch.payments.aggregate(last=Max("seq"))["last"] or 0
    for row in rows:
        if not row.batchable:
            raise FundsError(
                _("%(payment)s is “%(state)s” already")
                % {"payment": row.reference, "state": row.get_state_display()}
            )
        row.payee, row.account_mask = payees.describe(row.person, row.organisation)
        if not row.account_mask:
            raise FundsError(
                _("%(payment)s: the payee has no bank account on record; enter it first")
                % {"payment": row.reference}
            )
        row.state = Payable.State.BATCHED
        row.save(update_fields=["state", "payee", "account_mask"])
        seq += 1
        Payment.objects.create(batch=batch, seq=seq, payable=row, amount=row.amount, source=row.source)


def _release(payments: Iterable[Payment]) -> None:
    for payment in payments:
        payable = payment.payable
        payable.state = Payable.State.RETURNED if payable.reason else Payable.State.OPEN
        payable.save(update_fields=["state"])
        payment.state = Payment.State.REMOVED
        payment.save(update_fields=["state"])


def locked(pk: UUID, *wanted: str) -> PaymentBatch:
    """The batch with its ledger, both locked, in one of the wanted states. Raises `FundsError` naming its
    state."""
    ledger = lock(PaymentBatch.objects.values_list("ledger_id", flat=True).get(pk=pk))
    batch = PaymentBatch.objects.select_for_update(of=("self",)).get(pk=pk)
    batch.ledger = ledger
    if batch.state not in wanted:
        raise FundsError(
            _("batch %(batch)s is “%(state)s”") % {"batch": batch.number, "state": batch.get_state_display()}
        )
    return batch


def _move(
    batch: PaymentBatch,
    state: str,
    act: str,
    actor: Actor,
    *,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> PaymentBatch:
    batch.state = state
    record(batch, act, actor, note=note, data=data)
    return batch


def record(
    batch: PaymentBatch, act: str, actor: Actor, *, note: str = "", data: dict[str, Any] | None = None
) -> None:
    """Save the batch and write what was done to it."""
    batch.save()
    BatchStep.objects.create(
        batch=batch,
        act=act,
        state=batch.state,
        at=clock.now(),
        actor=actor.user,
        actor_name=actor.name[:60],
        note=note.strip()[:300],
        data=data or {},
    )
