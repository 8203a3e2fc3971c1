"""The pages: who sees which county, the figures, files up and down, the resident's own view."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.exchange import operations as exchanges
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.people.operations import unsealed
from zhengling.services.medical.premium import schedule
from zhengling.services.medical.premium.models import Subsidy
from zhengling.services.medical.premium.tests.world import AFTER, build

pytestmark = pytest.mark.django_db

ROSTER, OTHERS = "/medical/premium/431103/", "/medical/premium/431102/"


@pytest.fixture
def world(city, officer, frozen):
    frozen.at(AFTER)
    return build(city, officer)


def sheet(response) -> list[tuple]:
    return list(load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True))


def test_the_overview_shows_the_counties_one_serves(world, signed_in, officer):
    world.marked("orphan")
    world.marked("marginal", village="other_village")
    schedule.keep_requests()
    one = signed_in(world.reviewer).get("/medical/premium/")
    assert [row.county.code for row in one.context["rows"]] == ["431103"]
    assert one.context["totals"].amount == 32_000
    for actor in (officer("approver", world.city.city_finance), officer("supervisor", world.city.city)):
        both = signed_in(actor).get("/medical/premium/")
        assert {row.county.code for row in both.context["rows"]} == {"431102", "431103"}
        assert (both.context["totals"].persons, both.context["totals"].amount) == (2, 48_000)
    stranger = signed_in(officer("reviewer", world.city.township)).get("/medical/premium/?all=1")
    assert stranger.context["rows"] == []


@pytest.mark.parametrize("page", ["", "refunds/"])
def test_another_county_is_not_there(world, signed_in, officer, page):
    assert signed_in(world.reviewer).get(ROSTER + page).status_code == 200
    assert signed_in(world.reviewer).get(OTHERS + page).status_code == 404
    civil = officer("clerk", world.city.county_civil)
    assert signed_in(civil).get(ROSTER + page).status_code == 404


def test_the_overview_costs_the_same_for_many(world, signed_in):
    world.marked("orphan")
    schedule.keep_requests()
    browser = signed_in(world.treasurer)
    browser.get("/medical/premium/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/medical/premium/")
    for _ in range(5):
        world.marked("marginal")
    schedule.keep_requests()
    with CaptureQueriesContext(connection) as many:
        browser.get("/medical/premium/")
    assert len(few) == len(many)


def test_the_roster_filters_totals_and_leaves_as_excel(world, signed_in):
    for kind in ("orphan", "severe_disability", "marginal", "monitored"):
        world.marked(kind)
    schedule.keep_requests()
    browser = signed_in(world.reviewer)
    whole = browser.get(ROSTER)
    assert (whole.context["persons"], whole.context["amount"]) == (4, 96_000)
    half = browser.get(ROSTER + "?group=other_class_2")
    assert (half.context["persons"], half.context["amount"]) == (2, 32_000)
    assert {row.kind for row in browser.get(ROSTER + "?kind=orphan").context["page"]} == {"orphan"}
    assert browser.get(ROSTER + "?request=0").context["persons"] == 4
    rows = sheet(browser.get(ROSTER + "?format=xlsx"))
    assert len(rows) == 5 and float(sum(row[6] for row in rows[1:])) == 960.0
    # Names are masked in the file as on the screen.
    assert "张三" not in str(rows) and "张三" not in whole.content.decode()


def test_the_panel_of_the_case_shows_the_figures(world, signed_in):
    world.marked("orphan")
    case = world.filed()
    text = signed_in(world.treasurer).get(f"/work/cases/{case.number}/").content.decode()
    assert "￥320.00" in text and case.premium_request.digest[:16] in text


def test_the_list_is_brought_and_settled_on_the_common_pages(world, signed_in):
    absent, present = world.marked("marginal"), world.person()
    lines = [
        "psn_no,certno,insutype,clct_time,psn_clct_amt",
        f"P1,{unsealed(present, 'id_number')},390,2021-10-01,320",
        f"P2,{unsealed(world.marked('orphan'), 'id_number')},390,2021-10-01,160",
    ]
    browser = signed_in(world.reviewer)
    file = SimpleUploadedFile("名单.csv", "\n".join(lines).encode("gb18030"))
    pages = "/exchange/sets/medical.enrolments/"
    given = {"unit": "431103", "period": "2022", "file": file}
    assert browser.post(f"{pages}upload/", given).status_code == 302
    received = Exchange.objects.get()
    assert browser.post(f"/exchange/files/{received.pk}/take-over/").status_code == 302
    assert exchanges.work_off() == 1
    link = f"{pages}differences/?unit=431103&amp;period=2022&amp;state=open"
    assert link in browser.get(f"{ROSTER}?year=2022").content.decode()
    page = browser.get(link.replace("&amp;", "&")).content.decode()
    # Half of 320.00 is the own part of class 2, nothing that of an orphan, who paid 160.00.
    assert "￥160.00" in page and "own_part" not in page and "10000" not in page
    row = Difference.objects.get(kind="not_enrolled")
    assert row.person == absent
    decided = {"difference": str(row.pk), "step": "do", "outcome": "told"}
    browser.post(f"{pages}decide/", decided)
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("decided", "told")


def test_who_reads_no_lists_is_not_led_to_them(world, signed_in):
    world.marked("orphan")
    assert "medical.enrolments" not in signed_in(world.treasurer).get(ROSTER).content.decode()


def test_a_refund_is_opened_from_the_roster(world, signed_in, officer):
    person = world.marked("orphan")
    world.enrolled((person, 32_000), (world.marked("orphan"), 0))
    world.request()
    due = Subsidy.objects.get(route="refund")
    address = f"/medical/premium/refund/{due.pk}/open/"
    assert signed_in(officer("reviewer", world.city.other_county_mib)).post(address).status_code == 404
    browser = signed_in(world.reviewer)
    assert [row.pk for row in browser.get(f"{ROSTER}refunds/").context["unasked"]] == [due.pk]
    browser.post(address)
    case = Case.objects.get(procedure="premium_refund")
    assert case.subject == person
    rows = sheet(browser.get(f"{ROSTER}refunds/?format=xlsx"))
    assert rows[1][0] == case.number
    assert signed_in(world.reviewer).get(f"/work/cases/{case.number}/").status_code == 200


def test_my_own_premium(world, signed_in, resident):
    browser = signed_in(resident)
    # Of an account that belongs to nobody on record nothing is said.
    assert browser.get("/medical/premium/mine/").context["own"] == []
    person = world.marked("marginal")
    person.account = resident.user
    person.save()
    (own,) = browser.get("/medical/premium/mine/").context["own"]
    assert (own.claim.rate, own.claim.amount, own.own_part, own.subsidy) == (5_000, 16_000, 16_000, None)
    schedule.keep_requests()
    (own,) = browser.get("/medical/premium/mine/").context["own"]
    assert own.subsidy.request.case.stage == "drawing"
    case = world.refund(person)
    (own,) = browser.get("/medical/premium/mine/").context["own"]
    assert own.refund == case
    perform(case.pk, "withdraw", world.cadre, {"reason": "填错"})
    person.medical_identities.update(valid_from=date(2022, 3, 1))
    (own,) = browser.get("/medical/premium/mine/").context["own"]
    assert own.claim is None and [row.kind for row in own.too_late] == ["marginal"]


@pytest.mark.parametrize(
    "query",
    ["year=0000", "year=9999", "year=x", "page=x", "kind=%00", "request=²", "group=none", "format=pdf"],
)
def test_what_makes_no_sense_is_answered(world, signed_in, query):
    browser = signed_in(world.reviewer)
    for address in ("/medical/premium/", ROSTER, f"{ROSTER}refunds/"):
        assert browser.get(f"{address}?{query}").status_code in {200, 400, 404}


def test_it_is_not_for_officers(world, signed_in):
    assert signed_in(world.reviewer).get("/medical/premium/mine/").status_code == 404


def test_the_desk_counts(world, signed_in, frozen):
    world.marked("orphan")
    schedule.keep_requests()
    page = signed_in(world.reviewer).get("/medical/")
    (figures,) = [row["figures"] for row in page.context["tiles"] if row["tile"].url == "medical-premium"]
    assert [figure.value for figure in figures] == [1, 1, 0, 0] and not figures[1].warn
    frozen.at(date(2022, 3, 29))
    page = signed_in(world.reviewer).get("/medical/")
    (figures,) = [row["figures"] for row in page.context["tiles"] if row["tile"].url == "medical-premium"]
    assert figures[1].warn
