"""The worker's side of the outbox: messages get their place in the feed and their receivers, deliveries are
tried.

Any number of workers may do this at once, on both databases: one at a time gives positions, and a delivery is
taken by an update that only one of them can win.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from zhengling.kernel import clock, outgoing
from zhengling.kernel.ciphers import CannotOpenError
from zhengling.kernel.jobs.operations import scheduled
from zhengling.kernel.outbox import registry, webhooks
from zhengling.kernel.outbox.models import Counter, Delivery, Message, Subscription
from zhengling.logs import fault

log = structlog.get_logger(__name__)

HANDLER, WEBHOOK = "handler:", "webhook:"
# Seconds until the next attempt after the first, second, … failure; after the last one the delivery is dead
# (3½ days).
BACK_OFF = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
# While a webhook is being called, nobody else calls it; longer than a call can take.
LEASE = timedelta(seconds=4 * outgoing.WHOLE_SECONDS)
BATCH, CALLS_AT_ONCE = 200, 8
GONE = "410"
KEPT = timedelta(days=180)

Stop = Callable[[], bool]


def _never() -> bool:
    return False


def fan_out(limit: int = BATCH) -> int:
    """Give new messages their position in the feed and a delivery for each receiver. Returns how many
    messages.
    """
    if not Message.objects.filter(done_at=None).exists():
        return 0
    with transaction.atomic():
        Counter.objects.get_or_create(pk=1)
        counter = Counter.objects.select_for_update().get(pk=1)
        messages = list(Message.objects.filter(done_at=None).order_by("at", "id")[:limit])
        now = clock.now()
        for message in messages:
            counter.last += 1
            message.position, message.done_at = counter.last, now
        counter.save()
        Message.objects.bulk_update(messages, ["position", "done_at"])
        Delivery.objects.bulk_create(
            Delivery(message=message, receiver=receiver, next_at=now)
            for message, receiver in _receivers(messages)
        )
    return len(messages)


def _receivers(messages: list[Message]) -> Iterable[tuple[Message, str]]:
    for message in messages:
        for handler in registry.handlers_of(message.type):
            yield message, HANDLER + handler.name
    for subscription in Subscription.objects.filter(active=True):
        wanted = [m for m in messages if registry.matches(m.type, subscription.types or ("*",))]
        seen = registry.seen_by(subscription.client, wanted)
        for message in wanted:
            if message.pk in seen:
                yield message, f"{WEBHOOK}{subscription.pk}"


def deliver(limit: int = BATCH, stop: Stop = _never) -> int:
    """Try what is due, oldest first. Returns how many deliveries succeeded."""
    due = list(
        Delivery.objects.filter(next_at__lte=clock.now())
        .select_related("message")
        .order_by("next_at", "id")[:limit]
    )
    handed = 0
    for delivery in due:
        if stop():
            return handed
        if delivery.receiver.startswith(HANDLER):
            handed += _hand_over(delivery)
    return handed + _call([item for item in due if item.receiver.startswith(WEBHOOK)], stop)


def _take(delivery: Delivery, **changes: object) -> bool:
    """Win the delivery against other workers: the update only fits the state in which it was read."""
    return bool(
        Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, next_at=delivery.next_at).update(
            attempts=F("attempts") + 1, **changes
        )
    )


def _hand_over(delivery: Delivery) -> bool:
    """To a handler; what it raises is the failure of this attempt."""
    handler = registry.handler_called(delivery.receiver.removeprefix(HANDLER))
    try:
        if handler is None:
            raise LookupError(delivery.receiver)
        if not handler.outside:
            with transaction.atomic():
                if not _take(delivery, **_delivered()):
                    return False
                handler.handle(delivery.message)
            return True
        if not _take(delivery, next_at=clock.now() + LEASE):
            return False
        handler.handle(delivery.message)
    except Exception as error:
        _fail(delivery, fault(error))
        return False
    Delivery.objects.filter(pk=delivery.pk).update(**_delivered())
    return True


def _call(deliveries: list[Delivery], stop: Stop) -> int:
    """To webhooks, a few at a time: threads wait for the network, the database is spoken to from here only."""
    subscriptions = Subscription.objects.in_bulk({_subscription_key(item) for item in deliveries})
    delivered = 0
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        for start in range(0, len(deliveries), CALLS_AT_ONCE):
            if stop():
                break
            chunk = deliveries[start : start + CALLS_AT_ONCE]
            taken = [item for item in chunk if _take(item, next_at=clock.now() + LEASE)]
            calls = [_prepared(item, subscriptions.get(_subscription_key(item))) for item in taken]
            for item, problem in zip(taken, pool.map(_post, calls), strict=True):
                delivered += _note(item, problem)
    return delivered


def _subscription_key(delivery: Delivery) -> UUID:
    return UUID(delivery.receiver.removeprefix(WEBHOOK))


Call = tuple[str, bytes, dict[str, str]] | str


def _prepared(delivery: Delivery, subscription: Subscription | None) -> Call:
    """Address, body and headers; or what is wrong already."""
    if subscription is None or not subscription.active:
        return GONE
    try:
        return (subscription.url, *webhooks.signed(delivery.message, subscription))
    except CannotOpenError as error:
        return fault(error)


def _post(call: Call) -> str:
    """What went wrong: a status, a reason, or nothing. Runs in a thread, touches no database."""
    if isinstance(call, str):
        return call
    try:
        answer = outgoing.post(*call, allowed=settings.WEBHOOK_HOSTS)
    except outgoing.UnreachableError as error:
        return str(error)
    return "" if answer.accepted else str(answer.status)


def _note(delivery: Delivery, problem: str) -> bool:
    """Write down how the call ended. A receiver that says 410 wants no more calls."""
    if not problem:
        Delivery.objects.filter(pk=delivery.pk).update(**_delivered())
        return True
    if problem == GONE:
        Subscription.objects.filter(pk=_subscription_key(delivery)).update(active=False)
    _fail(delivery, problem, final=problem == GONE)
    return False


def _delivered() -> dict[str, object]:
    return {"next_at": None, "delivered_at": clock.now(), "last_error": ""}


def _fail(delivery: Delivery, problem: str, *, final: bool = False) -> None:
    """Note a failed attempt: when the next one is, or that there is none."""
    attempts = delivery.attempts + 1
    if final or attempts > len(BACK_OFF):
        then = {"next_at": None, "dead_at": clock.now()}
    else:
        # Spread, so that receivers that went down together are not called together.
        seconds = BACK_OFF[attempts - 1] * random.uniform(0.9, 1.1)
        then = {"next_at": clock.now() + timedelta(seconds=seconds), "dead_at": None}
    Delivery.objects.filter(pk=delivery.pk, attempts__lte=attempts, delivered_at=None).update(
        attempts=attempts, last_error=problem[:300], **then
    )
    log.warning(
        "delivery failed", receiver=delivery.receiver, message=str(delivery.message_id), error=problem
    )


@scheduled("outbox.forget", "daily", hour=3)
def forget_old_messages() -> None:
    """Drop messages long delivered; what happened stays in the cases' own events."""
    old = Message.objects.filter(done_at__lt=clock.now() - KEPT).exclude(deliveries__next_at__isnull=False)
    old.delete()
