"""The administrators' pages of clients and the operator's page of deliveries."""

from __future__ import annotations

import re

import pytest
from django.test import override_settings
from django.urls import reverse

from zhengling.kernel import clock
from zhengling.kernel.clients.models import Client
from zhengling.kernel.clients.queries import token_of
from zhengling.kernel.outbox.models import Delivery, Subscription
from zhengling.kernel.outbox.operations import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, frozen):
    """``signed_in(actor)`` gives a browser in which that person has signed in."""

    def sign_in(actor):
        actor.user.is_demo = True
        actor.user.save()
        client.force_login(actor.user)
        return client

    with override_settings(DEMO=True, WEBHOOK_HOSTS=["127.0.0.1"]):
        yield sign_in


def test_a_client_from_opening_to_its_end(signed_in, officer, city):
    browser = signed_in(officer("account_admin", city.county))
    data = {"name": "hospital", "organisation": city.county_mib.code, "roles": ["clerk"], "contact": "信息科"}
    answer = browser.post(reverse("client_new"), data)
    made = Client.objects.get()
    assert answer.status_code == 302 and made.roles == ["clerk"]
    assert "hospital" in browser.get(reverse("clients")).content.decode()
    shown = browser.post(
        reverse("client_token", args=[made.pk]),
        {"scopes": ["law:read"], "expires_on": clock.today().isoformat()},
    )
    text = re.search(r"zl_\w+_[\w-]+", shown.content.decode())[0]
    token = token_of(text)
    assert token and "no-store" in shown["Cache-Control"]
    page = browser.get(reverse("client", args=[made.pk])).content.decode()
    assert token.prefix in page and text not in page
    hook = browser.post(
        reverse("client_webhook", args=[made.pk]), {"url": "http://127.0.0.1:9/", "types": "medical.*"}
    )
    assert "whsec_" in hook.content.decode()
    assert "whsec_" not in browser.get(reverse("client", args=[made.pk])).content.decode()
    browser.post(reverse("client_webhook_end", args=[made.pk, Subscription.objects.get().pk]))
    browser.post(reverse("client_token_revoke", args=[made.pk, token.pk]))
    assert token_of(text) is None and not Subscription.objects.get().active
    browser.post(reverse("client_active", args=[made.pk]), {"active": "0"})
    made.refresh_from_db()
    assert not made.active


def test_wrong_entries_are_told(signed_in, officer, city):
    browser = signed_in(officer("security_admin", city.county))
    data = {"name": "hospital", "organisation": city.other_county_mib.code, "contact": "x"}
    assert browser.post(reverse("client_new"), data).status_code == 422
    browser.post(reverse("client_new"), {**data, "organisation": city.county_mib.code})
    pk = Client.objects.get().pk
    assert browser.post(reverse("client_token", args=[pk]), {"scopes": []}).status_code == 422
    assert browser.post(reverse("client_webhook", args=[pk]), {"url": "https://10.0.0.1/"}).status_code == 422
    assert not Subscription.objects.exists()


def test_other_units_clients_are_not_there(signed_in, officer, city):
    home = signed_in(officer("account_admin", city.county))
    home.post(
        reverse("client_new"), {"name": "hospital", "organisation": city.county_mib.code, "contact": "x"}
    )
    pk = Client.objects.get().pk
    browser = signed_in(officer("account_admin", city.other_county))
    for name, arguments in [("client", [pk]), ("client_token", [pk]), ("client_active", [pk])]:
        method = browser.get if name == "client" else browser.post
        assert method(reverse(name, args=arguments)).status_code == 404


def test_others_are_told_whose_pages_these_are(signed_in, officer, city):
    browser = signed_in(officer("clerk", city.county))
    assert browser.get(reverse("clients")).status_code == 403
    assert browser.get(reverse("deliveries")).status_code == 403


def test_a_dead_delivery_is_shown_and_tried_again(signed_in, officer, city):
    message = publish("medical.x", "YJ-1", {})
    row = Delivery.objects.create(
        message=message, receiver="webhook:x", attempts=10, dead_at=clock.now(), last_error="500"
    )
    browser = signed_in(officer("system_admin", city.city))
    assert "webhook:x" in browser.get(reverse("deliveries")).content.decode()
    browser.post(reverse("delivery_again", args=[row.pk]))
    row.refresh_from_db()
    assert row.dead_at is None and row.next_at is not None and row.attempts == 0
