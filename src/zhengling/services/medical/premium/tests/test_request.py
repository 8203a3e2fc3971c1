"""The yearly request: opened by the calendar, drawn until it is filed, frozen, reviewed by finance, paid to the fund."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhengling.kernel.casework.errors import ActRefused, NotYours
from zhengling.kernel.casework.models import Case, TimeLimit
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.funds.models import Account, Payable
from zhengling.kernel.law.operations import approve_change, propose_change
from zhengling.kernel.law.queries import parameters_for
from zhengling.services.medical.premium import operations, roster, schedule
from zhengling.services.medical.premium.models import Request, Subsidy
from zhengling.services.medical.premium.tests.world import AFTER, PERIOD_END, build, terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(city, officer, frozen):
    frozen.at(AFTER)
    return build(city, officer)


def amounts(case: Case) -> dict:
    return {line.person_id: line.amount for line in case.premium_request.lines.all()}


def test_opened_on_the_day_after_the_period_and_due_in_one_month(world, frozen):
    one, half = world.marked("extreme_poverty"), world.marked("minimum_living")
    frozen.at(PERIOD_END)
    assert schedule.keep_requests() == []
    frozen.at(AFTER)
    case = world.request()
    assert amounts(case) == {one.pk: 32_000, half.pk: 16_000}
    limit = TimeLimit.objects.get(case=case)
    # Article 21: within one month after the period, which ended on 28 February 2022.
    assert (limit.name, limit.due, limit.statutory) == ("request", date(2022, 3, 28), True)
    assert case.tasks.get().role == "reviewer"
    assert schedule.keep_requests() == []


def test_a_worker_that_slept_still_counts_from_the_end_of_the_period(world, frozen):
    world.marked("orphan")
    frozen.at(date(2022, 4, 20))
    assert TimeLimit.objects.get(case=world.request()).due == date(2022, 3, 28)


def test_only_where_somebody_is_entitled(world):
    world.marked("orphan", village="other_village")
    assert [case.place for case in schedule.keep_requests()] == [world.city.other_county]


def test_who_is_on_the_roster(world):
    """Class 1 and severe disability whole, other class 2 half, each person once; late and dead persons not."""
    kinds = ["extreme_poverty", "orphan", "unattended_child", "severe_disability"]
    whole = [world.marked(kind) for kind in kinds]
    half = [world.marked(kind) for kind in ("minimum_living", "marginal", "monitored")]
    both = world.marked("minimum_living")
    world.marked("severe_disability", person=both)
    world.marked("orphan", since=AFTER)
    world.marked("orphan", deceased_on=date(2022, 1, 5))
    world.person()
    case = world.request()
    expected = dict.fromkeys([p.pk for p in [*whole, both]], 32_000) | {p.pk: 16_000 for p in half}
    assert amounts(case) == expected
    event = case.events.get(act="open")
    assert event.payload.data["total"] == 5 * 32_000 + 3 * 16_000
    assert event.payload.data["persons"] == 8
    assert event.payload.data["groups"] == {
        "class_1": [3, 96_000],
        "severe_disability": [2, 64_000],
        "other_class_2": [3, 48_000],
    }


def test_drawn_anew_until_filed_and_only_when_something_changed(world, frozen):
    world.marked("orphan")
    case = world.request()
    frozen.at(AFTER + timedelta(1))
    schedule.keep_requests()
    assert case.events.count() == 1
    late = world.marked("minimum_living")
    schedule.keep_requests()
    assert late.pk in amounts(case) and case.events.get(act="redraw").actor_name == "system"


def test_from_the_department_to_the_fund(world):
    world.marked("extreme_poverty")
    world.marked("monitored")
    world.money(1_000, "welfare_lottery")
    case = world.granted("welfare_lottery")
    payable = Payable.objects.get()
    assert (payable.amount, payable.organisation, payable.person) == (48_000, world.city.fund, None)
    assert (payable.source, payable.expense, payable.citation) == (
        "welfare_lottery",
        "expense.premium",
        "YZCR-2021-01016/21",
    )
    world.pay(case)
    case.refresh_from_db()
    assert case.stage == "paid" and case.closed_at is not None
    account = Account.objects.get(
        ledger=world.city.county.pk, key="expense.premium", source="welfare_lottery"
    )
    balance = account.balances.get(year=2022)
    assert (balance.debit, balance.credit) == (48_000, 0)
    assert TimeLimit.objects.get(case=case, name="request").state == "met"


def test_the_frozen_roster_does_not_move_and_the_missing_go_to_a_supplement(world, frozen):
    first = world.marked("orphan")
    case = world.filed()
    request = case.premium_request
    assert request.digest == roster.roster_digest(request, request.lines.all()) and request.frozen_at
    forgotten = world.marked("minimum_living")
    frozen.at(date(2022, 3, 9))
    (supplement,) = schedule.keep_requests()
    assert amounts(case) == {first.pk: 32_000} and amounts(supplement) == {forgotten.pk: 16_000}
    assert (supplement.procedure, supplement.premium_request.number) == ("premium_supplement", 1)
    limit = TimeLimit.objects.get(case=supplement)
    # Internal: 10 working days from 9 March 2022 (a Wednesday) end on Wednesday 23 March.
    assert (limit.due, limit.statutory) == (date(2022, 3, 23), False)
    assert schedule.keep_requests() == []


def test_what_was_handed_up_is_what_is_filed(world):
    world.marked("orphan")
    case = world.request()
    perform(case.pk, "submit", world.reviewer, {})
    world.marked("orphan")
    with pytest.raises(ActRefused):
        perform(case.pk, "file", world.approver, {})
    perform(case.pk, "return_to_roster", world.approver, {"reason": "名册有变化"})
    perform(case.pk, "submit", world.reviewer, {})
    perform(case.pk, "file", world.approver, {})
    assert len(amounts(case)) == 2


def test_finance_sends_back_and_the_roster_moves_again(world):
    world.marked("orphan")
    case = world.filed()
    perform(case.pk, "send_back", world.treasurer, {"reason": "请核对身份"})
    request = Request.objects.get()
    assert (request.digest, request.frozen_at) == ("", None)
    assert not Payable.objects.exists()
    perform(case.pk, "submit", world.reviewer, {})
    perform(case.pk, "file", world.approver, {})
    perform(case.pk, "grant", world.treasurer, {"source": "budget"})
    assert Payable.objects.get().amount == 32_000


def test_a_roster_that_was_tampered_with_is_not_paid(world):
    world.marked("minimum_living")
    case = world.filed()
    Subsidy.objects.update(amount=32_000)
    with pytest.raises(ActRefused):
        perform(case.pk, "grant", world.treasurer, {"source": "budget"})
    assert not Payable.objects.exists()


def test_a_city_without_a_fund_pays_nobody(world):
    world.marked("orphan")
    case = world.filed()
    world.city.fund.kind = "other"
    world.city.fund.save()
    with pytest.raises(ActRefused):
        perform(case.pk, "grant", world.treasurer, {"source": "budget"})


def test_a_second_person_files(world, officer):
    world.marked("orphan")
    both = officer("reviewer", world.city.county_mib, ("approver", world.city.county_mib))
    case = world.request()
    perform(case.pk, "submit", both, {})
    with pytest.raises(NotYours):
        perform(case.pk, "file", both, {})


def test_nobody_is_not_asked_for(world):
    person = world.marked("orphan")
    case = world.request()
    person.medical_identities.update(valid_from=AFTER)
    perform(case.pk, "redraw", world.reviewer, {})
    with pytest.raises(ActRefused):
        perform(case.pk, "submit", world.reviewer, {})


def test_the_list_decides_who_is_paid_for(world):
    """Enrolled at the right rate: to the fund. Not enrolled, wrong rate, twice: not before it is cleared. In full: refund."""
    right, absent, wrong, twice, whole = (world.marked("minimum_living") for _ in range(5))
    world.enrolled((right, 16_000), (wrong, 0), (twice, 16_000), (twice, 16_000), (whole, 32_000))
    case = world.request()
    assert amounts(case) == {right.pk: 16_000}
    refund = Subsidy.objects.get(route="refund")
    assert (refund.person, refund.request, refund.refund, refund.amount) == (whole, None, None, 16_000)
    world.enrolled(*((person, 16_000) for person in (right, absent, wrong, twice)))
    schedule.keep_requests()
    assert set(amounts(case)) == {person.pk for person in (right, absent, wrong, twice)}
    # By the newer list the last one is not enrolled at all.
    assert not Subsidy.objects.filter(person=whole).exists()


def test_insured_as_an_employee_is_not_enrolled_as_a_resident(world):
    person = world.marked("orphan")
    world.enrolled((person, 0), insutype="310")
    assert schedule.keep_requests() == []


def test_a_person_who_moved_stands_on_one_roster(world, frozen):
    mover, stays = world.marked("orphan"), world.marked("orphan")
    case = world.request()
    mover.household_register = mover.residence = world.city.other_village
    mover.save()
    for day in (2, 3, 4):
        frozen.at(date(2022, 3, day))
        schedule.keep_requests()
    assert set(amounts(case)) == {stays.pk}
    assert Subsidy.objects.get(person=mover).county == world.city.other_county


def test_an_identity_that_ends_later_takes_nothing_back(world, frozen):
    person = world.marked("minimum_living")
    case = world.granted()
    person.medical_identities.update(valid_to=date(2022, 3, 5))
    frozen.at(date(2022, 3, 20))
    assert schedule.keep_requests() == []
    assert Payable.objects.get(origin_id=str(case.pk)).state == "open"


def test_drawing_costs_the_same_number_of_queries_for_many(world):
    for _ in range(3):
        world.marked("orphan")
    with CaptureQueriesContext(connection) as few:
        roster.claims(world.city.county, terms())
    for _ in range(10):
        world.marked("minimum_living")
    with CaptureQueriesContext(connection) as many:
        assert len(roster.claims(world.city.county, terms())) == 13
    assert len(few) == len(many)


def test_a_request_sent_back_beside_a_supplement_keeps_its_persons(world, frozen):
    first = world.marked("orphan")
    case = world.filed()
    second = world.marked("orphan")
    frozen.at(date(2022, 3, 2))
    (supplement,) = schedule.keep_requests()
    perform(case.pk, "send_back", world.treasurer, {"reason": "请核对"})
    events = case.events.count()
    frozen.at(date(2022, 3, 3))
    schedule.keep_requests()
    assert case.events.count() == events
    assert set(amounts(case)) == {first.pk} and set(amounts(supplement)) == {second.pk}


def test_the_payee_is_the_fund(world):
    assert operations.insurance_fund() == world.city.fund


def test_a_class_moved_by_a_reform_moves_the_subsidy(world, frozen):
    """Half of 320.00 for class 2; from the year in which the margin counts as class 1, the whole."""
    person = world.marked("marginal")
    assert roster.claim_of(person, terms())[1].amount == 16_000
    frozen.at(date(2022, 1, 1))
    classes = {**parameters_for("medical").value("class_of_identity", date(2022, 1, 1)), "marginal": 1}
    change = propose_change(
        service="medical",
        name="class_of_identity",
        value=classes,
        valid_from=date(2022, 1, 1),
        citation="5(1)",
        reason="永政办发〔2022〕1号",
        proposed_by="a",
    )
    approve_change(change.pk, approved_by="b")
    frozen.at(AFTER)
    assert roster.claim_of(person, terms())[1].amount == 32_000
