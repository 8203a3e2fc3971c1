"""Work by the calendar: what ran in which slot. A slot runs once, whoever ticks."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """A scheduled job in one slot (a date, or an hour); the unique pair makes the tick idempotent."""

    job = models.CharField(max_length=80)
    slot = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="one_run_a_slot")]
