"""Whose premium is subsidised, at which rate, and how: articles 9 and 21 of YZCR-2021-01016, as arithmetic.

Money is fen, rates are hundredths of a percent. Pure: the readings come in with `Terms` (see `terms`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from zhengling.services.medical.rules import PremiumGroup, premium_subsidy


@dataclass(frozen=True, slots=True)
class Terms:
    """Article 9 for one benefit year, every reading applied. The period is inclusive of both days."""

    year: int
    premium: int
    rates: Mapping[str, int]  # by PremiumGroup
    first_day: date
    last_day: date
    after_period: bool  # persons recognised later in the year count too
    any_day: bool  # an identity of any day of the period counts, not only one of its last day
    most_favourable: bool  # R3; else the identity recognised last
    disability_needs_hardship: bool  # R5
    refunds: bool  # R10: who paid in full is given the subsidy back
    keeps: bool  # R10: the subsidy stays when the identity ends


@dataclass(frozen=True, slots=True)
class Mark:
    """One identity of a person: `key` is the caller's own, the days are inclusive, no last day is an open end."""

    key: int
    group: PremiumGroup
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a person may claim for the year: by which identity, at which rate, how many fen."""

    key: int
    group: PremiumGroup
    recognised_on: date
    rate: int
    amount: int


class Standing(StrEnum):
    """What follows for somebody who is entitled, from what the enrolment list says of him."""

    FUND = "fund"  # the fund is paid: taken off at payment (同缴同补), or nothing is known yet
    REFUND = "refund"  # the person paid the whole premium and is given the subsidy back
    KEPT = "kept"  # the person paid the whole premium and the reading gives nothing back
    NOT_ENROLLED = "not_enrolled"
    WRONG_RATE = "wrong_rate"
    TWICE = "twice"


def counts(mark: Mark, terms: Terms) -> bool:
    """Whether an identity counts for the year: recognised no later than the period's last day (article 9) and held in
    the period."""
    if mark.valid_from > terms.last_day:
        return terms.after_period and mark.valid_from.year <= terms.year
    needed_on = terms.first_day if terms.any_day else terms.last_day
    return mark.valid_to is None or mark.valid_to >= needed_on


def entitlement(marks: Iterable[Mark], terms: Terms) -> Entitlement | None:
    """The best claim of a person's identities (article 9; R3, R5, R8, R9), None without any.

    Of equally good identities the one recognised first is named.
    """
    held = [mark for mark in marks if mark.group is not PremiumGroup.NONE and counts(mark, terms)]
    if terms.disability_needs_hardship and all(mark.group is PremiumGroup.SEVERE_DISABILITY for mark in held):
        return None
    if not terms.most_favourable:
        newest = max((mark.valid_from for mark in held), default=None)
        held = [mark for mark in held if mark.valid_from == newest]
    claims = [_claim(mark, terms) for mark in held]
    best = min(
        claims, key=lambda claim: (-claim.amount, -claim.rate, claim.recognised_on, claim.key), default=None
    )
    return best if best and best.amount > 0 else None


def _claim(mark: Mark, terms: Terms) -> Entitlement:
    rate = terms.rates[mark.group]
    amount = premium_subsidy(
        terms.premium, rate, mark.valid_from, terms.last_day, after_period=terms.after_period
    )
    return Entitlement(mark.key, mark.group, mark.valid_from, rate, amount)


def standing(amount: int, paid: Sequence[int] | None, terms: Terms) -> Standing:
    """What is done for somebody entitled to `amount`, who by the enrolment list `paid` these sums himself.

    `paid` has one sum for each enrolment as a resident; None: no list has come in. A sum that is neither the own part
    nor the whole premium is not paid upon before somebody has cleared it.
    """
    if paid is None:
        return Standing.FUND
    if not paid:
        return Standing.NOT_ENROLLED
    if len(paid) > 1:
        return Standing.TWICE
    if paid[0] == terms.premium - amount:
        return Standing.FUND
    if paid[0] == terms.premium:
        return Standing.REFUND if terms.refunds else Standing.KEPT
    return Standing.WRONG_RATE
