"""Exchanges over the API: the same checks, the same rights, each write once."""

from __future__ import annotations

import pytest
from conftest import City

from zhengling.kernel.clients.tests.calling import Calling
from zhengling.kernel.exchange import operations
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.exchange.tests.toy import csv

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

FILES = "/data-sets/test.list/files?unit=431103&period=2022-03"


@pytest.fixture
def office(city: City) -> Calling:
    return Calling(city.county_mib, "reviewer", name="county-system")


def test_a_file_is_brought_taken_over_and_its_difference_settled(office: Calling) -> None:
    made = office.send(FILES, csv("1,2022-03-01,5,"), "text/csv")
    assert made.status_code == 201, made.json()
    key = made.json()["id"]
    assert made.json()["totals"] == {"rows": 1, "amount": 500}
    assert office.post(f"/exchanges/{key}/take-over").json()["state"] == "queued"
    operations.work_off()
    assert office.get(f"/exchanges/{key}").json()["state"] == "applied"
    row = office.get("/differences", state="open", data_set="test.list").json()["items"][0]
    refused = office.post(f"/differences/{row['id']}/decision", {"outcome": "ignored"})
    assert refused.status_code == 409
    done = office.post(f"/differences/{row['id']}/decision", {"outcome": "ignored", "reason": "same"})
    assert (done.json()["state"], done.json()["reason"]) == ("decided", "same")


def test_the_same_key_brings_the_file_once(office: Calling) -> None:
    for _attempt in range(2):
        assert office.send(FILES, csv("1,2022-03-01,5,"), "text/csv", key="k").status_code == 201
    assert Exchange.objects.count() == 1
    assert office.send(FILES, csv("1,2022-03-01,5,"), "text/csv", key="other").status_code == 409


def test_wrong_columns_are_named(office: Calling) -> None:
    answer = office.send(FILES, csv("1", heading="编号"), "text/csv")
    assert answer.status_code == 422 and "金额" in answer.json()["errors"]
    assert office.send(FILES, b"{}", "application/json").status_code == 415


def test_others_see_nothing_and_scopes_are_asked_for(office: Calling, city: City) -> None:
    key = office.send(FILES, csv("1,2022-03-01,5,"), "text/csv").json()["id"]
    office.post(f"/exchanges/{key}/take-over")
    operations.work_off()
    far = Calling(city.other_county_mib, "reviewer", name="far")
    assert far.get(f"/exchanges/{key}").status_code == 404
    assert far.get("/differences").json()["items"] == []
    assert (
        far.post(f"/differences/{Difference.objects.get().pk}/decision", {"outcome": "x"}).status_code == 404
    )
    assert far.send(FILES, csv("2,2022-03-01,5,"), "text/csv").status_code == 403
    reading = Calling(city.county_mib, "reviewer", scopes=("exchange:read",), name="reading")
    assert reading.get("/data-sets").status_code == 200
    assert reading.post(f"/exchanges/{key}/take-over").status_code == 403
