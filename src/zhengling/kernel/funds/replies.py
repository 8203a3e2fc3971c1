"""The bank's answer: each payment confirmed or returned, all of a file or nothing of it.

A returned payment reopens its payable with the bank's reason; one that comes back after it was confirmed
(退汇) does the same. The origin is told in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.canonical import digest
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.models import Case
from zhengling.kernel.funds import batches
from zhengling.kernel.funds.authority import require
from zhengling.kernel.funds.bankfiles import Answer, current_bank, parse_reply
from zhengling.kernel.funds.errors import BadFile, FundsError, RowProblem
from zhengling.kernel.funds.hooks import CASE, Outcome, hooks_of
from zhengling.kernel.funds.ledger import ARTICLE_21, Origin, Side, credit, debit, post
from zhengling.kernel.funds.models import Payable, Payment, PaymentBatch, Route
from zhengling.kernel.outbox.operations import publish

PENDING, CONFIRMED, RETURNED = Payment.State.PENDING, Payment.State.CONFIRMED, Payment.State.RETURNED


def import_reply(pk: UUID, name: str, content: bytes, actor: Actor) -> int:
    """Take a bank's file for one batch. Returns how many payments changed; the same file again changes none.

    Raises `BadFile` naming every wrong row; then nothing of it was taken.
    """
    return take(pk, parse_reply(current_bank().reply, name, content), actor)


@transaction.atomic
def take(pk: UUID, answers: Sequence[Answer], actor: Actor) -> int:
    """Apply answers to a batch that went to the bank. Locks the cases first, then the ledger."""
    _lock_cases(pk)
    batch = batches.locked(pk, PaymentBatch.State.EXPORTED, PaymentBatch.State.DONE)
    require(actor, batch.ledger, "cashier")
    changes = _changes(batch, answers)
    if not changes:
        return 0
    post(
        batch.ledger_id,
        [side for payment, answer in changes for side in _sides(payment, answer)],
        origin=Origin("batch", batch.pk),
        purpose="answered:" + digest([[p.pk, p.state, a.outcome] for p, a in changes])[:16],
        citation=ARTICLE_21,
        description=batch.number,
        actor=actor,
    )
    for payment, answer in changes:
        _apply(payment, answer)
    if not batch.payments.filter(state=PENDING).exists():
        batch.state = PaymentBatch.State.DONE
    counts = {
        outcome: sum(answer.outcome == outcome for _p, answer in changes) for outcome in ("paid", "returned")
    }
    batches.record(batch, "answer", actor, data=counts)
    return len(changes)


def _lock_cases(pk: UUID) -> None:
    """Lock the cases this batch pays, in the order of their keys: an act on a case locks it before the ledger
    too."""
    ids = Payable.objects.filter(payments__batch=pk, origin_kind=CASE).values_list("origin_id", flat=True)
    list(Case.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk").values_list("pk"))


def _changes(batch: PaymentBatch, answers: Sequence[Answer]) -> list[tuple[Payment, Answer]]:
    """Payments whose state the answers change. Raises `BadFile` for rows that do not fit the batch."""
    payments = {
        payment.seq: payment
        for payment in batch.payments.exclude(state=Payment.State.REMOVED).select_related("payable")
    }
    title = {name: options[0] for name, options in current_bank().reply.titles.items()}
    problems: list[RowProblem] = []
    changes: dict[int, tuple[Payment, Answer]] = {}

    def refuse(answer: Answer, column: str, reason: str) -> None:
        problems.append(RowProblem(answer.line, title[column], reason))

    for answer in answers:
        payment = payments.get(answer.seq)
        if answer.batch != batch.number:
            refuse(answer, "batch", _("belongs to another batch"))
        elif payment is None:
            refuse(answer, "row", _("the batch has no such row"))
        elif payment.amount != answer.amount:
            refuse(answer, "amount", _("differs from the amount sent"))
        elif answer.seq in changes:
            refuse(answer, "row", _("stands twice in the file"))
        elif payment.state == RETURNED and answer.outcome == "paid":
            refuse(answer, "result", _("was returned before; it is paid in a new batch"))
        elif payment.state != (CONFIRMED if answer.outcome == "paid" else RETURNED):
            changes[answer.seq] = (payment, answer)
    if problems:
        raise BadFile(
            _("the bank's file does not fit batch %(batch)s; nothing was taken") % {"batch": batch}, problems
        )
    return list(changes.values())


def _sides(payment: Payment, answer: Answer) -> tuple[Side, Side]:
    source, fen, route = payment.source, payment.amount, Route(payment.payable.route)
    if answer.outcome == "paid":
        return debit(route.transit, source, fen), credit(route.account, source, fen)
    if payment.state == CONFIRMED:
        return debit(route.account, source, fen), credit("payable", source, fen)
    return debit(route.transit, source, fen), credit("payable", source, fen)


def _apply(payment: Payment, answer: Answer) -> None:
    payable = payment.payable
    paid = answer.outcome == "paid"
    payment.state = CONFIRMED if paid else RETURNED
    payment.bank_reference, payment.reason = answer.reference, answer.reason
    payable.state = Payable.State.PAID if paid else Payable.State.RETURNED
    payable.paid_on = clock.today() if paid else None
    payable.reason = "" if paid else answer.reason
    payable.save(update_fields=["state", "paid_on", "reason"])
    payment.follow_up = tell(payable, answer.outcome)
    payment.save(update_fields=["state", "bank_reference", "reason", "follow_up"])
    data = {"payable": str(payable.pk), "origin": payable.origin_kind, "batch": str(payment.batch_id)}
    data["case" if payable.origin_kind == CASE else "origin_id"] = payable.origin_id
    publish(
        f"funds.payment.{'confirmed' if paid else 'returned'}",
        str(payable.pk),
        data,
        unit=payable.ledger.unit.code,
    )


def tell(payable: Payable, outcome: Outcome) -> str:
    """Call the origin's hooks; a refusal undoes what they did and comes back as text, the payment stands."""
    try:
        with transaction.atomic():
            for hook in hooks_of(payable.origin_kind):
                hook(payable, outcome)
    except CaseworkError as error:
        return str(error)[:300] or error.code
    return ""


@transaction.atomic
def tell_again(payment_id: int, actor: Actor) -> Payment:
    """Tell the origin once more after what kept it from following was mended. Raises `FundsError` if it still
    cannot."""
    found = Payment.objects.select_related("batch").get(pk=payment_id)
    _lock_cases(found.batch_id)
    batch = batches.locked(found.batch_id, PaymentBatch.State.EXPORTED, PaymentBatch.State.DONE)
    require(actor, batch.ledger, "cashier")
    payment = Payment.objects.select_related("payable").get(pk=payment_id)
    if payment.follow_up:
        payment.follow_up = tell(payment.payable, "paid" if payment.state == CONFIRMED else "returned")
        if payment.follow_up:
            raise FundsError(payment.follow_up)
        payment.save(update_fields=["follow_up"])
    return payment
