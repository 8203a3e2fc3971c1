"""Kernel events as an outside reader may see them: those of the cases his unit takes part in, and of his unit."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.queries import visible
from zhengling.kernel.clients.models import Client
from zhengling.kernel.clients.queries import actor_for
from zhengling.kernel.outbox.models import Message


def feed(actor: Actor) -> QuerySet[Message]:
    """Messages in the order of their positions: if and only if they tell of a case the actor may read, or of
    something a unit of his did."""
    units = [unit.code for unit in actor.units()]
    mine = Q(subject__in=visible(actor).order_by().values("number"))
    if units:
        mine |= Q(unit__in=units)
    return Message.objects.filter(mine, position__isnull=False)


def seen_by(client: str, messages: Sequence[Message]) -> set[UUID]:
    """Which of the messages an API client may be told by webhook: the same as it finds in the feed."""
    found = Client.objects.filter(name=client, active=True).first()
    if found is None:
        return set()
    return set(feed(actor_for(found)).filter(pk__in=[m.pk for m in messages]).values_list("pk", flat=True))
