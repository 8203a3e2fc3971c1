"""One application from the village to paid money, the public list and the archive; figures worked by hand."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.casework import chain
from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import attach, perform
from zhengling.kernel.documents.models import Letter
from zhengling.kernel.files.operations import store
from zhengling.kernel.funds import batches, replies, verify
from zhengling.kernel.funds.bankfiles import Answer
from zhengling.kernel.funds.models import Ledger, Payable, Payment
from zhengling.kernel.funds.operations import approve_appropriation, enter_appropriation
from zhengling.kernel.law.citations import parse_citation
from zhengling.kernel.law.models import DecisionReceipt, OfficialText
from zhengling.kernel.law.queries import city as law_city
from zhengling.kernel.law.receipts import Receipt, replay
from zhengling.kernel.notices import operations as notices
from zhengling.kernel.notices.models import Notice
from zhengling.kernel.outbox.delivery import deliver, fan_out
from zhengling.kernel.people.models import Person
from zhengling.services.medical import operations, publicity
from zhengling.services.medical.explain import settlement_rule
from zhengling.services.medical.models import BenefitYear, Decision, Identity, Settlement
from zhengling.services.medical.tests.world import ID_NUMBER, SCAN, build, settlement

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db_sensitive]

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def world(city, officer, frozen):
    return build(city, officer)


def test_the_patient_prints_the_filled_form_and_an_account_tied_to_nobody_does_not(
    world, resident, signed_in
):
    case = world.case(by=resident)
    page = f"/medical/forms/{case.number}.pdf"
    assert signed_in(resident).get(page).status_code == 403
    Person.objects.filter(pk=case.subject_id).update(account=resident.user)
    answer = signed_in(resident).get(page)
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF")


def pay(world, case: Case) -> None:
    """Cashier, finance, bank: the way of the money (article 21)."""
    county = world.city.county.pk
    money = enter_appropriation(
        county,
        source="budget",
        amount=10_000_000,
        document="财预1号",
        received_on=clock.today(),
        actor=world.cashier,
    )
    approve_appropriation(money.pk, world.treasurer)
    payable = Payable.objects.get(origin_id=str(case.pk))
    batch = batches.create(county, [payable.pk], route="bank", bank_format="bank_csv", actor=world.cashier)
    batches.submit(batch.pk, world.cashier)
    batches.approve(batch.pk, world.treasurer)
    batches.export(batch.pk, world.cashier)
    payment = Payment.objects.get(batch=batch)
    replies.take(
        batch.pk, [Answer(2, payment.seq, payment.amount, "paid", "", "R1", batch.number)], world.cashier
    )


def test_from_the_village_to_the_archive(world, frozen):
    case = world.case(
        settlements=[
            settlement("S1", "2022-01-14", "71250.00", "46820.00"),
            settlement("S2", "2022-02-09", "10940.00", "6780.50", "major_outpatient"),
        ]
    )
    world.to_payment(case)
    case.refresh_from_db()
    assert case.stage == "payment"
    # Article 10(3): X 24,430.00 -> (24,430 - 6,000) x 50 % = 9,215.00; then 4,159.50 x 50 % = 2,079.75.
    assert [row.maf_pay for row in Decision.objects.all()] == [921_500, 207_975]
    year = BenefitYear.objects.get()
    assert (year.inpatient_cost, year.major_cost, year.inpatient_paid) == (2_858_950, 415_950, 1_129_475)
    assert Payable.objects.get().amount == 1_129_475
    pay(world, case)
    case.refresh_from_db()
    assert case.stage == "paid"
    assert case.limits.get(name="payment").state == "met"
    assert list(verify.problems(Ledger.objects.get(unit=world.city.county))) == []

    frozen.at(date(2022, 3, 31))
    publicity.draw_up_lists()
    publicity.draw_up_lists()
    posting = Case.objects.get(procedure="medical_list")
    attach(posting.pk, "photo", store("photo.png", PNG, world.cadre.user), world.cadre)
    perform(posting.pk, "post", world.cadre, {"posted_on": "2022-03-31"})
    notice = Notice.objects.get()
    assert notice.rows[0]["cells"][0] == "李**" and "11,294.75" in notice.rows[0]["cells"][2]
    assert ID_NUMBER not in str(notice.rows)
    # Posted on Thursday 31 March 2022; counted: 1, 2 (a working Saturday), 6, 7, 8 April.
    assert notice.closes_on == date(2022, 4, 8)
    frozen.at(date(2022, 4, 11))
    perform(posting.pk, "take_down", world.clerk, {})
    case.refresh_from_db()
    assert case.stage == "closed"
    fan_out()
    deliver()
    perform(case.pk, "archive", world.clerk, {})
    case.refresh_from_db()
    assert case.stage == "archived"
    assert list(chain.problems(case)) == []


def test_every_decision_replays_from_its_receipt(world):
    world.to_payment(world.case())
    row = DecisionReceipt.objects.get()
    again = replay(Receipt(**row.data), {"medical.settlement": settlement_rule})
    assert again.equal, again.differences
    assert row.digest == Decision.objects.get().receipt


def test_every_citation_of_the_course_names_a_provision(world):
    case = world.case()
    world.to_payment(case)
    for event in case.events.all():
        for citation in event.citations:
            key, _slash, place = citation.partition("/")
            assert law_city().instrument(key).provision(place), citation


def test_letters_are_written_on_the_way(world):
    case = world.case()
    world.to_payment(case)
    assert set(Letter.objects.filter(case=case).values_list("kind", flat=True)) == {"receipt", "approval"}
    assert Letter.objects.filter(case=case, kind="approval").exclude(number="").exists()


def test_below_the_deductible_is_refused_in_writing(world):
    case = world.case(settlements=[settlement("S1", "2022-01-14", "9430.00", "6020.00")])
    world.to_county(case, income="5000.00")
    perform(case.pk, "propose", world.county, {"proposal": "approve"})
    with pytest.raises(ActRefused, match=r"0\.00"):
        perform(case.pk, "approve", world.approver, {})
    perform(case.pk, "return_to_review", world.approver, {"reason": "未达起付线"})
    perform(case.pk, "propose", world.county, {"proposal": "refuse", "proposal_reason": "未达起付线"})
    perform(case.pk, "refuse", world.approver, {"reasons": "自负3,410.00元，未达到起付线6,000.00元。"})
    case.refresh_from_db()
    assert case.stage == "refused" and case.closed_at
    assert Letter.objects.filter(case=case, kind="refusal").exists()
    assert not Decision.objects.exists() and not Payable.objects.exists()


def test_not_recognised_is_not_approved(world):
    case = world.case()
    world.to_county(case, income="200000.00", property_="90000.00")
    assert case.medical_application.recognition.recognised is False
    perform(case.pk, "propose", world.county, {"proposal": "approve"})
    with pytest.raises(ActRefused):
        perform(case.pk, "approve", world.approver, {})


def test_half_of_the_income_is_enough(world):
    """Article 6(2): 24,430.00 is exactly 50 % of 48,860.00; one fen more of income is too much."""
    case = world.case()
    perform(case.pk, "accept", world.clerk, {})
    perform(case.pk, "survey", world.clerk, world.surveyed("48860.00", "900000.00"))
    perform(case.pk, "recognise", world.civil, {"recognised": "as_proposed"})
    assert case.medical_application.recognition.recognised is True
    other = world.case(
        id_number="11010519491231002X", settlements=[settlement("T1", "2022-01-14", "71250.00", "46820.00")]
    )
    perform(other.pk, "accept", world.clerk, {})
    perform(other.pk, "survey", world.clerk, world.surveyed("48860.01", "900000.00"))
    perform(other.pk, "recognise", world.civil, {"recognised": "as_proposed"})
    assert other.medical_application.recognition.recognised is False


def test_departing_from_the_tests_needs_a_reason(world):
    case = world.case()
    perform(case.pk, "accept", world.clerk, {})
    perform(case.pk, "survey", world.clerk, world.surveyed("200000.00"))
    with pytest.raises(InvalidData):
        perform(case.pk, "recognise", world.civil, {"recognised": "recognise"})
    perform(case.pk, "recognise", world.civil, {"recognised": "recognise", "recognised_reason": "借款治病"})
    assert case.medical_application.recognition.override_reason == "借款治病"


def test_the_reviewer_excludes_what_does_not_count(world):
    case = world.case(
        settlements=[
            settlement("S1", "2022-01-14", "71250.00", "46820.00"),
            settlement("S2", "2022-02-01", "8000.00", "0"),
        ]
    )
    world.to_county(case)
    data = {
        "proposal": "approve",
        "exclusions": [{"setl_id": "S2", "exclusion": "wellness_cosmetic", "reason": "美容"}],
    }
    perform(case.pk, "propose", world.county, data)
    perform(case.pk, "approve", world.approver, {})
    assert [row.maf_pay for row in Decision.objects.all()] == [921_500, 0]
    assert BenefitYear.objects.get().inpatient_cost == 2_443_000
    with pytest.raises(InvalidData):
        other = world.case(
            id_number="11010519491231002X", settlements=[settlement("X", "2022-01-14", "71250", "46820")]
        )
        world.to_county(other)
        perform(
            other.pk,
            "propose",
            world.county,
            {**data, "exclusions": [{**data["exclusions"][0], "setl_id": "no"}]},
        )


def test_a_second_application_continues_the_year(world):
    """Reading A12: the deductible was used up by the first application; the second is paid from the first fen."""
    world.to_payment(world.case())
    second = world.case(settlements=[settlement("S9", "2022-03-20", "2000.00", "1000.00")])
    perform(second.pk, "accept", world.clerk, {})
    second.refresh_from_db()
    # Article 15: surveyed and recognised once a year.
    assert second.stage == "further" and second.medical_application.recognition.recognised
    perform(second.pk, "forward", world.reviewer, {"opinion": "属实"})
    perform(second.pk, "propose", world.county, {"proposal": "approve"})
    perform(second.pk, "approve", world.approver, {})
    assert Decision.objects.get(settlement__setl_id="S9").maf_pay == 50_000


def test_figures_that_moved_since_the_proposal_are_not_approved(world):
    first = world.case()
    second = world.case(settlements=[settlement("S9", "2022-03-20", "30000.00", "10000.00")])
    for case in (first, second):
        perform(case.pk, "accept", world.clerk, {})
    for case in (first, second):
        world.accepted_to_county(case)
        perform(case.pk, "propose", world.county, {"proposal": "approve"})
    perform(first.pk, "approve", world.approver, {})
    with pytest.raises(ActRefused):
        perform(second.pk, "approve", world.approver, {})
    perform(second.pk, "return_to_review", world.approver, {"reason": "重新核算"})
    perform(second.pk, "propose", world.county, {"proposal": "approve"})
    perform(second.pk, "approve", world.approver, {})
    assert Decision.objects.get(settlement__setl_id="S9").maf_pay == 1_000_000


def test_a_settlement_is_handed_in_once(world):
    world.case()
    with pytest.raises(InvalidData, match="S1"):
        world.case()


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([settlement("A", "2022-01-14", "10.00", "20.00")], "A"),
        ([settlement("A", "2022-12-14", "10.00", "1.00")], "A"),
        ([settlement("A", "2022-01-14", "10", "1"), settlement("A", "2022-01-15", "10", "1")], "settlements"),
        ([settlement("A", "2022-01-14", "10", "1"), settlement("B", "2021-12-15", "10", "1")], "settlements"),
        ([settlement("A", "2020-12-14", "10.00", "1.00")], "settlements"),
        ([], "settlements"),
    ],
)
def test_settlements_that_cannot_be_are_refused_with_the_field(world, rows, word):
    with pytest.raises(InvalidData, match=word) as problem:
        world.case(settlements=rows)
    assert set(problem.value.errors) == {"settlements"}
    assert not Case.objects.exists() and not Settlement.objects.exists() and not Person.objects.exists()


def test_a_december_bill_is_taken_until_the_end_of_march(world, frozen):
    """Reading A13."""
    frozen.at(date(2023, 3, 31))
    case = world.case(settlements=[settlement("D", "2022-12-20", "30000.00", "10000.00")])
    assert case.medical_application.benefit_year == 2022
    frozen.at(date(2023, 4, 1))
    with pytest.raises(InvalidData):
        world.case(settlements=[settlement("E", "2022-12-20", "30000.00", "10000.00")])


def test_class_1_and_2_need_no_application(world):
    case = world.case()
    Identity.objects.create(
        person=case.subject, kind="minimum_living", source="民政", valid_from=date(2022, 1, 1)
    )
    with pytest.raises(ActRefused, match="2"):
        perform(case.pk, "accept", world.clerk, {})


def test_missing_papers_are_named_once(world):
    case = operations.apply(world.cadre, world.form())
    with pytest.raises(ActRefused):
        perform(case.pk, "accept", world.clerk, {})
    perform(case.pk, "notify_missing", world.clerk, {"missing": "缺身份证"})
    perform(case.pk, "supplement", world.cadre, {})
    with pytest.raises(ActRefused):
        perform(case.pk, "notify_missing", world.clerk, {"missing": "还缺"})


def test_the_clock_of_the_township_starts_with_acceptance(world, frozen):
    case = world.case()
    frozen.at(date(2022, 3, 30))
    perform(case.pk, "accept", world.clerk, {})
    # Ten working days after 30 March 2022: 31 March; 1, 2, 6, 7, 8, 11, 12, 13, 14 April (2 April is worked, 3-5 are off).
    assert case.limits.get().due == date(2022, 4, 14)


def test_proposer_and_approver_are_two_persons(world, officer):
    both = officer("reviewer", world.city.county_mib, ("approver", world.city.county_mib))
    case = world.case()
    world.to_county(case)
    perform(case.pk, "propose", both, {"proposal": "approve"})
    with pytest.raises(NotYours):
        perform(case.pk, "approve", both, {})


def test_an_objection_holds_back_only_its_item(world, frozen):
    first = world.case()
    second = world.case(
        id_number="11010519491231002X",
        name="邓有福",
        settlements=[settlement("T1", "2022-02-01", "50000.00", "20000.00")],
    )
    for case in (first, second):
        world.to_payment(case)
        Payable.objects.filter(origin_id=str(case.pk))
        case.refresh_from_db()
        perform_paid(case)
    frozen.at(date(2022, 3, 31))
    publicity.draw_up_lists()
    posting = Case.objects.get(procedure="medical_list")
    attach(posting.pk, "photo", store("photo.png", PNG, world.cadre.user), world.cadre)
    perform(posting.pk, "post", world.cadre, {"posted_on": "2022-03-31"})
    notice = Notice.objects.get()
    row = next(row for row in notice.rows if row["cells"][0].startswith("邓"))
    objection = notices.object_to(notice, row["key"], {"grounds": "家有商铺"}, SYSTEM)
    assert objection.parent == second
    frozen.at(date(2022, 4, 11))
    perform(posting.pk, "take_down", world.clerk, {})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.stage, second.stage) == ("closed", "paid")
    perform(objection.pk, "examine", world.county, {"findings": "已核"})
    perform(objection.pk, "dismiss", world.approver, {"reasons": "不成立"})
    fan_out()
    deliver()
    second.refresh_from_db()
    assert second.stage == "closed"
    with pytest.raises(ActRefused):
        notices.object_to(notice, row["key"], {"grounds": "晚了"}, SYSTEM)


def perform_paid(case: Case) -> None:
    perform(case.pk, "pay", SYSTEM, {})


def test_numbers_of_persons_are_sealed_in_the_database(world):
    world.case()
    person = Person.objects.get()
    assert ID_NUMBER not in person.id_number_sealed
    stored = str(Person.objects.values().get()) + str(list(Case.objects.values()))
    stored += str([event.payload.data for event in Case.objects.get().events.all()])
    for secret in (ID_NUMBER, "6230901000000000123", "19907460100", "乳腺恶性肿瘤", SCAN.decode()):
        assert secret not in stored


def test_the_case_page_shows_what_the_articles_say(world, signed_in):
    """Our summary, and the official wording once it has been imported."""
    case = world.case()
    world.to_payment(case)
    address = f"/work/cases/{case.number}/"
    summary = str(law_city().provision(parse_citation("YZCR-2021-01016/10(3)", law_city().titles)).summary.zh)
    assert summary in signed_in(world.county).get(address).content.decode()
    OfficialText.objects.create(
        instrument="YZCR-2021-01016",
        provision="10(3)",
        wording="原文如此",
        source_digest="0" * 64,
        imported_at=clock.now(),
    )
    page = signed_in(world.county).get(address).content.decode()
    assert "原文如此" in page and summary not in page


def test_a_long_table_is_answered_row_by_row(world, signed_in):
    """Two hundred rows are more fields than the framework takes by itself; the form answers, not the framework."""
    form = {key: value for key, value in world.form().items() if key != "settlements"}
    for index in range(200):
        row = settlement(f"L{index}", "2022-01-14", "10.00", "20.00")
        form |= {f"settlements-{index}-{name}": value for name, value in row.items()}
    response = signed_in(world.cadre).post("/medical/apply/", form)
    assert response.status_code == 422 and "L199" in response.content.decode()
