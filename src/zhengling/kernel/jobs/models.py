"""Work by the calendar: what ran in which slot, and the sign of life of whoever runs it."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """A scheduled job in one slot (a date, or an hour); the unique pair makes the tick idempotent.

    `finished_at` is set when it went through. Otherwise it is running, or it failed (`error`) and is tried
    again.
    """

    job = models.CharField(max_length=80)
    slot = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=1)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="one_run_a_slot")]

    def __str__(self) -> str:
        return f"{self.job} {self.slot}"


class Heartbeat(models.Model):
    """When the worker last finished a turn, in real time even where the city's day is moved."""

    worker = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()
