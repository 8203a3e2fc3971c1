"""Every act, tried by everybody at every point of the course: who may, and why not, as the articles have it.

The model of the stateful test (reference.py) gives the answer; each attempt is taken back, so that all of them meet
the same case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.operations import perform
from zhengling.services.medical.tests.house import House, entered, everything
from zhengling.services.medical.tests.reference import PAPERS
from zhengling.services.medical.tests.test_stateful import ACTS, OFFICERS, STRANGERS, Assistance

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Move = tuple[str, str, int]
# What a household is like decides what its numbers come to: see HOUSEHOLDS in house.py.
POOR, RICH = 0, 2
APPROVE, REFUSE = 0, 3

COURSES: dict[str, list[Move]] = {
    # Somebody with two offices surveys and proposes, so that the second person has to be another.
    "granted": [
        ("accept", "clerk", 0),
        ("survey", "township_both", POOR),
        ("recognise", "civil", 0),
        ("forward", "reviewer", 0),
        ("propose", "county", REFUSE),
        ("return_to_review", "approver", 0),
        ("propose", "county_both", APPROVE),
        ("approve", "approver", 0),
    ],
    "papers missing, then withdrawn": [
        ("notify_missing", "township_both", 0),
        ("supplement", "cadre", 0),
        ("withdraw", "clerk", 0),
    ],
    "sent back and refused": [
        ("accept", "clerk", 0),
        ("mark_urgent", "clerk", 0),
        ("survey", "cadre", POOR),
        ("recognise", "civil", 0),
        ("forward", "township_both", 0),
        ("send_back", "county", 0),
        ("survey", "clerk", RICH),
        ("recognise", "civil", 0),
        ("forward", "reviewer", 0),
        ("propose", "county", APPROVE),
        ("return_to_review", "county_both", 0),
        ("propose", "county_both", REFUSE),
        ("refuse", "approver", 0),
    ],
}


@pytest.fixture
def course(city, officer, resident, frozen) -> Iterator[Assistance]:
    machine = type("Course", (Assistance,), {"house": House(city, officer, resident)})()
    yield machine
    machine.teardown()


def try_all(course: Assistance, key: Any) -> None:
    """Everybody tries every act with right data; whoever is entitled also with wrong data."""
    model, before = course.applications[key], everything()
    for act in ACTS:
        for actor in OFFICERS + STRANGERS:
            for good in (True, False) if actor in model.entitled(act) else (True,):
                data, right = entered(act, 1, good, course.day, model.bills)
                reasons = model.reasons(act, actor, good=right, stale=False, data=data)
                found = attempted(course, key, act, actor, data)
                where = (model.stage, act, actor, data)
                assert (found in reasons) if reasons else found is None, (where, found, reasons)
    assert everything() == before


def attempted(course: Assistance, key: Any, act: str, actor: str, data: Any) -> type[CaseworkError] | None:
    try:
        with transaction.atomic():
            perform(key, act, course.actor(actor), data)
            transaction.set_rollback(True)
    except CaseworkError as error:
        return type(error)
    return None


@pytest.mark.parametrize("name", COURSES)
def test_at_every_point_of_the_course(course, name):
    bills = course.bills([2_443_000], special=False)
    form = course.form("li", "village", bills, veteran=False)
    key = course.file("cadre", "li", "village", bills, False, form, bad=False).pk
    try_all(course, key)
    course.hand_in(key, "cadre", PAPERS)
    for act, actor, choice in COURSES[name]:
        course.act(key, act, actor, choice)
        course.agree(key)
        try_all(course, key)


def test_an_application_of_a_resident_and_one_that_comes_to_nothing_to_pay(course):
    """The applicant may withdraw and supplement; below the deductible nothing is approved (article 10(3))."""
    bills = course.bills([310_000], special=False)
    form = course.form("self", "village", bills, veteran=False)
    key = course.file("resident", "self", "village", bills, False, form, bad=False).pk
    course.hand_in(key, "resident", PAPERS)
    try_all(course, key)
    for act, actor, choice in [*COURSES["granted"][:4], ("propose", "county", APPROVE)]:
        # The cost is far below half of the income: recognised by the officer's reasoned departure (article 6).
        course.act(key, act, actor, 2 if act == "recognise" else choice)
    assert course.applications[key].stage == "approval"
    try_all(course, key)
