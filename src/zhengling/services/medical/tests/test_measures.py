"""What the quarterly return counts, worked by hand."""

from __future__ import annotations

import pytest
from django.conf import settings

from zhengling.kernel.returns import measures, operations
from zhengling.kernel.returns.loading import load_forms
from zhengling.kernel.returns.models import Return, ReturnForm
from zhengling.kernel.returns.periods import Period
from zhengling.services.medical.tests.test_case import pay
from zhengling.services.medical.tests.world import build, settlement

pytestmark = pytest.mark.django_db
QUARTER = Period.parse("2022Q1")


@pytest.fixture
def world(city, officer, frozen):
    return build(city, officer)


def counted(name, unit, period=QUARTER, **arguments):
    return measures.measure(f"medical.{name}", unit, period, arguments)


def test_persons_times_and_money_of_a_quarter(world):
    """Class 3, two stays of ￥24,430.00 and ￥1,000.00 self-paid: (25,430 − 6,000) × 50 % = ￥9,715.00."""
    stays = [
        settlement("S1", "2022-01-14", "71250.00", "46820.00"),
        settlement("S2", "2022-02-20", "3000.00", "2000.00"),
    ]
    case = world.case(settlements=stays)
    world.to_payment(case)
    township = world.city.township
    for benefit in ("inpatient", ""):
        assert counted("persons", township, assistance_class=3, benefit=benefit).value == 1
        assert counted("person_times", township, assistance_class=3, benefit=benefit).value == 2
        assert counted("amount", township, assistance_class=3, benefit=benefit).value == 9_715_00
    assert counted("amount", township, assistance_class=3).case_ids == (case.pk,)
    assert counted("amount", township, assistance_class=2).value == 0
    assert counted("amount", township, assistance_class=3, benefit="major_outpatient").value == 0
    assert counted("amount", world.city.other_township, assistance_class=3).value == 0
    assert counted("amount", township, QUARTER.before, assistance_class=3).value == 0
    assert counted("amount", world.city.city, assistance_class=3).value == 9_715_00


def test_what_is_below_the_deductible_assists_nobody(world):
    case = world.case(settlements=[settlement("S1", "2022-01-14", "9000.00", "5000.00")])
    world.to_county(case)
    assert counted("persons", world.city.township, assistance_class=3).value == 0


def test_the_citys_form_fills_in_a_whole_case(world, officer):
    case = world.case()
    world.to_payment(case)
    pay(world, case)
    load_forms(settings.CITY / "returns")
    operations.open_period("medical_assistance", QUARTER)
    row = Return.objects.get(unit=world.city.township)
    figures = operations.compute(row.pk, world.clerk).figures
    assert figures["assistance.class_3.inpatient_amount"] == figures["assistance.total.amount"] == 9_215_00
    assert figures["cases.aid.received"] == figures["cases.aid.granted"] == 1
    assert figures["limits.township_review.rate"] == figures["limits.payment.rate"] == 100_00
    assert figures["limits.total.ended"] == 3
    assert figures["paid.paid.budget"] == figures["paid.paid.total"] == 9_215_00


def test_every_measure_the_form_names_is_supplied(db, frozen):
    load_forms(settings.CITY / "returns")
    for form in ReturnForm.objects.all():
        assert form.declaration.measures() <= measures.known()
