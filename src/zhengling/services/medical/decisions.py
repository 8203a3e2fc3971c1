"""From the settlements of an application to decided money: plan, lock, write. The arithmetic itself is in rules.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhengling.kernel import clock
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.law.operations import record_receipt
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.law.receipts import Receipt, receipt_for
from zhengling.kernel.law.traces import Step as TraceStep
from zhengling.kernel.law.traces import Trace
from zhengling.kernel.people.models import Person
from zhengling.services.medical import rules
from zhengling.services.medical.explain import Case as Question
from zhengling.services.medical.explain import explain
from zhengling.services.medical.models import Application, BenefitYear, Decision, Settlement
from zhengling.services.medical.terms import BENEFITS, DayTerms, class_of, terms_on

INSTRUMENT = "YZCR-2021-01016"
RECOGNISED = "recognised"  # the identity of whoever article 6 makes class 3


@dataclass(frozen=True)
class Line:
    """One settlement as it would be decided; `receipt` replays it."""

    settlement: Settlement
    assistance_class: int
    settled: rules.Settled
    rate: int
    account: rules.Account
    places: tuple[str, ...]
    receipt: Receipt
    trace: Trace

    def data(self) -> dict[str, Any]:
        """What the proposal shows and the approval compares; fen, rate in hundredths of a percent."""
        return {
            "setl_id": self.settlement.setl_id,
            "exclusion": self.settlement.exclusion,
            **self.settled._asdict(),
            "rate": self.rate,
            "places": list(self.places),
            "trace": self.trace.data(),
        }


def account_of(year: BenefitYear | None) -> rules.Account:
    if year is None:
        return rules.EMPTY
    return rules.Account(
        year.inpatient_cost,
        year.major_cost,
        year.inpatient_paid,
        year.special_cost,
        year.special_paid,
        int(year.was_class_3),
    )


def locked_year(person: Person, year: int) -> BenefitYear:
    """The person's year, found or made, and locked until the transaction ends: the first lock in the fixed order."""
    BenefitYear.objects.get_or_create(person=person, year=year)
    return BenefitYear.objects.select_for_update().get(person=person, year=year)


def plan(application: Application, day: date, year: BenefitYear | None = None) -> list[Line]:
    """How the settlements of the application would be paid, in time order, each as its slice of the year (A12, A13)."""
    if year is None:
        year = BenefitYear.objects.filter(person=application.person, year=application.benefit_year).first()
    account = account_of(year)
    lines = []
    for settlement in application.settlements.order_by("setl_time", "setl_seq"):
        law = parameters_for("medical").on(clock.local(settlement.setl_time).date())
        line = _line(
            settlement, application.hardship_veteran, account, class_of(RECOGNISED, law), terms_on(law)
        )
        account = line.account
        lines.append(line)
    return lines


def _line(
    settlement: Settlement, veteran: bool, account: rules.Account, assistance_class: int, terms: DayTerms
) -> Line:
    base = settlement.inscp_scp_amt - settlement.paid_before_assistance
    benefit = BENEFITS[settlement.benefit]
    question = Question(benefit, assistance_class, veteran, base, settlement.exclusion, account)
    answer = explain(question, terms)
    inputs = {
        "benefit": settlement.benefit,
        "assistance_class": assistance_class,
        "hardship_veteran": veteran,
        "base_amt": base,
        "exclusion": settlement.exclusion,
        "account": list(account),
    }
    outputs = {**answer.settled._asdict(), "account": list(answer.account)}
    if settlement.exclusion in terms.excluded:
        places: tuple[str, ...] = (terms.excluded[settlement.exclusion],)
    else:
        places = terms.places(
            benefit,
            assistance_class,
            veteran,
            after_class_3=rules.included_after_class_3(assistance_class, account),
            above=answer.settled.above > 0,
            cut=answer.settled.cut > 0,
        )
    return Line(
        settlement=settlement,
        assistance_class=assistance_class,
        settled=answer.settled,
        rate=0
        if settlement.exclusion in terms.excluded
        else terms.of(benefit, assistance_class, veteran).rate,
        account=answer.account,
        places=places,
        receipt=receipt_for("medical.settlement", inputs, terms.applied, outputs, answer.trace),
        trace=answer.trace,
    )


def citations(lines: Sequence[Line]) -> list[str]:
    """The provisions the lines rest on, each once."""
    return list(dict.fromkeys(f"{INSTRUMENT}/{place}" for line in lines for place in line.places))


def write(application: Application, year: BenefitYear, lines: Sequence[Line], step: Step) -> None:
    """Keep the decisions with their receipts and move the (locked) year."""
    for line in lines:
        year.order += 1
        receipt = record_receipt(line.receipt, line.trace, subject=line.settlement.setl_id)
        Decision.objects.create(
            settlement=line.settlement,
            application=application,
            benefit_year=year,
            order=year.order,
            assistance_class=line.assistance_class,
            base_amt=line.settled.base,
            below_deductible_amt=line.settled.below,
            assisted_amt=line.settled.assisted,
            above_ceiling_amt=line.settled.above,
            rate=line.rate,
            cap_cut_amt=line.settled.cut,
            maf_pay=line.settled.pay,
            receipt=receipt.digest,
            decided_at=step.moment,
        )
    if lines:
        after = lines[-1].account
        year.inpatient_cost, year.major_cost, year.inpatient_paid = after[:3]
        year.special_cost, year.special_paid, year.was_class_3 = (
            after.special_cost,
            after.special_paid,
            bool(after[5]),
        )
        year.save()


def recognition_trace(
    found: rules.Household, finding: rules.ClassThreeFinding, day: date
) -> list[dict[str, Any]]:
    """Articles 5(3) and 6 step by step, as data for the case page and the letter."""
    parameters = parameters_for("medical").on(day)
    line = parameters["class_3_low_income"]
    steps = (
        TraceStep("members", found.members, "", "from the survey", "14"),
        TraceStep("income_12_months", found.income_before_application, "fen", "from the survey", "6(1)"),
        TraceStep(
            "low_income_line",
            line if line is not None else "",
            "fen",
            "set by the county; blank: the officer judges",
            "6(1)",
        ),
        TraceStep(
            "property_beyond_necessities", found.property_beyond_necessities, "fen", "from the survey", "6(1)"
        ),
        TraceStep(
            "self_paid_cost", found.self_paid_cost, "fen", "from the settlements and the survey", "6(1)"
        ),
        TraceStep("test_1", finding.test_1.value, "", "low income and property below the cost", "6(1)"),
        TraceStep(
            "in_scope_cost_of_year",
            found.in_scope_cost_of_year,
            "fen",
            "from the settlements and the survey",
            "6(2)",
        ),
        TraceStep(
            "burden_ratio",
            int(parameters["class_3_ratio"]),
            "hundredths_of_percent",
            "of the year's income",
            "6(2)",
        ),
        TraceStep("test_2", finding.test_2.value, "", "cost at or above the share of income", "6(2)"),
        TraceStep("recognised", str(finding.recognised), "", "one test met, or a reasoned departure", "5(3)"),
    )
    return Trace(steps).data()
