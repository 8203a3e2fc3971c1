"""Exchanges with other systems (数据交换) and the differences found (差异核对)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.models import User
from zhengling.kernel.exchange.declaration import DataSet, Mismatch, find
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person


class Exchange(models.Model):
    """One file in or out. The file itself lies sealed in the store until it is applied; `digest` stays.

    `totals` were counted here, `declared` were given with the file. `done` rows are applied already: killed in the
    middle, the worker goes on from there.
    """

    class Direction(models.TextChoices):
        IN = "in", _("received")
        OUT = "out", _("sent")

    class State(models.TextChoices):
        CHECKED = "checked", _("checked, not yet taken over")
        QUEUED = "queued", _("being taken over")
        APPLIED = "applied", _("taken over")
        FAILED = "failed", _("stopped by a fault")
        DROPPED = "dropped", _("given up")
        SENT = "sent", _("sent")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    data_set = models.CharField(max_length=60)
    direction = models.CharField(max_length=3, choices=Direction)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=8, choices=State)
    file_name = models.CharField(max_length=160)
    digest = models.CharField(max_length=64)
    blob = models.CharField(max_length=200, blank=True)
    rows = models.PositiveIntegerField(default=0)
    bad_rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    totals = models.JSONField(default=dict)
    declared = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()
    applied_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["data_set", "unit", "at"]), models.Index(fields=["state"])]
        constraints = [
            # The same file is taken over once, whoever sends it again.
            models.UniqueConstraint(
                fields=["data_set", "unit", "period", "digest"],
                condition=models.Q(direction="in", state__in=["checked", "queued", "applied"]),
                name="one_exchange_a_file",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def declaration(self) -> DataSet:
        return find(self.data_set)


class Difference(models.Model):
    """One thing on which the two sides disagree, a task until somebody decides it.

    `matter` identifies it within data set and unit, so that next month's file finds it again and does not repeat
    it. `ours` and `theirs` are what is compared, never identity numbers; `amount` in fen is what is at stake.
    """

    class State(models.TextChoices):
        OPEN = "open", _("to be settled")
        DECIDED = "decided", _("settled")
        VANISHED = "vanished", _("no longer there")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="differences")
    seen = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="+")
    data_set = models.CharField(max_length=60)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    matter = models.CharField(max_length=100)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    subject = models.CharField(max_length=80, blank=True)
    row = models.PositiveIntegerField(default=0)
    ours = models.JSONField(default=dict)
    theirs = models.JSONField(default=dict)
    amount = models.BigIntegerField(default=0)
    citation = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by_name = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["found_at", "id"]
        indexes = [models.Index(fields=["data_set", "unit", "state", "kind"])]
        constraints = [
            models.UniqueConstraint(
                fields=["data_set", "unit", "kind", "matter"],
                condition=models.Q(state="open"),
                name="one_open_difference_a_matter",
            )
        ]

    @property
    def mismatch(self) -> Mismatch:
        return find(self.data_set).mismatch(self.kind)
