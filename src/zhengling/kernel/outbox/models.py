"""Kernel events on their way out: written in the transaction of the act, delivered by the worker at least
once.
"""

from __future__ import annotations

from django.db import models

from zhengling.kernel.identifiers import uuid7


class Message(models.Model):
    """One event for the rest of the house and for subscribed systems; `data` carries identifiers, no personal
    data.

    `position` is its place in the feed, given by the worker one after the other: unlike the id, which is made
    before the transaction ends, it never appears behind one that somebody has read already. `done_at` is that
    moment.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    unit = models.CharField(max_length=40, blank=True)
    data = models.JSONField()
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    position = models.PositiveBigIntegerField(null=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["done_at", "id"]), models.Index(fields=["subject", "position"])]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class Counter(models.Model):
    """One row: the last position given. Locking it makes one worker at a time the sequencer."""

    last = models.PositiveBigIntegerField(default=0)


class Subscription(models.Model):
    """A webhook of another system: where, which types (patterns; none means all), its secret."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.CharField(max_length=60)
    url = models.URLField(max_length=300)
    types = models.JSONField(default=list)
    secret_sealed = models.TextField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["client"])]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One message to one receiver: ``handler:<name>`` in this process, or ``webhook:<subscription>``.

    `next_at` is when it is tried next; empty once it is delivered, or given up (`dead_at`).
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    receiver = models.CharField(max_length=80)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True, db_index=True)
    delivered_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True, db_index=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "receiver"], name="one_delivery_a_receiver")
        ]

    def __str__(self) -> str:
        return f"{self.receiver} {self.message_id}"
