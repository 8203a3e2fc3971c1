"""A page asks the database as often with 200 cases as with 20."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.people.identity import check_id_number
from zhengling.services.medical.tests.world import World, build, settlement

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FEW, MANY = 20, 200


def id_number(n: int) -> str:
    """The n-th valid identity number: the one last character that the check accepts."""
    body = f"43110219600101{n:03d}"
    return next(body + last for last in "0123456789X" if check_id_number(body + last))


def filed(world: World, numbers: range) -> Case:
    """Accepted cases of as many persons, each with one stay; the last of them."""
    for n in numbers:
        stay = settlement(f"S{n}", "2022-01-14", "71250.00", "46820.00")
        case = world.case(id_number=id_number(n), settlements=[stay])
        perform(case.pk, "accept", world.clerk, {})
    return case


def test_case_page_inbox_and_board(city, officer, signed_in, frozen):
    world = build(city, officer)
    supervisor = officer("supervisor", city.city)
    pages = [
        (world.clerk, reverse("workbench")),
        (world.clerk, reverse("workbench-list", args=["done"])),
        (world.cadre, reverse("workbench-list", args=["filed"])),
        (world.clerk, reverse("supervision-today")),
        (supervisor, reverse("supervision")),
        (supervisor, reverse("supervision-list", args=["open"])),
        (supervisor, reverse("supervision-today")),
    ]
    browsers = {actor: signed_in(actor) for actor in (world.clerk, world.cadre, supervisor)}

    def counted() -> list[int]:
        found = []
        for actor, address in [*pages, (world.clerk, reverse("case", args=[case.number]))]:
            with CaptureQueriesContext(connection) as asked:
                page = browsers[actor].get(address)
            assert page.status_code == 200, address
            found.append(len(asked))
        return found

    case = filed(world, range(FEW))
    counted()  # the first look fills caches
    few = counted()
    filed(world, range(FEW, MANY))
    assert Case.objects.count() == MANY
    assert counted() == few
