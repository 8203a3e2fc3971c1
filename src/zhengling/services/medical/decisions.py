"""From settlements to decided money, by whatever way they came: plan, lock, write, undo, replay.

The arithmetic itself is in rules.py. Lock order: the person's year, then the ledger, then the record of access.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.casework.errors import ActRefused
from zhengling.kernel.law.models import DecisionReceipt
from zhengling.kernel.law.operations import record_receipts
from zhengling.kernel.law.parameters import ParameterSet
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.law.receipts import Receipt, receipt_for
from zhengling.kernel.law.traces import Step as TraceStep
from zhengling.kernel.law.traces import Trace
from zhengling.kernel.people.models import Person
from zhengling.services.medical import rules
from zhengling.services.medical.explain import NOT_ASSISTED, explain
from zhengling.services.medical.explain import Case as Question
from zhengling.services.medical.models import (
    Application,
    Benefit,
    BenefitYear,
    CarriedSum,
    Decision,
    Flag,
    Settlement,
)
from zhengling.services.medical.terms import BENEFITS, DayTerms, class_of, terms_on

INSTRUMENT = "YZCR-2021-01016"
CLASS_3 = 3
RECOGNISED = "recognised"  # the identity of whoever article 6 makes class 3


@dataclass(frozen=True, slots=True)
class Grounds:
    """Under which class a settlement is decided (articles 10, 11, 15), and whether for a veteran in difficulty."""

    assistance_class: int
    veteran: bool


@dataclass(frozen=True)
class Line:
    """One settlement as it would be decided; `receipt` replays it."""

    settlement: Settlement
    grounds: Grounds
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


# --- planning -------------------------------------------------------------------------------------------------------

_terms: dict[tuple[int, date], tuple[ParameterSet, DayTerms]] = {}
TERMS_KEPT = 500


def day_terms(parameters: ParameterSet, day: date) -> DayTerms:
    """The terms of a day; kept, since every settlement of the day asks for them. Raises ParameterError."""
    key = id(parameters), day
    held = _terms.get(key)
    # The set is kept with its terms, so that no other one can get its id.
    if held is None or held[0] is not parameters:
        if len(_terms) >= TERMS_KEPT:
            _terms.clear()
        held = _terms[key] = (parameters, terms_on(parameters.on(day)))
    return held[1]


def plan(application: Application, day: date, year: BenefitYear | None = None) -> list[Line]:
    """How the settlements of the application would be paid, in time order, each as its slice of the year (A12, A13)."""
    if year is None:
        year = BenefitYear.objects.filter(person=application.person, year=application.benefit_year).first()
    law = parameters_for("medical")
    rows = [
        (
            row,
            Grounds(
                class_of(RECOGNISED, law.on(clock.local(row.setl_time).date())), application.hardship_veteran
            ),
        )
        for row in application.settlements.order_by("setl_time", "setl_seq")
    ]
    return plan_rows(rows, account_of(year), law)


def plan_rows(
    rows: Iterable[tuple[Settlement, Grounds]],
    account: rules.Account,
    parameters: ParameterSet | None = None,
) -> list[Line]:
    """How settlements would be decided one after the other, each by the law of its own day."""
    parameters = parameters or parameters_for("medical")
    lines = []
    for settlement, grounds in rows:
        terms = day_terms(parameters, clock.local(settlement.setl_time).date())
        lines.append(line(settlement, grounds, account, terms))
        account = lines[-1].account
    return lines


def line(settlement: Settlement, grounds: Grounds, account: rules.Account, terms: DayTerms) -> Line:
    """One settlement under one class against the year so far: the figures, the articles, the words, the receipt."""
    benefit = BENEFITS.get(settlement.benefit, NOT_ASSISTED)
    excluded = settlement.exclusion in terms.excluded
    base, own, veteran = settlement.self_paid, grounds.assistance_class, grounds.veteran
    answer = explain(Question(benefit, own, veteran, base, settlement.exclusion, account), terms)
    rate = 0
    if excluded:
        places: tuple[str, ...] = (terms.excluded[settlement.exclusion],)
    elif benefit == NOT_ASSISTED:
        places = ("11",)
    else:
        after = rules.included_after_class_3(own, account)
        above, cut = answer.settled.above > 0, answer.settled.cut > 0
        places = terms.places(benefit, own, veteran, after_class_3=after, above=above, cut=cut)
        rate = terms.of(benefit, own, veteran, after).rate
    inputs = {
        "benefit": settlement.benefit,
        "assistance_class": own,
        "hardship_veteran": veteran,
        "base_amt": base,
        "exclusion": settlement.exclusion,
        "account": list(account),
    }
    outputs = {**answer.settled._asdict(), "account": list(answer.account)}
    receipt = receipt_for("medical.settlement", inputs, terms.applied, outputs, answer.trace)
    return Line(settlement, grounds, answer.settled, rate, answer.account, places, receipt, answer.trace)


def citations(lines: Sequence[Line]) -> list[str]:
    """The provisions the lines rest on, each once."""
    return list(dict.fromkeys(f"{INSTRUMENT}/{place}" for line in lines for place in line.places))


# --- writing --------------------------------------------------------------------------------------------------------


def write(
    year: BenefitYear, lines: Sequence[Line], moment: datetime, application: Application | None = None
) -> list[Decision]:
    """Keep the decisions with their receipts and move the (locked) year. Three statements."""
    if not lines:
        return []
    rows = []
    for line in lines:
        year.order += 1
        year.latest = max(year.latest or line.settlement.setl_time, line.settlement.setl_time)
        row = decision_of(line)
        row.application, row.benefit_year = application, year
        row.order, row.decided_at = year.order, moment
        rows.append(row)
    record_receipts((line.receipt, line.trace, line.settlement.setl_id) for line in lines)
    keep(year, lines[-1].account)
    Decision.objects.bulk_create(rows)
    return rows


def decision_of(line: Line) -> Decision:
    """The row that a line comes to, not saved."""
    return Decision(
        settlement=line.settlement,
        assistance_class=line.grounds.assistance_class,
        veteran=line.grounds.veteran,
        base_amt=line.settled.base,
        below_deductible_amt=line.settled.below,
        assisted_amt=line.settled.assisted,
        above_ceiling_amt=line.settled.above,
        rate=line.rate,
        cap_cut_amt=line.settled.cut,
        maf_pay=line.settled.pay,
        receipt=line.receipt.digest,
    )


def keep(year: BenefitYear, account: rules.Account) -> None:
    """Write the (locked) year as it stands after a decision."""
    year.inpatient_cost, year.major_cost, year.inpatient_paid = account[:3]
    year.special_cost, year.special_paid, year.was_class_3 = *account[3:5], bool(account.was_class_3)
    year.save()


def carry(year: BenefitYear, sums: Mapping[str, int], *, was_class_3: bool, source: str) -> None:
    """Let sums that were not decided here count in the (locked) year from now on (article 15). `sums`: names of
    `rules.Account` -> fen; `source` says where they come from."""
    year.order += 1
    row = CarriedSum(benefit_year=year, order=year.order, was_class_3=was_class_3, source=source[:80], **sums)
    row.save(force_insert=True)
    keep(year, moved(account_of(year), row))


def _with_carried(account: rules.Account, row: CarriedSum) -> rules.Account:
    return rules.Account(
        account.inpatient_cost + row.inpatient_cost,
        account.major_cost + row.major_cost,
        account.inpatient_paid + row.inpatient_paid,
        account.special_cost + row.special_cost,
        account.special_paid + row.special_paid,
        max(account.was_class_3, int(row.was_class_3)),
    )


# --- undoing --------------------------------------------------------------------------------------------------------


def undo(rows: Sequence[Decision], moment: datetime) -> list[Decision]:
    """Reverse decisions by rows of their exact opposite and take them out of their years, which are locked in order.

    Returns the reversals. What was decided later in the year rested on the undone figures: an officer looks at it, or
    it is decided again (reading R18a, `later_settlements_after_reversal`). Raises `ActRefused` for a decision undone
    before, or one after which the year began anew.
    """
    made = []
    for year in (
        BenefitYear.objects.select_for_update()
        .filter(pk__in={row.benefit_year_id for row in rows})
        .order_by("pk")
    ):
        own = [row.pk for row in rows if row.benefit_year_id == year.pk]
        made += _undo_in(year, own, moment)
    return made


def _undo_in(year: BenefitYear, keys: Sequence[Any], moment: datetime) -> list[Decision]:
    # Read again under the lock of the year.
    rows = list(year.decisions.filter(pk__in=keys).select_related("settlement").order_by("order"))
    opposites = [_take_out(year, row, moment) for row in rows]
    later = list(
        year.decisions.filter(order__gt=rows[0].order, reverses=None, undone=False)
        .select_related("settlement")
        .order_by("order")
    )
    day = clock.local(moment).date()
    if parameters_for("medical").value("later_settlements_after_reversal", day) == "rate_again":
        # What an application was granted has been told to a person in a letter; that no machine takes back.
        again = [row for row in later if row.application_id is None and not row.told]
        for row in again:
            opposites.append(_take_out(year, row, moment))
        lines = plan_rows(((row.settlement, grounds_of(row)) for row in again), account_of(year))
        write(year, lines, moment)
        later = [row for row in later if row not in again]
    raise_flags(((row.settlement, Flag.Kind.AFTER_REVERSAL) for row in later), moment)
    return opposites


def _take_out(year: BenefitYear, row: Decision, moment: datetime) -> Decision:
    """One reversal: the opposite row, the row undone, the year without it."""
    if row.undone or row.reverses_id:
        raise ActRefused(_("%(id)s was undone before") % {"id": row.settlement.setl_id}, f"{INSTRUMENT}/10")
    year.order += 1
    opposite = Decision(
        settlement=row.settlement,
        application_id=row.application_id,
        benefit_year=year,
        order=year.order,
        assistance_class=row.assistance_class,
        veteran=row.veteran,
        base_amt=-row.base_amt,
        below_deductible_amt=-row.below_deductible_amt,
        assisted_amt=-row.assisted_amt,
        above_ceiling_amt=-row.above_ceiling_amt,
        rate=row.rate,
        cap_cut_amt=-row.cap_cut_amt,
        maf_pay=-row.maf_pay,
        receipt=row.receipt,
        told=row.told,
        reverses=row,
        decided_at=moment,
    )
    account = moved(account_of(year), opposite)
    if min(account) < 0:
        raise ActRefused(_("the year's figures were begun anew after this decision"), f"{INSTRUMENT}/15")
    opposite.save(force_insert=True)
    row.undone = True
    row.save(update_fields=["undone"])
    standing = year.decisions.filter(reverses=None, undone=False)
    year.latest = standing.aggregate(latest=Max("settlement__setl_time"))["latest"]
    stands = (
        standing.filter(assistance_class=CLASS_3).exists() or year.carried.filter(was_class_3=True).exists()
    )
    keep(year, account._replace(was_class_3=int(stands)))
    return opposite


def moved(account: rules.Account, row: CarriedSum | Decision) -> rules.Account:
    """The account moved by a decision or, with its negative figures, by a reversal, or by what was carried in."""
    if isinstance(row, CarriedSum):
        return _with_carried(account, row)
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


def grounds_of(row: Decision) -> Grounds:
    return Grounds(row.assistance_class, row.veteran)


def raise_flags(found: Iterable[tuple[Settlement, Flag.Kind]], moment: datetime) -> None:
    """Ask an officer to look at settlements; what is asked already is not asked twice."""
    places = {
        Flag.Kind.SPANS_INCLUSION: "15",
        Flag.Kind.LATE: "10",
        Flag.Kind.AFTER_REVERSAL: "10",
    }
    rows = [
        Flag(settlement=settlement, kind=kind, citation=f"{INSTRUMENT}/{places[kind]}", raised_at=moment)
        for settlement, kind in found
    ]
    if rows:
        Flag.objects.bulk_create(rows, ignore_conflicts=True)


# --- replaying ------------------------------------------------------------------------------------------------------


def replay(year: BenefitYear) -> tuple[rules.Account, list[str]]:
    """Decide the year's settlements once more in stored order: (the account they come to, what comes out otherwise).

    Article 10: yearly accumulation; live and replayed are equal, or somebody changed a figure.
    """
    parameters = parameters_for("medical")
    account, differences = rules.EMPTY, []
    rows = _history(year)
    for place, row in enumerate(rows, start=1):
        if isinstance(row, CarriedSum):
            account = moved(account, row)
        elif row.reverses_id:
            account = moved(account, row)._replace(was_class_3=_was_class_3(rows[:place]))
        else:
            terms = day_terms(parameters, clock.local(row.settlement.setl_time).date())
            again = line(row.settlement, grounds_of(row), account, terms)
            if again.settled[:-1] != _figures(row) or (again.settled.pay != row.maf_pay and not row.told):
                differences.append(
                    f"{row.settlement.setl_id} comes to {again.settled.pay}, {row.maf_pay} is kept"
                )
            account = _told(again.account, row, again) if row.told else again.account
    if account != account_of(year):
        differences.append(f"the year comes to {tuple(account)}, {tuple(account_of(year))} is kept")
    return account, differences


def line_of(row: Decision) -> Line:
    """A stored decision once more, with its words: from its receipt, or from what the year held before it."""
    kept = DecisionReceipt.objects.filter(digest=row.receipt).first() if row.receipt else None
    account = rules.Account(*kept.receipt.inputs["account"]) if kept else _account_before(row)
    terms = day_terms(parameters_for("medical"), clock.local(row.settlement.setl_time).date())
    return line(row.settlement, grounds_of(row), account, terms)


def _account_before(row: Decision) -> rules.Account:
    rows = _history(row.benefit_year, before=row.order)
    account = rules.EMPTY
    for earlier in rows:
        account = moved(account, earlier)
    return account._replace(was_class_3=_was_class_3(rows))


def _history(year: BenefitYear, before: int | None = None) -> list[CarriedSum | Decision]:
    """What moved the year, in its order: sums carried in, decisions, reversals; those before a place, when one is named."""
    carried, decided = year.carried.all(), year.decisions.select_related("settlement")
    if before is not None:
        carried, decided = carried.filter(order__lt=before), decided.filter(order__lt=before)
    return sorted([*carried, *decided], key=lambda row: row.order)


def _was_class_3(rows: Sequence[CarriedSum | Decision]) -> int:
    """1 where the person was assisted as class 3 by something among `rows` that still stands after them."""
    undone = {row.reverses_id for row in rows if isinstance(row, Decision)}
    return int(
        any(
            row.was_class_3
            if isinstance(row, CarriedSum)
            else row.assistance_class == CLASS_3 and not row.reverses_id and row.pk not in undone
            for row in rows
        )
    )


def _figures(row: Decision) -> tuple[int, ...]:
    return (
        row.base_amt, row.below_deductible_amt, row.assisted_amt, row.above_ceiling_amt, row.cap_cut_amt
    )  # fmt: skip


def _told(account: rules.Account, row: Decision, again: Line) -> rules.Account:
    """The account with the money that was paid elsewhere instead of what we reckoned."""
    more = row.maf_pay - again.settled.pay
    if row.settlement.benefit == Benefit.SPECIAL_OUTPATIENT:
        return account._replace(special_paid=account.special_paid + more)
    return account._replace(inpatient_paid=account.inpatient_paid + more)


def problems() -> Iterator[str]:
    """For `zhengling verify`: every benefit year whose replay differs from what is kept."""
    for year in BenefitYear.objects.order_by("pk").iterator(chunk_size=500):
        for text in replay(year)[1]:
            yield f"benefit year {year.year} of {year.person_id}: {text}"


# --- class 3 --------------------------------------------------------------------------------------------------------


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
