"""Every page of accounts, audit and people with every role, from what the pages themselves declare."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from zhengling.kernel.accounts import urls as accounts
from zhengling.kernel.accounts.access import audience_of
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.accounts.middleware import FACTOR
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import create_account, grant_role
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.audit import urls as audit
from zhengling.kernel.audit.models import Access
from zhengling.kernel.people import urls as people
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

PAGES = [*accounts.urlpatterns, *audit.urlpatterns, *people.urlpatterns]
WHO = [*ROLES, "resident", "nobody"]

POST_ONLY = {"account_act", "account_grant", "account_revoke", "audit_verify", "demo_sign_in"}
# What a page answers to its own audience, where that is not always 200: done and back, nothing there, form not filled.
ANSWERS = {
    "account_login": {200, 302},
    "account_logout": {200, 302},
    "account_signup": {200, 302},
    "account_reauthenticate": {200, 302},
    "mfa_authenticate": {302},
    "mfa_reauthenticate": {200, 302},
    "mfa_activate_totp": {200, 302},
    "mfa_deactivate_totp": {404},
    "mfa_view_recovery_codes": {404},
    "mfa_generate_recovery_codes": {200, 302},
    "account_act": {302},
    "account_grant": {422},
    "account_revoke": {302},
    "demo_sign_in": {404},
}
# The step they belong to is not pending, so they send back to its beginning.
ELSEWHERE = {"mfa_authenticate"}


@pytest.fixture(autouse=True)
def _empty_cache(db):
    cache.clear()


@pytest.fixture
def target(city):
    user, _password = create_account(SYSTEM, "target.person", "周新", city.township)
    return user, grant_role(SYSTEM, user, "clerk", city.township)


@pytest.fixture
def browser(city, officer, resident):
    """``browser("clerk")``: a client in which somebody with that role for the whole city is signed in, the
    second factor shown; also for ``resident`` and ``nobody``."""

    def open_one(who, unit=city.city):
        client = Client()
        if who == "nobody":
            return client
        client.user = resident.user if who == "resident" else officer(who, unit).user
        client.force_login(client.user)
        session = client.session
        session[FACTOR] = client.user.pk
        session.save()
        return client

    return open_one


def address(page, target):
    arguments = {"pk": target[0].pk, "grant_pk": target[1].pk, "name": "unlock", "username": "target.person"}
    wanted = page.pattern.converters
    return reverse(page.name, kwargs={name: arguments[name] for name in wanted})


def test_every_page_declares_its_audience():
    assert [page.name for page in PAGES if audience_of(page.callback) is None] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_opens_for_its_audience_and_for_nobody_else(browser, target, settings, page):
    settings.DEMO = True
    audience, url = audience_of(page.callback), address(page, target)
    for who in WHO:
        client = browser(who)
        answer = client.post(url) if page.name in POST_ONLY else client.get(url)
        admitted = not audience.signed_in or (
            who != "nobody" and (not audience.roles or who in audience.roles)
        )
        to_sign_in = answer.status_code == 302 and answer.url.startswith(reverse("account_login"))
        if admitted:
            assert answer.status_code in ANSWERS.get(page.name, {200}), who
            assert not to_sign_in or page.name in ELSEWHERE, who
        elif who == "nobody":
            assert to_sign_in
        else:
            assert answer.status_code == 403, who


@pytest.mark.parametrize("who", sorted(set(ROLES) - {"account_admin", "security_admin"}))
def test_buttons_pressed_by_others_change_nothing(city, browser, target, who):
    user, grant = target
    before = User.objects.values().get(pk=user.pk)
    client = browser(who)
    for name in ("unlock", "reset-password", "reset-factor", "close", "reopen"):
        assert client.post(reverse("account_act", args=[user.pk, name])).status_code == 403
    assert client.post(reverse("account_revoke", args=[user.pk, grant.pk])).status_code == 403
    answer = client.post(
        reverse("account_grant", args=[user.pk]), {"role": "approver", "organisation": city.township.code}
    )
    assert answer.status_code == 403
    assert User.objects.values().get(pk=user.pk) == before
    assert list(user.grants.filter(revoked_at=None)) == [grant]


def test_an_account_outside_the_subtree_is_not_there(city, browser):
    stranger, _password = create_account(SYSTEM, "stranger", "外人", city.other_township)
    client = browser("account_admin", city.county)
    assert client.get(reverse("account", args=[stranger.pk])).status_code == 404
    assert client.post(reverse("account_act", args=[stranger.pk, "reset-password"])).status_code == 404
    assert "stranger" not in client.get(reverse("accounts")).content.decode()


def test_administration_by_the_pages(city, browser):
    client = browser("account_admin")
    slip = client.post(
        reverse("account_new"),
        {"username": "Zhang.San", "full_name": "张三", "organisation": city.township.code, "phone": ""},
    )
    user = User.objects.get(username="zhang.san")
    password = slip.context["opened"][0].password
    assert password in slip.content.decode()
    assert "no-store" in slip.headers["Cache-Control"]
    assert password not in client.get(reverse("account", args=[user.pk])).content.decode()
    grant = {"role": "clerk", "organisation": city.township.name, "valid_from": "", "valid_to": ""}
    assert client.post(reverse("account_grant", args=[user.pk]), grant).status_code == 302
    refused = client.post(reverse("account_grant", args=[user.pk]), {**grant, "role": "audit_admin"})
    assert refused.status_code == 422
    assert client.post(reverse("account_grant", args=[user.pk]), grant).status_code == 422
    page = client.get(reverse("accounts"), {"words": "zhang", "role": "clerk", "state": "active"})
    assert "张三" in page.content.decode()
    held = user.grants.get()
    assert client.post(reverse("account_revoke", args=[user.pk, held.pk])).status_code == 302
    again = client.post(reverse("account_act", args=[user.pk, "reset-password"]))
    assert user.former_passwords.count() == 2
    assert again.context["opened"][0].password != password
    client.post(reverse("account_act", args=[user.pk, "close"]))
    assert "已停用" in client.get(reverse("account", args=[user.pk])).content.decode()


def test_the_review_list(browser, target):
    client = browser("account_admin")
    answer = client.get(reverse("accounts_review"))
    rows = list(load_workbook(BytesIO(answer.content)).active.values)
    found = next(row for row in rows if row[0] == "target.person")
    assert found[3] == "在用"
    assert "从未登录" in found[9]
    assert Access.objects.filter(action="accounts_exported").exists()


def test_loading_in_two_steps(city, browser):
    client = browser("account_admin")
    made = Workbook()
    made.active.append(["用户名", "姓名", "单位（代码或全称）", "角色"])
    made.active.append(["zhang.san", "张三", city.township.code, "经办人"])
    made.active.append(["", "李四", "nowhere", "皇帝"])
    out = BytesIO()
    made.save(out)
    out.seek(0)
    out.name = "list.xlsx"
    page = client.post(reverse("accounts_load"), {"file": out})
    assert (len(page.context["report"].rows), page.context["report"].bad_rows) == (1, 1)
    assert not User.objects.filter(username="zhang.san").exists()
    signed = page.context["signed"]
    forged = client.post(reverse("accounts_load"), {"rows": signed[:-2] + "xx"})
    assert forged.status_code == 302
    done = client.post(reverse("accounts_load"), {"rows": signed})
    assert done.context["opened"][0].password in done.content.decode()
    assert User.objects.get(username="zhang.san").grants.get().role == "clerk"
    twice = client.post(reverse("accounts_load"), {"rows": signed})
    assert [problem.row for problem in twice.context["problems"]] == [2]


def test_a_checked_list_is_no_use_to_another_administrator(browser):
    from django.core import signing

    client = browser("account_admin")
    rows = signing.dumps({"by": client.user.pk + 1, "rows": []}, salt="accounts.loading", compress=True)
    assert client.post(reverse("accounts_load"), {"rows": rows}).status_code == 302


def test_the_record_shows_sign_ins_and_its_own_reading(client, browser):
    client.post(reverse("account_login"), {"login": "target", "password": "wrong"})
    client = browser("audit_admin")
    first = client.get(reverse("audit"), {"action": "sign_in_failed"}).content.decode()
    assert "登录失败" in first
    client.get(reverse("audit_export"))
    verified = client.post(reverse("audit_verify")).content.decode()
    assert "无缺失" in verified
    actions = list(Access.objects.order_by("seq").values_list("action", "address"))
    assert actions == [
        ("sign_in_failed", "127.0.0.1"),
        ("sign_in", ""),
        ("audit_read", "127.0.0.1"),
        ("export", "127.0.0.1"),
        ("audit_verified", "127.0.0.1"),
    ]


REGISTRATION = {
    "name": "李秀英",
    "id_number": "11010519491231002x",
    "phone": "138-1234-5678",
    "username": "13812345678",
    "password": "Summer-rain-1",
    "password_again": "Summer-rain-1",
}


def test_a_resident_registers(client, city):
    answer = client.post(reverse("account_signup"), REGISTRATION)
    assert answer.status_code == 302
    user = User.objects.get(username="13812345678")
    assert user.is_resident
    assert user.person.name == "李秀英"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert "11010519491231002X" not in str(user.person.__dict__)


@pytest.mark.parametrize(
    "change",
    [
        {"id_number": "110105194912310021"},
        {"phone": "123"},
        {"password_again": "Summer-rain-2"},
        {"password": "short", "password_again": "short"},
        {"username": "x"},
        {"name": ""},
    ],
)
def test_a_registration_with_a_mistake_opens_nothing(client, city, change):
    assert client.post(reverse("account_signup"), {**REGISTRATION, **change}).status_code == 422
    assert not User.objects.exists()
    assert not Person.objects.exists()


def test_registration_does_not_tell_who_is_on_the_books(client, city):
    known = enter_person(SYSTEM, name="李秀英", id_number="11010519491231002X", phone="13700000000")
    wrong_name = client.post(reverse("account_signup"), {**REGISTRATION, "name": "李秀兰"})
    assert client.post(reverse("account_signup"), REGISTRATION).status_code == 302
    client.logout()
    has_account = client.post(reverse("account_signup"), {**REGISTRATION, "username": "another"})
    texts = [page.context["form"].non_field_errors() for page in (wrong_name, has_account)]
    assert texts[0] == texts[1]
    assert User.objects.count() == 1
    known.refresh_from_db()
    assert known.account.username == "13812345678"
