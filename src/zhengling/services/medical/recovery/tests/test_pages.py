"""Registers, morning page, stop on the aid case, the books' page of what is to come back: shown to whom they concern."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from zhengling.kernel.casework.operations import perform
from zhengling.kernel.supervision import morning
from zhengling.kernel.supervision.scope import Scope
from zhengling.services.medical import desk
from zhengling.services.medical.recovery.tests import acts
from zhengling.services.medical.recovery.tests.acts import build
from zhengling.services.medical.tests.world import settlement

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(city, officer, frozen):
    return build(city, officer)


@pytest.fixture
def case(house, frozen):
    """￥9,215.00 demanded on 6 April 2022, due on 6 May; ￥5,000.00 came back."""
    found = house.decided(house.open(house.paid()), frozen)
    perform(found.pk, "receive", house.cashier, acts.slip("5000.00", "回单1", "2022-04-06"))
    return found


def test_the_register_adds_up_and_filters(house, case, signed_in, frozen):
    browser, page = signed_in(house.county), reverse("medical-recoveries")
    assert browser.get(page).context["totals"] == {
        "demanded": 921_500,
        "received": 500_000,
        "outstanding": 421_500,
    }
    sheet = load_workbook(BytesIO(browser.get(page, {"format": "xlsx"}).content)).active
    assert [sheet.cell(2, column).value for column in (1, 7, 8, 9)] == [case.number, 9215, 5000, 4215]
    for query, count in (
        ({"stage": "open"}, 1), ({"stage": "closed"}, 0), ({"stage": "recovering"}, 1), ({"overdue": "on"}, 0),
        ({"words": case.number}, 1), ({"words": "李秀英"}, 1), ({"words": "王"}, 0), ({"stage": "x"}, 1),
    ):  # fmt: skip
        assert len(browser.get(page, query).context["rows"]) == count, query
    frozen.at(date(2022, 5, 7))
    row = browser.get(page, {"overdue": "on"}).context["rows"][0]
    assert (row.late, row.next_due) == (421_500, date(2022, 5, 6))


def test_another_county_sees_nothing_of_it(house, case, signed_in, officer):
    browser = signed_in(officer("reviewer", house.city.other_county_mib))
    assert browser.get(reverse("medical-recoveries")).context["rows"] == []
    assert browser.get(reverse("case", args=[case.number])).status_code == 404


def test_the_number_of_queries_does_not_grow(house, case, signed_in, frozen):
    browser, page = signed_in(house.county), reverse("medical-recoveries")
    browser.get(page)
    with CaptureQueriesContext(connection) as few:
        browser.get(page)
    for _number in range(3):
        house.report()
    with CaptureQueriesContext(connection) as many:
        assert len(browser.get(page).context["rows"]) == 4
    assert len(many) == len(few)


def test_what_is_late_stands_on_the_morning_page(house, case, frozen):
    def found(actor):
        return {item.section.name: item.lines for item in morning.filled(Scope.of(actor)) if item.count}

    assert "instalments_overdue" not in found(house.cashier)
    frozen.at(date(2022, 5, 7))
    line = found(house.cashier)["instalments_overdue"][0]
    assert (line.number, line.due) == (case.number, date(2022, 5, 6)) and "4,215.00" in line.title
    assert "instalments_overdue" not in found(house.clerk)


def test_the_aid_case_says_that_assistance_was_stopped(house, case, signed_in):
    later = house.case(settlements=[settlement("S3", "2022-03-20", "30000.00", "4000.00")])
    page = signed_in(house.clerk).get(reverse("case", args=[later.number])).content.decode()
    assert case.number in page


def test_the_pages_of_a_recovery_open_in_every_state(house, signed_in, frozen):
    case = house.open(house.paid())
    browser, page = signed_in(house.county), reverse("case", args=[case.number])
    assert browser.get(page).status_code == 200
    house.decided(case, frozen)
    perform(case.pk, "hand_over", house.approver, acts.JUSTICE)
    perform(case.pk, "record_sanction", house.county, acts.FINE)
    perform(case.pk, "receive", house.cashier, acts.slip("1.00", "回单1", "2022-04-06"))
    perform(case.pk, "reverse_receipt", house.approver, {"document": "回单1", "reason": "串户"})
    shown = browser.get(page).content.decode()
    assert "18,430.00" in shown and "冷水滩区公安局" in shown and "串户" in shown
    assert browser.get(reverse("case-print", args=[case.number])).status_code == 200


def test_the_books_show_what_is_to_come_back(house, case, signed_in):
    browser, page = signed_in(house.treasurer), reverse("funds-receivables", args=["431103"])
    answer = browser.get(page)
    assert (answer.context["demanded"], answer.context["outstanding"]) == (921_500, 421_500)
    assert case.number in answer.content.decode()
    assert browser.get(page, {"format": "xlsx"}).status_code == 200
    assert case.number not in browser.get(page, {"state": "settled"}).content.decode()
    entry = browser.get(reverse("funds-vouchers", args=["431103"]))
    assert "回单1" in entry.content.decode()


def test_the_desk_counts(house, case, frozen):
    frozen.at(date(2022, 5, 7))
    tile = next(tile for tile in desk.tiles_for(house.cashier) if tile.url == "medical-recoveries")
    assert [figure.value for figure in tile.figures(house.cashier)] == [1, 421_500, 1]


def test_a_recovery_is_opened_from_the_page(house, signed_in):
    aid = house.paid()
    browser, page = signed_in(house.county), reverse("case-open", args=["medical_recovery"])
    wrong = browser.post(page, {"origin": "case", "reference": "?", "suspicion": "x"})
    assert wrong.status_code == 422
    right = browser.post(page, {"origin": "case", "reference": aid.number, "suspicion": "群众反映"})
    assert right.status_code == 302
    assert signed_in(house.clerk).post(
        page, {"origin": "case", "reference": aid.number, "suspicion": "x"}
    ).status_code in {403, 422}
