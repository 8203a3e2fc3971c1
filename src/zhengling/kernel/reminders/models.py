"""Reminders (提醒): what somebody should look at, until it is done or put away."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework.models import Case, Task, TimeLimit
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation


class Reminder(models.Model):
    """To one person (`user`), or to whoever holds `role` in `organisation`.

    It ends by itself when its task is done or its limit has ended; `closed_at` is set when a reader puts it away.
    `key` says what it is about, so that the same thing is never said twice.
    """

    class Kind(models.TextChoices):
        DUE_SOON = "due_soon", _("due soon")
        OVERDUE = "overdue", _("overdue")
        ESCALATED = "escalated", _("overdue, reported upwards")
        RETURNED = "returned", _("returned")
        URGED = "urged", _("urged")
        ASSIGNED = "assigned", _("handed to you")
        PERSON = "person", _("something changed about the person")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    limit = models.ForeignKey(TimeLimit, on_delete=models.CASCADE, null=True, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, blank=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "role", "closed_at"]),
            models.Index(fields=["user", "closed_at"]),
        ]

    def __str__(self) -> str:
        return self.key
