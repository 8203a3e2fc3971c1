"""The law, the organisations and the notices as the API gives them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from zhengling.kernel import clock
from zhengling.kernel.audit.models import Access
from zhengling.kernel.clients.tests.calling import Calling
from zhengling.kernel.law.operations import record_receipt
from zhengling.kernel.law.receipts import receipt_for
from zhengling.kernel.law.traces import Step, Trace
from zhengling.kernel.notices import operations as notices
from zhengling.kernel.workdays.counting import due
from zhengling.kernel.workdays.queries import current_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(city, frozen):
    return Calling(city.county_mib, "clerk")


def test_the_gazette_has_its_eight_documents(reader):
    rows = reader.get("/instruments").json()
    assert len(rows) == 8
    (medical,) = [row for row in rows if row["document"] == "永政办发〔2021〕23号"]
    assert (medical["key"], medical["valid_from"], medical["service"]) == (
        "YZCR-2021-01016",
        "2022-01-01",
        "medical",
    )


def test_a_citation_leads_to_its_provision(reader):
    found = reader.get("/instruments/YZCR-2021-01016/provisions/10(2)").json()
    assert found["citation"] == "YZCR-2021-01016/10(2)" and "1,200" in found["summary"].replace(
        "1200", "1,200"
    )
    assert found["uri"].endswith("~chp_3__art_10__para_1__point_2")
    contents = reader.get("/instruments/YZCR-2021-01016").json()["contents"]
    assert found in contents
    for path in ("/instruments/YZCR-1999-00001", "/instruments/YZCR-2021-01016/provisions/99"):
        assert reader.get(path).status_code == 404


def test_parameters_as_they_hold_on_a_day(reader):
    def deductible(day):
        rows = reader.get("/parameters", service="medical", on=day).json()
        return next(row for row in rows if row["name"] == "inpatient_deductible")

    # Article 10 (1)-(3): nothing, 1,200 and 6,000 yuan from 1 January 2022 on; who is in no class gets nothing.
    held = deductible("2022-03-28")
    assert held["value"] == {"0": None, "1": 0, "2": 120_000, "3": 600_000} and held["unit"] == "yuan"
    assert {"YZCR-2021-01016/10(1)", "YZCR-2021-01016/10(2)", "YZCR-2021-01016/10(3)"} <= set(
        held["citations"]
    )
    assert deductible("2021-12-31")["value"] is None
    assert reader.get("/parameters", service="none").json() == []


def test_a_receipt_by_its_digest_only_and_recorded(reader):
    trace = Trace((Step("assisted_amt", 2_880_000, "fen", citation="YZCR-2021-01016/10(2)"),))
    made = receipt_for("medical.settle", {"x": 3_000_000}, {"d": 120_000}, {"maf_pay": 2_016_000}, trace)
    row = record_receipt(made, trace, subject="S1")
    shown = reader.get(f"/receipts/{row.digest}").json()
    assert shown["receipt"]["outputs"] == {"maf_pay": 2_016_000}
    assert shown["steps"][0]["citation"] == "YZCR-2021-01016/10(2)"
    assert Access.objects.get(subject_kind="receipt").client == reader.client.name
    assert reader.get(f"/receipts/{'0' * 64}").status_code == 404


def test_organisations_by_place_kind_and_code(reader, city):
    city.add("dotted", code="431103.water", name="水利局", level="department", kind="water", parent="county")
    below = reader.get("/organisations", below=city.county.code, limit=100).json()["items"]
    codes = {row["code"] for row in below}
    assert city.village.code in codes and "431103.water" in codes
    assert city.county.code not in codes and city.other_village.code not in codes
    assert [row["code"] for row in reader.get("/organisations", kind="water").json()["items"]] == [
        "431103.water"
    ]
    one = reader.get("/organisations/431103.water").json()
    assert (one["parent"], one["path"]) == ("431103", ["4311", "431103", "431103.water"])
    assert reader.get("/organisations", below="4311_3").json()["items"] == [], "no pattern, a code"
    assert reader.get("/organisations/999").status_code == 404


def test_only_notices_on_show(reader, city, frozen):
    today = clock.today()
    posted = notices.publish(
        kind="publicity",
        title="公示",
        lead="",
        organ=city.township,
        place=city.village,
        citation="YZCR-2021-01016/14",
        posted_on=today,
        period=due(today, 5, "workdays", current_calendar()),
        columns=["姓名"],
        rows=[{"key": "1", "cells": ["李*"]}],
        personal=True,
    )
    (row,) = reader.get("/notices").json()["items"]
    # 29, 30, 31 March, 1 April and Saturday 2 April, a make-up working day.
    assert row["id"] == str(posted.pk) and row["closes_on"] == "2022-04-02"
    assert reader.get(f"/notices/{posted.pk}").json()["rows"] == [["李*"]]
    frozen.at(date(2022, 4, 2) + timedelta(days=31))
    later = Calling(city.county_mib)
    assert later.get("/notices").json()["items"] == []
    assert later.get(f"/notices/{posted.pk}").status_code == 404
