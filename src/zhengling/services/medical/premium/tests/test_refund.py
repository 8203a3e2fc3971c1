"""The refund: who had paid the whole premium is given the subsidised part back, once, on one way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.documents.models import Letter
from zhengling.kernel.funds.models import Payable
from zhengling.services.medical.premium import refunds, roster, schedule
from zhengling.services.medical.premium.models import Subsidy
from zhengling.services.medical.premium.tests.world import AFTER, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(city, officer, frozen):
    frozen.at(AFTER)
    return build(city, officer)


@pytest.mark.parametrize(("kind", "fen"), [("orphan", 32_000), ("marginal", 16_000)])
def test_from_the_cadre_to_the_bank_account(world, kind, fen):
    person = world.marked(kind, since=date(2021, 12, 1))
    case = world.proposed(person)
    perform(case.pk, "approve", world.approver, {})
    payable = Payable.objects.get()
    assert (payable.amount, payable.person, payable.organisation) == (fen, person, None)
    assert (payable.expense, payable.reference) == ("expense.premium", case.number)
    row = Subsidy.objects.get()
    assert (row.route, row.refund, row.amount, row.request) == ("refund", case, fen, None)
    world.money(500)
    world.pay(case)
    case.refresh_from_db()
    assert case.stage == "paid"
    assert Letter.objects.get(case=case).kind == "approval"


def test_a_person_on_the_roster_leaves_it_for_the_refund(world):
    person = world.marked("orphan")
    other = world.marked("orphan")
    request = world.request()
    assert request.premium_request.lines.count() == 2
    case = world.proposed(person)
    perform(case.pk, "approve", world.approver, {})
    perform(request.pk, "submit", world.reviewer, {})
    perform(request.pk, "file", world.approver, {})
    assert request.premium_request.lines.get().person == other
    assert Subsidy.objects.filter(person=person).count() == 1


def test_nobody_is_subsidised_twice(world):
    """Filed to the fund first: the refund is refused. Refunded first: no roster takes the person up."""
    through_fund, refunded = world.marked("orphan"), world.marked("orphan")
    case = world.proposed(refunded)
    perform(case.pk, "approve", world.approver, {})
    request = world.filed()
    assert request.premium_request.lines.get().person == through_fund
    second = world.proposed(through_fund)
    with pytest.raises(ActRefused):
        perform(second.pk, "approve", world.approver, {})
    assert schedule.keep_requests() == []
    with pytest.raises(ActRefused):
        world.refund(refunded)
    assert Payable.objects.count() == 1


def test_a_refund_that_came_to_nothing_may_be_asked_again(world):
    person = world.marked("orphan")
    first = world.refund(person)
    assert schedule.keep_requests() == []  # whoever asks the money back is on no roster meanwhile
    perform(first.pk, "withdraw", world.cadre, {"reason": "填错"})
    case = world.request()
    assert case.premium_request.lines.get().person == person
    assert world.refund(person).stage == "filed"


@pytest.mark.parametrize(
    ("kind", "since", "paid"),
    [
        ("orphan", AFTER, "320.00"),  # recognised after the period (article 9)
        ("marginal", date(2021, 1, 1), "160.00"),  # paid the own half only
        ("marginal", date(2021, 1, 1), "0.01"),
        (None, None, "320.00"),  # without an identity
    ],
)
def test_nothing_is_due(world, kind, since, paid):
    person = world.marked(kind, since=since) if kind else world.person()
    case = world.refund(person, paid_amount=paid)
    with pytest.raises(ActRefused):
        perform(case.pk, "propose", world.reviewer, {"proposal": "approve"})
    perform(case.pk, "propose", world.reviewer, {"proposal": "refuse", "proposal_reason": "不符合条件"})
    with pytest.raises(ActRefused):
        perform(case.pk, "approve", world.approver, {})
    perform(case.pk, "refuse", world.approver, {"reasons": "认定日期在集中缴费期之后"})
    assert Letter.objects.get(case=case).kind == "refusal"
    assert not Payable.objects.exists() and not Subsidy.objects.exists()


def test_the_other_reading_refunds_nobody(world, monkeypatch):
    terms = replace(roster.terms_for(2022), refunds=False)
    monkeypatch.setattr(roster, "terms_for", lambda _year: terms)
    case = world.refund(world.marked("orphan"))
    with pytest.raises(ActRefused):
        perform(case.pk, "propose", world.reviewer, {"proposal": "approve"})


def test_the_claim_may_not_move_between_proposal_and_approval(world):
    person = world.marked("marginal")
    case = world.proposed(person)
    world.marked("severe_disability", person=person)
    with pytest.raises(ActRefused):
        perform(case.pk, "approve", world.approver, {})
    perform(case.pk, "return_to_review", world.approver, {"reason": "身份有变化"})
    perform(case.pk, "propose", world.reviewer, {"proposal": "approve"})
    perform(case.pk, "approve", world.approver, {})
    assert Payable.objects.get().amount == 32_000


def test_a_second_person_decides(world, officer):
    both = officer("reviewer", world.city.county_mib, ("approver", world.city.county_mib))
    case = world.refund(world.marked("orphan"))
    perform(case.pk, "propose", both, {"proposal": "approve"})
    with pytest.raises(NotYours):
        perform(case.pk, "approve", both, {})


def test_without_an_account_nothing_is_paid(world):
    person = world.marked("orphan", account="")
    case = world.proposed(person)
    with pytest.raises(ActRefused):
        perform(case.pk, "approve", world.approver, {})
    perform(case.pk, "return_to_review", world.approver, {"reason": "缺账户"})
    account = {"bank_name": "农商行", "bank_account": "6230901000000000999"}
    perform(case.pk, "name_account", world.reviewer, account)
    with pytest.raises(InvalidData):
        perform(case.pk, "name_account", world.reviewer, account | {"bank_account": "6230901000000000888"})
    perform(case.pk, "propose", world.reviewer, {"proposal": "approve"})
    perform(case.pk, "approve", world.approver, {})
    assert Payable.objects.get().account_mask.endswith("0999")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"year": "2023"}, "year"),
        ({"year": "32767"}, "year"),
        ({"year": "0"}, "year"),
        ({"paid_amount": "0"}, "paid_amount"),
        ({"paid_on": "2022-03-02"}, "paid_on"),
        ({"bank_account": "6230901000000000777"}, "bank_account"),
        ({"name": "李四"}, "id_number"),
    ],
)
def test_what_is_wrong_is_named(world, changes, field):
    person = world.marked("orphan")
    with pytest.raises(InvalidData) as caught:
        world.refund(person, **changes)
    assert set(caught.value.errors) == {field}
    assert not Case.objects.exists()


def test_a_resident_asks_for_himself_only(world, resident):
    own, other = world.marked("orphan"), world.marked("orphan")
    own.account = resident.user
    own.save()
    assert refunds.apply(resident, world.form(own)).applicant == resident.user
    with pytest.raises(InvalidData):
        refunds.apply(resident, world.form(other))


def test_opened_from_the_roster(world):
    person = world.marked("orphan")
    world.enrolled((person, 32_000))
    other = world.marked("orphan")
    world.enrolled((person, 32_000), (other, 0))
    world.request()
    due = Subsidy.objects.get(route="refund")
    case = refunds.open_for(due, world.reviewer)
    assert (case.subject, case.premium_refund.paid_amount) == (person, 32_000)
    assert case.premium_refund.paid_on == date(2021, 10, 1)
    with pytest.raises(ActRefused):
        refunds.open_for(due, world.reviewer)
    with pytest.raises(NotYours):
        refunds.open_for(due, Actor(user=world.treasurer.user))
    perform(case.pk, "propose", world.reviewer, {"proposal": "approve"})
    perform(case.pk, "approve", world.approver, {})
    assert Subsidy.objects.get(person=person).refund == case


def test_its_limits_are_internal(world):
    case = world.refund(world.marked("orphan"))
    assert [(row.name, row.statutory) for row in case.limits.all()] == [("refund", False)]
