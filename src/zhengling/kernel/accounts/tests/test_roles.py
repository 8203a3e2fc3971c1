"""Who grants what to whom: subtree, period, separation of duties (GB/T 22239 8.1.4.2 d)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.accounts.errors import AccountError, NotAllowedError
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.accounts.operations import create_account, deactivate, grant_role, revoke_role
from zhengling.kernel.accounts.queries import holders
from zhengling.kernel.accounts.roles import ROLES, SEPARATED, excluded
from zhengling.kernel.organisations.models import Organisation

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def admin(city, officer):
    return officer("account_admin", city.county)


@pytest.fixture
def guard(city, officer):
    return officer("security_admin", city.county)


@pytest.fixture
def newcomer(city):
    user, _password = create_account(SYSTEM, "new.comer", "周新", city.township)
    return user


def fresh(user):
    return Actor(user=User.objects.get(pk=user.pk))


def test_separated_roles_are_every_administrator_and_the_auditor():
    expected = {"account_admin", "system_admin", "security_admin", "audit_admin", "auditor"}
    assert expected == SEPARATED


@pytest.mark.parametrize("role", sorted(SEPARATED))
def test_no_separated_role_stands_beside_any_other(role):
    for other in set(ROLES) - {role}:
        assert excluded(role, [other]) == {other}
        assert excluded(other, [role]) == {role}


def test_business_roles_stand_beside_each_other():
    assert not excluded("clerk", ["reviewer", "cashier", "approver"])


def test_an_account_administrator_grants_business_roles_below(city, admin, newcomer):
    grant_role(admin, newcomer, "clerk", city.township)
    assert fresh(newcomer).holds("clerk", city.township.pk)
    assert list(holders("clerk", city.township)) == [newcomer]


def test_not_outside_the_own_subtree(city, admin, newcomer):
    with pytest.raises(NotAllowedError):
        grant_role(admin, newcomer, "clerk", city.other_township)
    with pytest.raises(NotAllowedError):
        grant_role(admin, newcomer, "clerk", city.city)
    assert not newcomer.grants.exists()


@pytest.mark.parametrize("role", sorted(SEPARATED))
def test_separated_roles_come_from_the_security_administrator_only(city, admin, guard, newcomer, role):
    with pytest.raises(NotAllowedError):
        grant_role(admin, newcomer, role, city.county)
    grant_role(guard, newcomer, role, city.county)
    assert fresh(newcomer).holds(role)


def test_a_security_administrator_grants_no_business_role(city, guard, newcomer):
    with pytest.raises(NotAllowedError):
        grant_role(guard, newcomer, "clerk", city.township)


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"account_admin", "security_admin"}))
def test_other_roles_grant_nothing(city, officer, newcomer, role):
    actor = officer(role, city.county)
    for wanted in ROLES:
        with pytest.raises(NotAllowedError):
            grant_role(actor, newcomer, wanted, city.township)


def test_nobody_grants_to_himself(city, admin, guard):
    with pytest.raises(NotAllowedError):
        grant_role(guard, guard.user, "audit_admin", city.county)
    with pytest.raises(NotAllowedError):
        grant_role(admin, admin.user, "clerk", city.county)


def test_a_clerk_does_not_become_administrator_beside(city, admin, guard, newcomer):
    grant_role(admin, newcomer, "clerk", city.township)
    with pytest.raises(AccountError):
        grant_role(guard, newcomer, "audit_admin", city.county)


def test_separation_looks_at_the_whole_period(city, guard, admin, newcomer):
    """A role that begins next year already excludes one that would still run then."""
    grant_role(
        SYSTEM, newcomer, "clerk", city.township, valid_from=date(2023, 1, 1), valid_to=date(2023, 6, 30)
    )
    with pytest.raises(AccountError):
        grant_role(guard, newcomer, "audit_admin", city.county)
    grant_role(guard, newcomer, "audit_admin", city.county, valid_to=date(2022, 12, 31))
    with pytest.raises(AccountError):
        grant_role(guard, newcomer, "auditor", city.county, valid_from=date(2023, 6, 30))
    grant_role(guard, newcomer, "auditor", city.county, valid_from=date(2023, 7, 1))


def test_period_counts_both_days(city, admin, newcomer, frozen):
    grant_role(
        admin, newcomer, "clerk", city.township, valid_from=date(2022, 4, 1), valid_to=date(2022, 4, 30)
    )
    held = {}
    for day in (date(2022, 3, 31), date(2022, 4, 1), date(2022, 4, 30), date(2022, 5, 1)):
        frozen.at(day)
        held[day.isoformat()] = fresh(newcomer).holds("clerk")
    assert held == {"2022-03-31": False, "2022-04-01": True, "2022-04-30": True, "2022-05-01": False}


def test_a_period_that_ends_before_it_begins_is_refused(city, admin, newcomer):
    with pytest.raises(AccountError):
        grant_role(admin, newcomer, "clerk", city.township, valid_to=clock.today() - timedelta(days=1))


def test_revoking_works_at_once_and_keeps_the_history(city, admin, newcomer):
    grant = grant_role(admin, newcomer, "clerk", city.township)
    revoke_role(admin, grant)
    assert not fresh(newcomer).grants
    kept = RoleGrant.objects.get(pk=grant.pk)
    assert (kept.valid_from, kept.revoked_by) == (clock.today(), admin.user)
    with pytest.raises(AccountError):
        revoke_role(admin, grant)
    grant_role(admin, newcomer, "clerk", city.township)
    assert fresh(newcomer).holds("clerk")


def test_a_neighbour_revokes_nothing(city, officer, admin, newcomer):
    grant = grant_role(admin, newcomer, "clerk", city.township)
    with pytest.raises(NotAllowedError):
        revoke_role(officer("account_admin", city.other_county), grant)


def test_the_same_role_is_not_granted_twice(city, admin, newcomer):
    grant_role(admin, newcomer, "clerk", city.township)
    with pytest.raises(AccountError):
        grant_role(admin, newcomer, "clerk", city.township, valid_from=date(2022, 5, 1))


def test_residents_and_closed_accounts_hold_no_roles(city, admin, resident, newcomer):
    with pytest.raises(AccountError):
        grant_role(admin, resident.user, "clerk", city.township)
    grant_role(admin, newcomer, "clerk", city.township)
    deactivate(admin, newcomer)
    assert not fresh(newcomer).grants
    assert not newcomer.grants.filter(revoked_at=None).exists()
    with pytest.raises(AccountError):
        grant_role(admin, newcomer, "clerk", city.township)


def test_an_unknown_role_is_refused(city, admin, newcomer):
    with pytest.raises(AccountError):
        grant_role(admin, newcomer, "emperor", city.township)


@pytest.mark.db_sensitive
@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_cannot_break_the_separation():
    """Each grant alone is lawful; together they are not. Exactly one wins."""
    town = Organisation.objects.create(
        code="1", name="甲", short_name="甲", level="township", kind="government", path="/1/"
    )
    user, _password = create_account(SYSTEM, "torn.between", "周新", town)

    def grant(role):
        try:
            grant_role(SYSTEM, user, role, town)
            return True
        except AccountError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(grant, ["audit_admin", "clerk", "security_admin", "reviewer"] * 2))
    held = set(user.grants.values_list("role", flat=True))
    assert any(done)
    assert not any(excluded(role, held) for role in held)
    assert user.grants.count() == sum(done)
