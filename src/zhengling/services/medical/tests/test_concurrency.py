"""Several at once, on either database: one year, one settlement, one list, and one of two officers on a case."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.casework import chain
from zhengling.kernel.casework.errors import ActRefused, CaseworkError, InvalidData, StaleCase
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.funds.models import Payable
from zhengling.kernel.tests.together import at_once
from zhengling.services.medical import operations, publicity
from zhengling.services.medical.models import BenefitYear, Decision, PublicItem, PublicList, Settlement
from zhengling.services.medical.tests.world import build, settlement

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db_sensitive]


@pytest.fixture
def world(city, officer, frozen):
    return build(city, officer)


def test_two_officers_who_saw_the_same_version(world, officer):
    second = officer("clerk", world.city.township)
    case = world.case()
    version = Case.objects.get(pk=case.pk).version
    results = at_once(
        lambda: perform(case.pk, "accept", world.clerk, {}, version=version),
        lambda: perform(case.pk, "accept", second, {}, version=version),
    )
    failed = [result for result in results if isinstance(result, Exception)]
    assert len(failed) == 1 and isinstance(failed[0], StaleCase | ActRefused)
    case = Case.objects.get(pk=case.pk)
    assert case.events.filter(act="accept").count() == 1 and list(chain.problems(case)) == []


def test_two_applications_of_one_person_approved_at_once(world):
    """The deductible is taken once: whoever comes second is told that the year has moved, and nothing is overpaid."""
    cases = [
        world.case(),
        world.case(settlements=[settlement("S9", "2022-03-20", "30000.00", "10000.00")]),
    ]
    for case in cases:
        perform(case.pk, "accept", world.clerk, {})
    for case in cases:
        world.accepted_to_county(case)
        perform(case.pk, "propose", world.county, {"proposal": "approve"})
    results = at_once(*(lambda pk=case.pk: perform(pk, "approve", world.approver, {}) for case in cases))
    assert sum(isinstance(result, ActRefused) for result in results) == 1, results
    decision, payable, year = Decision.objects.get(), Payable.objects.get(), BenefitYear.objects.get()
    assert (
        year.inpatient_cost == decision.base_amt and year.inpatient_paid == decision.maf_pay == payable.amount
    )


def test_one_settlement_handed_in_twice_at_once(world):
    form = world.form()
    results = at_once(*(lambda: operations.apply(world.cadre, form) for _ in range(4)))
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 3 and all(isinstance(error, InvalidData | CaseworkError) for error in refused), (
        refused
    )
    assert Settlement.objects.count() == Case.objects.count() == 1


def test_two_workers_draw_up_the_same_lists(world, frozen):
    case = world.case()
    world.to_payment(case)
    publicity_day = date(2022, 3, 31)
    frozen.at(publicity_day)
    perform(case.pk, "pay", SYSTEM, {})
    results = at_once(*(publicity.draw_up_lists for _ in range(3)))
    assert not [result for result in results if isinstance(result, Exception)], results
    assert PublicList.objects.count() == PublicItem.objects.count() == 1
    assert Case.objects.filter(procedure="medical_list").count() == 1
