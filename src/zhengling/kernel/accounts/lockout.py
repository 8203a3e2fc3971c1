"""What axes asks us: whose attempt it is, where from, and how to name a client in a log without personal
data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.http import HttpRequest

from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import normalise_username


def username_of(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The name whose failures are counted, in its one spelling: capitals and wide letters are no way
    around."""
    given = (credentials or {}).get("username") or request.POST.get("login") or ""
    return normalise_username(str(given))[:255]


def client_words(
    username: str | None,
    address: str | None,
    agent: str | None,
    path: str | None,
    request: HttpRequest | None = None,
) -> str:
    """For axes' log lines: neither name nor address; both stand in the audit record."""
    return f"a client of {path}"


def is_locked(request: HttpRequest, user: User) -> bool:
    """Whether this account is locked for this client; then the answer to the request becomes the locked-out
    page."""
    if AxesProxyHandler.is_allowed(request, {"username": user.username}):
        return False
    request.axes_locked_out = True  # type: ignore[attr-defined]  # what its middleware looks at
    request.axes_credentials = {"username": user.username}  # type: ignore[attr-defined]
    return True
