"""Reads of personal data (查阅日志), append-only and chained. Writes are the cases' own events: one record, not two."""

from __future__ import annotations

from django.db import models

from zhengling.kernel.accounts.models import User


class Access(models.Model):
    """Somebody saw personal data: who, whose, which fields, for what.

    `digest` = SHA-256(previous digest, canonical JSON of the row), so that a removed or changed row shows.
    """

    at = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    client = models.CharField(max_length=60, blank=True)
    action = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    fields = models.CharField(max_length=200)
    purpose = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id"])]
