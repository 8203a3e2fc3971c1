"""The register's pages: who reads them, what they mask, what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from conftest import City, Frozen, Officer
from django.test import Client
from openpyxl import load_workbook

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.audit.models import Access
from zhengling.kernel.exchange import operations
from zhengling.kernel.outbox.delivery import deliver, fan_out
from zhengling.kernel.people.models import Person
from zhengling.kernel.reminders.models import Reminder
from zhengling.services.medical.identities.tests.house import Office, line
from zhengling.services.medical.identities.tests.numbers import number
from zhengling.services.medical.tests import world

pytestmark = pytest.mark.django_db

SignIn = Callable[[Actor], Client]
REGISTER = "/medical/identities/"


@pytest.fixture
def office(city: City, officer: Officer, frozen: Frozen) -> Office:
    made = Office(city.county, officer("reviewer", city.county_mib))
    made.bring("2022-03", line(1, since="2022-02-01", name="李秀英"), line(2, "特困", name="王建国"))
    for row in made.open():
        operations.decide(made.reviewer, row.pk, "confirm")
    return made


def test_the_register_shows_masked_persons_with_class_and_totals(office: Office, signed_in: SignIn) -> None:
    client = signed_in(office.reviewer)
    page = client.get(REGISTER).content.decode()
    assert "李*英" in page and "李秀英" not in page and "2 人，2 条标识" in page
    assert "李*英" not in client.get(f"{REGISTER}?assistance_class=1").content.decode()
    assert "李*英" not in client.get(f"{REGISTER}?day=2022-01-31").content.decode()
    content = client.get(f"{REGISTER}?format=xlsx").content
    rows = list(load_workbook(BytesIO(content)).active.values)
    assert rows[-1][1] == 2 and number(1) not in str(rows) and len(rows) == 4


def test_a_search_by_number_is_recorded_found_or_not(office: Office, signed_in: SignIn) -> None:
    client = signed_in(office.reviewer)
    found = client.post(f"{REGISTER}search/", {"id_number": number(1), "purpose": "来电核实"})
    person = Person.objects.get(name="李秀英")
    assert found.headers["Location"] == f"{REGISTER}persons/{person.pk}/"
    assert client.post(f"{REGISTER}search/", {"id_number": number(7), "purpose": "x"}).status_code == 422
    records = Access.objects.filter(action="search").order_by("seq").values_list("subject_id", "succeeded")
    assert list(records) == [(str(person.pk), True), ("", False)]
    assert number(1) not in str(list(Access.objects.values_list("purpose", "subject_id")))


def test_only_the_county_its_supervisors_and_the_city_read_a_person(
    office: Office, officer: Officer, city: City, signed_in: SignIn
) -> None:
    person = Person.objects.get(name="李秀英")
    url = f"{REGISTER}persons/{person.pk}/"
    for role, place, status in [
        ("reviewer", city.county_mib, 200),
        ("approver", city.county_mib, 200),
        ("supervisor", city.county, 200),
        ("auditor", city.city, 200),
        ("reviewer", city.city_mib, 200),
        ("reviewer", city.other_county_mib, 404),
        ("reviewer", city.county_finance, 404),
        ("clerk", city.township, 403),
    ]:
        assert signed_in(officer(role, place)).get(url).status_code == status, (role, place.name)
    assert Access.objects.filter(action="view", subject_id=str(person.pk)).count() == 5


def test_the_page_says_why_the_class_is_what_it_is(office: Office, signed_in: SignIn) -> None:
    office.data_set = "medical.list.rural"
    office.bring("2022-03", line(2, "突发严重困难户", name="王建国"))
    office.decide("confirm")
    office.data_set = "medical.list.veterans"
    office.bring("2022-03", line(2, "困难退役军人", name="王建国"))
    office.decide("confirm")
    person = Person.objects.get(name="王建国")
    page = signed_in(office.reviewer).get(f"{REGISTER}persons/{person.pk}/").content.decode()
    assert "适用最有利的类别" in page and "困难退役军人" in page and "2类" in page and "一类" in page


def test_a_desk_with_an_open_case_is_told_of_the_change(
    city: City, officer: Officer, frozen: Frozen, signed_in: SignIn
) -> None:
    house = world.build(city, officer)
    case = house.case()
    office = Office(city.county, officer("reviewer", city.county_mib))
    office.bring("2022-03", f"李秀英,{world.ID_NUMBER},低保,,2022-03-20,,,")
    office.decide("confirm")
    for _turn in range(3):
        fan_out()
        deliver()
    told = Reminder.objects.filter(kind="person")
    assert {row.case_id for row in told} == {case.pk} and told.count() == 1
    page = signed_in(office.reviewer).get(f"{REGISTER}persons/{case.subject_id}/").content.decode()
    assert case.number in page and "受类别变更影响" in page
    office.bring("2022-04", f"李秀英,{world.ID_NUMBER},低保,,2022-03-20,,,")
    assert office.open() == []


def test_questions_are_listed_until_they_are_answered(
    office: Office, frozen: Frozen, signed_in: SignIn
) -> None:
    frozen.at(date(2022, 4, 25))
    office.bring("2022-04", line(1, name="李秀英"))
    office.decide("ask", "未收到终止文书")
    client = signed_in(office.reviewer)
    assert "未收到终止文书" in client.get(f"{REGISTER}questions/").content.decode()
    sent = client.post(
        "/exchange/sets/medical.list.civil_affairs/send/", {"unit": "431103", "period": "2022-04"}
    )
    rows = list(load_workbook(BytesIO(sent.content)).active.values)
    assert rows[1][:2] == ("王建国", number(2)) and rows[1][5] == "未收到终止文书"
