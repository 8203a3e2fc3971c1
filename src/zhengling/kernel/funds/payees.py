"""Who is paid and into which account. Account numbers stay sealed with the payee; each one read is on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import ciphers, clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.funds.errors import FundsError
from zhengling.kernel.funds.models import Payable, PayeeAccount
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people import operations as people
from zhengling.kernel.people.masking import mask_bank_account
from zhengling.kernel.people.models import Person

COLUMN = "funds_payeeaccount.number"


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account as the bank needs it: holder in full, bank, number. Never stored, never logged."""

    holder: str
    bank: str
    number: str


def describe(person: Person | None, organisation: Organisation | None) -> tuple[str, str]:
    """(name as screens show it, masked account) of exactly one payee; the mask is empty without an account."""
    if person is not None:
        return person.masked_name, mask_bank_account(people.unsealed(person, "bank_account"))
    assert organisation is not None, "a payable has a person or an organisation"
    row = PayeeAccount.objects.filter(organisation=organisation).first()
    return organisation.name, mask_bank_account(_unsealed(row)) if row else ""


def bank_accounts(payables: Sequence[Payable], actor: Actor, *, purpose: str) -> dict[UUID, BankAccount]:
    """Payable id -> the payee's account, for a bank file. Each person's reading goes into the access log.

    Commits that record: call it before taking locks. Raises `FundsError` naming payees without an account.
    """
    persons = list({row.person.pk: row.person for row in payables if row.person is not None}.values())
    numbers = people.reveal_all(persons, "bank_account", actor, purpose)
    names = people.reveal_all(persons, "name", actor, purpose)
    kept = PayeeAccount.objects.in_bulk([row.organisation_id for row in payables if row.organisation_id])
    found: dict[UUID, BankAccount] = {}
    for row in payables:
        if row.person is not None:
            found[row.pk] = BankAccount(names[row.person.pk], row.person.bank_name, numbers[row.person.pk])
        elif row.organisation_id in kept:
            account = kept[row.organisation_id]
            found[row.pk] = BankAccount(account.holder, account.bank_name, _unsealed(account))
    missing = [row.reference for row in payables if row.pk not in found or not found[row.pk].number]
    if missing:
        raise FundsError(
            _("%(payment)s: the payee has no bank account on record; enter it first")
            % {"payment": "、".join(missing)}
        )
    return found


@transaction.atomic
def set_organisation_account(
    organisation: Organisation, *, holder: str, bank_name: str, number: str, actor: Actor
) -> PayeeAccount:
    """Record the account of an organisation that is paid (article 21: institutions under agreement, fund
    accounts)."""
    row, _made = PayeeAccount.objects.update_or_create(
        organisation=organisation,
        defaults={
            "holder": holder,
            "bank_name": bank_name,
            "number_sealed": ciphers.seal(number, column=COLUMN, row=organisation.pk),
            "entered_by": actor.user,
            "entered_at": clock.now(),
        },
    )
    return row


def _unsealed(row: PayeeAccount) -> str:
    return ciphers.unseal(row.number_sealed, column=COLUMN, row=row.pk)
