"""Kernel events: written in the transaction of the act, delivered to the house's own handlers by the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from zhengling.kernel import clock
from zhengling.kernel.outbox.models import Delivery, Message

log = structlog.get_logger("zhengling.outbox")

Handle = Callable[[Message], object]
LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Handler:
    """`kind` is a message type, or its beginning up to a ``*``."""

    name: str
    kind: str
    handle: Handle

    def wants(self, message: Message) -> bool:
        if self.kind.endswith("*"):
            return message.type.startswith(self.kind[:-1])
        return message.type == self.kind


_handlers: dict[str, Handler] = {}


def handler(name: str, kind: str) -> Callable[[Handle], Handle]:
    """Register a handler: ``handler("funds.payables", "medical.*")(function)``.

    It runs in one transaction with the note that it ran, so its own writes happen once; anything it does outside
    the database must bear repetition.
    """

    def register(handle: Handle) -> Handle:
        _handlers[name] = Handler(name, kind, handle)
        return handle

    return register


def publish(kind: str, subject: str, data: dict[str, Any], *, unit: str = "") -> Message:
    """Write one message; call it inside the transaction whose fact it tells. `data` has identifiers only."""
    return Message.objects.create(type=kind, subject=subject, data=data, unit=unit, at=clock.now())


def deliver(limit: int = 100) -> int:
    """Hand open messages to their handlers, oldest first. Returns how many deliveries succeeded."""
    _address(limit)
    due = Delivery.objects.filter(
        delivered_at=None, next_at__lte=clock.now(), receiver__in=list(_handlers), message__done_at=None
    ).order_by("message_id", "pk")
    succeeded = sum(_deliver(pk) for pk in due.values_list("pk", flat=True)[:limit])
    _finish()
    return succeeded


def _address(limit: int) -> None:
    """Make the deliveries of new messages; a message nobody wants is done at once."""
    for message in Message.objects.filter(done_at=None, deliveries=None).order_by("id")[:limit]:
        wanting = [item.name for item in _handlers.values() if item.wants(message)]
        Delivery.objects.bulk_create(
            [Delivery(message=message, receiver=name, next_at=clock.now()) for name in wanting],
            ignore_conflicts=True,
        )
        if not wanting:
            Message.objects.filter(pk=message.pk).update(done_at=clock.now())


def _deliver(pk: int) -> bool:
    """One delivery under its lock; a failure is noted and tried again later, each time twice as late."""
    skip = connection.features.has_select_for_update_skip_locked
    try:
        with transaction.atomic():
            locked = Delivery.objects.select_for_update(skip_locked=skip)
            row = locked.select_related("message").filter(pk=pk, delivered_at=None).first()
            if row is None:
                return False
            _handlers[row.receiver].handle(row.message)
            row.delivered_at = clock.now()
            row.save(update_fields=["delivered_at"])
            return True
    except Exception as failure:
        row = Delivery.objects.get(pk=pk)
        row.attempts += 1
        row.next_at = clock.now() + min(timedelta(minutes=2**row.attempts), LONGEST_WAIT)
        row.last_error = type(failure).__name__
        row.save(update_fields=["attempts", "next_at", "last_error"])
        log.exception(
            "delivery failed", receiver=row.receiver, message=str(row.message_id), attempts=row.attempts
        )
        return False


def _finish() -> None:
    """Messages all of whose deliveries are made are done."""
    waiting = Delivery.objects.filter(delivered_at=None).values("message_id")
    Message.objects.filter(done_at=None).exclude(deliveries=None).exclude(pk__in=waiting).update(
        done_at=clock.now()
    )
