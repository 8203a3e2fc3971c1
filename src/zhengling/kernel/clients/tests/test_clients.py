"""Clients and their tokens: who may open them, what they open, when they end, how many requests they have."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from django.test import override_settings

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.accounts.errors import AccountError, NotAllowedError
from zhengling.kernel.audit.models import Access
from zhengling.kernel.clients import limiter, operations, queries
from zhengling.kernel.clients.models import Client, IdempotencyRecord, Token
from zhengling.kernel.clients.scopes import CLIENT_ROLES
from zhengling.kernel.clients.tests.calling import Calling
from zhengling.kernel.outbox.models import Subscription

pytestmark = pytest.mark.django_db

DAY = date(2022, 3, 28)


@pytest.fixture(autouse=True)
def fresh(frozen):
    limiter.forget()


@pytest.fixture
def hospital(city):
    return operations.create_client(SYSTEM, "hospital", city.county_mib, ["clerk"], "信息科")


def issued(client, *scopes, days=30):
    return operations.issue_token(
        SYSTEM, client, scopes or ["law:read"], clock.today() + timedelta(days=days)
    )


def test_a_token_is_kept_as_a_digest_only(hospital):
    token, text = issued(hospital)
    assert text.startswith(f"zl_{token.prefix}_") and len(text.split("_", 2)[2]) >= 40
    stored = " ".join(str(value) for value in Token.objects.values_list().get())
    assert text.split("_", 2)[2] not in stored
    assert queries.token_of(text) == token
    for wrong in (
        text[:-1],
        text + "x",
        text.replace("zl_", "xx_"),
        "",
        "zl_",
        f"zl_{token.prefix}_",
        "zl_é_x",
    ):
        assert queries.token_of(wrong) is None


def test_a_token_ends(hospital, frozen):
    _token, text = issued(hospital, days=2)
    frozen.at(DAY + timedelta(days=2), 23)
    assert queries.token_of(text)
    frozen.at(DAY + timedelta(days=3), 0)
    assert queries.token_of(text) is None


def test_a_revoked_token_and_a_client_shut_out(hospital):
    token, text = issued(hospital)
    _other, second = issued(hospital)
    operations.revoke_token(SYSTEM, token)
    assert queries.token_of(text) is None and queries.token_of(second)
    with pytest.raises(AccountError):
        operations.revoke_token(SYSTEM, token)
    operations.set_active(SYSTEM, hospital, active=False)
    assert queries.token_of(second) is None
    hospital.refresh_from_db()
    with pytest.raises(AccountError):
        issued(hospital)


def test_shutting_out_ends_the_webhooks(hospital):
    with override_settings(WEBHOOK_HOSTS=["127.0.0.1"]):
        operations.add_webhook(SYSTEM, hospital, "http://127.0.0.1:9/hook", ["medical.*"])
    operations.set_active(SYSTEM, hospital, active=False)
    assert not Subscription.objects.get().active


@pytest.mark.parametrize(
    ("scopes", "days"), [([], 30), (["everything"], 30), (["law:read"], -1), (["law:read"], 367)]
)
def test_tokens_that_are_not_issued(hospital, scopes, days):
    with pytest.raises(AccountError):
        operations.issue_token(SYSTEM, hospital, scopes, clock.today() + timedelta(days=days))


def test_no_client_approves(city):
    assert "approver" not in CLIENT_ROLES and "account_admin" not in CLIENT_ROLES
    with pytest.raises(AccountError):
        operations.create_client(SYSTEM, "robot", city.county_mib, ["approver"], "x")


def test_names_are_unique_and_plain(hospital, city):
    for name in ("hospital", "Hospital", "a", "with space", "医院"):
        with pytest.raises(AccountError):
            operations.create_client(SYSTEM, name, city.county_mib, [], "x")
    assert Client.objects.count() == 1


def test_who_may_manage_clients(city, officer):
    county = officer("account_admin", city.county)
    security = officer("security_admin", city.county)
    elsewhere = officer("account_admin", city.other_county)
    clerk = officer("clerk", city.county)
    client = operations.create_client(county, "hospital", city.county_mib, [], "x")
    operations.issue_token(security, client, ["law:read"], clock.today())
    for stranger in (elsewhere, clerk):
        with pytest.raises(NotAllowedError):
            operations.issue_token(stranger, client, ["law:read"], clock.today())
        with pytest.raises(NotAllowedError):
            operations.create_client(stranger, "other", city.county_mib, [], "x")
        assert not queries.administered(stranger).exists()
    assert queries.administered(security).get() == client


def test_what_was_done_to_clients_is_recorded(hospital):
    token, _text = issued(hospital, "law:read", "cases:read")
    operations.revoke_token(SYSTEM, token)
    rows = Access.objects.order_by("seq").values_list("action", "subject_kind", "subject_id", "fields")
    assert list(rows) == [
        ("enter", "api_client", "hospital", "roles"),
        ("enter", "api_token", token.prefix, "cases:read,law:read"),
        ("change", "api_token", token.prefix, "revoked"),
    ]


def test_the_actor_has_the_clients_roles_in_its_unit_only(hospital, city):
    actor = queries.actor_for(hospital)
    assert actor.holds("clerk", city.county_mib.pk) and actor.name == "hospital"
    assert not actor.holds("reviewer", city.county_mib.pk) and not actor.holds("clerk", city.county.pk)
    hospital.roles = []
    assert queries.actor_for(hospital).grants == {}


def test_too_many_requests(city):
    who = Calling(city.county_mib)
    with override_settings(API_REQUESTS_PER_MINUTE=3):
        assert [who.get("/instruments").status_code for _ in range(3)] == [200, 200, 200]
        answer = who.get("/instruments")
        assert answer.status_code == 429 and 1 <= int(answer["Retry-After"]) <= 60
        assert answer.json()["type"] == "urn:zhengling:problem:too_many"
        another = operations.issue_token(SYSTEM, who.client, ["law:read"], clock.today())[1]
        answer = who.browser.get("/api/v1/instruments", headers={"authorization": f"Bearer {another}"})
        assert answer.status_code == 200, "the limit is the token's"


def test_the_last_use_is_noted_but_not_at_every_request(city, frozen):
    who = Calling(city.county_mib)
    first = frozen.at(DAY, 9, 0)
    who.get("/instruments")
    frozen.at(DAY, 9, 5)
    who.get("/instruments")
    assert Token.objects.get().last_used_at == first
    later = frozen.at(DAY, 9, 15)
    who.get("/instruments")
    assert Token.objects.get().last_used_at == later


def test_old_answers_are_forgotten(hospital, frozen):
    for key, day in (("old", DAY), ("new", DAY + timedelta(days=5))):
        frozen.at(day)
        IdempotencyRecord.objects.create(client=hospital, key=key, digest="", created_at=clock.now())
    frozen.at(DAY + timedelta(days=8))
    operations.forget_answers()
    assert [row.key for row in IdempotencyRecord.objects.all()] == ["new"]


def test_the_terminal_does_what_the_page_does(city):
    from zhengling.__main__ import main

    run = CliRunner().invoke

    def say(*words):
        return run(main, ["api", *words])

    made = say(
        "client", "create", "hotline", "--unit", city.county_mib.code, "--role", "clerk", "--contact", "x"
    )
    assert made.exit_code == 0, made.output
    printed = say("token", "issue", "hotline", "--scope", "law:read", "--days", "10")
    text = printed.stdout.splitlines()[0]
    assert queries.token_of(text).scopes == ["law:read"]
    prefix = text.split("_")[1]
    assert prefix in say("token", "list", "hotline").output
    assert say("token", "revoke", prefix).exit_code == 0 and queries.token_of(text) is None
    for words in (
        ("client", "create", "x y", "--unit", city.county_mib.code, "--contact", "x"),
        ("client", "create", "other", "--unit", "nowhere", "--contact", "x"),
        ("token", "issue", "nobody", "--scope", "law:read"),
        ("token", "issue", "hotline", "--scope", "everything"),
        ("token", "revoke", "ZZZZ"),
    ):
        failed = say(*words)
        assert failed.exit_code != 0 and failed.output.startswith("Error: "), failed.output
