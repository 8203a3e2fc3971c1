"""What every page of the shell needs, computed once a request and only when a template asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.law.instruments import load_city
from zhengling.kernel.reminders.queries import open_for
from zhengling.kernel.workdays.calendar import Calendar
from zhengling.kernel.workdays.queries import current_calendar
from zhengling.web.navigation import entries_for
from zhengling.web.tour import Strip, strip

LARGE_COOKIE = "large_text"


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    name: str


def _fit(here: str, url: str, under: tuple[str, ...]) -> int:
    """How much of the address an entry explains; the entry that explains most is the current one."""
    if here == url:
        return len(here)
    beginnings = under if url == "/" else (url, *under)
    return max((len(beginning) for beginning in beginnings if here.startswith(beginning)), default=0)


class Shell:
    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def demo(self) -> bool:
        return bool(settings.DEMO)

    @property
    def today(self) -> date:
        return clock.today()

    @property
    def large(self) -> bool:
        return self.request.COOKIES.get(LARGE_COOKIE) == "1"

    @property
    def now(self) -> datetime:
        return clock.now()

    @property
    def city(self) -> str:
        return load_city(settings.CITY).name.in_language(get_language() or "")

    @cached_property
    def navigation(self) -> list[Link]:
        here = self.request.path
        entries = [(entry, reverse(entry.url)) for entry in entries_for(actor_of(self.request))]
        fitting = [_fit(here, url, entry.under) for entry, url in entries]
        best = max(fitting, default=0)
        return [
            Link(str(entry.label), url, bool(fit) and fit == best)
            for (entry, url), fit in zip(entries, fitting, strict=True)
        ]

    @cached_property
    def reminders(self) -> int:
        """How many reminders wait for the reader; residents have none and cost no query."""
        actor = actor_of(self.request)
        return open_for(actor).count() if actor.grants else 0

    @cached_property
    def calendar(self) -> Calendar:
        """The working days, for every due date of the page."""
        return current_calendar()

    @cached_property
    def tour(self) -> Strip | None:
        return strip(self.request)

    @property
    def other_language(self) -> Language:
        """The language the switch leads to."""
        code, name = next(pair for pair in settings.LANGUAGES if pair[0] != get_language())
        return Language(code, name)


def shell(request: HttpRequest) -> dict[str, object]:
    """The context processor."""
    return {"shell": Shell(request)}
