"""Article 23 from the lead to the measure, the health department's answer, and who reported: known to nobody else."""

from __future__ import annotations

import pytest
from django.urls import reverse

from zhengling.kernel.audit.models import Access
from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours
from zhengling.kernel.casework.models import Case, Payload
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.casework.queries import visible
from zhengling.kernel.documents.models import Letter
from zhengling.services.medical.recovery import supervision
from zhengling.services.medical.recovery.models import Handover, Lead, Reporter
from zhengling.services.medical.recovery.tests import acts
from zhengling.services.medical.recovery.tests.acts import build

pytestmark = pytest.mark.django_db

NAME, CONTACT = "匿名举报人甲", "19912345678"
LEAD = {
    "kind": "false_claim",
    "party_kind": "hospital",
    "party": "某某康复医院",
    "source": "report",
    "lead": "虚记理疗项目",
    "reporter_name": NAME,
    "reporter_contact": CONTACT,
}
REFERRAL = {"hospital": "某某康复医院", "period": "2022年1月", "question": "理疗是否虚记"}
FOUND = {"facts": "虚记三次", "evidence": acts.FINDING["evidence"], "amount": "2460.00"}
RETURN = {"kind": "order_return", "words": "退回", "amount": "2460.00", "due": "2022-04-25"}


@pytest.fixture
def house(city, officer, frozen):
    return build(city, officer)


@pytest.fixture
def health(city, officer):
    return officer("clerk", city.county_health)


def opened(house, **changes) -> Case:
    case = supervision.start(house.county, LEAD | changes)
    perform(case.pk, "check", house.county, {"findings": "属实可能性大", "advice": "take_up"})
    perform(case.pk, "take_up", house.approver, {"reason": "有证据"})
    return case


def found(house, **changes) -> Case:
    case = opened(house, **changes)
    perform(case.pk, "find", house.county, FOUND)
    return case


def stage(case) -> str:
    return Case.objects.get(pk=case.pk).stage


def test_from_the_lead_to_the_measure(house, frozen):
    case = found(house)
    with pytest.raises(ActRefused):
        perform(case.pk, "close", house.approver, {"outcome": "已办"})
    perform(case.pk, "measure", house.approver, RETURN)
    perform(case.pk, "measure", house.approver, {"kind": "none", "words": "其余不予处理"})
    with pytest.raises(ActRefused, match="1"):
        perform(case.pk, "close", house.approver, {"outcome": "已办"})
    for number, day in ((2, "2022-03-28"), (3, "2022-03-28"), (1, "2022-03-29"), (1, "2022-03-27")):
        with pytest.raises(InvalidData):
            perform(case.pk, "follow", house.county, {"number": number, "done_on": day, "result": "已退"})
    perform(case.pk, "follow", house.county, {"number": 1, "done_on": "2022-03-28", "result": "已退"})
    perform(case.pk, "close", house.approver, {"outcome": "已办"})
    assert stage(case) == "closed" and Lead.objects.get().amount == 246_000


@pytest.mark.parametrize(
    "wrong",
    [
        RETURN | {"amount": ""},
        RETURN | {"due": ""},
        {"kind": "notice_hospital", "words": "约谈", "due": ""},
        {"kind": "notice_hospital", "words": "约谈", "due": "2022-04-25", "amount": "1.00"},
        {"kind": "hand_over", "words": "移送", "organ": "市场监管局"},
        {"kind": "none", "words": ""},
    ],
)
def test_a_measure_needs_its_particulars(house, wrong):
    case = found(house)
    with pytest.raises(InvalidData):
        perform(case.pk, "measure", house.approver, wrong)


def test_a_hand_over_waits_for_its_receipt(house):
    case = found(house)
    perform(
        case.pk,
        "measure",
        house.approver,
        {"kind": "hand_over", "words": "移送", "organ": "市场监管局", "reference": "1号"},
    )
    perform(case.pk, "note_receipt", house.county, acts.RECEIPT | {"receipt_on": "2022-03-28"})
    assert Handover.objects.get().answer == "taken"


def test_whoever_found_it_decides_no_measure(house, officer):
    both = officer("reviewer", house.city.county_mib, ("approver", house.city.county_mib))
    case = opened(house)
    perform(case.pk, "find", both, FOUND)
    with pytest.raises(NotYours):
        perform(case.pk, "measure", both, RETURN)


def test_a_lead_that_is_left(house):
    case = supervision.start(house.county, LEAD)
    perform(case.pk, "check", house.county, {"findings": "不属实", "advice": "leave"})
    perform(case.pk, "leave", house.approver, {"reason": "查无实据"})
    assert stage(case) == "left"


def test_leads_are_entered_by_the_department_only(house, officer):
    for stranger in (house.clerk, house.civil, officer("clerk", house.city.county_health)):
        with pytest.raises(NotYours):
            supervision.start(stranger, LEAD)


class TestTheHealthDepartment:
    def test_answers_before_anything_is_found(self, house, health):
        case = opened(house)
        perform(case.pk, "refer", house.county, REFERRAL)
        with pytest.raises(ActRefused):
            perform(case.pk, "find", house.county, FOUND)
        referral = Case.objects.get(procedure="medical_referral")
        perform(referral.pk, "answer", health, {"outcome": "confirmed", "reply": "属虚记"})
        perform(case.pk, "find", house.county, FOUND)
        assert stage(referral) == "answered"

    def test_sees_its_question_and_not_the_case(self, house, health):
        case = opened(house)
        perform(case.pk, "refer", house.county, REFERRAL)
        assert [row.procedure for row in visible(health)] == ["medical_referral"]
        assert case.pk not in visible(health).values_list("pk", flat=True)


class TestWhoReported:
    def test_stands_in_no_event_letter_or_page(self, house, signed_in, officer, frozen):
        case = found(house)
        perform(case.pk, "measure", house.approver, RETURN)
        stored = str([row.data for row in Payload.objects.all()]) + str(
            [row.data for row in Letter.objects.all()]
        )
        row = Reporter.objects.get()
        pages = [
            signed_in(actor).get(reverse(name, args=[case.number]))
            for actor in (
                house.county,
                house.approver,
                officer("supervisor", house.city.city),
                officer("auditor", house.city.city),
            )
            for name in ("case", "case-print")
        ]
        assert all(page.status_code == 200 for page in pages)
        for secret in (NAME, CONTACT):
            assert secret not in stored + row.name_sealed + row.contact_sealed + case.title
            assert not any(secret in page.content.decode() for page in pages)

    def test_is_shown_for_a_purpose_that_is_recorded(self, house, signed_in):
        case = opened(house)
        browser, address = signed_in(house.county), reverse("medical-lead-reporter", args=[case.number])
        assert NAME not in browser.get(address).content.decode()
        assert NAME not in browser.post(address, {"purpose": ""}).content.decode()
        assert not Access.objects.filter(action="reveal").exists()
        assert NAME in browser.post(address, {"purpose": "核实线索"}).content.decode()
        row = Access.objects.get(action="reveal")
        assert (row.subject_id, row.purpose) == (case.number, "核实线索")

    def test_is_for_the_officers_of_the_case_only(self, house, signed_in, officer):
        case = opened(house)
        address = reverse("medical-lead-reporter", args=[case.number])
        for actor, status in (
            (officer("reviewer", house.city.other_county_mib), 404),
            (officer("reviewer", house.city.city_mib), 404),
            (officer("auditor", house.city.city), 403),
            (officer("supervisor", house.city.city), 403),
        ):
            answer = signed_in(actor).post(address, {"purpose": "看看"})
            assert answer.status_code == status and NAME not in answer.content.decode()
        with pytest.raises(NotYours):
            supervision.reveal_reporter(case, officer("reviewer", house.city.county_civil), "看看")

    def test_is_not_kept_when_nobody_said(self, house):
        opened(house, reporter_name="", reporter_contact="", source="data")
        assert not Reporter.objects.exists()


def test_a_person_is_masked_on_lists_and_not_found_by_name(house, signed_in):
    supervision.start(
        house.county, LEAD | {"party_kind": "person", "party": "欧阳海燕", "kind": "impersonation"}
    )
    browser = signed_in(house.county)
    page = browser.get(reverse("medical-leads")).content.decode()
    assert "欧**燕" in page and "欧阳海燕" not in page
    assert "欧**燕" not in browser.get(reverse("medical-leads"), {"words": "欧阳"}).content.decode()
    assert browser.get(reverse("medical-leads"), {"format": "xlsx"}).status_code == 200
