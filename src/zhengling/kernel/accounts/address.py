"""Where a request comes from, for lockout, rate limits and the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest

from zhengling.configuration import is_loopback

_current: ContextVar[str] = ContextVar("client_address", default="")


def client_address(request: HttpRequest) -> str:
    """The client's address. In production a proxy stands in front and adds, as the last entry, whom it saw;
    any earlier entry is the client's own claim and is not believed."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.CONFIGURATION.production and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def from_this_machine(request: HttpRequest) -> bool:
    """Whether the request was made on this machine and came through no proxy."""
    return is_loopback(str(request.META.get("REMOTE_ADDR", ""))) and "X-Forwarded-For" not in request.headers


@contextmanager
def bound(request: HttpRequest) -> Iterator[None]:
    """Remember the address for what is recorded while this request is served."""
    token = _current.set(client_address(request))
    try:
        yield
    finally:
        _current.reset(token)


def current_address() -> str:
    """The address of the request being served; empty for commands and the worker."""
    return _current.get()
