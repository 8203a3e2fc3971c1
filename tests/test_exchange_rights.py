"""Every data set with every role at every unit, from the declarations: who brings files and decides, who reads."""

from __future__ import annotations

import pytest

from zhengling.kernel import clock
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.exchange import authority, queries
from zhengling.kernel.exchange.declaration import every
from zhengling.kernel.exchange.errors import NotYourData
from zhengling.kernel.exchange.models import Exchange
from zhengling.kernel.law.queries import provision

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

DATA_SETS = sorted(every(), key=lambda item: item.name)


@pytest.mark.parametrize("data_set", DATA_SETS, ids=lambda item: item.name)
def test_rights_are_those_of_the_declaration(data_set, city, officer):
    """Reading and writing decided here in plain words, and by the room: by the path of who answers for a place."""
    unit = city.county
    row = Exchange.objects.create(
        data_set=data_set.name,
        direction="in",
        unit=unit,
        state="applied",
        file_name="f",
        digest="d",
        at=clock.now(),
    )
    wrong = []
    for key in ("city", "city_mib", "city_finance", "county", "county_mib", "county_civil", "county_finance",
                "township", "village", "other_county", "other_county_mib"):  # fmt: skip
        place = city.units[key]
        above = place.parent if place.level == "department" else place
        covers = above is not None and unit.path.startswith(above.path)
        for name, role in ROLES.items():
            actor = officer(name, place)
            office = name in data_set.roles and place.kind in data_set.offices
            try:
                authority.require(actor, data_set, unit)
                writes = True
            except NotYourData:
                writes = False
            reads = queries.visible_exchange(actor).filter(pk=row.pk).exists()
            if writes != (office and above == unit) or reads != ((office or role.reads_subtree) and covers):
                wrong.append((name, key, writes, reads))
    assert wrong == []


@pytest.mark.parametrize("data_set", DATA_SETS, ids=lambda item: item.name)
def test_a_data_set_is_sound(data_set):
    """It is received or sent, its articles exist, its names are once, and every difference can end."""
    assert data_set.received or data_set.sent
    assert data_set.roles <= set(ROLES) and data_set.offices
    assert all(ROLES[role].business for role in data_set.roles)
    names = [column.name for column in data_set.columns]
    assert len(set(names)) == len(names)
    for citation in {data_set.citation, *(item.citation for item in data_set.mismatches)} - {""}:
        assert provision(citation)
    assert all(mismatch.outcomes for mismatch in data_set.mismatches)
    assert not data_set.rhythm or data_set.since
