"""The course of a reform: drafted, tried, submitted, decided by a second person, in force on its day and not before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from zhengling.kernel import clock
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.law.models import ParameterChange
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.tests.together import at_once
from zhengling.services.medical.models import Decision, Identity
from zhengling.services.medical.policy import operations, trials
from zhengling.services.medical.policy.errors import NotYourReform, PolicyRefused, StaleReform
from zhengling.services.medical.policy.models import Reform, ReformStep, Snapshot, Trial, Work
from zhengling.services.medical.policy.queries import changed_values
from zhengling.services.medical.policy.results import Result
from zhengling.services.medical.policy.tests.policies import DAY, LOWER, build
from zhengling.services.medical.tests import world as medical
from zhengling.services.medical.tests.world import settlement

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def office(city, officer, frozen, tmp_path):
    return build(city, officer, tmp_path)


def test_a_trial_tells_what_the_reform_costs(office):
    """Two of class 2 at 70 % of the 200 yuan between the two lines: 140.00 each; class 3 is not touched."""
    reform = office.tried()
    assert reform.state == Reform.State.TRIED
    trial = operations.latest_result(reform)
    total = Result.load(trial.result).total()
    assert (total.before, total.after) == (2 * 126_000 + 200_000, 2 * 140_000 + 200_000)
    assert (total.winners, total.won, total.losers) == (2, 28_000, 0)
    assert trial.snapshot.digest and trial.law == parameters_for("medical").digest and trial.code_version
    assert [step.act for step in reform.steps.all()] == ["draft", "try", "tried"]


def test_what_changes_is_said_with_its_article(office):
    (value,) = changed_values(office.draft())
    assert value.citation == "YZCR-2021-01016/10(2)"
    assert (value.before, value.after) == ("￥1,200", "￥1,000")


def test_a_reform_that_changes_nothing_is_none(office):
    with pytest.raises(PolicyRefused):
        office.draft({"inpatient_deductible": {"0": None, "1": 0, "2": 1200, "3": 6000}})


def test_only_values_that_the_law_allows(office):
    with pytest.raises(PolicyRefused):
        office.draft({"inpatient_rate": {"0": None, "1": 90, "2": 101, "3": 50}})
    with pytest.raises(PolicyRefused):
        office.draft({"publicity_workdays": 1})
    assert not Reform.objects.exists()


def test_who_may_draft(office, officer):
    county = officer("policy_officer", office.city.county_mib)
    finance = officer("policy_officer", office.city.city_finance)
    for actor in (county, finance, office.decider):
        with pytest.raises(NotYourReform):
            operations.draft(actor, "x", DAY, LOWER)


def test_an_edit_undoes_the_trial(office):
    reform = office.tried()
    changes = {"inpatient_deductible": {"0": None, "1": 0, "2": 900, "3": 6000}}
    reform = operations.edit(reform.pk, office.colleague, "新", DAY, changes, revision=reform.revision)
    assert reform.state == Reform.State.DRAFT and operations.latest_result(reform) is None
    with pytest.raises(PolicyRefused):
        operations.submit(reform.pk, office.drafter, document="x", effective_on=DAY)
    with pytest.raises(StaleReform):
        operations.edit(reform.pk, office.drafter, "x", DAY, LOWER, revision=reform.revision - 1)


def test_the_second_person_is_another_one(office):
    """The drafter also holds the approver's role, and still cannot decide."""
    reform = office.submitted()
    with pytest.raises(NotYourReform):
        operations.approve(reform.pk, office.drafter)
    with pytest.raises(NotYourReform):
        operations.approve(reform.pk, office.colleague)
    with pytest.raises(NotYourReform):
        operations.refuse(reform.pk, office.drafter, "x")
    assert operations.approve(reform.pk, office.decider).state == Reform.State.APPROVED


def test_an_approver_of_a_county_does_not_decide(office, officer):
    reform = office.submitted()
    for unit in (office.city.county_mib, office.city.city_finance):
        with pytest.raises(NotYourReform):
            operations.approve(reform.pk, officer("approver", unit))


def test_in_force_from_its_day_through_the_law(office, frozen):
    reform = office.submitted(day=date(2022, 4, 1))
    operations.approve(reform.pk, office.decider)
    change = ParameterChange.objects.get()
    assert (change.status, change.citation, change.reason) == (
        "approved",
        "YZCR-2021-01016/10(2)",
        "永医保发〔2022〕3号",
    )
    assert change.proposed_by == office.drafter.user.username
    assert change.decided_by == office.decider.user.username
    law = parameters_for("medical")
    assert law.value("inpatient_deductible", date(2022, 3, 31))["2"] == 120_000
    assert law.value("inpatient_deductible", date(2022, 4, 1))["2"] == 100_000
    reform.refresh_from_db()
    assert not reform.in_force
    frozen.at(date(2022, 4, 1))
    assert reform.in_force
    assert [value.before for value in changed_values(reform)] == ["￥1,200"]


def test_a_reform_that_begins_today_still_shows_what_it_changed(office):
    reform = office.submitted(day=DAY)
    operations.approve(reform.pk, office.decider)
    reform.refresh_from_db()
    assert reform.in_force
    assert [(value.before, value.after) for value in changed_values(reform)] == [("￥1,200", "￥1,000")]


def test_not_in_the_past(office, frozen):
    reform = office.tried()
    with pytest.raises(PolicyRefused):
        operations.submit(reform.pk, office.drafter, document="x", effective_on=DAY - timedelta(days=1))
    reform = operations.submit(reform.pk, office.drafter, document="x", effective_on=DAY)
    frozen.at(DAY + timedelta(days=1))
    with pytest.raises(PolicyRefused):
        operations.approve(reform.pk, office.decider)
    assert not ParameterChange.objects.exists()


def test_a_law_that_moved_meanwhile_wants_a_new_trial(office):
    first, second = office.submitted(), office.submitted({"inpatient_ceiling": 120_000})
    operations.approve(first.pk, office.decider)
    with pytest.raises(PolicyRefused):
        operations.approve(second.pk, office.decider)
    assert ParameterChange.objects.count() == 1


def test_a_change_between_comparison_and_first_day(office):
    """A table is replaced as a whole: a change approved for a day in between would be undone unseen."""
    operations.approve(office.submitted(day=date(2022, 4, 1)).pk, office.decider)
    reform = office.tried({"inpatient_deductible": {"0": None, "1": 0, "2": 1200, "3": 5000}})
    with pytest.raises(PolicyRefused):
        operations.submit(reform.pk, office.drafter, document="x", effective_on=date(2022, 5, 1))


def test_refused_and_withdrawn_are_the_end(office):
    refused = operations.refuse(office.submitted().pk, office.decider, "资金不足")
    withdrawn = operations.withdraw(office.submitted().pk, office.drafter)
    for reform in (refused, withdrawn):
        for act in (
            lambda pk: operations.approve(pk, office.decider),
            lambda pk: operations.ask_trial(pk, office.drafter, office.snapshot.pk),
            lambda pk: operations.withdraw(pk, office.drafter),
        ):
            with pytest.raises(PolicyRefused):
                act(reform.pk)
    assert not ParameterChange.objects.exists()


def test_the_history_cannot_be_changed(office):
    step = office.draft().steps.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        ReformStep.objects.filter(pk=step.pk).update(actor_name="x")


@pytest.mark.db_sensitive
@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_change_the_law_once(office, officer):
    reform = office.submitted()
    other = officer("approver", office.city.city_mib)
    results = at_once(
        lambda: operations.approve(reform.pk, office.decider), lambda: operations.approve(reform.pk, other)
    )
    assert sum(isinstance(result, PolicyRefused) for result in results) == 1, results
    assert ParameterChange.objects.count() == 1


# --- cases ------------------------------------------------------------------------------------------------------


def test_only_later_settlements_are_decided_otherwise(office, officer, frozen):
    """Class 3 at 60 % from 1 April: the March bill decided before keeps 50 %, and so does one of March decided after."""
    people = medical.build(office.city, officer)
    decided = people.case()
    people.to_payment(decided)
    (before,) = Decision.objects.all()
    assert before.maf_pay == (2_443_000 - 600_000) * 50 // 100
    rates = {"inpatient_rate": {"0": None, "1": 90, "2": 70, "3": 60}}
    operations.approve(office.submitted(rates, day=date(2022, 4, 1)).pk, office.decider)
    frozen.at(date(2022, 4, 20))
    later = people.case(
        settlements=[
            settlement("S2", "2022-03-30", "1000.00", "0.00"),
            settlement("S3", "2022-04-02", "1000.00", "0.00"),
        ]
    )
    perform(later.pk, "accept", people.clerk, {})
    perform(later.pk, "forward", people.reviewer, {"opinion": "属实"})
    perform(later.pk, "propose", people.county, {"proposal": "approve"})
    perform(later.pk, "approve", people.approver, {})
    paid = dict(Decision.objects.values_list("settlement__setl_id", "maf_pay"))
    assert paid == {"S1": before.maf_pay, "S2": 50_000, "S3": 60_000}


def test_the_open_cases_that_it_touches(office, officer):
    people = medical.build(office.city, officer)
    people.to_county(people.case())
    reform = office.tried({"inpatient_rate": {"0": None, "1": 90, "2": 70, "3": 60}})
    trial = operations.latest_result(reform)
    (touch,) = trial.touched.all()
    assert (touch.stage, touch.before, touch.after) == ("county", 921_500, 1_105_800)
    assert Result.load(trial.result).open == {"county": 1}


def test_class_3_as_class_2(office, officer, frozen):
    """Article 5(3) moved: from its day on the recognised have the line and the rate of class 2 (70 % above 1,200)."""
    law = parameters_for("medical")
    classes = {**law.value("class_of_identity", DAY), "recognised": 2}
    operations.approve(office.submitted({"class_of_identity": classes}, day=DAY).pk, office.decider)
    people = medical.build(office.city, officer)
    people.to_payment(people.case(settlements=[settlement("S1", "2022-03-28", "20000.00", "0.00")]))
    decision = Decision.objects.get()
    assert (decision.assistance_class, decision.maf_pay) == (2, (2_000_000 - 120_000) * 70 // 100)


def test_an_identity_has_the_class_of_the_day(office):
    law = parameters_for("medical")
    classes = {**law.value("class_of_identity", DAY), "marginal": 1}
    operations.approve(
        office.submitted({"class_of_identity": classes}, day=date(2022, 4, 1)).pk, office.decider
    )
    identity = Identity(kind=Identity.Kind.MARGINAL)
    assert [identity.class_on(day) for day in (date(2022, 3, 31), date(2022, 4, 1))] == [2, 1]


# --- the worker -------------------------------------------------------------------------------------------------


def test_one_trial_at_a_time_and_cancelled_ones_stay_cancelled(office):
    reform = office.draft()
    trial = operations.ask_trial(reform.pk, office.drafter, office.snapshot.pk)
    with pytest.raises(PolicyRefused):
        operations.ask_trial(reform.pk, office.drafter, office.snapshot.pk)
    operations.cancel_trial(reform.pk, office.colleague)
    trials.work()
    trial.refresh_from_db()
    assert trial.state == Work.CANCELLED and trial.result is None


def test_cancelled_in_the_middle(office, monkeypatch):
    reform = office.draft()
    trial = operations.ask_trial(reform.pk, office.drafter, office.snapshot.pk)
    finish = trials._finish

    def cancelled_before(*given):
        operations.cancel_trial(reform.pk, office.drafter)
        finish(*given)

    monkeypatch.setattr(trials, "_finish", cancelled_before)
    trials.work()
    trial.refresh_from_db()
    reform.refresh_from_db()
    assert (trial.state, trial.result, reform.state) == (Work.CANCELLED, None, Reform.State.DRAFT)


def test_an_edited_reform_is_not_tried_by_the_old_trial(office, monkeypatch):
    reform = office.draft()
    trial = operations.ask_trial(reform.pk, office.drafter, office.snapshot.pk)
    other = {"inpatient_ceiling": 90_000}
    operations.edit(reform.pk, office.drafter, "x", DAY, other, revision=Reform.objects.get().revision)
    trials.work()
    trial.refresh_from_db()
    reform.refresh_from_db()
    assert (trial.state, reform.state) == (Work.CANCELLED, Reform.State.DRAFT)


def test_a_killed_worker_leaves_a_trial_that_goes_on(office, frozen):
    """The row says running and nobody lives: after a minute the next worker takes it up, three times at most."""
    trial = operations.ask_trial(office.draft().pk, office.drafter, office.snapshot.pk)
    assert trials._claimed(Trial) == trial.pk
    assert trials._claimed(Trial) is None
    frozen.at(DAY, 9, 2)
    trials.work()
    trial.refresh_from_db()
    assert (trial.state, trial.attempts) == (Work.DONE, 2)


def test_after_three_lost_workers_it_has_failed_clearly(office, frozen):
    trial = operations.ask_trial(office.draft().pk, office.drafter, office.snapshot.pk)
    for minute in (0, 2, 4):
        frozen.at(DAY, 10, minute)
        assert trials._claimed(Trial) == trial.pk
    frozen.at(DAY, 10, 6)
    trials.work()
    trial.refresh_from_db()
    assert (trial.state, trial.error) == (Work.FAILED, trials.LOST)


def test_a_missing_file_fails_in_words(office):
    office.snapshot.path.unlink()
    trial = office.try_(office.draft())
    assert (trial.state, trial.error) == (Work.FAILED, trials.FILE_MISSING)


@pytest.mark.db_sensitive
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_takes_it(office):
    trial = operations.ask_trial(office.draft().pk, office.drafter, office.snapshot.pk)
    taken = at_once(lambda: trials._claimed(Trial), lambda: trials._claimed(Trial))
    assert sorted(map(str, taken)) == sorted([str(trial.pk), "None"])


# --- populations from the register ------------------------------------------------------------------------------


def test_what_this_system_decided_comes_out_to_the_fen(office, officer):
    """A snapshot of the register replayed under the law that decided: the sum of the decisions."""
    people = medical.build(office.city, officer)
    people.to_payment(people.case())
    operations.ask_snapshot(office.drafter)
    trials.work()
    snapshot = Snapshot.objects.get(origin=Snapshot.Origin.REGISTER)
    assert (snapshot.state, snapshot.rows, snapshot.person_years) == (Work.DONE, 1, 1)
    office.snapshot = snapshot
    reform = office.tried({"inpatient_rate": {"0": None, "1": 90, "2": 70, "3": 60}})
    result = Result.load(operations.latest_result(reform).result)
    paid = Decision.objects.get().maf_pay
    assert result.total().before == paid
    assert result.by_county()[office.city.county.code].before == result.by_class()[3].before == paid
    assert result.total().after == 1_105_800


def test_an_empty_register_is_said_and_not_tried(office):
    operations.ask_snapshot(office.drafter)
    with pytest.raises(PolicyRefused):
        operations.ask_snapshot(office.drafter)
    trials.work()
    snapshot = Snapshot.objects.get(origin=Snapshot.Origin.REGISTER)
    assert (snapshot.state, snapshot.rows) == (Work.DONE, 0)
    with pytest.raises(PolicyRefused):
        operations.ask_trial(office.draft().pk, office.drafter, snapshot.pk)
    assert snapshot.asked_at == clock.now()
