"""Who is paid and into which account. Account numbers stay sealed with the payee; each one read is on record."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.funds.errors import FundsError
from zhengling.kernel.funds.models import Payable, PayeeAccount
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.ciphers import seal, unseal
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
        return person.masked_name, mask_bank_account(_number_of(person))
    assert organisation is not None, "a payable has a person or an organisation"
    row = PayeeAccount.objects.filter(organisation=organisation).first()
    return organisation.name, mask_bank_account(_unsealed(row)) if row else ""


def bank_account(payable: Payable, actor: Actor, *, purpose: str) -> BankAccount:
    """The payee's account for a bank file; reading a person's goes into the access log with its purpose.

    Raises `FundsError` when the payee has none.
    """
    if payable.person is not None:
        number = _number_of(payable.person)
        found = BankAccount(payable.person.name, payable.person.bank_name, number)
    else:
        row = PayeeAccount.objects.filter(organisation=payable.organisation).first()
        found = BankAccount(row.holder, row.bank_name, _unsealed(row)) if row else BankAccount("", "", "")
    if not found.number:
        raise FundsError(
            _("%(payment)s: the payee has no bank account on record; enter it first") % {"payment": payable.reference}
        )
    return found


@transaction.atomic
def set_organisation_account(
    organisation: Organisation, *, holder: str, bank_name: str, number: str, actor: Actor
) -> PayeeAccount:
    """Record the account of an organisation that is paid (article 21: institutions under agreement, fund accounts)."""
    row, _made = PayeeAccount.objects.update_or_create(
        organisation=organisation,
        defaults={
            "holder": holder,
            "bank_name": bank_name,
            "number_sealed": seal(number, column=COLUMN, row=organisation.pk),
            "entered_by": actor.user,
            "entered_at": clock.now(),
        },
    )
    return row


def _unsealed(row: PayeeAccount) -> str:
    return unseal(row.number_sealed, column=COLUMN, row=row.pk)


def _number_of(person: Person) -> str:
    return unseal(person.bank_account_sealed, column="people_person.bank_account", row=person.pk)
