"""What a webhook is sent: a CloudEvents 1.0 event as structured JSON, signed as Standard Webhooks 1.0 asks.

Headers: ``webhook-id`` (the message's id, the same at every attempt, to recognise repetitions by),
``webhook-timestamp`` (seconds since 1970, real time) and ``webhook-signature``: ``v1,`` and the base64 of
HMAC-SHA256 over
``<id>.<timestamp>.<body>`` with the bytes behind ``whsec_``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from django.conf import settings

from zhengling.kernel import clock
from zhengling.kernel.ciphers import unseal
from zhengling.kernel.outbox.models import Message, Subscription
from zhengling.kernel.outbox.operations import SECRET_COLUMN, SECRET_PREFIX

MEDIA_TYPE = "application/cloudevents+json"


def cloud_event(message: Message) -> dict[str, Any]:
    """The message as a CloudEvent. `sequence` orders by the feed; `unit` is the unit that acted."""
    event = {
        "specversion": "1.0",
        "id": str(message.pk),
        "source": f"/zhengling/{settings.CITY.name}",
        "type": message.type,
        "subject": message.subject,
        "time": clock.local(message.at).isoformat(),
        "sequence": f"{message.position or 0:020d}",
        "datacontenttype": "application/json",
        "data": message.data,
    }
    return {**event, "unit": message.unit} if message.unit else event


def signed(message: Message, subscription: Subscription) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of one delivery."""
    body = json.dumps(cloud_event(message), ensure_ascii=False, separators=(",", ":")).encode()
    moment = str(int(time.time()))
    secret = unseal(subscription.secret_sealed, column=SECRET_COLUMN, row=subscription.pk)
    return body, {
        "Content-Type": MEDIA_TYPE,
        "webhook-id": str(message.pk),
        "webhook-timestamp": moment,
        "webhook-signature": signature(secret, str(message.pk), moment, body),
    }


def signature(secret: str, identifier: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    mac = hmac.new(key, f"{identifier}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()
