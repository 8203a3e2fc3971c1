"""The demo city's day: stated in the database, moved by buttons, lived by requests and the worker."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings

from zhengling.kernel import clock
from zhengling.kernel.workdays.counting import next_workday
from zhengling.kernel.workdays.queries import current_calendar
from zhengling.web.models import DemoDay


def apply() -> None:
    """Let this context live on the demo city's day, at the real time of day. Outside the demo: nothing."""
    if not settings.DEMO:
        return
    day = DemoDay.objects.values_list("day", flat=True).first()
    if day is None:
        clock.shift(timedelta(0))
        return
    clock.shift(day - clock.local(datetime.now(UTC)).date())


def has_day() -> bool:
    """Whether the demo city has a day yet."""
    return DemoDay.objects.exists()


def move_to(day: date) -> None:
    """Let the demo city live on `day` from now on."""
    if not DemoDay.objects.update(day=day):
        DemoDay.objects.create(day=day)
    apply()


def quarter_end(day: date) -> date:
    """The last day of the quarter that `day` lies in; of the next quarter when `day` is that last day."""
    for month in (3, 6, 9, 12):
        first_after = date(day.year + month // 12, month % 12 + 1, 1)
        end = first_after - timedelta(days=1)
        if day < end:
            return end
    return date(day.year + 1, 3, 31)


def step(name: str) -> None:
    """Carry out a button of the banner: ``workday`` or ``quarter``. Raises ValueError for another."""
    today = clock.today()
    match name:
        case "workday":
            move_to(next_workday(today, current_calendar()))
        case "quarter":
            move_to(quarter_end(today))
        case _:
            raise ValueError(name)
