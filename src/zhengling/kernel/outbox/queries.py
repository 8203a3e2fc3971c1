"""How the deliveries stand."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.outbox.models import Delivery, Message, Subscription


def troubled(*, q: str = "", state: str = "") -> QuerySet[Delivery]:
    """Deliveries given up, newest first, then those that failed and are tried again."""
    rows = Delivery.objects.filter(delivered_at=None, attempts__gt=0)
    if words := q.strip():
        rows = rows.filter(
            Q(message__type__icontains=words)
            | Q(message__subject__icontains=words)
            | Q(receiver__icontains=words)
        )
    if state:
        rows = rows.filter(dead_at__isnull=state == "again")
    return rows.select_related("message").order_by(F("dead_at").desc(nulls_last=True), "next_at", "pk")


def dead() -> QuerySet[Delivery]:
    return Delivery.objects.filter(dead_at__isnull=False)


def waiting() -> int:
    """Deliveries not made yet, with the messages that have no receivers yet."""
    return (
        Delivery.objects.filter(next_at__isnull=False).count() + Message.objects.filter(done_at=None).count()
    )


def oldest_seconds() -> float:
    """Age of the oldest delivery still to be made, by the city's clock; 0 when there is none."""
    oldest = (
        Delivery.objects.filter(next_at__isnull=False)
        .order_by("message__at")
        .values_list("message__at", flat=True)
        .first()
    )
    return max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0


def subscriptions_of(client: str) -> QuerySet[Subscription]:
    return Subscription.objects.filter(client=client).order_by("-created_at")
