"""What went wrong once, or could: each test names the article that is kept when things do not go as usual."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.casework.errors import ActRefused, InvalidData
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import attach, perform, urge
from zhengling.kernel.files.operations import store
from zhengling.kernel.funds.models import Payable
from zhengling.kernel.notices import operations as notices
from zhengling.kernel.notices.models import Notice
from zhengling.kernel.outbox.delivery import deliver, fan_out
from zhengling.kernel.people.operations import enter_person, unsealed
from zhengling.services.medical import operations, publicity
from zhengling.services.medical.models import Decision, PublicList
from zhengling.services.medical.tests.world import ID_NUMBER, build, settlement

pytestmark = [pytest.mark.django_db]

OTHER_ID = "11010519491231002X"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def world(city, officer, frozen):
    return build(city, officer)


@pytest.fixture
def known(resident, world):
    """The resident's account is tied to his person, as registration does it."""
    person = enter_person(world.clerk, name="李秀英", id_number=ID_NUMBER)
    person.account = resident.user
    person.save()
    return resident


def granted(world, setl_id="S1", **changes) -> Case:
    case = world.case(settlements=[settlement(setl_id, "2022-01-14", "71250.00", "46820.00")], **changes)
    world.to_payment(case)
    return case


def posted(world, case: Case, on: str = "2022-03-31") -> Case:
    """The list of the case's village, drawn up and posted."""
    publicity.draw_up_lists()
    posting = Case.objects.get(procedure="medical_list", place=case.place)
    attach(posting.pk, "photo", store("photo.png", PNG, world.cadre.user), world.cadre)
    perform(posting.pk, "post", world.cadre, {"posted_on": on})
    return posting


def stage(case: Case) -> str:
    return Case.objects.values_list("stage", flat=True).get(pk=case.pk)


class TestApplying:
    def test_a_number_known_with_another_name_is_an_error_of_the_form(self, world):
        world.case()
        with pytest.raises(InvalidData) as problem:
            world.case(name="李秀云", settlements=[settlement("S2", "2022-01-20", "100", "0")])
        assert set(problem.value.errors) == {"id_number"}

    def test_a_number_of_somebody_not_yet_born_is_an_error_of_the_form(self, world):
        with pytest.raises(InvalidData) as problem:
            world.case(id_number="431102203001010016")
        assert set(problem.value.errors) == {"id_number"}

    @pytest.mark.parametrize("end", ["withdraw", "refuse"])
    def test_bills_of_an_application_that_came_to_nothing_may_come_again(self, world, end):
        """Article 14: assistance is sought application by application; only a decision uses a bill up."""
        first = world.case()
        if end == "withdraw":
            perform(first.pk, "withdraw", world.clerk, {"reason": "填错"})
            perform(first.pk, "archive", world.clerk, {})
        else:
            world.to_county(first)
            perform(first.pk, "propose", world.county, {"proposal": "refuse", "proposal_reason": "材料不实"})
            perform(first.pk, "refuse", world.approver, {"reasons": "材料不实"})
        second = world.case()
        assert second.medical_application.settlements.get().setl_id == "S1"
        assert first.medical_application.settlements.get().setl_id == "S1"
        with pytest.raises(InvalidData, match="S1"):
            world.case()

    def test_a_withdrawn_application_saves_nobody_the_survey(self, world):
        """Article 15: the first application of the year is looked into, also when an earlier one was archived unfinished."""
        first = world.case()
        world.to_county(first)
        perform(first.pk, "withdraw", world.clerk, {"reason": "填错"})
        Case.objects.filter(pk=first.pk).update(stage="archived")
        second = world.case()
        perform(second.pk, "accept", world.clerk, {})
        assert stage(second) == "township"

    def test_a_resident_applies_for_himself(self, world, known):
        with pytest.raises(InvalidData) as problem:
            operations.apply(known, world.form(id_number=OTHER_ID, name="王建国"))
        assert set(problem.value.errors) == {"id_number"}
        assert operations.apply(known, world.form()).applicant == known.user

    def test_a_residents_account_is_on_record_with_his_application(self, world, known):
        """Article 21: without it nobody could pay him."""
        assert unsealed(world.case(by=known).subject, "bank_account") == "6230901000000000123"

    def test_bills_from_before_the_rules_were_in_force_are_not_taken(self, world):
        """Article 26: in force from 1 January 2022."""
        with pytest.raises(InvalidData) as problem:
            world.case(settlements=[settlement("D", "2021-12-31", "30000.00", "10000.00")])
        assert set(problem.value.errors) == {"settlements"}
        assert world.case(settlements=[settlement("D", "2022-01-01", "30000.00", "10000.00")])

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "长" * 121},
            {"bank_name": "长" * 81},
            {"settlements": [settlement("9" * 41, "2022-01-14", "10", "1")]},
            {"settlements": [settlement("S1", "2022-01-14", "10", "1") | {"hospital": "长" * 121}]},
            {"settlements": [settlement(f"S{n}", "2022-01-14", "10", "1") for n in range(501)]},
        ],
        ids=["name", "bank", "settlement number", "hospital", "rows"],
    )
    def test_what_the_records_cannot_hold_is_an_error_of_the_form(self, world, change):
        with pytest.raises(InvalidData) as problem:
            world.case(**change)
        assert set(problem.value.errors) == set(change)

    @pytest.mark.parametrize(
        "change", [{"members": "40000"}, {"members": "9" * 30}, {"surveyors": "长" * 121}]
    )
    def test_so_it_is_in_the_survey(self, world, change):
        case = world.case()
        perform(case.pk, "accept", world.clerk, {})
        with pytest.raises(InvalidData) as problem:
            perform(case.pk, "survey", world.clerk, world.surveyed() | change)
        assert set(problem.value.errors) == set(change)


class TestRecognition:
    def test_new_figures_need_a_new_recognition(self, world):
        """Article 6: the tests rest on the survey; recognised on one household, granted on another is no recognition."""
        case = world.case()
        perform(case.pk, "accept", world.clerk, {})
        perform(case.pk, "survey", world.clerk, world.surveyed("38600.00"))
        perform(case.pk, "recognise", world.civil, {"recognised": "as_proposed"})
        perform(case.pk, "survey", world.clerk, world.surveyed("500000.00", "900000.00"))
        with pytest.raises(ActRefused):
            perform(case.pk, "forward", world.reviewer, {"opinion": "属实"})
        perform(case.pk, "recognise", world.civil, {"recognised": "as_proposed"})
        assert case.medical_application.recognition.recognised is False
        perform(case.pk, "forward", world.reviewer, {"opinion": "属实"})


class TestLetters:
    def test_the_letter_names_the_reviewer_as_its_drafter_whoever_acted_since(self, world, known):
        case = world.case(by=known)
        world.to_county(case)
        perform(case.pk, "propose", world.county, {"proposal": "approve"})
        urge(case.pk, known, "急需用钱")
        perform(case.pk, "approve", world.approver, {})
        assert case.letters.get(kind="approval").drafter == world.county.user

    def test_so_does_the_refusal(self, world, known):
        case = world.case(by=known)
        world.to_county(case)
        perform(case.pk, "propose", world.county, {"proposal": "refuse", "proposal_reason": "不符合"})
        urge(case.pk, known, "急需用钱")
        perform(case.pk, "refuse", world.approver, {"reasons": "不符合"})
        assert case.letters.get(kind="refusal").drafter == world.county.user


class TestPublicList:
    """Article 14: at the end of each quarter, for five working days, those whom the county approved in the quarter."""

    def test_who_was_approved_is_listed_also_before_the_bank_has_paid(self, world, frozen):
        case = granted(world)
        frozen.at(date(2022, 3, 31))
        posting = posted(world, case)
        assert posting.medical_list.items.get().application_id == case.pk
        frozen.at(date(2022, 4, 11))
        perform(posting.pk, "take_down", world.clerk, {})
        assert stage(case) == "payment"
        publicity.paid(Payable.objects.get(origin_id=str(case.pk)), "paid")
        assert stage(case) == "closed"

    def test_a_night_without_worker_loses_no_list(self, world, frozen):
        granted(world)
        frozen.at(date(2022, 4, 6))
        later = granted(world, "T1", id_number=OTHER_ID, name="王建国")
        publicity.draw_up_lists()
        row = PublicList.objects.get()
        assert (row.year, row.quarter, row.items.count()) == (2022, 1, 1)
        frozen.at(date(2022, 6, 30))
        publicity.draw_up_lists()
        assert PublicList.objects.get(quarter=2).items.get().application_id == later.pk

    def test_no_list_hangs_before_it_was_drawn_up(self, world, frozen):
        """Five working days are five working days on the board: a day before the list existed cannot start them."""
        case = granted(world)
        frozen.at(date(2022, 3, 31))
        publicity.draw_up_lists()
        frozen.at(date(2022, 4, 7))
        with pytest.raises(InvalidData) as problem:
            posted(world, case, "2022-03-30")
        assert set(problem.value.errors) == {"posted_on"}
        assert not Notice.objects.exists()


class TestObjections:
    @pytest.fixture
    def public(self, world, frozen):
        case = granted(world)
        frozen.at(date(2022, 3, 31))
        publicity.paid(Payable.objects.get(origin_id=str(case.pk)), "paid")
        posting = posted(world, case)
        notice = Notice.objects.get()
        return (
            case,
            posting,
            lambda actor: notices.object_to(notice, notice.rows[0]["key"], {"grounds": "家有商铺"}, actor),
        )

    def decide(self, world, objection, act):
        perform(objection.pk, "examine", world.county, {"findings": "已核"})
        perform(objection.pk, act, world.approver, {"reasons": "已核"})
        fan_out()
        deliver()

    def test_a_resident_who_is_signed_in_may_object_and_follow_it(self, public, resident):
        _case, _posting, object_ = public
        assert object_(resident).applicant == resident.user

    def test_an_upheld_objection_holds_the_case_back(self, public, world, frozen):
        """Article 24: what was granted wrongly is recovered; such a case is not closed as if nobody had objected."""
        case, posting, object_ = public
        self.decide(world, object_(SYSTEM), "uphold")
        frozen.at(date(2022, 4, 11))
        perform(posting.pk, "take_down", world.clerk, {})
        assert stage(case) == "paid"

    def test_of_two_objections_the_last_one_answered_lets_go(self, public, world, frozen):
        case, posting, object_ = public
        first, second = object_(SYSTEM), object_(SYSTEM)
        frozen.at(date(2022, 4, 11))
        perform(posting.pk, "take_down", world.clerk, {})
        self.decide(world, first, "dismiss")
        assert stage(case) == "paid"
        self.decide(world, second, "dismiss")
        assert stage(case) == "closed"
        from zhengling.kernel.outbox.models import Delivery

        assert not Delivery.objects.exclude(last_error="").exists()


def test_no_decision_without_a_receipt(world):
    granted(world)
    assert all(len(row.receipt) == 64 for row in Decision.objects.all())
