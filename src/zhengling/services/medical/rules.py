"""What the medical assistance rules (YZCR-2021-01016) come to, as arithmetic over integers.

Money is fen, rates are hundredths of a percent. `settle` and what it calls keep to the subset of Python that
numba compiles: `bulk` runs these very functions over millions of rows. Which reading of the law is followed
is not decided here but in `terms`, which turns the parameters of a day into `Terms` and `Manner`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

# Kinds of benefit. The first two share one pool: one deductible, one band (article 11(2)).
INPATIENT = 0
MAJOR_OUTPATIENT = 1
SPECIAL_OUTPATIENT = 2

WHOLE = 10_000  # a rate of 100 %
NO_LIMIT = 1 << 61  # fen; beyond any cost, and two of them still fit 64 bits
SATURATION = 1 << 60  # fen; yearly sums stop counting here, far beyond every deductible and limit


class Terms(NamedTuple):
    """What a class may claim from a pool, every reading applied. Fen; rate in hundredths of a percent.

    No claim at all is a deductible of NO_LIMIT: the cost is remembered and stays below the line.
    """

    deductible: int
    ceiling: int  # yearly cost above it is not assisted; NO_LIMIT where the assistance is limited instead
    rate: int
    cap: int  # yearly assistance; NO_LIMIT where the cost is limited instead


class Manner(NamedTuple):
    """Readings that the row-by-row arithmetic itself must know; 1 is yes."""

    whole_once_reached: int  # A4: the whole settlement is assisted once the deductible is reached
    reached_at_deductible: int  # A3: cost equal to the deductible reaches it
    separate_major: int  # A6: major-disease outpatient cost has a deductible of its own
    restart_on_inclusion: int  # A12: from class 3 to class 1 or 2 the year begins anew


class Account(NamedTuple):
    """A person's benefit year so far. Fen. Cost is in-scope self-paid cost, whatever the class at the time
    (A12).
    """

    inpatient_cost: int  # inpatient and major-disease outpatient together
    major_cost: int  # of which major-disease outpatient
    inpatient_paid: int
    special_cost: int
    special_paid: int
    was_class_3: int  # 1 once a settlement of the year was assisted under class 3


class Settled(NamedTuple):
    """One settlement, in fen: base = below + assisted + above; pay = half-up(assisted x rate) - cut."""

    base: int
    below: int
    assisted: int
    above: int
    cut: int
    pay: int


EMPTY = Account(0, 0, 0, 0, 0, 0)


def half_up_share(amount: int, rate: int) -> int:
    """`rate` of an amount >= 0, to the fen, half a fen upwards; exact for every 64-bit amount below 2**62."""
    return amount // WHOLE * rate + (amount % WHOLE * rate + WHOLE // 2) // WHOLE


def included_after_class_3(assistance_class: int, account: Account) -> bool:
    """Article 15: a person of class 3 has come into class 1 or 2 within the year."""
    return account.was_class_3 == 1 and 1 <= assistance_class <= 2


def parts(base: int, own_cost: int, pool_cost: int, terms: Terms, manner: Manner) -> tuple[int, int, int]:
    """Cut a settlement's base into below the deductible, assisted, above the ceiling (articles 10, 11;
    A1-A4).

    `own_cost` is the cost before it that counts towards the deductible, `pool_cost` towards the ceiling. In
    the chosen reading assisted is the part of the year's cost that this settlement adds and that lies between
    the two lines.
    """
    if manner.whole_once_reached == 1:
        reached = own_cost + base > terms.deductible
        if manner.reached_at_deductible == 1:
            reached = own_cost + base >= terms.deductible
        below = 0 if reached else base
    else:
        below = min(base, max(0, terms.deductible - own_cost))
    above = min(base - below, max(0, pool_cost + base - terms.ceiling))
    return below, base - below - above, above


def settle(
    base: int, benefit: int, assistance_class: int, terms: Terms, manner: Manner, account: Account
) -> tuple[Settled, Account]:
    """Settle `base` fen of in-scope self-paid cost against the year so far; returns the result and the year
    after it.

    `terms` are those of the benefit's pool and of the class under which the settlement is assisted. Excluded
    cost (article 8) is never given here: it neither counts nor accumulates.
    """
    if manner.restart_on_inclusion == 1 and included_after_class_3(assistance_class, account):
        account = Account(0, 0, 0, 0, 0, 0)
    was_class_3 = 1 if assistance_class == 3 else account.was_class_3
    if benefit == SPECIAL_OUTPATIENT:
        # Article 11(1): a pool of its own.
        cost, paid = account.special_cost, account.special_paid
        below, assisted, above = parts(base, cost, cost, terms, manner)
    else:
        # Articles 10 and 11(2): one pool for both.
        cost, paid = account.inpatient_cost, account.inpatient_paid
        own = cost
        if manner.separate_major == 1:
            own = account.major_cost if benefit == MAJOR_OUTPATIENT else cost - account.major_cost
        below, assisted, above = parts(base, own, cost, terms, manner)
    share = half_up_share(assisted, terms.rate)
    pay = min(share, max(0, terms.cap - paid))
    settled = Settled(base, below, assisted, above, share - pay, pay)
    cost = min(cost + base, SATURATION)
    if benefit == SPECIAL_OUTPATIENT:
        return settled, Account(
            account.inpatient_cost, account.major_cost, account.inpatient_paid, cost, paid + pay, was_class_3
        )
    major = account.major_cost + (base if benefit == MAJOR_OUTPATIENT else 0)
    return settled, Account(
        cost, min(major, cost), paid + pay, account.special_cost, account.special_paid, was_class_3
    )


def classify_outpatient(
    on_major_list: bool, on_special_list: bool, pharmacy: bool, *, both_lists: str, pharmacy_as_special: bool
) -> int | None:
    """The benefit of an outpatient visit, None when it is not assisted (article 11; A7).

    A listed major disease comes first, pharmacy purchases are left out of it, and the pools never overflow.
    `both_lists` and `pharmacy_as_special` are the parameters disease_on_both_lists and
    pharmacy_as_special_outpatient.
    """
    if on_major_list and pharmacy:
        return SPECIAL_OUTPATIENT if pharmacy_as_special and on_special_list else None
    if on_major_list and (both_lists == "major_outpatient" or not on_special_list):
        return MAJOR_OUTPATIENT
    return SPECIAL_OUTPATIENT if on_special_list else None


class PremiumGroup(StrEnum):
    """Groups of article 9; the values are the keys of premium_subsidy_rate."""

    CLASS_1 = "class_1"
    SEVERE_DISABILITY = "severe_disability"
    OTHER_CLASS_2 = "other_class_2"
    NONE = "none"


def premium_group(assistance_class: int, severely_disabled: bool) -> PremiumGroup:
    """Article 9: class 1 and the severely disabled of class 2 whole, the rest of class 2 in part, nobody
    else.
    """
    if assistance_class == 1:
        return PremiumGroup.CLASS_1
    if assistance_class == 2:
        return PremiumGroup.SEVERE_DISABILITY if severely_disabled else PremiumGroup.OTHER_CLASS_2
    return PremiumGroup.NONE


def premium_subsidy(
    premium: int, rate: int, recognised_on: date, period_end: date, *, after_period: bool
) -> int:
    """Subsidised part of a resident's premium in fen (article 9).

    Nothing for persons recognised after the last day of the enrolment period, unless `after_period`.
    """
    if recognised_on > period_end and not after_period:
        return 0
    return half_up_share(premium, rate)


class ReassistanceTerms(NamedTuple):
    """Article 12, fen; the limit is NO_LIMIT where none is set (A9)."""

    threshold: int
    rate: int
    limit: int
    whole_burden: bool  # A8: the rate applies to the whole burden once it exceeds the threshold
    classes_only: bool  # A10: persons outside classes 1-3 have no claim
    subtract_supplementary: bool  # A11


def reassistance_burden(
    in_scope: int,
    basic: int,
    serious_illness: int,
    supplementary: int,
    assistance: int,
    terms: ReassistanceTerms,
) -> int:
    """The year's in-scope cost that nobody has paid, inpatient and outpatient together, in fen (article 12;
    A11).
    """
    burden = in_scope - basic - serious_illness - assistance
    return max(0, burden - (supplementary if terms.subtract_supplementary else 0))


def reassistance_due(burden: int, terms: ReassistanceTerms) -> int:
    """Re-assistance for a whole year's burden in fen; the burden must exceed the threshold (article 12; A8,
    A9).
    """
    if burden <= terms.threshold:
        return 0
    base = burden if terms.whole_burden else burden - terms.threshold
    return min(half_up_share(base, terms.rate), terms.limit)


def reassistance(
    burden: int, burden_before: int, assistance_class: int, at_risk_of_poverty: bool, terms: ReassistanceTerms
) -> int:
    """What one application adds: the year's due less what was due at the application before it (article 12,
    14).

    Former re-assistance does not lower the burden; the yearly sum is the same however many applications there
    are.
    """
    if not at_risk_of_poverty or (terms.classes_only and not 1 <= assistance_class <= 3):
        return 0
    return max(0, reassistance_due(burden, terms) - reassistance_due(burden_before, terms))


class Finding(StrEnum):
    """Outcome of a test of article 6."""

    MET = "met"
    NOT_MET = "not_met"
    OFFICER_JUDGES = "officer_judges"


@dataclass(frozen=True)
class Household:
    """What the survey of a household found, in fen; property is that beyond the home and daily
    necessities.
    """

    members: int
    income_before_application: int  # of the household, over the months before the application (article 6(1))
    property_beyond_necessities: int
    self_paid_cost: int  # medical cost that the family has to bear
    income_of_year: int  # of the household, over the window of article 6(2)
    in_scope_cost_of_year: int  # the patient's own in-scope self-paid cost over the same window

    def __post_init__(self) -> None:
        if self.members < 1:
            raise ValueError("a household has at least one member")


@dataclass(frozen=True)
class Override:
    """An officer's departure from the tests, which hold only in principle (article 6); the reason is
    required.
    """

    recognised: bool
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("a departure from the tests of article 6 needs a reason")


@dataclass(frozen=True)
class ClassThreeFinding:
    """Both tests and what follows; `recognised` is None until the officer has judged."""

    low_income: Finding  # article 6(1), first half
    property_insufficient: bool  # article 6(1), second half
    test_1: Finding
    test_2: Finding
    recognised: bool | None
    override: Override | None


def class_3_finding(
    household: Household,
    *,
    in_class_1_or_2: bool,
    low_income_per_head: int | None,
    burden_ratio: int,
    override: Override | None = None,
) -> ClassThreeFinding:
    """Recognition of class 3 (articles 5(3), 6; R1): one of two tests, or an officer's reasoned departure.

    `low_income_per_head` (fen) is blank as long as nobody has set it: then the officer judges test 1. A
    person of class 1 or 2 is never of class 3, whatever the tests say.
    """
    short = household.property_beyond_necessities < household.self_paid_cost
    if low_income_per_head is None:
        low = Finding.OFFICER_JUDGES
    else:
        is_low = household.income_before_application <= low_income_per_head * household.members
        low = Finding.MET if is_low else Finding.NOT_MET
    test_1 = low if short else Finding.NOT_MET
    # "50 % or more": the number itself is included.
    cost = household.in_scope_cost_of_year
    heavy = cost > 0 and cost * WHOLE >= household.income_of_year * burden_ratio
    test_2 = Finding.MET if heavy else Finding.NOT_MET
    recognised: bool | None
    if in_class_1_or_2:
        recognised = False
    elif override is not None:
        recognised = override.recognised
    elif Finding.MET in {test_1, test_2}:
        recognised = True
    else:
        recognised = None if test_1 is Finding.OFFICER_JUDGES else False
    return ClassThreeFinding(low, short, test_1, test_2, recognised, override)
