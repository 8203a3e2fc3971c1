"""Opening, closing and mending accounts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from axes.models import AccessAttempt
from django.db import connection
from django.utils import timezone

from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.accounts.errors import AccountError, NotAllowedError
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import (
    check_username,
    create_account,
    deactivate,
    grant_role,
    reactivate,
    register_resident,
    reset_password,
    reset_second_factor,
    unlock,
)
from zhengling.kernel.accounts.queries import administered, search, with_standing
from zhengling.kernel.organisations.models import Organisation

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def admin(city, officer):
    return officer("account_admin", city.county)


@pytest.fixture
def guard(city, officer):
    return officer("security_admin", city.county)


def test_a_new_account_has_a_first_password_to_change(city, admin):
    user, password = create_account(admin, " Zhang.San ", "张三", city.township)
    assert user.username == "zhang.san"
    assert user.check_password(password)
    assert user.must_change_password
    assert len(password.replace("-", "")) == 12


def test_two_first_passwords_differ(city, admin):
    first = create_account(admin, "zhang.san", "张三", city.township)[1]
    second = create_account(admin, "li.si", "李四", city.township)[1]
    assert first != second


def test_only_inside_the_own_unit(city, admin, officer):
    for actor, unit in [
        (admin, city.other_township),
        (admin, city.city),
        (officer("clerk", city.county), city.township),
        (officer("security_admin", city.county), city.township),
    ]:
        with pytest.raises(NotAllowedError):
            create_account(actor, "zhang.san", "张三", unit)
    assert not User.objects.filter(username="zhang.san").exists()


def test_a_taken_name_is_refused_whatever_its_spelling(city, admin):
    create_account(admin, "zhang.san", "张三", city.township)
    with pytest.raises(AccountError):
        create_account(admin, "ＺＨＡＮＧ.san", "张三", city.township)


@pytest.mark.parametrize("name", ["", "ab", "张三", ".dot", "a b c", "x" * 61, "root;--"])
def test_names_that_cannot_be_used(name):
    with pytest.raises(AccountError):
        check_username(name)


def test_closing_and_reopening(city, admin):
    user, old = create_account(admin, "zhang.san", "张三", city.township)
    deactivate(admin, user)
    assert not User.objects.get(pk=user.pk).is_active
    with pytest.raises(AccountError):
        deactivate(admin, user)
    user = User.objects.get(pk=user.pk)
    new = reactivate(admin, user)
    assert new != old
    assert User.objects.get(pk=user.pk).check_password(new)


def test_administrators_are_mended_by_the_security_administrator(city, admin, guard):
    user, _password = create_account(admin, "zhang.san", "张三", city.county)
    grant_role(guard, user, "audit_admin", city.county)
    for operation in (reset_password, reset_second_factor, unlock, deactivate):
        with pytest.raises(NotAllowedError):
            operation(admin, user)
    assert reset_password(guard, user)
    deactivate(guard, user)


def test_nobody_mends_his_own_account(admin, guard):
    for actor in (admin, guard):
        for operation in (reset_password, reset_second_factor, unlock, deactivate):
            with pytest.raises(NotAllowedError):
                operation(actor, actor.user)


def test_residents_belong_to_the_administrator_of_the_city(city, admin, officer):
    resident = register_resident("13812345678", "李秀英", "some Pass-word 1")
    with pytest.raises(NotAllowedError):
        reset_password(admin, resident)
    assert reset_password(officer("account_admin", city.city), resident)


def test_a_lost_telephone_and_a_locked_account(city, admin):
    user, _password = create_account(admin, "zhang.san", "张三", city.township)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    AccessAttempt.objects.create(
        username="zhang.san", ip_address="10.0.0.1", failures_since_start=5, attempt_time=timezone.now()
    )
    shown = with_standing(User.objects.filter(pk=user.pk)).get()
    assert (shown.has_factor, shown.is_locked) == (True, True)
    reset_second_factor(admin, user)
    unlock(admin, user)
    shown = with_standing(User.objects.filter(pk=user.pk)).get()
    assert (shown.has_factor, shown.is_locked) == (False, False)


def test_the_secret_of_a_second_factor_is_sealed(city, admin):
    user, _password = create_account(admin, "zhang.san", "张三", city.township)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in str(Authenticator.objects.get(user=user).data)


def test_an_administrator_sees_his_subtree(city, officer, admin):
    below, _password = create_account(SYSTEM, "zhang.san", "张三", city.township)
    beside, _password = create_account(SYSTEM, "li.si", "李四", city.other_township)
    resident = register_resident("wang.wu", "王五", "some Pass-word 1")
    seen = set(administered(admin))
    assert below in seen
    assert beside not in seen
    assert resident not in seen
    assert {below, beside, resident} <= set(administered(officer("account_admin", city.city)))
    assert not administered(officer("clerk", city.city)).exists()


def test_the_list_can_be_narrowed(city, admin):
    zhang, _password = create_account(admin, "zhang.san", "张三", city.township)
    li, _password = create_account(admin, "li.si", "李四", city.county_mib)
    grant_role(admin, li, "clerk", city.county_mib)
    rows = with_standing(administered(admin))
    assert set(search(rows, words="张")) == {zhang}
    assert set(search(rows, unit=city.county_mib.code)) == {li}
    assert set(search(rows, role="clerk")) == {li}
    deactivate(admin, zhang)
    assert set(search(rows, state="closed")) == {zhang}
    assert not set(search(rows, unit="nowhere"))


def test_a_page_of_accounts_costs_the_same_number_of_queries(city, admin, django_assert_num_queries):
    for number in range(20):
        user, _password = create_account(SYSTEM, f"clerk{number}", "张三", city.township)
        grant_role(SYSTEM, user, "clerk", city.township)
    accounts = administered(admin)
    with django_assert_num_queries(2):
        assert len([list(user.current_grants) for user in with_standing(accounts)]) == 21


@pytest.mark.db_sensitive
@pytest.mark.django_db(transaction=True)
def test_one_name_asked_for_by_many_at_once_is_given_once():
    town = Organisation.objects.create(
        code="1", name="甲", short_name="甲", level="township", kind="government", path="/1/"
    )

    def open_it(_number):
        try:
            create_account(SYSTEM, "zhang.san", "张三", town)
            return True
        except AccountError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(open_it, range(6))) == 1
    assert User.objects.count() == 1
