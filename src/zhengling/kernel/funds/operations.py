"""Money coming in and money owed: appropriations by source, payables of decisions. Batches are in batches.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.funds import payees
from zhengling.kernel.funds.authority import require, second_person
from zhengling.kernel.funds.errors import FundsError, NotEnough, PostedDifferently
from zhengling.kernel.funds.ledger import ARTICLE_21, Origin, available, credit, debit, lock, post, reverse
from zhengling.kernel.funds.models import Appropriation, Entry, Payable, Route, Source
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person

ARTICLE_18 = "YZCR-2021-01016/18"


def enter_appropriation(
    unit_id: int, *, source: str, amount: int, document: str, received_on: date, actor: Actor
) -> Appropriation:
    """A cashier enters money received (article 18). It counts once a second person has approved it."""
    if amount <= 0:
        raise FundsError(_("the amount must be positive"), ARTICLE_18)
    if received_on > clock.today():
        raise FundsError(_("money cannot be received in the future"), ARTICLE_18)
    try:
        with transaction.atomic():
            ledger = lock(unit_id)
            require(actor, ledger, "cashier")
            return Appropriation.objects.create(
                ledger=ledger,
                year=received_on.year,
                source=Source(source),
                amount=amount,
                document=document,
                received_on=received_on,
                entered_by=actor.user,
                entered_at=clock.now(),
            )
    except IntegrityError:
        raise FundsError(
            _("document %(document)s was entered before for this year and source") % {"document": document},
            ARTICLE_18,
        ) from None


@transaction.atomic
def approve_appropriation(pk: UUID, actor: Actor) -> Appropriation:
    """Post an entered appropriation: the bank holds more, the source has received it. Another person
    approves."""
    row = _locked_appropriation(pk, Appropriation.State.ENTERED)
    require(actor, row.ledger, "approver")
    second_person(actor, row.entered_by, _("you entered this appropriation; another person approves it"))
    row.entry = post(
        row.ledger_id,
        [debit("bank", row.source, row.amount), credit("income", row.source, row.amount)],
        origin=Origin("appropriation", row.pk),
        purpose="received",
        citation=ARTICLE_18,
        description=row.document,
        actor=actor,
        on=row.received_on,
    )
    return _decided(row, Appropriation.State.POSTED, actor, "")


@transaction.atomic
def refuse_appropriation(pk: UUID, reason: str, actor: Actor) -> Appropriation:
    """Turn an entered appropriation down; it can be entered again rightly."""
    row = _locked_appropriation(pk, Appropriation.State.ENTERED)
    require(actor, row.ledger, "approver")
    return _decided(row, Appropriation.State.REFUSED, actor, reason)


@transaction.atomic
def reverse_appropriation(pk: UUID, reason: str, actor: Actor) -> Appropriation:
    """Take a posted appropriation back by its exact opposite. Raises `NotEnough` when its money has left
    already."""
    row = _locked_appropriation(pk, Appropriation.State.POSTED)
    require(actor, row.ledger, "approver")
    second_person(actor, row.entered_by, _("you entered this appropriation; another person reverses it"))
    lacking = row.amount - available(row.ledger, row.source)
    if lacking > 0:
        raise NotEnough(_("part of this money has been spent already"), ARTICLE_21, {row.source: lacking})
    assert row.entry is not None
    reverse(row.entry, reason=reason, actor=actor)
    return _decided(row, Appropriation.State.REVERSED, actor, reason)


def _locked_appropriation(pk: UUID, wanted: str) -> Appropriation:
    ledger_id = Appropriation.objects.values_list("ledger_id", flat=True).get(pk=pk)
    ledger = lock(ledger_id)
    row = (
        Appropriation.objects.select_for_update(of=("self",)).select_related("entry", "entered_by").get(pk=pk)
    )
    row.ledger = ledger
    if row.state != wanted:
        raise FundsError(
            _("this appropriation is “%(state)s”") % {"state": row.get_state_display()}, ARTICLE_18
        )
    return row


def _decided(row: Appropriation, state: str, actor: Actor, reason: str) -> Appropriation:
    row.state, row.reason = state, reason
    row.decided_by, row.decided_at = actor.user, clock.now()
    row.save()
    return row


@transaction.atomic
def owe(
    unit_id: int,
    *,
    amount: int,
    expense: str,
    origin: Origin,
    reference: str,
    citation: str,
    actor: Actor,
    person: Person | None = None,
    organisation: Organisation | None = None,
    source: str = Source.BUDGET,
    route: str = Route.BANK,
    due: date | None = None,
    purpose: str = "owed",
) -> Payable:
    """Book what a decision grants: expense against payable. For services, inside the act that decides.

    `expense` is an account key of the chart (``expense.inpatient``), `reference` the number people know the
    origin by. Idempotent by (origin, purpose): again returns the first payable, also when it was cancelled
    since; a new decision takes a new purpose. No balance is checked: the debt exists whether or not the money
    is there; the check comes where money leaves.
    """
    ledger = lock(unit_id)
    known = Payable.objects.filter(
        ledger=ledger, origin_kind=origin.kind, origin_id=str(origin.id), purpose=purpose
    ).first()
    if known is not None:
        if (known.amount, known.expense, known.person, known.organisation) != (
            amount,
            expense,
            person,
            organisation,
        ):
            raise PostedDifferently(
                _("%(reference)s was booked before with other figures") % {"reference": reference}
            )
        return known
    payee, mask = payees.describe(person, organisation)
    entry = post(
        unit_id,
        [debit(expense, source, amount), credit("payable", source, amount)],
        origin=origin,
        purpose=purpose,
        citation=citation,
        description=f"{reference} {payee}",
        actor=actor,
    )
    return Payable.objects.create(
        id=uuid7(),
        ledger=ledger,
        person=person,
        organisation=organisation,
        payee=payee,
        account_mask=mask,
        route=route,
        amount=amount,
        source=source,
        expense=expense,
        origin_kind=origin.kind,
        origin_id=str(origin.id),
        purpose=purpose,
        reference=reference,
        citation=citation,
        due=due,
        booking=entry,
        created_at=clock.now(),
    )


@transaction.atomic
def cancel_payable(pk: UUID, reason: str, actor: Actor) -> Payable:
    """Undo a debt that is not on its way: the decision fell. For services; refused once the money is in a
    batch."""
    row = locked_payable(pk)
    if not row.batchable:
        raise FundsError(
            _("this payment is “%(state)s” and cannot be cancelled") % {"state": row.get_state_display()}
        )
    reverse(row.booking, reason=reason, actor=actor)
    row.state, row.reason = Payable.State.CANCELLED, reason
    row.save()
    return row


@transaction.atomic
def change_source(pk: UUID, source: str, actor: Actor) -> Payable:
    """Let another source bear a debt that is not on its way (article 18): the booking is reversed and made
    anew."""
    row = locked_payable(pk)
    require(actor, row.ledger, "cashier")
    if not row.batchable:
        raise FundsError(_("take the payment out of its batch first"), ARTICLE_18)
    if Source(source) == row.source:
        return row
    old = row.booking
    reverse(old, reason=row.reference, actor=actor)
    row.source = Source(source)
    row.booking = post(
        row.ledger_id,
        [debit(row.expense, source, row.amount), credit("payable", source, row.amount)],
        origin=Origin(row.origin_kind, row.origin_id),
        purpose=f"{row.purpose}:{old.seq}",
        citation=row.citation,
        description=f"{row.reference} {row.payee}",
        actor=actor,
    )
    row.save()
    return row


@transaction.atomic
def fund_one_stop(
    unit_id: int,
    amounts: Mapping[str, int],
    *,
    origin: Origin,
    reference: str,
    actor: Actor,
    override_reason: str = "",
) -> Entry:
    """Move money by source from the special fiscal account to the one-stop settlement account (article 21, second
    way); for a service's act in which finance grants a request. Raises `NotEnough` with the shortfall by source
    unless the approver answers for going beyond."""
    ledger = lock(unit_id)
    lacking = {
        source: fen - held for source, fen in amounts.items() if fen > (held := available(ledger, source))
    }
    if lacking and not override_reason.strip():
        raise NotEnough(not_enough(lacking), ARTICLE_21, lacking)
    return post(
        unit_id,
        [
            side
            for source, fen in sorted(amounts.items())
            for side in (debit("one_stop", source, fen), credit("bank", source, fen))
        ],
        origin=origin,
        purpose="one_stop",
        citation=ARTICLE_21,
        description=f"{reference} {override_reason.strip()}".strip(),
        actor=actor,
    )


def not_enough(lacking: Mapping[str, int]) -> str:
    """What the sources lack, in words."""
    parts = "、".join(
        f"{Source(source).label} ￥{fen // 100:,}.{fen % 100:02d}" for source, fen in sorted(lacking.items())
    )
    return _("the sources do not hold enough; missing: %(parts)s") % {"parts": parts}


def locked_payable(pk: UUID) -> Payable:
    """The payable with its ledger, both locked, the ledger first."""
    ledger = lock(Payable.objects.values_list("ledger_id", flat=True).get(pk=pk))
    row = Payable.objects.select_for_update(of=("self",)).select_related("booking").get(pk=pk)
    row.ledger = ledger
    return row
