"""Several works at the same moment, for tests of concurrency on either database."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from threading import Barrier, Thread

from django.db import connection


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run all works at the same moment, each on a connection of its own; results or errors in their order."""
    results: list[object] = [None] * len(works)
    barrier = Barrier(len(works))

    def run(index: int, work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results[index] = work()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [
        Thread(target=contextvars.copy_context().run, args=(run, index, work))
        for index, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a thread still waits: deadlock"
    return results
