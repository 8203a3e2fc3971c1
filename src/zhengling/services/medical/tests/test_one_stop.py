"""Settlement at the desk of an agreement hospital, over the API. Figures by hand from articles 10, 11 and 15."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.clients.tests.calling import Calling
from zhengling.kernel.outbox.models import Message
from zhengling.services.medical import decisions
from zhengling.services.medical.models import BenefitYear, Decision, Flag, Identity, Settlement
from zhengling.services.medical.tests.desk import Desk, bill, mark, marked, open_desk

pytestmark = [pytest.mark.django_db]

Kind = Identity.Kind


@pytest.fixture
def desk(city, frozen) -> Desk:
    return open_desk(city)


def whole() -> None:
    """Everything replayed comes to what is kept."""
    assert list(decisions.problems()) == []


# --- the figures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "yuan", "pay"),
    [
        ([Kind.ORPHAN], "100000", "90000.00"),
        ([Kind.MINIMUM_LIVING], "30000", "20160.00"),
        ([Kind.MINIMUM_LIVING, Kind.HARDSHIP_VETERAN], "30000", "23040.00"),
        ([Kind.EXTREME_POVERTY, Kind.HARDSHIP_VETERAN], "1000", "1000.00"),
        ([Kind.MARGINAL, Kind.ORPHAN], "100000", "90000.00"),
        ([Kind.MINIMUM_LIVING], "120000", "69160.00"),
        ([Kind.HARDSHIP_VETERAN], "30000", "0.00"),
        ([], "30000", "0.00"),
    ],
)
def test_inpatient_stay_under_each_class(desk: Desk, marks: list[str], yuan: str, pay: str) -> None:
    for kind in marks:
        marked(SYSTEM, kind)
    answer = desk.settle("S1", yuan)
    assert (desk.statuses, answer["maf_pay"]) == ([200], pay)
    assert BenefitYear.objects.get().inpatient_cost == int(yuan) * 100
    whole()


def test_two_stays_share_one_deductible(desk: Desk) -> None:
    """Class 2: 1,000.00 stays below the 1,200.00; of the next 5,000.00, 4,800.00 at 70 %."""
    marked(SYSTEM, Kind.MINIMUM_LIVING)
    assert desk.settle("S1", "1000")["maf_pay"] == "0.00"
    answer = desk.settle("S2", "5000", setl_time="2022-02-11 10:00:00")
    assert (answer["maf_pay"], answer["below_deductible_amt"]) == ("3360.00", "200.00")
    assert [row["citation"] for row in answer["articles"]] == ["YZCR-2021-01016/10(2)"]


def test_cost_before_inclusion_counts_towards_the_new_deductible(desk: Desk) -> None:
    """A12: 4,000.00 without a class, then class 2: the next 10,000.00 is assisted whole, 7,000.00."""
    person = marked(SYSTEM, Kind.MINIMUM_LIVING, date(2022, 2, 15))
    assert desk.settle("S1", "4000")["maf_pay"] == "0.00"
    answer = desk.settle("S2", "10000", setl_time="2022-02-20 10:00:00")
    assert (answer["assistance_class"], answer["maf_pay"]) == (2, "7000.00")
    assert person.benefit_years.get().inpatient_cost == 1_400_000


def test_special_outpatient_pool_and_its_limit(desk: Desk) -> None:
    """Class 1: 8,000.00 at most in a year; 10,000.00 at 90 % is cut by 1,000.00. Nothing of it enters the other pool."""
    marked(SYSTEM, Kind.ORPHAN)
    answer = desk.settle("S1", "10000", med_type="14", dise_codg="M01600")
    assert (answer["benefit"], answer["maf_pay"], answer["cap_cut_amt"]) == (
        "special_outpatient",
        "8000.00",
        "1000.00",
    )
    assert answer["year"]["inpatient_cost"] == "0.00"


@pytest.mark.parametrize(
    ("med_type", "code", "benefit"),
    [
        ("14", "M00500", "major_outpatient"),
        ("14", "M07801", "major_outpatient"),
        ("14", "M03900", "special_outpatient"),
        ("41", "M00500", "other_outpatient"),
        ("11", "", "other_outpatient"),
    ],
)
def test_outpatient_care_goes_by_the_lists(desk: Desk, med_type: str, code: str, benefit: str) -> None:
    """A7: on both lists is major; pharmacy purchases are left out of major care and go nowhere else."""
    marked(SYSTEM, Kind.ORPHAN)
    answer = desk.settle("S1", "100", med_type=med_type, dise_codg=code)
    assert answer["benefit"] == benefit
    assert answer["maf_pay"] == ("0.00" if benefit == "other_outpatient" else "90.00")
    whole()


def test_what_insurance_paid_is_taken_off_first(desk: Desk) -> None:
    """Article 8: 50,000.00 in scope less 20,000.00 + 10,000.00 paid; class 2 of 20,000.00: 13,160.00."""
    marked(SYSTEM, Kind.MINIMUM_LIVING)
    answer = desk.settle(
        "S1", "50000", hifp_pay="20000", hifmi_pay="10000", fund_pay_sumamt="30000", psn_part_amt="20000"
    )
    assert (answer["base_amt"], answer["maf_pay"], answer["warnings"]) == ("20000.00", "13160.00", [])


def test_drugs_for_a_listed_rare_disease_count_beside_the_scope(desk: Desk) -> None:
    """Article 8: 10,000.00 in scope and 5,000.00 of special drugs, class 1: 13,500.00; not for another disease."""
    marked(SYSTEM, Kind.ORPHAN)
    fields = {"medfee_sumamt": "15000", "fulamt_ownpay_amt": "5000", "rare_drug_amt": "5000"}
    assert desk.settle("S1", "10000", dise_codg="G12.0", **fields)["maf_pay"] == "13500.00"
    assert desk.settle("S2", "10000", dise_codg="J18.9", **fields)["maf_pay"] == "9000.00"
    assert "G12.0" not in str(Settlement.objects.get(setl_id="S1").national)


def test_sums_that_do_not_agree_warn_and_refuse_nothing(desk: Desk) -> None:
    marked(SYSTEM, Kind.ORPHAN)
    answer = desk.settle("S1", "100", medfee_sumamt="120", hifp_pay="150", psn_name="李秀莲")
    assert [row["code"] for row in answer["warnings"]] == ["cost", "paid", "over_scope", "name"]
    assert (desk.statuses, answer["base_amt"], answer["maf_pay"]) == ([200], "0.00", "0.00")


# --- whose and when -------------------------------------------------------------------------------------------------


def test_a_patient_nobody_knew_is_remembered(desk: Desk) -> None:
    assert desk.settle("S1", "7000")["maf_pay"] == "0.00"
    mark(BenefitYear.objects.get().person, Kind.MINIMUM_LIVING, date(2022, 2, 15))
    assert desk.settle("S2", "1000", setl_time="2022-02-16 08:00:00")["maf_pay"] == "700.00"


@pytest.mark.parametrize(
    ("agreement", "excluded"),
    [
        ({"agreement_from": date(2022, 2, 11)}, True),
        ({"agreement_to": date(2022, 2, 9)}, True),
        ({"agreement_to": date(2022, 2, 10)}, False),
    ],
)
def test_cost_outside_the_agreement_is_left_out(
    city, frozen, agreement: dict[str, date], excluded: bool
) -> None:
    desk = open_desk(city, **agreement)
    marked(SYSTEM, Kind.ORPHAN)
    answer = desk.settle("S1", "1000")
    assert answer["exclusion"] == ("not_contracted" if excluded else "")
    assert answer["maf_pay"] == ("0.00" if excluded else "900.00")
    assert answer["year"]["inpatient_cost"] == ("0.00" if excluded else "1000.00")


def test_what_a_third_party_pays_is_left_out(desk: Desk) -> None:
    marked(SYSTEM, Kind.ORPHAN)
    answer = desk.settle("S1", "1000", rel_ttp_flag=True)
    assert (answer["exclusion"], answer["articles"][0]["citation"]) == ("third_party", "YZCR-2021-01016/8(3)")


@pytest.mark.parametrize(
    ("moment", "field"), [("2022-03-29 10:00:00", "setl_time"), ("2021-12-31 10:00:00", "setl_time")]
)
def test_days_that_cannot_be(desk: Desk, moment: str, field: str) -> None:
    assert field in desk.settle("S1", "1000", setl_time=moment)["errors"]
    assert desk.statuses == [422]


def test_a_mistyped_number_is_refused(desk: Desk) -> None:
    assert "certno" in desk.settle("S1", "1000", certno="431102196001010014")["errors"]
    assert not Settlement.objects.exists()


def test_only_a_one_stop_institution_settles(city, desk: Desk) -> None:
    stranger = Calling(city.county_mib, "clerk")
    assert stranger.post("/medical/settlements", bill("S1", "1000")).status_code == 403
    desk.institution.one_stop = False
    desk.institution.save()
    desk.settle("S1", "1000")
    assert desk.statuses == [403]


def test_a_hospital_sees_its_own_settlements_only(city, desk: Desk) -> None:
    marked(SYSTEM, Kind.ORPHAN)
    desk.settle("S1", "1000")
    other = city.add(
        "hospital2", code="h2", name="别院", level="institution", kind="hospital", parent="county"
    )
    desk.institution.__class__.objects.create(
        organisation=other, fixmedins_code="H2", unit=city.county, agreement_from=date(2022, 1, 1)
    )
    stranger = Calling(other, "clerk")
    assert desk.calling.get("/medical/settlements/S1").json()["maf_pay"] == "900.00"
    assert [row["setl_id"] for row in desk.calling.get("/medical/settlements").json()["items"]] == ["S1"]
    assert stranger.get("/medical/settlements/S1").status_code == 404
    assert stranger.get("/medical/settlements").json()["items"] == []
    assert stranger.post("/medical/settlements/S1/reversal", {"reason": "x"}).status_code == 404
    assert stranger.post("/medical/settlements", bill("S1", "1000")).status_code == 409


# --- once -----------------------------------------------------------------------------------------------------------


def test_the_same_settlement_sent_again_gets_the_same_answer(desk: Desk) -> None:
    marked(SYSTEM, Kind.MINIMUM_LIVING)
    first = desk.settle("S1", "5000")
    desk.settle("S2", "800", setl_time="2022-02-12 10:00:00")
    assert desk.settle("S1", "5000") == first
    assert Decision.objects.count() == 2
    assert desk.calling.get("/medical/settlements/S1").json() == first


def test_other_content_under_the_same_number_is_refused_with_both_digests(desk: Desk) -> None:
    marked(SYSTEM, Kind.ORPHAN)
    desk.settle("S1", "5000")
    problem = desk.settle("S1", "5001")
    assert desk.statuses == [200, 409] and problem["type"].endswith("setl_id_used")
    assert Settlement.objects.get().national["content"] in problem["detail"]


def test_a_preview_keeps_nothing_and_says_what_settling_then_does(desk: Desk) -> None:
    marked(SYSTEM, Kind.MINIMUM_LIVING)
    before = desk.post("presettlements", bill("S1", "5000"))
    assert not Settlement.objects.exists() and not BenefitYear.objects.exists()
    assert {**desk.settle("S1", "5000"), "state": "preview"} == before


# --- reversal -------------------------------------------------------------------------------------------------------


def test_a_reversal_is_the_exact_opposite_and_restores_the_year(desk: Desk) -> None:
    person = marked(SYSTEM, Kind.MINIMUM_LIVING)
    desk.settle("S1", "5000")
    before = decisions.account_of(person.benefit_years.get())
    desk.settle("S2", "7000", setl_time="2022-02-12 10:00:00")
    answer = desk.reverse("S2")
    assert answer["maf_pay"] == "-4900.00"
    assert decisions.account_of(person.benefit_years.get()) == before
    assert desk.reverse("S2") == answer and Decision.objects.count() == 3
    desk.settle("S2", "7000", setl_time="2022-02-12 10:00:00")
    assert desk.statuses[-1] == 409
    whole()


def test_what_rests_on_a_reversed_settlement_is_shown_to_an_officer(desk: Desk) -> None:
    """Class 2: 5,000.00 then 1,000.00 (700.00). The first reversed, the second stays, flagged; the next pays its deductible."""
    marked(SYSTEM, Kind.MINIMUM_LIVING)
    desk.settle("S1", "5000")
    desk.settle("S2", "1000", setl_time="2022-02-12 10:00:00")
    desk.reverse("S1")
    assert [(row.settlement.setl_id, row.kind) for row in Flag.objects.all()] == [("S2", "after_reversal")]
    assert desk.settle("S3", "1000", setl_time="2022-02-13 10:00:00")["maf_pay"] == "560.00"
    whole()


def test_a_late_bill_is_paid_as_it_comes_and_flagged(desk: Desk) -> None:
    marked(SYSTEM, Kind.MINIMUM_LIVING)
    desk.settle("S2", "1000", setl_time="2022-02-12 10:00:00")
    assert desk.settle("S1", "1000")["maf_pay"] == "560.00"
    assert Flag.objects.get().kind == Flag.Kind.LATE


def test_a_stay_across_the_day_of_inclusion_is_flagged(desk: Desk) -> None:
    marked(SYSTEM, Kind.MINIMUM_LIVING, date(2022, 2, 5))
    desk.settle("S1", "2000", begndate="2022-02-01")
    desk.settle("S2", "2000", begndate="2022-02-05", setl_time="2022-02-12 10:00:00")
    (flag,) = Flag.objects.all()
    assert (flag.settlement.setl_id, flag.kind, flag.citation) == (
        "S1",
        "spans_inclusion",
        "YZCR-2021-01016/15",
    )


# --- what it costs --------------------------------------------------------------------------------------------------

TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.mark.django_db(transaction=True)
def test_a_settlement_takes_eight_statements(city, frozen) -> None:
    """Token, institution with the law as approved, person's year with marks, settlement, receipt, year, decision, message."""
    desk = open_desk(city)
    marked(SYSTEM, Kind.MINIMUM_LIVING)
    desk.settle("S1", "5000")
    with CaptureQueriesContext(connection) as captured:
        desk.settle("S2", "5000", setl_time="2022-02-12 10:00:00")
    statements = [row["sql"] for row in captured if not row["sql"].startswith(TRANSACTION)]
    assert len(statements) == 8, "\n".join(statements)
    assert not [row for row in captured if row["sql"].startswith("SAVEPOINT")]
    assert Message.objects.filter(type="medical.settlement.decided").count() == 2
