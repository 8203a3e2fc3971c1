"""From the settlements of an application to decided money: plan, lock, write. The arithmetic itself is in rules.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.casework.errors import ActRefused
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
from zhengling.services.medical.models import Application, Benefit, BenefitYear, Decision, Settlement
from zhengling.services.medical.terms import BENEFITS, DayTerms, terms_on

INSTRUMENT = "YZCR-2021-01016"
CLASS_3 = 3


@dataclass(frozen=True)
class Line:
    """One settlement as it would be decided; `receipt` replays it."""

    settlement: Settlement
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
        terms = terms_on(parameters_for("medical").on(clock.local(settlement.setl_time).date()))
        line = _line(settlement, application.hardship_veteran, account, terms)
        account = line.account
        lines.append(line)
    return lines


def _line(settlement: Settlement, veteran: bool, account: rules.Account, terms: DayTerms) -> Line:
    base = settlement.inscp_scp_amt - settlement.paid_before_assistance
    benefit = BENEFITS[settlement.benefit]
    question = Question(benefit, CLASS_3, veteran, base, settlement.exclusion, account)
    answer = explain(question, terms)
    inputs = {
        "benefit": settlement.benefit,
        "assistance_class": CLASS_3,
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
            benefit, CLASS_3, veteran, above=answer.settled.above > 0, cut=answer.settled.cut > 0
        )
    return Line(
        settlement=settlement,
        settled=answer.settled,
        rate=0 if settlement.exclusion in terms.excluded else terms.of(benefit, CLASS_3, veteran).rate,
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
            assistance_class=CLASS_3,
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
        _keep(year, lines[-1].account)


def _keep(year: BenefitYear, account: rules.Account) -> None:
    year.inpatient_cost, year.major_cost, year.inpatient_paid = account[:3]
    year.special_cost, year.special_paid, year.was_class_3 = *account[3:5], bool(account[5])
    year.save()


def undo(rows: Sequence[Decision], moment: datetime) -> list[Decision]:
    """Reverse decisions by rows of their exact opposite, and take them out of their years, which are locked in order.

    Returns the reversals. What was decided later in the year rested on the undone figures; it stands, for an officer
    to look at (reading R18a). Raises `ActRefused` for a decision reversed before, or one that the year began anew after.
    """
    made = []
    years = sorted({row.benefit_year_id for row in rows})
    locked = {
        year.pk: year for year in BenefitYear.objects.select_for_update().filter(pk__in=years).order_by("pk")
    }
    for row in sorted(rows, key=lambda row: (row.benefit_year_id, row.order)):
        if Decision.objects.filter(reverses=row).exists():
            raise ActRefused(
                _("%(id)s was undone before") % {"id": row.settlement.setl_id}, f"{INSTRUMENT}/24"
            )
        year = locked[row.benefit_year_id]
        year.order += 1
        made.append(_opposite(row, year.order, moment))
    for year in locked.values():
        account = account_of(year)
        for opposite in made:
            account = _after(account, opposite) if opposite.benefit_year_id == year.pk else account
        if min(account) < 0:
            raise ActRefused(_("the year's figures were begun anew after this decision"), f"{INSTRUMENT}/15")
        stands = year.decisions.filter(assistance_class=CLASS_3, reverses=None, reversed_by=None).exists()
        _keep(year, account._replace(was_class_3=int(stands)))
    return made


def _opposite(row: Decision, order: int, moment: datetime) -> Decision:
    return Decision.objects.create(
        settlement=row.settlement,
        application=row.application,
        benefit_year=row.benefit_year,
        order=order,
        assistance_class=row.assistance_class,
        base_amt=-row.base_amt,
        below_deductible_amt=-row.below_deductible_amt,
        assisted_amt=-row.assisted_amt,
        above_ceiling_amt=-row.above_ceiling_amt,
        rate=row.rate,
        cap_cut_amt=-row.cap_cut_amt,
        maf_pay=-row.maf_pay,
        receipt=row.receipt,
        reverses=row,
        decided_at=moment,
    )


def replayed(year: BenefitYear) -> rules.Account:
    """The year as its decisions add up to, reversals included, in fen: equal to what the row holds (unless the reading
    of article 15 begins years anew)."""
    account = rules.EMPTY
    for row in year.decisions.select_related("settlement").order_by("order"):
        account = _after(account, row)
    stands = year.decisions.filter(assistance_class=CLASS_3, reverses=None, reversed_by=None).exists()
    return account._replace(was_class_3=int(stands))


def _after(account: rules.Account, row: Decision) -> rules.Account:
    """The account moved by a decision or, with its negative figures, by a reversal."""
    if row.settlement.benefit == Benefit.SPECIAL_OUTPATIENT:
        return account._replace(
            special_cost=account.special_cost + row.base_amt, special_paid=account.special_paid + row.maf_pay
        )
    major = row.base_amt if row.settlement.benefit == Benefit.MAJOR_OUTPATIENT else 0
    return account._replace(
        inpatient_cost=account.inpatient_cost + row.base_amt,
        major_cost=account.major_cost + major,
        inpatient_paid=account.inpatient_paid + row.maf_pay,
    )


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
