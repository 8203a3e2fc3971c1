"""So many requests a minute for each token. Counted in this process: several server processes count apart."""

from __future__ import annotations

import threading
import time

WINDOW_SECONDS = 60

_lock = threading.Lock()
_spent: dict[int, tuple[int, int]] = {}  # token -> (window, requests in it)


def spend(token: int, allowed: int) -> int:
    """Count one request. Returns 0 when it is within the limit, else the seconds until the next window.

    Windows are of real time: a demo city whose day is moved keeps its limits.
    """
    now = time.monotonic()
    window = int(now // WINDOW_SECONDS)
    with _lock:
        held, count = _spent.get(token, (window, 0))
        count = count + 1 if held == window else 1
        _spent[token] = (window, count)
    return 0 if count <= allowed else max(1, round((window + 1) * WINDOW_SECONDS - now))


def forget() -> None:
    """Start anew (tests)."""
    with _lock:
        _spent.clear()
