"""Who hears what inside the house. Rooms register here from a module their AppConfig.ready imports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from uuid import UUID

from zhengling.kernel.outbox.models import Message

Handle = Callable[[Message], object]
MaySee = Callable[[str, Sequence[Message]], set[UUID]]


@dataclass(frozen=True, slots=True)
class Handler:
    """`kind` is a message type or a pattern of types (``medical.*``)."""

    name: str
    kind: str
    handle: Handle
    outside: bool


_handlers: dict[str, Handler] = {}
_may_see: MaySee | None = None


def handler(name: str, kind: str, *, outside: bool = False) -> Callable[[Handle], Handle]:
    """Register a handler: ``@handler("funds.payables", "medical.*")``. `name` never changes.

    It runs in one transaction with the note that it ran, so what it changes in the database happens exactly
    once. One that speaks to the world `outside` holds no transaction meanwhile, and may be called again for
    the same message. When it raises, it is tried again later. Raises ValueError when another function has the
    name.
    """

    def register(handle: Handle) -> Handle:
        held = _handlers.setdefault(name, Handler(name, kind, handle, outside))
        if held.handle is not handle:
            raise ValueError(f"two handlers are called {name!r}")
        return handle

    return register


def handler_called(name: str) -> Handler | None:
    return _handlers.get(name)


def handlers_of(kind: str) -> list[Handler]:
    return [item for item in _handlers.values() if matches(kind, [item.kind])]


def matches(kind: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(kind, pattern) for pattern in patterns)


def clients_see(question: MaySee) -> None:
    """Set who decides which messages an API client (by name) may see: a room above that knows cases and
    units.
    """
    global _may_see  # noqa: PLW0603 - one installation has one answer
    _may_see = question


def seen_by(client: str, messages: Sequence[Message]) -> set[UUID]:
    """Ids of the messages the client may see; none while nobody decides."""
    return _may_see(client, messages) if _may_see and messages else set()
