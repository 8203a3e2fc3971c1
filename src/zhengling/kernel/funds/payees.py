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
