"""Who calls the API: a bearer token, its scopes, its rate limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.clients import limiter
from zhengling.kernel.clients.models import Client, Token
from zhengling.kernel.clients.problems import ProblemError
from zhengling.kernel.clients.queries import actor_for, token_of

# The moment of the last use is for people; writing it at every request would make every read a write.
TOUCH_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Caller:
    token: Token
    client: Client
    actor: Actor


class Bearer(HttpBearer):
    """Lets in tokens with `scope`. Raises problems 401, 403 and 429."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        caller = super().__call__(request)
        if caller is None:
            raise ProblemError(
                401,
                "no_token",
                _("send a valid token: Authorization: Bearer zl_…"),
                headers={"WWW-Authenticate": 'Bearer realm="zhengling"'},
            )
        return caller

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        found = token_of(token)
        if found is None:
            return None
        wait = limiter.spend(found.pk, settings.API_REQUESTS_PER_MINUTE)
        if wait:
            raise ProblemError(
                429,
                "too_many",
                _("more than %(n)s requests in a minute") % {"n": settings.API_REQUESTS_PER_MINUTE},
                headers={"Retry-After": str(wait)},
            )
        if self.scope not in found.scopes:
            raise ProblemError(
                403,
                "no_scope",
                _("this token lacks the scope “%(scope)s”; ask your administrator") % {"scope": self.scope},
            )
        _touch(found)
        return Caller(found, found.client, actor_for(found.client))


def _touch(token: Token) -> None:
    now = clock.now()
    if token.last_used_at is None or abs(now - token.last_used_at) > TOUCH_EVERY:
        Token.objects.filter(pk=token.pk, last_used_at=token.last_used_at).update(last_used_at=now)


def caller(request: HttpRequest) -> Caller:
    """Who calls, inside an operation of the API."""
    found: Caller = request.auth  # type: ignore[attr-defined]  # set by ninja from Bearer
    return found
