"""Urging orders (督办单), what they are about and how they were answered; runs of the verification (校验)."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework.models import Case, TimeLimit
from zhengling.kernel.documents.models import TakenNumber
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation


class UrgingOrder(models.Model):
    """An order of a supervisor to a unit below: do these cases now and answer by `respond_by`.

    Numbered without gaps in the issuing unit's series (永政督〔2022〕3号).
    """

    class State(models.TextChoices):
        ISSUED = "issued", _("to be answered")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed after checking")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="urging_orders_issued")
    number = models.CharField(max_length=60, unique=True)
    taken_number = models.OneToOneField(TakenNumber, on_delete=models.PROTECT, related_name="urging_order")
    to = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="urging_orders")
    words = models.TextField(max_length=1000)
    respond_by = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.ISSUED)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    issued_by_name = models.CharField(max_length=60)
    issued_at = models.DateTimeField()
    answer = models.TextField(blank=True, max_length=4000)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_by_name = models.CharField(max_length=60, blank=True)
    answered_at = models.DateTimeField(null=True)
    finding = models.TextField(blank=True, max_length=4000)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_by_name = models.CharField(max_length=60, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-issued_at", "-id"]
        indexes = [
            models.Index(fields=["to", "state", "respond_by"]),
            models.Index(fields=["to", "issued_at"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def overdue(self) -> bool:
        """Whether the unit has let the day for its answer pass."""
        return self.state == self.State.ISSUED and self.respond_by < clock.today()


class UrgedLimit(models.Model):
    """One late matter of an order: the case, its time limit, and how late it was on the day of the order."""

    order = models.ForeignKey(UrgingOrder, on_delete=models.CASCADE, related_name="matters")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    limit = models.ForeignKey(TimeLimit, on_delete=models.PROTECT, related_name="urgings")
    due = models.DateField()
    days_late = models.IntegerField()

    class Meta:
        ordering = ["due", "id"]
        constraints = [models.UniqueConstraint(fields=["order", "limit"], name="one_matter_an_order")]


class Verification(models.Model):
    """One run of the proof that nothing was changed behind the system's back. Append-only.

    `problems` holds the first findings, each as ``[part, text]``; `found` is how many there were.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    cases = models.PositiveIntegerField()
    events = models.PositiveIntegerField()
    checkpoints = models.PositiveIntegerField()
    found = models.PositiveIntegerField()
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ["-started_at"]

    @property
    def day(self) -> date:
        return clock.local(self.finished_at).date()
