"""Article 24 from the suspicion to the last fen: stop, full demand, instalments, justice, and the year restored."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel.casework import chain
from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.documents.models import Letter
from zhengling.kernel.funds import verify
from zhengling.kernel.funds.errors import FundsError
from zhengling.kernel.funds.ledger import balance
from zhengling.kernel.funds.models import Entry, Ledger, Payable, Receivable
from zhengling.kernel.outbox.delivery import deliver, fan_out
from zhengling.services.medical import decisions, stops
from zhengling.services.medical.models import BenefitYear, Decision
from zhengling.services.medical.recovery.models import Handover, Item, Recovery, Sanction, Stop
from zhengling.services.medical.recovery.tests import acts
from zhengling.services.medical.recovery.tests.acts import House, build
from zhengling.services.medical.tests.world import settlement

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(city, officer, frozen) -> House:
    return build(city, officer)


def stage(case) -> str:
    return Case.objects.get(pk=case.pk).stage


def whole(house) -> bool:
    ledger = Ledger.objects.get(unit=house.city.county)
    return list(verify.problems(ledger)) == []


def standing(house, key, source="budget") -> int:
    return balance(Ledger.objects.get(unit=house.city.county), key, source)


def test_from_the_suspicion_to_the_last_fen(house, frozen):
    """Article 10(3): (24,430.00 - 6,000.00) x 50 % = 9,215.00 was paid; all of it comes back to the budget."""
    aid = house.paid()
    assert standing(house, "bank") == 10_000_000 - 921_500
    case = house.open(aid)
    assert stage(case) == "examination" and case.subject == Case.objects.get(pk=aid.pk).subject
    acts.find(house, case)
    perform(case.pk, "notify", house.county, {})
    perform(case.pk, "hear", house.county, acts.STATEMENT)
    with pytest.raises(ActRefused):  # 28 March + 5 working days: 29, 30, 31, 1, 2 (a working Saturday)
        perform(case.pk, "propose", house.county, {"opinion": "追回"})
    frozen.at(date(2022, 4, 6))
    perform(case.pk, "propose", house.county, {"opinion": "追回"})
    with pytest.raises(NotYours):
        perform(case.pk, "decide", house.county, {})
    perform(case.pk, "decide", house.approver, {})
    assert (stage(case), stage(aid)) == ("recovering", "revoked")
    row = Receivable.objects.get()
    assert (row.amount, row.source, row.citation) == (921_500, "budget", "YZCR-2021-01016/24")
    # From 7 April: 7 and 8 (2), 11 to 15 (7), 18 to 22 (12), Sunday 24 made up (13), 25 to 29 (18), 5 and 6 May (20).
    assert row.instalments.get().due == date(2022, 5, 6)
    letter = Letter.objects.get(kind="recovery_demand")
    assert letter.data["amount"] == 921_500 and letter.data["means"] == "隐瞒"

    perform(case.pk, "receive", house.cashier, acts.slip("5000.00", "回单1", "2022-04-06"))
    assert (stage(case), standing(house, "receivable")) == ("recovering", 421_500)
    with pytest.raises(FundsError):
        perform(case.pk, "receive", house.cashier, acts.slip("4215.01", "回单2", "2022-04-06"))
    perform(case.pk, "receive", house.cashier, acts.slip("4215.00", "回单2", "2022-04-06"))
    assert stage(case) == "recovered"
    assert standing(house, "bank") == 10_000_000 and standing(house, "receivable") == 0
    assert whole(house) and list(chain.problems(Case.objects.get(pk=case.pk))) == []


class TestTheYear:
    def test_is_as_if_nothing_had_been_given(self, house, frozen):
        aid = house.paid()
        before = BenefitYear.objects.get()
        assert (before.inpatient_cost, before.inpatient_paid, before.was_class_3) == (
            2_443_000,
            921_500,
            True,
        )
        house.decided(house.open(aid), frozen)
        year = BenefitYear.objects.get()
        assert decisions.account_of(year) == decisions.replay(year)[0] == (0, 0, 0, 0, 0, 0)
        first, second = Decision.objects.order_by("order")
        assert (second.reverses, second.maf_pay, second.base_amt) == (first, -921_500, -2_443_000)
        assert year.order == 2

    def test_keeps_what_another_case_was_granted(self, house, frozen):
        """The second case was decided on X 24,430.00; undoing the first leaves the second as it stands, to be looked at."""
        first = house.paid()
        second = house.granted(settlements=[settlement("S2", "2022-03-20", "10000.00", "4000.00")])
        assert decisions.account_of(BenefitYear.objects.get()) == (3_043_000, 0, 1_221_500, 0, 0, 1)
        case = house.decided(house.open(first), frozen)
        year = BenefitYear.objects.get()
        assert decisions.account_of(year) == decisions.replay(year)[0] == (600_000, 0, 300_000, 0, 0, 1)
        event = case.events.get(act="decide")
        assert event.payload.data["undone"] == ["S1"] and event.payload.data["later"] == ["S2"]
        assert stage(second) == "payment"

    def test_is_kept_by_the_other_reading(self, house, frozen, monkeypatch):
        from zhengling.services.medical.recovery import operations

        real = operations.parameter
        monkeypatch.setattr(
            operations,
            "parameter",
            lambda name, day: "kept" if name == "recovery_restores_year" else real(name, day),
        )
        house.decided(house.open(house.paid()), frozen)
        assert BenefitYear.objects.get().inpatient_paid == 921_500
        assert Receivable.objects.get().amount == 921_500


class TestTheStop:
    def test_refuses_the_next_grant_on_the_same_ground(self, house, frozen):
        case = house.decided(house.open(house.paid()), frozen)
        stop = stops.standing(case.subject, date(2022, 4, 6), stops.HOUSEHOLD)
        assert [(found.since, found.reference) for found in stop] == [(date(2022, 4, 6), case.number)]
        later = house.proposed(settlements=[settlement("S3", "2022-03-20", "30000.00", "4000.00")])
        with pytest.raises(ActRefused, match=case.number):
            perform(later.pk, "approve", house.approver, {})
        perform(case.pk, "lift_stop", house.approver, {"reason": "已如实申报"})
        perform(later.pk, "approve", house.approver, {})
        with pytest.raises(ActRefused):
            perform(case.pk, "lift_stop", house.approver, {"reason": "再次"})

    def test_of_another_ground_does_not(self, house, frozen):
        house.decided(house.open(house.paid()), frozen, ground="treatment")
        later = house.proposed(settlements=[settlement("S3", "2022-03-20", "30000.00", "4000.00")])
        perform(later.pk, "approve", house.approver, {})
        assert Stop.objects.get().ground == "treatment"


def test_what_was_not_paid_yet_is_not_paid(house, frozen):
    aid = house.granted()
    case = house.decided(house.open(aid), frozen)
    assert (stage(case), stage(aid), Payable.objects.get().state) == ("stopped", "revoked", "cancelled")
    assert Recovery.objects.get().amount == 0 and not Receivable.objects.exists()
    assert [row.kind for row in Letter.objects.filter(case=case).order_by("created_at")] == [
        "recovery_notice",
        "assistance_stopped",
    ]
    assert whole(house)


def test_one_settlement_of_two_leaves_the_case_its_rest(house, frozen):
    """X 24,430.00 -> 9,215.00, then 4,159.50 x 50 % = 2,079.75: only the second is taken back."""
    bills = [
        settlement("S1", "2022-01-14", "71250.00", "46820.00"),
        settlement("S2", "2022-02-09", "10940.00", "6780.50", "major_outpatient"),
    ]
    aid = house.paid(settlements=bills)
    case = house.decided(house.open(aid, origin="settlement", reference="S2"), frozen)
    assert (Receivable.objects.get().amount, stage(aid), stage(case)) == (207_975, "paid", "recovering")
    year = BenefitYear.objects.get()
    assert decisions.account_of(year) == decisions.replay(year)[0] == (2_443_000, 0, 921_500, 0, 0, 1)


class TestInstalments:
    def test_are_agreed_by_a_second_person_and_paid_in_order(self, house, frozen):
        case = house.decided(house.open(house.paid()), frozen)
        wrong = acts.plan(("2022-04-30", "4000.00"), ("2022-05-31", "5000.00"))
        with pytest.raises(FundsError, match=r"9,215\.00"):
            perform(case.pk, "propose_plan", house.cashier, wrong)
        right = acts.plan(("2022-04-30", "4607.50"), ("2022-05-31", "4607.50"))
        perform(case.pk, "propose_plan", house.county, right)
        perform(case.pk, "approve_plan", house.approver, {})
        assert (
            list(Receivable.objects.get().instalments.filter(plan=2).values_list("amount", flat=True))
            == [460_750] * 2
        )
        perform(case.pk, "receive", house.cashier, acts.slip("4607.50", "回单1", "2022-04-06"))
        assert stage(case) == "recovering"

    def test_fall_when_money_came_in_after_they_were_proposed(self, house, frozen):
        case = house.decided(house.open(house.paid()), frozen)
        perform(case.pk, "propose_plan", house.county, acts.plan(("2022-04-30", "9215.00")))
        perform(case.pk, "receive", house.cashier, acts.slip("15.00", "回单1", "2022-04-06"))
        with pytest.raises(FundsError):
            perform(case.pk, "approve_plan", house.approver, {})
        perform(case.pk, "refuse_plan", house.approver, {"reason": "金额已变"})
        assert stage(case) == "recovering"


def test_a_slip_booked_wrongly_is_reversed_and_opens_the_recovery_again(house, frozen):
    case = house.decided(house.open(house.paid()), frozen)
    perform(case.pk, "receive", house.cashier, acts.slip("9215.00", "回单1", "2022-04-06"))
    assert Case.objects.get(pk=case.pk).closed_at
    perform(case.pk, "reverse_receipt", house.approver, {"document": "回单1", "reason": "串户"})
    again = Case.objects.get(pk=case.pk)
    assert (again.stage, again.closed_at, Receivable.objects.get().received) == ("recovering", None, 0)
    with pytest.raises(InvalidData):
        perform(case.pk, "reverse_receipt", house.approver, {"document": "回单1", "reason": "串户"})
    assert whole(house)


def test_a_crime_goes_to_justice_and_the_demand_stands(house, frozen):
    case = house.decided(house.open(house.paid()), frozen)
    with pytest.raises(ActRefused):
        perform(case.pk, "note_receipt", house.county, acts.RECEIPT)
    perform(case.pk, "hand_over", house.approver, acts.JUSTICE)
    row = Handover.objects.get()
    assert row.reference == Letter.objects.get(kind="justice_transfer").number != ""
    with pytest.raises(InvalidData):
        perform(case.pk, "note_receipt", house.county, acts.RECEIPT | {"receipt_on": "2022-04-05"})
    perform(case.pk, "note_receipt", house.county, acts.RECEIPT)
    row.refresh_from_db()
    assert (row.answer, row.receipt, stage(case)) == ("taken", "冷公（经）受案字〔2022〕1号", "recovering")
    assert Receivable.objects.get().outstanding == 921_500


def test_a_fine_is_recorded_and_never_enters_the_demand(house, frozen):
    case = house.decided(house.open(house.paid()), frozen)
    entries = Entry.objects.count()
    with pytest.raises(InvalidData):
        perform(case.pk, "record_sanction", house.county, acts.FINE | {"amount": ""})
    perform(case.pk, "record_sanction", house.county, acts.FINE)
    assert Sanction.objects.get().amount == 1_843_000
    assert (Receivable.objects.get().amount, Entry.objects.count()) == (921_500, entries)


def test_no_act_ends_a_demand_but_money(house, frozen):
    """No rule allows writing off: every act from every open stage, and the demand is what it was."""
    case = house.decided(house.open(house.paid()), frozen)
    ends = {
        act.name
        for act in case.declaration.acts_at("recovering")
        if act.to in {"recovered", "stopped", "cleared", "archived"}
    }
    assert ends == set()


class TestOpening:
    def test_from_a_report_names_a_person_and_may_name_settlements_later(self, house, frozen):
        aid = house.paid()
        case = house.report()
        assert case.subject == aid.subject and not Item.objects.exists()
        with pytest.raises(InvalidData):
            acts.find(house, case, settlements=[{"setl_id": "S9"}])
        acts.find(house, case, settlements=[{"setl_id": "S1"}])
        house.decided(case, frozen, found=True)
        assert (stage(case), Receivable.objects.get().amount) == ("recovering", 921_500)

    @pytest.mark.parametrize("number", ["", "YJ-2022-XXXXXX"])
    def test_of_a_case_nobody_knows(self, house, number):
        with pytest.raises(InvalidData):
            acts.start(house.county, origin="case", reference=number)

    def test_by_another_county_finds_nothing(self, house, officer):
        stranger = officer("reviewer", house.city.other_county_mib)
        with pytest.raises(InvalidData):
            acts.start(stranger, origin="case", reference=house.paid().number)

    def test_twice_of_one_case_is_refused(self, house):
        aid = house.paid()
        house.open(aid)
        with pytest.raises(InvalidData):
            house.open(aid)


class TestHearing:
    def test_nobody_is_accused_without_facts(self, house):
        case = house.open(house.paid())
        for act in ("notify", "hand_over"):
            with pytest.raises(ActRefused):
                perform(case.pk, act, house.approver if act == "hand_over" else house.county, acts.JUSTICE)

    def test_new_facts_are_told_anew(self, house, frozen):
        case = house.open(house.paid())
        acts.find(house, case)
        perform(case.pk, "notify", house.county, {})
        perform(case.pk, "reexamine", house.county, {"reason": "补充核查"})
        acts.find(house, case, facts="另有存款")
        assert stage(case) == "examination"
        perform(case.pk, "notify", house.county, {})
        frozen.at(date(2022, 4, 6))
        perform(case.pk, "propose", house.county, {"opinion": "追回"})
        assert Letter.objects.filter(kind="recovery_notice").count() == 2

    def test_a_proposal_sent_back_needs_no_second_notice_while_the_facts_stay(self, house, frozen):
        case = house.open(house.paid())
        perform(case.pk, "propose_clearing", house.county, {"reason": "查无实据"})
        perform(case.pk, "return_to_review", house.approver, {"reason": "再查"})
        assert stage(case) == "examination"
        acts.find(house, case)
        perform(case.pk, "notify", house.county, {})
        frozen.at(date(2022, 4, 6))
        perform(case.pk, "propose", house.county, {"opinion": "追回"})
        perform(case.pk, "return_to_review", house.approver, {"reason": "意见写明手段"})
        assert stage(case) == "defence"
        perform(case.pk, "propose", house.county, {"opinion": "隐瞒，追回"})
        perform(case.pk, "decide", house.approver, {})
        assert stage(case) == "recovering"

    def test_an_answer_that_convinces_ends_it(self, house, frozen):
        aid = house.paid()
        case = house.open(aid)
        acts.find(house, case)
        perform(case.pk, "notify", house.county, {})
        perform(case.pk, "hear", house.county, acts.STATEMENT)
        perform(case.pk, "propose_clearing", house.county, {"reason": "商铺已售"})
        with pytest.raises(ActRefused):
            perform(case.pk, "decide", house.approver, {})
        perform(case.pk, "clear", house.approver, {"reason": "商铺已售"})
        assert (stage(case), stage(aid)) == ("cleared", "paid")
        assert not Stop.objects.exists() and not Receivable.objects.exists()
        fan_out()
        deliver()
        perform(case.pk, "archive", house.county, {})
        assert stage(case) == "archived"
