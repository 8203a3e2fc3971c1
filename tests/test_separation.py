"""Who administers sees no cases (三员分立, GB/T 22239 8.1.4.2 d): a property across rooms."""

from __future__ import annotations

import pytest
from django.db.models import QuerySet

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.errors import AccountError
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import grant_role
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.casework import queries
from zhengling.kernel.casework.models import Case, Party
from zhengling.kernel.people.queries import within

pytestmark = pytest.mark.usefixtures("frozen")

ADMINISTRATORS = sorted(name for name, role in ROLES.items() if not role.business)


@pytest.fixture
def case(city):
    """A case in which every unit of the corner takes part."""
    made = Case.objects.create(
        number="T-2022-ABCDEF",
        procedure="test",
        stage="any",
        title="test",
        place=city.village,
        check_code="ABCDEF",
        opened_at=clock.now(),
    )
    for key, unit in city.units.items():
        Party.objects.create(case=made, relation=key, organisation=unit)
    return made


def seen(actor: Actor) -> list[QuerySet]:
    return [queries.visible(actor), within(actor)]


@pytest.mark.parametrize("role", ADMINISTRATORS)
@pytest.mark.parametrize("where", ["city", "county", "township", "county_mib"])
def test_an_administrator_sees_no_case_and_no_person(city, officer, case, role, where):
    actor = officer(role, getattr(city, where))
    assert [rows.exists() for rows in seen(actor)] == [False, False]


def test_an_officer_of_the_unit_does(city, officer, case):
    assert case in queries.visible(officer("clerk", city.township))


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_two_administrators_together_make_no_officer_of_one_of_them(city, officer, case, role):
    """The security and the account administrator grant whatever they may to an administrator: it stays
    nothing."""
    target = officer(role, city.township)
    for granter in (officer("account_admin", city.city), officer("security_admin", city.city)):
        for wanted in ROLES:
            try:
                grant_role(granter, target.user, wanted, city.township)
            except AccountError:
                continue
    fresh = Actor(user=User.objects.get(pk=target.user.pk))
    assert {held for held, _unit in fresh.grants} == {role}
    assert [rows.exists() for rows in seen(fresh)] == [False, False]
