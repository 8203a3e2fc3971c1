"""Uploaded files (附件): type, size and digest checked, kept through the storage API, never overwritten."""

from __future__ import annotations

from django.db import models

from zhengling.kernel.accounts.models import User
from zhengling.kernel.identifiers import uuid7


class StoredFile(models.Model):
    """One file as received. `digest` is SHA-256 of its bytes; the same bytes twice are two rows and one blob."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64, db_index=True)
    blob = models.FileField(max_length=200)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
