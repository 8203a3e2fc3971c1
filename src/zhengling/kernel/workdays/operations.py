"""The one write: loading a year's arrangement when its notice appears."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from zhengling.kernel import clock
from zhengling.kernel.workdays.arrangement import ArrangementError, RowError, check_complete, read_arrangement
from zhengling.kernel.workdays.calendar import Calendar
from zhengling.kernel.workdays.models import CalendarDay, CalendarYear
from zhengling.kernel.workdays.queries import current_calendar


def load_year(file: Path, notice: str, *, loaded_by: str, county: str = "", extra_days: int = 0) -> Calendar:
    """Load the arrangement in `file`, as ordered by `notice`, and return the calendar that holds from now on.

    `county` loads the local days of one county, which replace those it had for that year; `extra_days` are
    days off that a special notice gave beyond the national measure. A year may be loaded again (a later
    notice): the newest holds. Loading what already holds changes nothing. Open time limits are recomputed by
    their owners, who compare `Calendar.version`. Raises ArrangementError with every problem of the file;
    then nothing is written.
    """
    notice = notice.strip()
    if not notice:
        raise ArrangementError([RowError(0, "", "name the notice that orders these days")])
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ArrangementError(
            [RowError(0, "", f"{file.name} is not UTF-8 text: save it as CSV UTF-8")]
        ) from None
    arrangement = read_arrangement(text, notice, county)
    if not county:
        check_complete(arrangement, extra_days)
    with transaction.atomic():
        newest = CalendarYear.objects.filter(year=arrangement.year, county=county).order_by("pk").last()
        if newest is None or newest.version != arrangement.version:
            year = CalendarYear.objects.create(
                year=arrangement.year,
                county=county,
                notice=arrangement.notice,
                version=arrangement.version,
                loaded_at=clock.now(),
                loaded_by=loaded_by,
            )
            CalendarDay.objects.bulk_create(
                CalendarDay(
                    calendar_year=year, date=day.date, kind=day.kind, name=day.name, notice=day.notice
                )
                for day in arrangement.days
            )
    return current_calendar(county)
