"""Kernel events on their way out: written in the transaction of the act, delivered by the worker at least once."""

from __future__ import annotations

from django.db import models

from zhengling.kernel.identifiers import uuid7


class Message(models.Model):
    """One event for the rest of the house and for subscribed systems; `data` carries identifiers, no personal data."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    unit = models.CharField(max_length=40, blank=True)
    data = models.JSONField()
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["done_at", "id"])]


class Subscription(models.Model):
    """A webhook of another system: where, which types, of which unit, signed with which secret."""

    client = models.CharField(max_length=60)
    url = models.URLField(max_length=300)
    types = models.JSONField(default=list)
    unit = models.CharField(max_length=40, blank=True)
    secret_sealed = models.TextField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()


class Delivery(models.Model):
    """One message to one receiver: an in-process handler by name, or a subscription."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    receiver = models.CharField(max_length=80)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "receiver"], name="one_delivery_a_receiver")]
        indexes = [models.Index(fields=["delivered_at", "next_at"])]
