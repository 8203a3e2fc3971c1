"""From a request to what operations take."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request, the same object however often it is asked for (its grants are read once)."""
    actor: Actor | None = getattr(request, "_actor", None)
    if actor is None:
        user = getattr(request, "user", None)
        actor = Actor(user=user if isinstance(user, User) else None)
        request._actor = actor  # type: ignore[attr-defined]  # the request is the cache's natural home
    return actor


def next_url(request: HttpRequest, default: str = "/") -> str:
    """Where the form wants to go back to, if that is on this site."""
    target = request.POST.get("next", "")
    return target if url_has_allowed_host_and_scheme(target, {request.get_host()}) else default
