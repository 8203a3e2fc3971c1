"""What happens to accounts, told to whoever keeps the record. Receivers run inside the same transaction."""

from __future__ import annotations

from django.db import models
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User

# keyword arguments: actor: Actor, action: AccountAction, user: User, detail: str
account_changed = Signal()


class AccountAction(models.TextChoices):
    CREATED = "account_created", _("account opened")
    GRANTED = "role_granted", _("role granted")
    REVOKED = "role_revoked", _("role taken back")
    DEACTIVATED = "account_closed", _("account closed")
    REACTIVATED = "account_reopened", _("account reopened")
    UNLOCKED = "account_unlocked", _("account unlocked")
    PASSWORD_RESET = "password_reset", _("password reset")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    FACTOR_ADDED = "factor_added", _("second factor set up")
    FACTOR_REMOVED = "factor_removed", _("second factor removed")
    EXPORTED = "accounts_exported", _("account list exported")


def announce(actor: Actor, action: AccountAction, user: User, detail: str = "") -> None:
    account_changed.send(User, actor=actor, action=action, user=user, detail=detail)
