"""Publishing a kernel event (a row in the transaction of the act), subscribing to them, replaying a dead
delivery.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock, outgoing
from zhengling.kernel.ciphers import seal
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.outbox.models import Delivery, Message, Subscription

SECRET_COLUMN = "outbox_subscription.secret"  # noqa: S105 - the name of a column
SECRET_PREFIX = "whsec_"  # noqa: S105 - Standard Webhooks marks its secrets with it
SECRET_BYTES = 32


class SubscriptionError(ValueError):
    """The webhook cannot be set up; the message says why."""


def publish(kind: str, subject: str, data: dict[str, Any], *, unit: str = "") -> Message:
    """Write one message; call it inside the transaction whose fact it tells. `data` has identifiers only."""
    return Message.objects.create(type=kind, subject=subject, data=data, unit=unit, at=clock.now())


@transaction.atomic
def subscribe(client: str, url: str, types: Sequence[str] = ()) -> tuple[Subscription, str]:
    """A webhook and its secret, which is shown once. Raises `SubscriptionError` for an address we do not
    call.
    """
    try:
        outgoing.check(url, settings.WEBHOOK_HOSTS)
    except outgoing.UnreachableError:
        raise SubscriptionError(
            _(
                "this address cannot be called: it must be https, hold no name or password, and lead to a public host"
            )
        ) from None
    key = uuid7()
    secret = SECRET_PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()
    subscription = Subscription.objects.create(
        id=key,
        client=client,
        url=url,
        types=list(types),
        secret_sealed=seal(secret, column=SECRET_COLUMN, row=key),
        created_at=clock.now(),
    )
    return subscription, secret


def unsubscribe(subscription: Subscription) -> None:
    """Send nothing more to this webhook; what was sent stays on record."""
    Subscription.objects.filter(pk=subscription.pk).update(active=False)


def replay(delivery: Delivery) -> bool:
    """Try a given-up delivery again from its first attempt, at the worker's next turn. False when it is not
    dead.
    """
    return bool(
        Delivery.objects.filter(pk=delivery.pk, dead_at__isnull=False).update(
            dead_at=None, attempts=0, next_at=clock.now(), last_error=""
        )
    )
