"""Several at once, on either database: one subsidy a person and year, one request a county, one roster filed."""

from __future__ import annotations

import pytest

from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.funds.models import Payable
from zhengling.kernel.tests.together import at_once
from zhengling.services.medical.premium import refunds, schedule
from zhengling.services.medical.premium.models import Refund, Request, Subsidy
from zhengling.services.medical.premium.tests.world import AFTER, build

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db_sensitive]


@pytest.fixture
def world(city, officer, frozen):
    frozen.at(AFTER)
    return build(city, officer)


def failures(results: list) -> list:
    found = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(error, CaseworkError) for error in found), found
    return found


def test_two_workers_open_one_request(world):
    world.marked("orphan")
    results = at_once(*(schedule.keep_requests for _ in range(3)))
    assert not [result for result in results if isinstance(result, Exception)], results
    assert Request.objects.count() == Case.objects.count() == Subsidy.objects.count() == 1


def test_refund_approved_while_the_roster_is_filed(world):
    """One officer approves the refund while another files the roster that holds the same person: paid once, one way."""
    person, other = world.marked("orphan"), world.marked("orphan")
    request = world.request()
    perform(request.pk, "submit", world.reviewer, {})
    refund = world.proposed(person)
    # As if the refund had been asked for in the moment of filing: the roster does not know of it.
    Refund.objects.update(running=False)
    failures(
        at_once(
            lambda: perform(request.pk, "file", world.approver, {}),
            lambda: perform(refund.pk, "approve", world.approver, {}),
        )
    )
    row = Subsidy.objects.get(person=person)
    refunded = Payable.objects.filter(person=person).exists()
    assert refunded == (row.route == "refund")
    request.refresh_from_db()
    if request.stage == "finance":
        perform(request.pk, "grant", world.treasurer, {"source": "budget"})
        to_fund = Payable.objects.get(organisation=world.city.fund).amount
        assert to_fund == (32_000 if refunded else 64_000)
    assert Subsidy.objects.filter(person=other).count() == 1


def test_two_approvers_of_one_refund(world, officer):
    second = officer("approver", world.city.county_mib)
    case = world.proposed(world.marked("orphan"))
    results = at_once(
        lambda: perform(case.pk, "approve", world.approver, {}),
        lambda: perform(case.pk, "approve", second, {}),
    )
    assert len(failures(results)) == 1
    assert Payable.objects.count() == Subsidy.objects.count() == 1


def test_two_refunds_of_one_person(world):
    person = world.marked("orphan")
    form = world.form(person)
    results = at_once(*(lambda: refunds.apply(world.cadre, form) for _ in range(3)))
    assert len(failures(results)) == 2
    assert Refund.objects.count() == Case.objects.count() == 1


def test_two_refund_cases_approved_at_once(world):
    """Whatever let a second case exist, the year has one subsidy and one payable."""
    person = world.marked("orphan")
    cases = []
    for _ in range(2):
        cases.append(world.proposed(person))
        Refund.objects.update(running=False)
    results = at_once(*(lambda pk=case.pk: perform(pk, "approve", world.approver, {}) for case in cases))
    assert len(failures(results)) == 1
    assert Payable.objects.count() == Subsidy.objects.count() == 1
