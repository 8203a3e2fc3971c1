"""How the work by the calendar stands."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Max, QuerySet

from zhengling.kernel.jobs.models import Heartbeat, Run

# The worker turns every second or so; one that has been silent this long is taken for dead.
SILENT_SECONDS = 60


def seconds_since_heartbeat() -> float | None:
    """Seconds since any worker last showed itself; None when none ever did. In real time."""
    newest = Heartbeat.objects.aggregate(at=Max("at"))["at"]
    return None if newest is None else (datetime.now(UTC) - newest).total_seconds()


def failed() -> QuerySet[Run]:
    """Runs that failed and have not gone through since."""
    return Run.objects.exclude(error="")
