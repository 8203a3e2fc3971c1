"""A corner of the city with the toy procedure, people in it, and a clock that stands on 28 March 2022 (a Monday)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.middleware import FACTOR
from zhengling.kernel.casework.models import Case, TimeLimit
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.casework.tests import toy


@dataclass
class World:
    """`city` has the units; `people` acts in the toy procedure of the first township."""

    city: Any
    people: dict[str, Actor] = field(default_factory=dict)

    def taken(self, day: date, place: str = "township", who: str = "clerk") -> Case:
        """A case whose ten working days of checking began on `day`."""
        with clock.freeze(clock.at(day)):
            actor = self.people[who]
            case = open_case(
                toy.TOY, actor, getattr(self.city, place), {"amount": "12.50"}, title=f"matter of {day}"
            )
            perform(case.pk, "take", actor, {})
        return case

    def sent(self, case: Case, day: date, who: str = "") -> None:
        """End the checking on `day`."""
        with clock.freeze(clock.at(day)):
            perform(case.pk, "visit", self.people[f"{who}clerk"], {})
            perform(case.pk, "send", self.people[f"{who}reviewer"], {})

    def limit(self, case: Case) -> TimeLimit:
        return case.limits.get(name="checking")


@pytest.fixture
def world(city: Any, officer: Callable[..., Actor], frozen: Any) -> Iterator[World]:
    toy.register()
    caches["process"].clear()
    people = {
        "clerk": officer("clerk", city.township),
        "reviewer": officer("reviewer", city.township),
        "approver": officer("approver", city.county),
        "other_clerk": officer("clerk", city.other_township),
        "other_reviewer": officer("reviewer", city.other_township),
        "county_supervisor": officer("supervisor", city.county),
        "supervisor": officer("supervisor", city.city),
        "auditor": officer("auditor", city.city),
    }
    yield World(city, people)
    caches["process"].clear()


@pytest.fixture
def page(client: Any) -> Callable[..., Any]:
    """``page(actor, "/supervision/")`` gets an address as that person; ``language`` is zh-hans or en."""

    def get(actor: Actor, address: str, *, data: dict[str, Any] | None = None, language: str = "en") -> Any:
        client.force_login(actor.user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        session = client.session
        session[FACTOR] = actor.user.pk
        session.save()
        client.cookies["django_language"] = language
        return client.post(address, data) if data is not None else client.get(address)

    return get
