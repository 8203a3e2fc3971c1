"""Money that has to come back (应收追回款): demanded in full, by instalments where an approver agreed, booked slip by slip.

It goes back to the source it came from and is never set off against later assistance. There is no write-off: no rule
allows it (article 24).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.funds import payees
from zhengling.kernel.funds.authority import require, second_person
from zhengling.kernel.funds.errors import FundsError, PostedDifferently
from zhengling.kernel.funds.ledger import Origin, credit, debit, lock, post, reverse
from zhengling.kernel.funds.models import Instalment, Receivable, Repayment, Source
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person

REPAYMENT = "repayment"
"""The origin kind of the vouchers of money that came back; its ids are repayments."""


@transaction.atomic
def demand(
    unit_id: int,
    *,
    amount: int,
    source: str,
    origin: Origin,
    reference: str,
    citation: str,
    due: date,
    actor: Actor,
    person: Person | None = None,
    organisation: Organisation | None = None,
    purpose: str = "demanded",
) -> Receivable:
    """Book what a decision demands back: receivable against assistance demanded back, whole and due on one day.

    For services, inside the act that decides. Idempotent by (origin, purpose); other figures raise
    `PostedDifferently`.
    """
    ledger = lock(unit_id)
    known = Receivable.objects.filter(
        ledger=ledger, origin_kind=origin.kind, origin_id=str(origin.id), purpose=purpose
    ).first()
    if known is not None:
        if (known.amount, known.source, known.person, known.organisation) != (
            amount,
            source,
            person,
            organisation,
        ):
            raise PostedDifferently(
                _("%(reference)s was booked before with other figures") % {"reference": reference}
            )
        return known
    debtor, _mask = payees.describe(person, organisation)
    entry = post(
        unit_id,
        [debit("receivable", source, amount), credit("recovered", source, amount)],
        origin=origin,
        purpose=purpose,
        citation=citation,
        description=f"{reference} {debtor}",
        actor=actor,
    )
    row = Receivable.objects.create(
        id=uuid7(),
        ledger=ledger,
        person=person,
        organisation=organisation,
        debtor=debtor,
        amount=amount,
        source=Source(source),
        origin_kind=origin.kind,
        origin_id=str(origin.id),
        purpose=purpose,
        reference=reference,
        citation=citation,
        booking=entry,
        created_at=clock.now(),
    )
    _lay_down(row, [(due, amount)])
    return row


@transaction.atomic
def agree_plan(pk: UUID, parts: Sequence[tuple[date, int]], actor: Actor) -> Receivable:
    """Put instalments in the place of the present plan: (day due, fen), together exactly what is outstanding.

    An approver of the books agrees. Earlier plans stay for the record.
    """
    row = locked(pk)
    require(actor, row.ledger, "approver")
    check_plan(row, parts, clock.today())
    row.plan += 1
    row.save(update_fields=["plan"])
    _lay_down(row, parts)
    return row


def check_plan(row: Receivable, parts: Sequence[tuple[date, int]], today: date) -> None:
    """Raises `FundsError` unless the parts are a plan for what is outstanding: whole, positive, ahead, in order."""
    if row.state != Receivable.State.OPEN:
        raise FundsError(_("nothing is outstanding any more"), row.citation)
    days = [day for day, _amount in parts]
    if not parts or days[0] <= today or any(a >= b for a, b in pairwise(days)):
        raise FundsError(_("instalments are due one after the other, the first after today"), row.citation)
    if any(amount <= 0 for _day, amount in parts) or sum(amount for _day, amount in parts) != row.outstanding:
        raise FundsError(
            _("the instalments must add up to what is outstanding: ￥%(amount)s")
            % {"amount": f"{row.outstanding // 100:,}.{row.outstanding % 100:02d}"},
            row.citation,
        )


def _lay_down(row: Receivable, parts: Sequence[tuple[date, int]]) -> None:
    upto = row.received
    for seq, (due, amount) in enumerate(parts, start=1):
        upto += amount
        Instalment.objects.create(receivable=row, plan=row.plan, seq=seq, due=due, amount=amount, upto=upto)


@transaction.atomic
def receive(pk: UUID, *, amount: int, received_on: date, document: str, actor: Actor) -> Repayment:
    """A cashier books money that came back: the bank holds more, less is outstanding, of the same source.

    `document` is the number of the bank's slip; it is booked once at a unit. Raises `FundsError` for a slip booked
    before, for more than is outstanding, for a day to come.
    """
    row = locked(pk)
    require(actor, row.ledger, "cashier")
    if row.state != Receivable.State.OPEN:
        raise FundsError(_("nothing is outstanding any more"), row.citation)
    if amount <= 0:
        raise FundsError(_("the amount must be positive"), row.citation)
    if received_on > clock.today():
        raise FundsError(_("money cannot be received in the future"), row.citation)
    if amount > row.outstanding:
        raise FundsError(
            _("more than is outstanding: ￥%(amount)s; nothing beyond the demand is taken")
            % {"amount": f"{row.outstanding // 100:,}.{row.outstanding % 100:02d}"},
            row.citation,
        )
    made = uuid7()
    entry = post(
        row.ledger_id,
        [debit("bank", row.source, amount), credit("receivable", row.source, amount)],
        origin=Origin(REPAYMENT, made),
        purpose="repaid",
        citation=row.citation,
        description=f"{row.reference} {row.debtor} {document}",
        actor=actor,
        # Given back before the demand was booked, it counts with the demand.
        on=max(received_on, row.booking.date),
    )
    try:
        with transaction.atomic():
            repayment = Repayment.objects.create(
                id=made,
                ledger=row.ledger,
                receivable=row,
                amount=amount,
                received_on=received_on,
                document=document,
                entry=entry,
                entered_by=actor.user,
                entered_at=clock.now(),
            )
    except IntegrityError:
        raise FundsError(
            _("slip %(document)s was booked before") % {"document": document}, row.citation
        ) from None
    _count(row, amount)
    return repayment


@transaction.atomic
def reverse_repayment(pk: UUID, reason: str, actor: Actor) -> Repayment:
    """Take a wrongly booked slip back by its exact opposite; an approver who did not book it decides."""
    row = locked(Repayment.objects.values_list("receivable_id", flat=True).get(pk=pk))
    require(actor, row.ledger, "approver")
    repayment = Repayment.objects.select_related("entry", "entered_by").get(pk=pk)
    if repayment.reversed:
        raise FundsError(
            _("slip %(document)s was reversed before") % {"document": repayment.document}, row.citation
        )
    second_person(actor, repayment.entered_by, _("you booked this slip; another person reverses it"))
    reverse(repayment.entry, reason=reason, actor=actor)
    repayment.reversed, repayment.reason = True, reason[:300]
    repayment.save(update_fields=["reversed", "reason"])
    _count(row, -repayment.amount)
    return repayment


@transaction.atomic
def cancel(pk: UUID, reason: str, actor: Actor) -> Receivable:
    """The decision fell: its booking is reversed. For services; refused while money that came in for it stands."""
    row = locked(pk)
    if row.state != Receivable.State.OPEN or row.received:
        raise FundsError(
            _("money that came in for this demand stands in the books; reverse it first"), row.citation
        )
    reverse(row.booking, reason=reason, actor=actor)
    row.state, row.reason = Receivable.State.CANCELLED, reason[:300]
    row.save(update_fields=["state", "reason"])
    return row


def _count(row: Receivable, fen: int) -> None:
    row.received += fen
    row.state = Receivable.State.OPEN if row.outstanding else Receivable.State.SETTLED
    row.save(update_fields=["received", "state"])


def locked(pk: UUID) -> Receivable:
    """The receivable with its ledger, both locked, the ledger first."""
    ledger = lock(Receivable.objects.values_list("ledger_id", flat=True).get(pk=pk))
    row = Receivable.objects.select_for_update(of=("self",)).select_related("booking").get(pk=pk)
    row.ledger = ledger
    return row
