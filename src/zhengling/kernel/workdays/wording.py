"""The steps of a time limit as sentences of the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from zhengling.kernel.workdays.explanation import NamedDay, Step, StepKind


def sentence(step: Step) -> str:
    """One sentence that says what this step did to the date, holidays and notices included."""
    values = {
        "first": _shown(step.first),
        "last": _shown(step.last or step.first),
        "length": length(step.count, step.unit) if step.count and step.unit else "",
        "days": gettext("; ").join(_spans(step.days)),
        "years": _years(step),
    }
    said = _pattern(step.kind) % values
    if step.kind is StepKind.ROLL and step.days:
        said += gettext(" Rest days: %(days)s.") % values
    return said


def length(count: int, unit: str) -> str:
    """5 working days, 60 days, 3 months."""
    if unit == "workdays":
        pattern = ngettext("%(count)d working day", "%(count)d working days", count)
    elif unit == "days":
        pattern = ngettext("%(count)d day", "%(count)d days", count)
    else:
        pattern = ngettext("%(count)d month", "%(count)d months", count)
    return pattern % {"count": count}


def _pattern(kind: StepKind) -> str:
    return {
        StepKind.START: gettext("The event is of %(first)s; that day is not counted."),
        StepKind.COUNT: gettext("Counted: %(length)s, from %(first)s to %(last)s."),
        StepKind.EXTENSION: gettext("Extended by %(length)s, counted from %(first)s to %(last)s."),
        StepKind.REST: gettext("Holidays, not counted: %(days)s."),
        StepKind.MAKEUP: gettext("Make-up working days, counted: %(days)s."),
        StepKind.PAUSE: gettext("Suspended from %(first)s to %(last)s, not counted: %(length)s."),
        StepKind.SUSPENDED: gettext("Suspended since %(first)s: the dates are the earliest possible."),
        StepKind.ROLL: gettext("The limit does not end on %(first)s but on %(last)s."),
        StepKind.PROVISIONAL: gettext(
            "The holiday arrangement of %(years)s is not published: the date is provisional."
        ),
        StepKind.NEXT: gettext(
            "Where the limit is a minimum period, the next act may fall on %(first)s at the earliest."
        ),
    }[kind]


def _years(step: Step) -> str:
    last = step.last or step.first
    return str(step.first.year) if step.first.year == last.year else f"{step.first.year}–{last.year}"


def _spans(days: Sequence[NamedDay]) -> Iterator[str]:
    """Days that follow each other under one holiday and one notice are said as one span."""
    for _, group in groupby(enumerate(days), _run):
        span = [day for _, day in group]
        values = {"first": _shown(span[0].date), "last": _shown(span[-1].date)}
        values["when"] = gettext("%(first)s to %(last)s") % values if len(span) > 1 else values["first"]
        values |= {"name": span[0].name, "source": span[0].source}
        yield (
            gettext("%(when)s (%(name)s, %(source)s)") if span[0].name else gettext("%(when)s (weekend)")
        ) % values


def _run(numbered: tuple[int, NamedDay]) -> tuple[str, str, int]:
    """Equal for neighbouring days of one holiday and notice: the day's number less its place in the list."""
    place, day = numbered
    return day.name, day.source, day.date.toordinal() - place


def _shown(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
