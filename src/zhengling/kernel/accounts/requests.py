"""From a request to the actor that operations take."""

from __future__ import annotations

from django.http import HttpRequest

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request; the same object however often it is asked for, so its grants are read once."""
    actor: Actor | None = getattr(request, "_actor", None)
    if actor is None:
        user = getattr(request, "user", None)
        actor = Actor(user=user if isinstance(user, User) else None)
        request._actor = actor  # type: ignore[attr-defined]  # the request is the cache's natural home
    return actor
