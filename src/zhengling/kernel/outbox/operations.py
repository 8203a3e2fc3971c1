"""Publishing a kernel event: a row in the transaction of the act."""

from __future__ import annotations

from typing import Any

from zhengling.kernel import clock
from zhengling.kernel.outbox.models import Message


def publish(kind: str, subject: str, data: dict[str, Any], *, unit: str = "") -> Message:
    """Write one message; call it inside the transaction whose fact it tells. `data` has identifiers only."""
    return Message.objects.create(type=kind, subject=subject, data=data, unit=unit, at=clock.now())
