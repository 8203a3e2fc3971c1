"""After a change of keys everything sealed, in whatever room, opens with the new key alone."""

from __future__ import annotations

import pytest

from zhengling.kernel import ciphers
from zhengling.kernel.funds.payees import describe, set_organisation_account
from zhengling.kernel.outbox.operations import SECRET_COLUMN, subscribe
from zhengling.kernel.people.operations import unsealed
from zhengling.kernel.people.resealing import reseal, sealed_columns
from zhengling.services.medical.tests.world import ID_NUMBER, build

pytestmark = pytest.mark.django_db

OLD, NEW = {"old": "11" * 32}, {"new": "22" * 32}


def test_every_room_is_reached(city, officer, frozen, settings):
    settings.FIELD_KEYS, settings.WEBHOOK_HOSTS = OLD, ("127.0.0.1",)
    world = build(city, officer)
    case = world.case()
    set_organisation_account(
        city.county_finance,
        holder="财政专户",
        bank_name="农商行",
        number="6230900000000004321",
        actor=world.treasurer,
    )
    hook, secret = subscribe("client", "https://127.0.0.1/hook")
    filled = {model.__name__ for model, _name in sealed_columns() if model._default_manager.exists()}
    assert filled >= {"Person", "PayeeAccount", "Subscription", "Application"}
    settings.FIELD_KEYS = NEW | OLD
    assert reseal() > 0
    assert reseal() == 0
    settings.FIELD_KEYS = NEW
    case.refresh_from_db()
    assert unsealed(case.subject, "id_number") == ID_NUMBER
    assert describe(None, city.county_finance)[1].endswith("4321")
    hook.refresh_from_db()
    assert ciphers.unseal(hook.secret_sealed, column=SECRET_COLUMN, row=hook.pk) == secret
