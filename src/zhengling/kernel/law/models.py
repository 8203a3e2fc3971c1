"""Approved parameter changes, receipts of decisions, and the wording of imported official texts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.law.receipts import Receipt
from zhengling.kernel.law.traces import Trace, trace_from_data


class ParameterChange(models.Model):
    """A new value of a parameter from a day on: proposed by one person, approved by another, never edited.

    `value` is written as in the city's file (yuan, percent, a table by class). `citation` is the provision
    that allows the change, `reason` names the document that orders it.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    service = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    value = models.JSONField()
    valid_from = models.DateField()
    citation = models.CharField(max_length=60)
    reason = models.TextField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.CharField(max_length=60)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    # 1, 2, 3 … within the service, in the order of approval; the later of two for the same day holds.
    approval_number = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "approval_number"], name="one_approval_a_number"),
        ]
        ordering = ["-proposed_at"]

    def __str__(self) -> str:
        return f"{self.service}.{self.name} {self.valid_from}"


class DecisionReceipt(models.Model):
    """A receipt as written, with its trace; append-only. `subject` is what it is about (a setl_id)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    data = models.JSONField()
    steps = models.JSONField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "subject"], name="one_receipt_a_decision"),
        ]
        indexes = [models.Index(fields=["kind", "subject"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def receipt(self) -> Receipt:
        return Receipt(**self.data)

    @property
    def trace(self) -> Trace:
        return trace_from_data(self.steps)


class OfficialText(models.Model):
    """The printed wording of one provision, imported; the next import replaces it."""

    instrument = models.CharField(max_length=40)
    provision = models.CharField(max_length=40)
    wording = models.TextField()
    source_digest = models.CharField(max_length=64)
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "provision"], name="one_wording_a_provision"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument}/{self.provision}"
