"""Systems that speak to the API (接口客户端): each acts for one unit, with tokens that end."""

from __future__ import annotations

from django.db import models

from zhengling.kernel.accounts.models import User
from zhengling.kernel.organisations.models import Organisation


class Client(models.Model):
    """Another system. `name` identifies it in events, audit and webhooks and never changes.

    `roles` are those it acts with in `organisation`; `contact` is who answers for it there.
    """

    name = models.CharField(max_length=60, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="clients")
    roles = models.JSONField(default=list)
    contact = models.CharField(max_length=120)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class Token(models.Model):
    """``zl_<prefix>_<secret>``. The prefix finds the row, the digest (SHA-256 of the whole) proves the secret.

    The secret has 256 random bits, so that a slow hash would add nothing but time to every request.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="tokens")
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    expires_on = models.DateField()
    last_used_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.prefix


class IdempotencyRecord(models.Model):
    """The answer to a write, kept under the key the client gave it; see `once`."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="one_answer_a_key")]
