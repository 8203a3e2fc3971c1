"""The one clock. All code asks it; tests, the demo city and "what if on that date" move it at this one place.

The offset is held in a context variable, so that a request, a worker's turn and a test each have their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_offset: ContextVar[timedelta] = ContextVar("clock_offset", default=timedelta(0))
_frozen: ContextVar[datetime | None] = ContextVar("clock_frozen", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC) + _offset.get()


def today() -> date:
    """The present date in Asia/Shanghai, where every statutory day begins and ends."""
    return now().astimezone(SHANGHAI).date()


def local(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of that day in Shanghai, for data that know only the day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def shift(offset: timedelta) -> None:
    """Let this context live `offset` away from real time (the demo city)."""
    _offset.set(offset)


@contextmanager
def freeze(moment: datetime) -> Iterator[None]:
    """Stop the clock at `moment` inside the block. Raises ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError("the clock takes aware moments only")
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
