"""Who may open which page: residents and strangers none, administrators none of the business pages."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel.casework import queries as casework
from zhengling.kernel.supervision import morning
from zhengling.kernel.supervision.scope import Scope

pytestmark = [pytest.mark.django_db]

PAGES = [
    "/supervision/",
    "/supervision/today/",
    "/supervision/today/overdue/",
    "/supervision/limits/open/",
    "/supervision/limits/open/export.xlsx",
    "/supervision/export.xlsx",
    "/supervision/charts/shares.svg",
    "/supervision/orders/",
    "/supervision/orders/export.xlsx",
    "/supervision/articles/",
    "/supervision/units/431103/",
]


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_for_officers(world, page, client, resident, officer, address):
    assert client.get(address).status_code == 302
    assert page(resident, address).status_code == 403
    assert page(officer("system_admin", world.city.city), address).status_code == 403
    assert page(world.people["supervisor"], address).status_code == 200


def test_nobody_sees_a_line_of_a_case_he_may_not_read(world):
    """The lists of supervision and the visibility of cases agree."""
    world.taken(date(2022, 3, 1))
    world.taken(date(2022, 3, 1), "other_township", "other_clerk")
    for name, actor in world.people.items():
        allowed = set(casework.visible(actor).values_list("number", flat=True))
        shown = {line.number for item in morning.filled(Scope.of(actor)) for line in item.lines}
        assert shown <= allowed, name
