"""The pages of what-ifs: who sees them, what they say, what they refuse."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from zhengling.kernel import clock
from zhengling.kernel.funds import chart
from zhengling.kernel.funds.operations import approve_appropriation, enter_appropriation
from zhengling.services.medical.policy import demand, operations, trials
from zhengling.services.medical.policy.models import Reform, Snapshot
from zhengling.services.medical.policy.tests.policies import DAY, build
from zhengling.services.medical.tests import world as medical

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def office(city, officer, frozen, tmp_path):
    return build(city, officer, tmp_path)


def page(browser, name, *arguments, **query):
    return browser.get(reverse(name, args=arguments), query)


def test_a_reform_from_the_form_to_its_result(office, signed_in):
    browser = signed_in(office.drafter)
    form = page(browser, "policy-new").context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    data |= {"title": "试一试", "inpatient_deductible-2": "1000", "base_day": DAY.isoformat()}
    data = {name: value for name, value in data.items() if value is not False}
    made = browser.post(reverse("policy-new"), data)
    reform = Reform.objects.get()
    assert made.status_code == 302 and reform.changes == {
        "inpatient_deductible": {"0": None, "1": 0, "2": 1000, "3": 6000}
    }
    browser.post(reverse("policy-try", args=[reform.pk]), {"snapshot": str(office.snapshot.pk)})
    waiting = page(browser, "policy-reform", reform.pk)
    assert "hx-get" in waiting.content.decode()
    assert "HX-Refresh" not in page(browser, "policy-progress", reform.pk).headers
    trials.work()
    assert page(browser, "policy-progress", reform.pk).headers["HX-Refresh"] == "true"
    shown = page(browser, "policy-reform", reform.pk).content.decode()
    assert "￥4,520.00" in shown and "￥4,800.00" in shown and "第十条第（二）项" in shown


def test_the_form_refuses_what_is_out_of_bounds(office, signed_in):
    browser = signed_in(office.drafter)
    answer = browser.post(
        reverse("policy-new"), {"title": "x", "base_day": "2022-03-28", "inpatient_rate-2": "140"}
    )
    assert answer.status_code == 422 and "inpatient_rate-2" in answer.context["form"].errors
    early = browser.post(reverse("policy-new"), {"title": "x", "base_day": "2021-03-28"})
    assert "base_day" in early.context["form"].errors


def test_who_sees_what(office, officer, signed_in):
    reform = office.tried()
    readers = [
        officer("supervisor", office.city.city),
        officer("auditor", office.city.city),
        office.decider,
        office.colleague,
    ]
    for actor in readers:
        browser = signed_in(actor)
        assert page(browser, "policy-reform", reform.pk).status_code == 200
        assert page(browser, "policy-cases", reform.pk).status_code == 200
    strangers = [
        officer("supervisor", office.city.county),
        officer("approver", office.city.county_finance),
        officer("policy_officer", office.city.county_mib),
    ]
    for actor in strangers:
        browser = signed_in(actor)
        listed = page(browser, "policy-reforms")
        assert listed.status_code == 200 and not listed.context["page"].object_list
        assert not listed.context["snapshots"]
        for name in ("policy-reform", "policy-export", "policy-cases", "policy-progress"):
            assert page(browser, name, reform.pk).status_code == 404
        assert page(browser, "policy-compare", left=str(reform.pk)).status_code == 404
    auditor = signed_in(readers[1])
    assert auditor.post(reverse("policy-withdraw", args=[reform.pk])).status_code == 403


def test_the_decider_finds_the_buttons_and_the_drafter_does_not(office, signed_in):
    reform = office.submitted()
    address = reverse("policy-approve", args=[reform.pk])
    assert address in page(signed_in(office.decider), "policy-reform", reform.pk).content.decode()
    assert address not in page(signed_in(office.drafter), "policy-reform", reform.pk).content.decode()
    refused = signed_in(office.drafter).post(address)
    assert refused.status_code == 403 and Reform.objects.get().state == Reform.State.SUBMITTED
    assert signed_in(office.decider).post(address).status_code == 302
    assert Reform.objects.get().state == Reform.State.APPROVED


def test_charts_and_sheet(office, signed_in):
    reform = office.tried()
    browser = signed_in(office.drafter)
    for kind in ("counties", "classes", "bands"):
        assert b"<svg" in browser.get(reverse("policy-chart", args=[reform.pk, kind])).content
    book = load_workbook(BytesIO(page(browser, "policy-export", reform.pk).content))
    first = next(book.active.iter_rows(min_row=2, max_row=2, values_only=True))
    assert first[2:8] == (3, 3, 3, 4520, 4800, 280)


def test_two_side_by_side(office, signed_in):
    left, right = office.tried(), office.tried({"inpatient_ceiling": 90_000}, "降低限额")
    browser = signed_in(office.drafter)
    shown = page(browser, "policy-compare", left=str(left.pk), right=str(right.pk))
    assert [figures.difference for *_rest, figures in shown.context["sides"]] == [28_000, 0]
    assert shown.context["same_population"]


def test_demand_beside_the_money_of_the_year(office, officer, signed_in):
    """The county with 1,000 yuan lacks what class 3 and class 2 there cost beyond it; the other has no money entered."""
    people = medical.build(office.city, officer)
    chart.load(chart.current_chart())
    entered = enter_appropriation(
        office.city.county.pk,
        source="budget",
        amount=100_000,
        document="永财预〔2022〕1号",
        received_on=DAY,
        actor=people.cashier,
    )
    approve_appropriation(entered.pk, people.treasurer)
    office.tried()
    shown = page(signed_in(office.drafter), "policy-demand")
    rows = {row.label: row for row in shown.context["rows"]}
    county = rows[office.city.county.label]
    assert (county.before, county.after) == (326_000, 340_000)
    assert (county.short_before, county.short_after) == (226_000, 240_000)
    assert rows[office.city.other_county.label].money is None
    assert shown.context["total"].short_after == 240_000
    sheet = page(signed_in(office.drafter), "policy-demand", format="xlsx")
    assert sheet.status_code == 200


def test_a_year_that_is_not_over_is_scaled_by_days():
    snapshot = Snapshot(
        rows=1, first_year=2022, last_year=2022, until=date(2022, 3, 28), asked_at=clock.now()
    )
    base = demand.basis(snapshot)
    assert (base.elapsed, base.days, base.whole) == (87, 365, False)
    assert base.yearly(87) == 365
    snapshot.until, snapshot.first_year = date(2022, 3, 28), 2021
    assert demand.basis(snapshot).year == 2021


def test_a_case_leads_on_only_for_those_who_may_see_it(office, officer, signed_in):
    people = medical.build(office.city, officer)
    case = people.case()
    people.to_county(case)
    reform = office.tried({"inpatient_rate": {"0": None, "1": 90, "2": 70, "3": 60}})
    link = reverse("case", args=[case.number])
    assert link not in page(signed_in(office.drafter), "policy-cases", reform.pk).content.decode()
    supervisor = officer("supervisor", office.city.city)
    assert link in page(signed_in(supervisor), "policy-cases", reform.pk).content.decode()


def test_asking_for_a_snapshot(office, signed_in):
    signed_in(office.drafter).post(reverse("policy-snapshot"))
    assert Snapshot.objects.filter(origin="register").count() == 1
    assert operations.latest_result(office.draft()) is None
