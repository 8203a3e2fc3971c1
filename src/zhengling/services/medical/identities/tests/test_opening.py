"""The opening load: signed by a second person, begun on a day, carried into the year and the books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from conftest import City, Officer
from django.test import Client

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.errors import InvalidData
from zhengling.kernel.exchange import operations
from zhengling.kernel.exchange.declaration import find
from zhengling.kernel.exchange.errors import ExchangeError
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.funds import chart
from zhengling.kernel.funds.ledger import available
from zhengling.kernel.funds.models import Ledger, Payable
from zhengling.kernel.funds.verify import problems
from zhengling.kernel.people.queries import find_by_id_number
from zhengling.services.medical import decisions
from zhengling.services.medical.identities import opening
from zhengling.services.medical.identities.models import ClassChange, PaperCase
from zhengling.services.medical.identities.tests.numbers import number
from zhengling.services.medical.models import BenefitYear, Identity
from zhengling.services.medical.tests import world
from zhengling.services.medical.tests.desk import ID_NUMBER, NAME, marked, open_desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

BEGINS = date(2022, 2, 1)


@pytest.fixture
def reviewer(city: City, officer: Officer) -> Actor:
    chart.load(chart.current_chart())
    return officer("reviewer", city.county_mib)


@pytest.fixture
def approver(city: City, officer: Officer) -> Actor:
    return officer("approver", city.county_mib)


def load(reviewer: Actor, approver: Actor, city: City, name: str, content: str, **declared: int) -> Exchange:
    row = operations.receive(
        reviewer,
        find(f"medical.opening.{name}"),
        city.county,
        name="o.csv",
        content=content.encode(),
        declared=declared,
    )
    operations.take_over(approver, row.pk)
    operations.work_off()
    row.refresh_from_db()
    assert row.state == "applied", row.fault
    return row


def test_nothing_is_loaded_before_the_first_day_is_said(reviewer: Actor, approver: Actor, city: City) -> None:
    persons = f"psn_name,certno,village\n某1,{number(1)},仁山村"
    with pytest.raises(ExchangeError):
        load(reviewer, approver, city, "persons", persons, rows=1)
    with pytest.raises(ExchangeError):
        opening.commence(reviewer, city.county, BEGINS)
    opening.commence(approver, city.county, BEGINS)
    load(reviewer, approver, city, "persons", persons, rows=1)
    person = find_by_id_number(number(1))
    assert person is not None and person.residence == city.village
    # What is loaded is as of that day: it stands.
    with pytest.raises(ExchangeError):
        opening.commence(approver, city.county, date(2022, 3, 1))


def test_marks_are_loaded_as_they_were_and_overlaps_are_told(
    reviewer: Actor, approver: Actor, city: City
) -> None:
    opening.commence(approver, city.county, BEGINS)
    load(
        reviewer, approver, city, "marks",
        "psn_name,certno,category,begntime,endtime,source\n"
        f"某1,{number(1)},孤儿,2020-01-01,2021-12-31,民政局\n"
        f"某1,{number(1)},孤儿,2022-01-01,,民政局\n"
        f"某1,{number(1)},孤儿,2021-06-01,,民政局\n"
        f"某2,{number(2)},重度残疾人（二级）,2020-01-01,,残联",
        rows=4,
    )  # fmt: skip
    assert Identity.objects.count() == 3 and Identity.objects.get(kind="severe_disability").detail == "2"
    assert Difference.objects.get().kind == "held"
    # They were marked before: no class has changed.
    assert not ClassChange.objects.exists()


def test_the_year_goes_on_from_what_it_came_to(reviewer: Actor, approver: Actor, city: City) -> None:
    """Class 2, 30,000 yuan of inpatient cost before the first day, 20,160 paid: the next 10,000 pay 70 % whole."""
    opening.commence(approver, city.county, BEGINS)
    heading = (
        "psn_name,certno,year,inpatient_cost,major_cost,inpatient_paid,special_cost,special_paid,was_class_3"
    )
    content = f"{heading}\n某1,{number(1)},2022,30000.00,0,20160.00,0,0,否"
    sums = {"major_cost": 0, "special_cost": 0, "special_paid": 0}
    with pytest.raises(ExchangeError):
        load(
            reviewer,
            approver,
            city,
            "years",
            content,
            rows=1,
            inpatient_cost=3000000,
            inpatient_paid=1,
            **sums,
        )
    Exchange.objects.update(state="dropped")
    totals = {"rows": 1, "inpatient_cost": 3_000_000, "inpatient_paid": 2_016_000, **sums}
    load(reviewer, approver, city, "years", content, **totals)
    year = BenefitYear.objects.get()
    assert (year.inpatient_cost, year.inpatient_paid, year.was_class_3) == (3_000_000, 2_016_000, False)
    load(reviewer, approver, city, "years", content + "\n", **totals)
    assert Difference.objects.get().kind == "begun"
    year.refresh_from_db()
    assert year.inpatient_cost == 3_000_000
    assert list(decisions.problems()) == []


def test_what_was_carried_in_stays_through_settling_and_undoing(
    reviewer: Actor, approver: Actor, city: City
) -> None:
    """Class 2 with 30,000.00 carried in, once of class 3: 10,000.00 more pays 7,000.00; undone, the year is as it came."""
    opening.commence(approver, city.county, BEGINS)
    hospital = open_desk(city)
    person = marked(approver, "minimum_living")
    content = (
        "psn_name,certno,year,inpatient_cost,major_cost,inpatient_paid,special_cost,special_paid,was_class_3\n"
        f"{NAME},{ID_NUMBER},2022,30000.00,0,20160.00,0,0,是"
    )
    sums = {"major_cost": 0, "special_cost": 0, "special_paid": 0}
    load(
        reviewer, approver, city, "years", content, rows=1, inpatient_cost=3_000_000, inpatient_paid=2_016_000, **sums
    )  # fmt: skip
    assert hospital.settle("S1", "10000")["maf_pay"] == "7000.00"
    assert list(decisions.problems()) == []
    hospital.reverse("S1")
    year = BenefitYear.objects.get(person=person)
    assert decisions.account_of(year) == (3_000_000, 0, 2_016_000, 0, 0, 1)
    assert list(decisions.problems()) == []


def test_balances_open_the_books(reviewer: Actor, approver: Actor, city: City) -> None:
    opening.commence(approver, city.county, BEGINS)
    content = "source,balance\n财政预算,1234567.89\n福彩公益金,0"
    load(reviewer, approver, city, "balances", content, rows=2, balance=123_456_789)
    ledger = Ledger.objects.get(unit=city.county)
    assert available(ledger, "budget") == 123_456_789 and available(ledger, "welfare_lottery") == 0
    assert list(problems(ledger)) == []


def test_a_settlement_before_the_first_day_is_not_settled_again(
    city: City, officer: Officer, approver: Actor
) -> None:
    house = world.build(city, officer)
    opening.commence(approver, city.county, BEGINS)
    with pytest.raises(InvalidData):
        house.case()
    late = [world.settlement("S2", "2022-02-01", "71250.00", "46820.00")]
    assert house.case(settlements=late).number


def test_a_case_on_paper_ends_in_the_year_and_in_the_books(
    reviewer: Actor, approver: Actor, city: City, signed_in: Callable[[Actor], Client]
) -> None:
    opening.commence(approver, city.county, BEGINS)
    content = f"number,psn_name,certno,filed_on,stage\nZZ-7,某1,{number(1)},2022-01-20,县级审核"
    load(reviewer, approver, city, "cases", content, rows=1)
    row = PaperCase.objects.get()
    client = signed_in(reviewer)
    assert "ZZ-7" in client.get("/medical/identities/paper/").content.decode()
    url = f"/medical/identities/paper/{row.pk}/close/"
    client.post(url, {"closed_on": "2022-03-01", "granted": "yes"})
    row.refresh_from_db()
    assert row.closed_on is None
    data = {
        "closed_on": "2022-03-01",
        "granted": "yes",
        "benefit": "inpatient",
        "cost": "16000",
        "amount": "5000",
    }
    assert client.post(url, data).status_code == 302
    year = BenefitYear.objects.get(person=row.person, year=2022)
    assert (year.inpatient_cost, year.inpatient_paid, year.was_class_3) == (1_600_000, 500_000, True)
    assert list(decisions.problems()) == []
    payable = Payable.objects.get()
    assert (payable.amount, payable.reference, payable.state) == (500_000, "ZZ-7", "open")
    assert client.post(url, data).status_code == 409
    assert Payable.objects.count() == 1


def test_the_approver_sets_the_first_day_on_the_page_and_sees_what_was_signed(
    reviewer: Actor, approver: Actor, city: City, signed_in: Callable[[Actor], Client]
) -> None:
    url = "/medical/identities/opening/431103/"
    assert signed_in(reviewer).post(url, {"begins_on": "2022-02-01"}).status_code == 409
    assert signed_in(approver).post(url, {"begins_on": "2022-02-01"}).status_code == 302
    load(reviewer, approver, city, "persons", f"psn_name,certno,village\n某1,{number(1)},仁山村", rows=1)
    page = signed_in(approver).get(url).content.decode()
    assert "2022年2月1日" in page and approver.name in page and "一致" in page
    assert "1 / 5" in signed_in(approver).get("/medical/identities/opening/").content.decode()
