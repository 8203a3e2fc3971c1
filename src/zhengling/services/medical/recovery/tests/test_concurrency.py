"""Several at once on a recovery, on either database: one slip, one decision, one demand of a grant."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.funds import verify
from zhengling.kernel.funds.models import Ledger, Receivable, Repayment
from zhengling.kernel.tests.together import at_once
from zhengling.services.medical.models import BenefitYear, Decision
from zhengling.services.medical.recovery.models import Item
from zhengling.services.medical.recovery.tests import acts
from zhengling.services.medical.recovery.tests.acts import build

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db_sensitive]


@pytest.fixture
def house(city, officer, frozen):
    return build(city, officer)


def refusals(results) -> list[object]:
    failed = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(result, CaseworkError) for result in failed), failed
    return failed


def test_two_cashiers_book_one_slip_once(house, officer, frozen):
    case = house.decided(house.open(house.paid()), frozen)
    second = officer("cashier", house.city.county_mib)
    slip = acts.slip("5000.00", "回单1", "2022-04-06")
    results = at_once(
        *(lambda by=by: perform(case.pk, "receive", by, slip) for by in (house.cashier, second))
    )
    assert len(refusals(results)) == 1
    assert Repayment.objects.count() == 1 and Receivable.objects.get().received == 500_000
    assert list(verify.problems(Ledger.objects.get(unit=house.city.county))) == []


def test_two_recoveries_of_one_grant_demand_it_once(house, frozen):
    """One from the case, one from a report that names the same settlement: the grant is undone and demanded once."""
    aid = house.paid()
    first, second = house.open(aid), house.report()
    acts.find(house, first)
    acts.find(house, second, settlements=[{"setl_id": "S1"}])
    for case in (first, second):
        perform(case.pk, "notify", house.county, {})
    frozen.at(date(2022, 4, 6))
    for case in (first, second):
        perform(case.pk, "propose", house.county, {"opinion": "追回"})
    results = at_once(
        *(lambda pk=case.pk: perform(pk, "decide", house.approver, {}) for case in (first, second))
    )
    assert len(refusals(results)) == 1, results
    assert Receivable.objects.get().amount == 921_500
    assert Item.objects.filter(demanded=True).count() == 1
    assert Decision.objects.exclude(reverses=None).count() == 1
    assert BenefitYear.objects.get().inpatient_paid == 0
    assert sorted(Case.objects.filter(procedure="medical_recovery").values_list("stage", flat=True)) == [
        "proposed",
        "recovering",
    ]
