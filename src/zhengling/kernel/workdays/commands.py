"""`zhengling due` and `zhengling workdays`. Counting a time limit does not start the web framework."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from getpass import getuser
from pathlib import Path

import click

from zhengling.kernel.workdays import counting
from zhengling.kernel.workdays.arrangement import ArrangementError, Kind, parse_date
from zhengling.kernel.workdays.calendar import Calendar, CalendarError, load_calendar


class Refused(click.ClickException):
    """One clear line on standard error, exit code 2."""

    exit_code = 2


class PlainCommand(click.Command):
    """A command whose usage errors are one line too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as wrong:
            raise Refused(wrong.format_message()) from None


@click.command(
    cls=PlainCommand, context_settings={"ignore_unknown_options": True}
)  # -5 is a wrong count, no option
@click.argument("start")
@click.argument("count")
@click.argument("unit")
def due(start: str, count: str, unit: str) -> None:
    """When does a time limit end? Prints JSON.

    START is the day of the event (2022-01-28), which is not counted; COUNT a whole number from 1; UNIT one of
    workdays, days, months. The calendar is the one that comes with the software; a date that rests on a year
    without a published holiday arrangement is marked provisional.
    """
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", count):
        raise Refused(f"the count must be a whole number, not {count!r}")
    try:
        answer = counting.due(parse_date(start), int(count), unit, load_calendar())
    except ValueError as wrong:
        raise Refused(str(wrong)) from None
    click.echo(json.dumps(answer.as_dict(), ensure_ascii=False))


@click.group()
def workdays() -> None:
    """The working-day calendar (工作日历)."""


@workdays.command(cls=PlainCommand)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--notice", required=True, help="The document that orders the days, e.g. 国办发明电〔2025〕7号."
)
@click.option("--county", default="", help="Load local holidays of this county (its unit code) instead.")
@click.option(
    "--extra-days", default=0, help="Days off that a special notice gives beyond the national measure."
)
@click.option("--by", default=getuser, help="Who loads it; default the signed-in user of the machine.")
def load(file: Path, notice: str, county: str, extra_days: int, by: str) -> None:
    """Load the holiday arrangement of a year from a CSV file (date, kind, name[, notice])."""
    _start_django()
    from zhengling.kernel.workdays.operations import load_year

    try:
        calendar = load_year(file, notice, loaded_by=by, county=county, extra_days=extra_days)
    except ArrangementError as refused:
        raise Refused("\n  ".join(["the file is refused", *map(str, refused.errors)])) from None
    click.echo(f"calendar {calendar.version}: {calendar.years[0]}–{calendar.years[-1]}")


@workdays.command(cls=PlainCommand)
@click.argument("year", type=click.IntRange(1, 9998))
@click.option("--county", default="", help="With the local holidays of this county.")
def show(year: int, county: str) -> None:
    """The holidays and make-up working days of YEAR, each with its notice."""
    _start_django()
    from django.db import DatabaseError

    from zhengling.kernel.workdays.queries import current_calendar

    try:
        calendar = current_calendar(county)
    except DatabaseError:
        raise Refused("the database has no calendar yet: start Zhengling once (make run)") from None
    try:
        lines = list(_lines(calendar, year))
    except CalendarError as wrong:
        raise Refused(str(wrong)) from None
    click.echo("\n".join(lines))


def _lines(calendar: Calendar, year: int) -> Iterator[str]:
    state = (
        "published"
        if calendar.published(year)
        else "not published: weekends and fixed statutory days, provisional"
    )
    yield f"{year} ({state}), calendar {calendar.version}"
    day = date(year, 1, 1)
    while day.year == year:
        if name := calendar.holiday(day):
            kind = Kind.MAKEUP if calendar.is_workday(day) else Kind.OFF
            yield f"{day} {day:%a}  {kind:<6}  {name}  {calendar.source(day)}"
        day += timedelta(days=1)


def _start_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()
