"""Signing in as a browser does: password, second factor, lockout, idle time, forced change of password, demo."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from axes.models import AccessAttempt
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import (
    change_password,
    create_account,
    deactivate,
    grant_role,
    unlock,
)

pytestmark = pytest.mark.django_db

PASSWORD = "Summer-rain-1"
SECRET = "JBSWY3DPEHPK3PXP"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _empty_cache(db):
    cache.clear()


@pytest.fixture
def clerk(city):
    user, _password = create_account(SYSTEM, "zhang.san", "张三", city.township)
    change_password(user, PASSWORD)
    grant_role(SYSTEM, user, "clerk", city.township)
    return user


@pytest.fixture
def approver(city):
    user, _password = create_account(SYSTEM, "li.si", "李四", city.county_mib)
    change_password(user, PASSWORD)
    grant_role(SYSTEM, user, "approver", city.county_mib)
    return user


def sign_in(client, username, password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": username, "password": password}, **extra)


def code_now(secret=SECRET, shift=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + shift))


def who(client):
    return client.session.get("_auth_user_id")


def test_username_and_password(client, clerk):
    assert client.get(LOGIN).status_code == 200
    answer = sign_in(client, " Zhang.San ")
    assert answer.url == reverse("workbench")
    assert who(client) == str(clerk.pk)
    client.post("/accounts/logout/")
    assert who(client) is None


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client, clerk):
    wrong = sign_in(client, "zhang.san", "wrong").content.decode()
    unknown = sign_in(client, "nobody.here", "wrong").content.decode()
    assert "用户名或密码错误" in wrong
    assert "用户名或密码错误" in unknown


def test_after_sign_in_one_goes_on_where_one_was(client, clerk):
    answer = client.post(LOGIN, {"login": "zhang.san", "password": PASSWORD, "next": "/accounts/me/"})
    assert answer.url == "/accounts/me/"
    client.post("/accounts/logout/")
    elsewhere = client.post(
        LOGIN, {"login": "zhang.san", "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert elsewhere.url == reverse("workbench")


def test_five_failures_lock_the_name_for_this_address_only(client, clerk):
    for _ in range(4):
        assert sign_in(client, "zhang.san", "wrong").status_code == 200
    locked = sign_in(client, "ZHANG.SAN", "wrong")
    assert locked.status_code == 429
    assert "登录已锁定" in locked.content.decode()
    assert sign_in(client, "zhang.san").status_code == 429, "the right password opens nothing now"
    assert who(client) is None
    assert sign_in(Client(REMOTE_ADDR="10.9.9.9"), "zhang.san").status_code == 302


def test_success_forgets_earlier_failures(client, clerk):
    for _ in range(3):
        for _ in range(4):
            sign_in(client, "zhang.san", "wrong")
        assert sign_in(client, "zhang.san").status_code == 302
        client.post("/accounts/logout/")


def test_the_administrator_unlocks_at_once(client, clerk):
    for _ in range(5):
        sign_in(client, "zhang.san", "wrong")
    unlock(SYSTEM, clerk)
    assert sign_in(client, "zhang.san").status_code == 302


def test_what_was_typed_is_kept_nowhere(client, clerk):
    sign_in(client, "my-secret-in-the-wrong-box", "my-secret")
    attempt = AccessAttempt.objects.get()
    assert "my-secret" not in attempt.post_data


def test_a_closed_account_does_not_get_in_and_open_sessions_end(client, clerk):
    sign_in(client, "zhang.san")
    deactivate(SYSTEM, clerk)
    assert client.get("/accounts/me/").status_code == 302
    again = Client()
    assert sign_in(again, "zhang.san").url == reverse("account_inactive")
    assert who(again) is None


def test_a_first_password_is_changed_before_anything_else(client, city):
    user, first = create_account(SYSTEM, "wang.wu", "王五", city.township)
    sign_in(client, "wang.wu", first)
    for path in ("/accounts/me/", "/accounts/2fa/", "/"):
        assert client.get(path).url == reverse("account_change_password")
    weak = client.post(
        "/accounts/password/", {"oldpassword": first, "password1": "password", "password2": "password"}
    )
    assert weak.status_code == 200
    same = client.post("/accounts/password/", {"oldpassword": first, "password1": first, "password2": first})
    assert same.status_code == 200
    done = client.post(
        "/accounts/password/", {"oldpassword": first, "password1": PASSWORD, "password2": PASSWORD}
    )
    assert done.status_code == 302
    assert client.get("/accounts/me/").status_code == 200
    assert not User.objects.get(pk=user.pk).must_change_password


def test_htmx_is_told_to_leave_the_page(client, city):
    _user, first = create_account(SYSTEM, "wang.wu", "王五", city.township)
    sign_in(client, "wang.wu", first)
    answer = client.get("/accounts/me/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == reverse("account_change_password")


def test_other_sessions_end_when_the_password_changes(client, clerk):
    other = Client()
    sign_in(client, "zhang.san")
    sign_in(other, "zhang.san")
    client.post(
        "/accounts/password/",
        {"oldpassword": PASSWORD, "password1": "Winter-snow-2", "password2": "Winter-snow-2"},
    )
    assert client.get("/accounts/me/").status_code == 200
    assert other.get("/accounts/me/").status_code == 302


def test_an_approver_sets_up_the_second_factor_first(client, approver):
    sign_in(client, "li.si")
    assert client.get("/").url == reverse("mfa_activate_totp")
    page = client.get("/accounts/2fa/new/")
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    assert client.post("/accounts/2fa/new/", {"code": "000000"}).status_code == 200
    done = client.post("/accounts/2fa/new/", {"code": code_now(secret)})
    assert done.url == reverse("mfa_view_recovery_codes")
    shown = client.get(done.url)
    assert len(shown.context["unused_codes"]) == 10
    assert client.get("/accounts/me/").status_code == 200
    hidden = client.get(done.url)
    assert not any(code in hidden.content.decode() for code in shown.context["unused_codes"])


def test_then_the_code_is_asked_at_every_sign_in(client, approver):
    TOTP.activate(approver, SECRET)
    answer = sign_in(client, "li.si")
    assert answer.url == reverse("mfa_authenticate")
    assert who(client) is None
    assert client.get("/accounts/me/").status_code == 302
    assert client.post(answer.url, {"code": "000000"}).status_code == 200
    assert client.post(answer.url, {"code": code_now()}).status_code == 302
    assert who(client) == str(approver.pk)
    assert client.get("/accounts/me/").status_code == 200


def test_attempts_and_used_codes_are_known_to_every_server_process(client, approver):
    """They stand in the database, not in the memory of the process that saw them."""
    TOTP.activate(approver, SECRET)
    code = code_now()
    client.post(sign_in(client, "li.si").url, {"code": code})
    assert who(client) == str(approver.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM web_shared_counts")
        keys = "\n".join(key for (key,) in cursor.fetchall())
    assert code in keys and "login" in keys


def test_a_recovery_code_works_once(client, approver):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    TOTP.activate(approver, SECRET)
    code = RecoveryCodes.activate(approver).get_unused_codes()[0]
    sign_in(client, "li.si")
    assert client.post("/accounts/2fa/code/", {"code": code}).status_code == 302
    client.post("/accounts/logout/")
    sign_in(client, "li.si")
    assert client.post("/accounts/2fa/code/", {"code": code}).status_code == 200


def test_wrong_codes_lock_like_wrong_passwords(client, approver):
    TOTP.activate(approver, SECRET)
    sign_in(client, "li.si")
    statuses = [client.post("/accounts/2fa/code/", {"code": "000000"}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert client.post("/accounts/2fa/code/", {"code": code_now()}).status_code == 429
    assert who(client) is None


def test_a_role_granted_during_the_session_asks_for_the_factor(client, clerk, city):
    sign_in(client, "zhang.san")
    assert client.get("/accounts/me/").status_code == 200
    grant_role(SYSTEM, clerk, "approver", city.township)
    assert client.get("/accounts/me/").url == reverse("mfa_activate_totp")


def test_the_factor_of_such_a_role_is_not_taken_off_by_its_holder(client, approver):
    TOTP.activate(approver, SECRET)
    sign_in(client, "li.si")
    client.post("/accounts/2fa/code/", {"code": code_now()})
    client.post("/accounts/2fa/remove/")
    assert Authenticator.objects.filter(user=approver, type="totp").exists()


def test_a_clerk_may_take_it_off(client, clerk):
    TOTP.activate(clerk, SECRET)
    sign_in(client, "zhang.san")
    client.post("/accounts/2fa/code/", {"code": code_now()})
    assert client.get("/accounts/2fa/remove/").status_code == 200
    assert client.post("/accounts/2fa/remove/").status_code == 302
    assert not Authenticator.objects.filter(user=clerk).exists()


def test_idle_sessions_end(client, clerk, settings):
    settings.SESSION_COOKIE_AGE = 1
    sign_in(client, "zhang.san")
    session = client.session
    assert session.get_expiry_age() == 1
    session["touched"] = 0
    session.save()
    before = type(session).get_model_class().objects.get(pk=session.session_key).expire_date
    client.get("/accounts/me/")
    after = type(session).get_model_class().objects.get(pk=session.session_key).expire_date
    assert after > before, "work renews the session"
    type(session).get_model_class().objects.update(expire_date=before.replace(year=2020))
    assert client.get("/accounts/me/").status_code == 302


def test_nobody_signs_in_by_address_of_a_demo_account_outside_the_demo(client, city, settings):
    user = User.objects.create(
        username="demo",
        full_name="演示",
        organisation=city.township,
        is_demo=True,
        created_at="2022-03-28T00:00Z",
    )
    settings.DEMO = False
    assert client.get("/accounts/demo/").status_code == 404
    assert client.post("/accounts/demo/demo/").status_code == 404
    client.force_login(user)
    assert client.get("/accounts/me/").status_code == 302, "a left-over session ends"


def test_the_demo_signs_in_by_one_click_without_second_factor(client, city, settings):
    settings.DEMO = True
    user = User.objects.create(
        username="demo",
        full_name="演示",
        organisation=city.township,
        is_demo=True,
        created_at="2022-03-28T00:00Z",
    )
    grant_role(SYSTEM, user, "approver", city.township)
    assert "演示" in client.get("/accounts/demo/").content.decode()
    assert client.post("/accounts/demo/demo/").status_code == 302
    assert client.get("/accounts/me/").status_code == 200
    assert client.get("/accounts/password/").status_code == 200, "says that there is no password to change"


@pytest.mark.parametrize(
    "extra", [{"REMOTE_ADDR": "10.0.0.7"}, {"headers": {"X-Forwarded-For": "127.0.0.1"}}]
)
def test_the_demo_is_for_this_machine_only(city, settings, extra):
    settings.DEMO = True
    User.objects.create(username="demo", full_name="演示", is_demo=True, created_at="2022-03-28T00:00Z")
    client = Client(**extra)
    assert client.post("/accounts/demo/demo/").status_code == 403
    assert who(client) is None


def test_the_demo_button_opens_no_other_account(client, clerk, settings):
    settings.DEMO = True
    assert client.post("/accounts/demo/zhang.san/").status_code == 404
    assert who(client) is None


def test_the_proxy_is_believed_in_production_and_only_its_own_entry(rf, settings):
    from dataclasses import replace

    from zhengling.kernel.accounts.address import client_address

    request = rf.get("/", REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "6.6.6.6, 10.1.1.1"})
    assert client_address(request) == "127.0.0.1"
    settings.CONFIGURATION = replace(settings.CONFIGURATION, production=True)
    assert client_address(request) == "10.1.1.1"


def test_reading_a_page_twice_in_a_minute_writes_nothing(client, clerk):
    sign_in(client, "zhang.san")
    client.get("/accounts/me/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/accounts/me/").status_code == 200
    assert all(query["sql"].startswith("SELECT") for query in queries)
