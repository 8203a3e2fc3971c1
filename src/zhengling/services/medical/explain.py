"""The words of a settlement: the same figures as `rules.settle`, step by step, each with the provision it
rests on.

Formulas and quantities are English source texts; `CHINESE` has the Chinese for each of them, as data, so that
pages, letters and receipts say the same whatever renders them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhengling.kernel.law.parameters import ParametersOn
from zhengling.kernel.law.traces import Step, Trace
from zhengling.services.medical.rules import (
    EMPTY,
    INPATIENT,
    MAJOR_OUTPATIENT,
    NO_LIMIT,
    SPECIAL_OUTPATIENT,
    Account,
    Settled,
    half_up_share,
    included_after_class_3,
    premium_group,
    reassistance_due,
)
from zhengling.services.medical.terms import BENEFITS, DayTerms, reassistance_terms, terms_from, terms_on

RATE_UNIT = "hundredths_of_percent"
NOT_ASSISTED = -1
"""The benefit of an outpatient visit that no list names (article 11)."""

QUANTITIES = {
    "base_amt": ("Cost that counts", "计入救助的自负费用"),
    "cost_before": ("Cost of the year before this settlement", "本次结算前年度累计自负费用"),
    "below_deductible_amt": ("Part below the deductible", "起付线以下部分"),
    "deductible": ("Deductible of the class", "起付线"),
    "ceiling": ("Yearly cost up to which assistance is given", "年度自负费用救助上限"),
    "above_ceiling_amt": ("Part above the ceiling", "超过限额部分"),
    "assisted_amt": ("Assisted part", "纳入救助的金额"),
    "rate": ("Rate of assistance", "救助比例"),
    "share": ("Assistance before the yearly limit", "限额前救助金额"),
    "paid_before": ("Assistance of the year before this settlement", "本次结算前年度已救助金额"),
    "cap": ("Yearly limit of assistance", "年度救助限额"),
    "cap_cut_amt": ("Cut by the yearly limit", "超年度限额核减金额"),
    "maf_pay": ("Medical assistance paid", "医疗救助支付金额"),
    "premium_subsidy": ("Premium subsidy", "参保资助金额"),
    "remaining_burden": ("Burden that remains", "救助后个人负担"),
    "reassistance": ("Re-assistance, if it is granted", "再救助金额（经审核给予的）"),
}

CHINESE = {
    "left out of assistance: 0": "不纳入救助范围，计0",
    "neither inpatient nor on a list of diseases: 0": "既非住院，也不属于门诊救助病种，计0",
    "in-scope cost less all that was paid before assistance": "政策范围内费用减去救助前各项支付",
    "class 0 has no claim; the cost is remembered": "未纳入救助对象，不予救助，费用计入年度累计",
    "this class has no claim here; the cost is remembered": "本类对象不享受此项救助，费用计入年度累计",
    "sum of the year's earlier settlements in this pool": "本年度此前同类结算累计",
    "the year begins anew on inclusion": "自纳入之日起重新累计",
    "for this class": "按救助对象类别确定",
    "the one of class 3 is kept": "沿用三类救助对象起付线",
    "carried over from class 3, not reckoned anew": "由三类转入，不重新计算",
    "part of the base that the year's cost still lacks to the deductible": "年度累计未达到起付线的部分",
    "deductible reached: nothing is left below it": "已达到起付线，全部纳入",
    "deductible not reached: the whole base": "未达到起付线，不予救助",
    "part of the base by which the year's cost exceeds the ceiling": "年度累计超过上限的部分",
    "base - below the deductible - above the ceiling": "计入金额－起付线以下部分－超过限额部分",
    "for this class, increased for a veteran in difficulty": "按类别比例，困难退役军人予以提高",
    "assisted part x rate, half a fen upwards": "纳入救助的金额×救助比例，四舍五入到分",
    "sum of the year's earlier assistance in this pool": "本年度此前同类救助累计",
    "assistance above what the yearly limit still allows": "超过年度限额余额的部分",
    "assistance before the limit - cut": "限额前救助金额－核减金额",
    "premium x subsidised share": "个人缴费×资助比例",
    "cost - assistance": "自负费用－救助金额",
    "above the threshold x rate, after application and review": "超过标准部分×再救助比例，须经申请、审核",
}


@dataclass(frozen=True)
class Case:
    """What one settlement is decided on. `base` in fen, already 0 or more; `exclusion` "" or a code of
    article 8.
    """

    benefit: int
    assistance_class: int
    veteran: bool
    base: int
    exclusion: str = ""
    account: Account = EMPTY


@dataclass(frozen=True)
class Explained:
    settled: Settled
    account: Account
    trace: Trace


def explain(case: Case, terms: DayTerms) -> Explained:
    """Settle one case and say how: every quantity in the order of the reckoning, with its place in the
    rules.
    """
    if case.exclusion in terms.excluded:
        place = terms.excluded[case.exclusion]
        steps = (
            Step("base_amt", 0, "fen", "left out of assistance: 0", place),
            Step("maf_pay", 0, "fen", "left out of assistance: 0", place),
        )
        return Explained(Settled(0, 0, 0, 0, 0, 0), case.account, Trace(steps))
    if case.benefit == NOT_ASSISTED:
        word = "neither inpatient nor on a list of diseases: 0"
        steps = (Step("base_amt", 0, "fen", word, "11"), Step("maf_pay", 0, "fen", word, "11"))
        return Explained(Settled(0, 0, 0, 0, 0, 0), case.account, Trace(steps))
    settled, account = terms.settle(
        case.base, case.benefit, case.assistance_class, case.veteran, case.account
    )
    return Explained(settled, account, Trace(tuple(_steps(case, terms, settled))))


def _steps(case: Case, terms: DayTerms, settled: Settled) -> list[Step]:
    special = case.benefit == SPECIAL_OUTPATIENT
    after_class_3 = included_after_class_3(case.assistance_class, case.account)
    held = terms.of(case.benefit, case.assistance_class, case.veteran, after_class_3)
    places = terms.places(case.benefit, case.assistance_class, case.veteran)
    own_place = places[1] if case.benefit == MAJOR_OUTPATIENT and len(places) > 1 else places[0]
    scope_place = str(terms.applied["excluded_costs"]["article"]["other"]).partition("(")[0]
    steps = [
        Step(
            "base_amt",
            settled.base,
            "fen",
            "in-scope cost less all that was paid before assistance",
            scope_place,
        )
    ]
    if held.deductible == NO_LIMIT:
        word = "this class has no claim here; the cost is remembered"
        if case.assistance_class == 0:
            word = "class 0 has no claim; the cost is remembered"
        steps.append(Step("below_deductible_amt", settled.below, "fen", word, own_place))
        steps.append(Step("maf_pay", 0, "fen", word, own_place))
        return steps
    steps += _parts(case, terms, settled, own_place, after_class_3)
    increased = held.rate != terms.of(case.benefit, case.assistance_class, False, after_class_3).rate
    word = "for this class, increased for a veteran in difficulty" if increased else "for this class"
    veteran_place = str(terms.applied["veteran_increase"]["article"])
    steps.append(Step("rate", held.rate, RATE_UNIT, word, veteran_place if increased else own_place))
    share = half_up_share(settled.assisted, held.rate)
    steps.append(Step("share", share, "fen", "assisted part x rate, half a fen upwards", own_place))
    if held.cap != NO_LIMIT:
        place = str(terms.applied["special_op_cap" if special else "inpatient_ceiling"]["article"])
        before = case.account.special_paid if special else case.account.inpatient_paid
        steps += [
            Step("cap", held.cap, "fen", "for this class", place),
            Step("paid_before", before, "fen", "sum of the year's earlier assistance in this pool", place),
            Step(
                "cap_cut_amt",
                settled.cut,
                "fen",
                "assistance above what the yearly limit still allows",
                place,
            ),
        ]
    steps.append(Step("maf_pay", settled.pay, "fen", "assistance before the limit - cut", own_place))
    return steps


def _parts(case: Case, terms: DayTerms, settled: Settled, own_place: str, after_class_3: bool) -> list[Step]:
    """The steps from the year's cost to the assisted part."""
    special = case.benefit == SPECIAL_OUTPATIENT
    held = terms.of(case.benefit, case.assistance_class, case.veteran, after_class_3)
    change = terms.applied["class_change"]
    cost = case.account.special_cost if special else case.account.inpatient_cost
    word, place = "sum of the year's earlier settlements in this pool", own_place
    if after_class_3:
        place = str(change["article"])
        word = "carried over from class 3, not reckoned anew"
        if change["value"] == "restart":
            word, cost = "the year begins anew on inclusion", 0
    steps = [Step("cost_before", cost, "fen", word, place)]
    if after_class_3 and change["value"] == "keep_class_3_deductible":
        steps.append(
            Step("deductible", held.deductible, "fen", "the one of class 3 is kept", str(change["article"]))
        )
    else:
        steps.append(Step("deductible", held.deductible, "fen", "for this class", own_place))
    word = "part of the base that the year's cost still lacks to the deductible"
    if terms.manner.whole_once_reached:
        word = "deductible not reached: the whole base"
        if settled.below == 0:
            word = "deductible reached: nothing is left below it"
    steps.append(Step("below_deductible_amt", settled.below, "fen", word, own_place))
    if held.ceiling != NO_LIMIT:
        place = str(terms.applied["special_op_cap" if special else "inpatient_ceiling"]["article"])
        word = "part of the base by which the year's cost exceeds the ceiling"
        steps.append(Step("ceiling", held.ceiling, "fen", "for this class", place))
        steps.append(Step("above_ceiling_amt", settled.above, "fen", word, place))
    word = "base - below the deductible - above the ceiling"
    steps.append(Step("assisted_amt", settled.assisted, "fen", word, own_place))
    return steps


def settlement_rule(
    inputs: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Trace]:
    """The settlement as a rule that a receipt can replay.

    Inputs: benefit (word), assistance_class, hardship_veteran, base_amt (fen), exclusion, account (six
    integers in the order of `Account`). Parameters: `terms.applied`. Outputs: the fields of `Settled`, and
    the account after it.
    """
    case = Case(
        benefit=BENEFITS.get(inputs["benefit"], NOT_ASSISTED),
        assistance_class=inputs["assistance_class"],
        veteran=inputs["hardship_veteran"],
        base=inputs["base_amt"],
        exclusion=inputs["exclusion"],
        account=Account(*inputs["account"]),
    )
    explained = explain(case, terms_from(parameters))
    return {**explained.settled._asdict(), "account": list(explained.account)}, explained.trace


@dataclass(frozen=True)
class Estimate:
    """What help a person could expect in a year, in fen, with the steps of each line."""

    inpatient: Explained
    special_outpatient: Explained
    premium_subsidy: int
    remaining_burden: int
    reassistance: int
    trace: Trace  # premium, remaining burden and re-assistance

    @property
    def assistance(self) -> int:
        """Assistance without re-assistance, which needs an application and a finding of risk."""
        return self.inpatient.settled.pay + self.special_outpatient.settled.pay


def estimate(
    parameters: ParametersOn,
    *,
    assistance_class: int,
    veteran: bool = False,
    severely_disabled: bool = False,
    inpatient_cost: int = 0,
    special_outpatient_cost: int = 0,
) -> Estimate:
    """What a person could expect for a whole year's in-scope self-paid cost (fen), major-disease outpatient
    care
    counted as inpatient. Binds nobody. Raises ParameterError."""
    terms = terms_on(parameters)
    inpatient = explain(Case(INPATIENT, assistance_class, veteran, inpatient_cost), terms)
    special = explain(
        Case(
            SPECIAL_OUTPATIENT, assistance_class, veteran, special_outpatient_cost, account=inpatient.account
        ),
        terms,
    )
    premium = parameters["resident_premium"] or 0
    subsidised = parameters["premium_subsidy_rate"][premium_group(assistance_class, severely_disabled)]
    subsidy = half_up_share(premium, subsidised)
    burden = inpatient_cost + special_outpatient_cost - inpatient.settled.pay - special.settled.pay
    again_terms = reassistance_terms(parameters, veteran)
    entitled = 1 <= assistance_class <= 3 or not again_terms.classes_only
    again = reassistance_due(burden, again_terms) if entitled else 0
    place = str(parameters.resolve("reassistance_rate").article)
    trace = Trace(
        (
            Step(
                "premium_subsidy",
                subsidy,
                "fen",
                "premium x subsidised share",
                str(parameters.resolve("premium_subsidy_rate").article),
            ),
            Step("remaining_burden", burden, "fen", "cost - assistance", place),
            Step(
                "reassistance",
                again,
                "fen",
                "above the threshold x rate, after application and review",
                place,
            ),
        )
    )
    return Estimate(inpatient, special, subsidy, burden, again, trace)
