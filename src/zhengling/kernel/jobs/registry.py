"""What runs by the calendar. A room registers its jobs in a module that its AppConfig.ready imports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from zhengling.kernel import clock

Every = Literal["turn", "hourly", "daily"]
Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Job:
    """`every` turn of every worker, once an hour, or once a day from `hour` o'clock in Shanghai on."""

    name: str
    every: Every
    work: Work
    hour: int = 0

    def slot(self, moment: datetime) -> str:
        """The newest slot begun by then: ``2022-03-28T09``, or ``2022-03-28``; a turn has none.

        Before its hour a daily job's slot is yesterday's, so that a night without worker is made up for.
        """
        local = clock.local(moment)
        match self.every:
            case "hourly":
                return local.strftime("%Y-%m-%dT%H")
            case "daily":
                return (local - timedelta(days=local.hour < self.hour)).date().isoformat()
            case "turn":
                return ""


_jobs: dict[str, Job] = {}


def scheduled(name: str, every: Every, *, hour: int = 0) -> Callable[[Work], Work]:
    """Register a job: ``@scheduled("medical.lists", "daily", hour=6)``. `name` never changes.

    The function takes nothing and must bear being run again for the same slot: a worker can be killed in the
    middle. Raises ValueError when another function has the name.
    """

    def register(work: Work) -> Work:
        held = _jobs.setdefault(name, Job(name, every, work, hour))
        if held.work is not work:
            raise ValueError(f"two jobs are called {name!r}")
        return work

    return register


def jobs() -> list[Job]:
    return list(_jobs.values())
