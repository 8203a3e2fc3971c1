from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.canonical import digest
from zhengling.kernel.casework.models import Case, Event, Party, TimeLimit
from zhengling.kernel.identifiers import opaque
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.returns.models import Return, ReturnForm

PERIOD = "2022Q1"


def text(zh: str) -> dict[str, str]:
    return {"zh": zh, "en": f"en {zh}"}


def small_form(**changes: Any) -> dict[str, Any]:
    """Cases opened and closed by procedure, a typed column, a rate, a total; two checks."""
    return {
        "key": "small",
        "version": 1,
        "number": "试1",
        "title": text("试填表"),
        "article": "YZCR-2021-01016/23",
        "period": "quarter",
        "valid_from": "2022-01-01",
        "levels": ["township", "county", "city"],
        "offices": {"county": "medical_insurance", "city": "medical_insurance"},
        "due": {"township": "5 workdays", "county": "8 workdays"},
        "tables": [
            {
                "key": "t",
                "columns": [
                    {"key": "opened", "title": text("收到"), "measure": "casework.opened"},
                    {"key": "closed", "title": text("办结"), "measure": "casework.closed"},
                    {"key": "visits", "title": text("走访"), "typed": True},
                    {
                        "key": "rate",
                        "title": text("办结率"),
                        "format": "percent",
                        "ratio": ["closed", "opened"],
                    },
                ],
                "rows": [
                    {"key": "a", "title": text("甲"), "with": {"procedure": "proc_a"}},
                    {"key": "b", "title": text("乙"), "with": {"procedure": "proc_b"}},
                    {"key": "all", "title": text("合计"), "sum": ["a", "b"]},
                ],
                "cells": {"b.visits": {"blank": True}},
            }
        ],
        "checks": [
            {"rule": "t.*.closed <= t.*.opened", "severity": "refuse", "message": text("办结多于收到")},
            {"rule": "t.a.visits >= t.a.opened", "severity": "warn", "message": text("走访少于收到")},
        ],
        **changes,
    }


@pytest.fixture
def form(db, frozen) -> ReturnForm:
    content = small_form()
    frozen.at(date(2022, 4, 2))
    return ReturnForm.objects.create(
        key="small",
        version=1,
        valid_from=date(2022, 1, 1),
        content=content,
        digest=digest(content),
        loaded_at=clock.now(),
    )


@pytest.fixture
def make_case(city):
    """``make_case(place, opened, closed, procedure)``: a case with the county's office as its party."""

    def make(
        place: Organisation,
        opened: date,
        closed: date | None = None,
        procedure: str = "proc_a",
        office: str = "county_mib",
    ) -> UUID:
        case = Case.objects.create(
            number=f"YJ-2022-{opaque(6)}",
            procedure=procedure,
            stage="closed" if closed else "open",
            title="试",
            place=place,
            opened_at=clock.at(opened),
            closed_at=clock.at(closed) if closed else None,
        )
        Party.objects.create(case=case, relation="office", organisation=getattr(city, office))
        return case.pk

    return make


@pytest.fixture
def makers(city, officer) -> dict[str, Actor]:
    return {
        "township": officer("clerk", city.township),
        "other_township": officer("clerk", city.other_township),
        "county": officer("clerk", city.county_mib),
        "other_county": officer("clerk", city.other_county_mib),
        "city": officer("clerk", city.city_mib),
    }


@pytest.fixture
def deciders(city, officer) -> dict[str, Actor]:
    return {
        "county": officer("reviewer", city.county_mib),
        "other_county": officer("reviewer", city.other_county_mib),
        "city": officer("approver", city.city_mib),
    }


def the_return(unit: Organisation) -> Return:
    """The return of the unit that counts."""
    return (
        Return.objects.select_related("form", "unit").exclude(state="corrected").get(unit=unit, period=PERIOD)
    )


def end_limit(case: UUID, on: date, *, kept: bool, name: str = "review") -> None:
    event = Event.objects.create(
        case_id=case,
        seq=1,
        act="accept",
        stage_after="open",
        at=clock.at(on),
        actor_name="",
        role="",
        payload_digest="",
    )
    TimeLimit.objects.create(
        case_id=case,
        name=name,
        statutory=True,
        waits=False,
        citation="YZCR-2021-01016/14",
        count=10,
        unit="workdays",
        started_on=on,
        started_by=event,
        nominal=on,
        due=on,
        next_step_earliest=on,
        provisional=False,
        calendar_version="",
        state="met" if kept else "missed",
        ended_on=on,
    )
