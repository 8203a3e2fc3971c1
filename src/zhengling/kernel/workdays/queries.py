"""The calendar that holds now: the one that came with the software, overlaid with what was loaded since."""

from __future__ import annotations

from functools import lru_cache

from zhengling.kernel.workdays.arrangement import Arrangement, Day, Kind
from zhengling.kernel.workdays.calendar import Calendar, load_calendar
from zhengling.kernel.workdays.models import CalendarDay, CalendarYear


def current_calendar(county: str = "") -> Calendar:
    """The working-day calendar, with the local days of `county` if it has any. One small query."""
    newest = {
        (year, unit): (key, version)
        for key, year, unit, version in CalendarYear.objects.order_by("pk").values_list(
            "pk", "year", "county", "version"
        )
    }
    return _overlaid(tuple(sorted(newest.values()))).for_county(county)


@lru_cache(maxsize=4)
def _overlaid(loaded: tuple[tuple[int, str], ...]) -> Calendar:
    """`loaded` holds keys and versions of their content: a key used again finds no older calendar."""
    keys = [key for key, _ in loaded]
    days: dict[int, list[Day]] = {key: [] for key in keys}
    for row in CalendarDay.objects.filter(calendar_year__in=keys).order_by("date"):
        days[row.calendar_year_id].append(Day(row.date, Kind(row.kind), row.name, row.notice))
    return load_calendar().with_arrangements(
        *(
            Arrangement(year.year, year.notice, tuple(days[year.pk]), year.county)
            for year in CalendarYear.objects.filter(pk__in=keys)
        )
    )
