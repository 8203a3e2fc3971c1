"""The record of who saw and did what (审计): reads of personal data, sign-ins, account administration.
Append-only and chained. Writes about cases are the cases' own events: one record, not two."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.events import AccountAction
from zhengling.kernel.accounts.models import User


class Action(models.TextChoices):
    """What was done. Account administration adds its own (`AccountAction`)."""

    VIEW = "view", _("viewed")
    REVEAL = "reveal", _("viewed unmasked")
    SEARCH = "search", _("searched")
    EXPORT = "export", _("exported")
    PRINT = "print", _("printed")
    ENTER = "enter", _("entered")
    CHANGE = "change", _("changed")
    SIGN_IN = "sign_in", _("signed in")
    SIGN_OUT = "sign_out", _("signed out")
    SIGN_IN_FAILED = "sign_in_failed", _("sign-in failed")
    LOCKED_OUT = "locked_out", _("locked out")
    AUDIT_READ = "audit_read", _("audit record read")
    AUDIT_VERIFIED = "audit_verified", _("audit record verified")


ACTIONS: list[tuple[str, object]] = [*Action.choices, *AccountAction.choices]


class Access(models.Model):
    """One thing done by somebody: when, who, from where, what, on whom, which fields, what for, whether it
    succeeded.

    `digest` = SHA-256(digest of the row before, canonical JSON of this row), so that a removed or changed row
    shows.
    """

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    client = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=45, blank=True)
    action = models.CharField(max_length=20, choices=ACTIONS)
    succeeded = models.BooleanField(default=True)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    fields = models.CharField(max_length=200)
    purpose = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id"]), models.Index(fields=["user", "at"])]


class Head(models.Model):
    """Where the chain ends; its one row is locked by whoever writes next."""

    seq = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
