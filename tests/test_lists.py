"""The smaller lists of the workbench narrow, add up and go to Excel as filtered, and show nobody more there."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.urls import reverse
from openpyxl import load_workbook

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.casework.models import Case
from zhengling.kernel.clients.operations import create_client, issue_token
from zhengling.kernel.documents.template_store import load_templates
from zhengling.kernel.outbox.models import Delivery, Message
from zhengling.kernel.reminders.models import Reminder
from zhengling.kernel.returns.loading import load_forms
from zhengling.kernel.returns.models import Return, ReturnForm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def sheet(answer) -> list[tuple]:
    assert answer.status_code == 200 and answer["Content-Type"].endswith("spreadsheetml.sheet")
    return list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)


def foot(page) -> str:
    return page.content.decode().split("<tfoot>")[1].split("</tfoot>")[0]


def test_clients(city, officer, signed_in):
    for name, unit, tokens in [("alpha", city.county_mib, 2), ("beta", city.township, 1)]:
        made = create_client(SYSTEM, name, unit, ["clerk"], "信息科")
        for _ in range(tokens):
            issue_token(SYSTEM, made, ["law:read"], clock.today() + timedelta(days=30))
    shut = create_client(SYSTEM, "gamma", city.township, ["clerk"], "信息科")
    shut.active = False
    shut.save()
    create_client(SYSTEM, "theirs", city.other_county_mib, ["clerk"], "信息科")
    browser = signed_in(officer("account_admin", city.county))
    everything = browser.get(reverse("clients"))
    assert "共3件" in foot(everything) and ">3</td>" in foot(everything)
    found = browser.get(reverse("clients"), {"q": "仁山"})
    assert "alpha" not in found.content.decode()
    narrow = browser.get(reverse("clients"), {"state": "out"}).content.decode()
    assert "gamma" in narrow and "alpha" not in narrow
    rows = sheet(browser.get(reverse("clients-export"), {"q": "ALPHA"}))
    assert [row[0] for row in rows[1:]] == ["alpha"] and rows[1][3] == 2
    assert [row[0] for row in sheet(browser.get(reverse("clients-export")))[1:]] == ["alpha", "beta", "gamma"]


def test_deliveries(city, officer, signed_in):
    for n, (receiver, dead) in enumerate([("handler:a", True), ("webhook:b", False), ("handler:c", False)]):
        message = Message.objects.create(type=f"medical.x.t{n}", subject=f"S-{n}", data={}, at=clock.now())
        Delivery.objects.create(
            message=message,
            receiver=receiver,
            attempts=n + 2,
            next_at=None if dead else clock.now(),
            dead_at=clock.now() if dead else None,
            last_error="=1+1",
        )
    browser = signed_in(officer("system_admin", city.city))
    assert "共3件" in foot(browser.get(reverse("deliveries")))
    assert ">9</td>" in foot(browser.get(reverse("deliveries")))
    dead = browser.get(reverse("deliveries"), {"state": "dead"})
    assert "S-0" in dead.content.decode() and "S-1" not in dead.content.decode()
    rows = sheet(browser.get(reverse("deliveries-export"), {"q": "webhook"}))
    assert len(rows) == 2 and rows[1][1] == "S-1" and rows[1][4] == 3 and rows[1][5] == "=1+1"


def test_reminders(city, officer, signed_in):
    clerk, other = officer("clerk", city.township), officer("clerk", city.other_township)
    for n, (kind, who) in enumerate([("overdue", clerk), ("urged", clerk), ("urged", other)]):
        case = Case.objects.create(
            number=f"YJ-2022-{n}", procedure="medical_aid", stage="filed", title="t", place=city.village,
            check_code="A", opened_at=clock.now(),
        )  # fmt: skip
        Reminder.objects.create(
            key=str(n), kind=kind, case=case, organisation=city.township, role="", user=who.user,
            created_at=clock.now(),
        )  # fmt: skip
    browser = signed_in(clerk)
    assert "共2件" in foot(browser.get(reverse("reminders")))
    assert "YJ-2022-0" not in browser.get(reverse("reminders"), {"kind": "urged"}).content.decode()
    assert "YJ-2022-1" not in browser.get(reverse("reminders"), {"q": "2022-0"}).content.decode()
    rows = sheet(browser.get(reverse("reminders-export"), {"kind": "urged"}))
    assert [row[1] for row in rows[1:]] == ["YJ-2022-1"]


def test_letter_templates(city, officer, signed_in):
    load_templates()
    browser = signed_in(officer("clerk", city.county_mib, ("clerk", city.township)))
    address, export = reverse("letter-templates"), reverse("letter-templates-export")
    page = browser.get(address)
    count = len(page.context["lines"])
    assert f"共{count}件" in foot(page) and count % 2 == 0
    rows = sheet(browser.get(export, {"kind": "receipt"}))
    assert {row[1] for row in rows[1:]} == {city.county_mib.label, city.township.label} and len(rows) == 3
    half = browser.get(address, {"unit": city.township.code})
    assert len(half.context["lines"]) == count // 2
    assert len(sheet(browser.get(export))) == count + 1


def test_returns(city, officer, signed_in):
    load_forms(settings.CITY / "returns")
    form = ReturnForm.objects.latest("version")
    for unit, state in [
        (city.township, "draft"),
        (city.county_mib, "accepted"),
        (city.other_township, "draft"),
    ]:
        Return.objects.create(
            form=form, key=form.key, unit=unit, period="2022Q1", state=state, opened_at=clock.now()
        )
    browser = signed_in(officer("clerk", city.township))
    everything = {row[0] for row in sheet(browser.get(reverse("returns-export"), {"tab": "all"}))[1:]}
    assert city.township.label in everything and city.other_township.label not in everything
    assert "共1件" in foot(browser.get(reverse("returns"), {"tab": "all", "state": "draft"}))
    assert len(sheet(browser.get(reverse("returns-export"), {"tab": "all", "state": "accepted"}))) == 1
