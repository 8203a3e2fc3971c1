"""From the parameters of a day to what `rules` needs: here, and only here, a reading of the law becomes
numbers.

`Applied` is the part of the parameters that a settlement rests on, in JSON's own types, so that a receipt can
carry it and the settlement can be run again from the receipt alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhengling.kernel.law.parameters import ParameterError, ParametersOn
from zhengling.services.medical.rules import (
    INPATIENT,
    MAJOR_OUTPATIENT,
    NO_LIMIT,
    SPECIAL_OUTPATIENT,
    WHOLE,
    Account,
    Manner,
    ReassistanceTerms,
    Settled,
    Terms,
    included_after_class_3,
    settle,
)

BENEFITS = {
    "inpatient": INPATIENT,
    "major_outpatient": MAJOR_OUTPATIENT,
    "special_outpatient": SPECIAL_OUTPATIENT,
}
CLASSES = (0, 1, 2, 3)
EXCLUSIONS = ("not_contracted", "out_of_area_no_referral", "wellness_cosmetic", "third_party", "other")

# What a settlement rests on; a day on which one of these changes gives new terms.
SETTLEMENT_PARAMETERS = (
    "excluded_costs",
    "inpatient_deductible",
    "inpatient_rate",
    "inpatient_ceiling",
    "inpatient_cap_basis",
    "inpatient_band_from",
    "deductible_reached_at",
    "assisted_part",
    "veteran_increase",
    "veteran_increase_as",
    "veteran_scope",
    "special_op_deductible",
    "special_op_rate",
    "special_op_cap",
    "special_op_cap_basis",
    "major_outpatient_deductible",
    "class_change",
)

Applied = Mapping[str, Mapping[str, Any]]
"""Name -> {"value": ..., "article": ...}; both may be tables with text keys."""


@dataclass(frozen=True)
class DayTerms:
    """The terms of every benefit, class and kind of person on one day, and the places they rest on."""

    table: tuple[Terms, ...]  # at index(...)
    manner: Manner
    excluded: Mapping[str, str]  # exclusion -> place, for those that exclude
    applied: Applied

    def of(self, benefit: int, assistance_class: int, veteran: bool, after_class_3: bool = False) -> Terms:
        return self.table[index(benefit, assistance_class, veteran, after_class_3)]

    def settle(
        self, base: int, benefit: int, assistance_class: int, veteran: bool, account: Account
    ) -> tuple[Settled, Account]:
        """One settlement of `base` fen; `rules.settle` with the terms that this person has on this day."""
        after_class_3 = included_after_class_3(assistance_class, account)
        terms = self.of(benefit, assistance_class, veteran, after_class_3)
        return settle(base, benefit, assistance_class, terms, self.manner, account)

    def places(
        self,
        benefit: int,
        assistance_class: int,
        veteran: bool,
        *,
        after_class_3: bool = False,
        above: bool = False,
        cut: bool = False,
    ) -> tuple[str, ...]:
        """Keys of the provisions that a settlement rests on, the deciding one first, each once.

        `above` and `cut`: whether the ceiling or the yearly limit of assistance took something off.
        """
        pool = "special_op" if benefit == SPECIAL_OUTPATIENT else "inpatient"
        places = [
            self._article(f"{pool}_deductible", assistance_class),
            self._article(f"{pool}_rate", assistance_class),
        ]
        if self.of(benefit, assistance_class, veteran).deductible == NO_LIMIT:
            return (places[0],)
        if benefit == MAJOR_OUTPATIENT:
            places.insert(0, self._article("major_outpatient_deductible"))
        if veteran and _veteran_counts(self.applied, benefit):
            places.append(self._article("veteran_increase"))
        if above or cut:
            places.append(
                self._article("special_op_cap" if benefit == SPECIAL_OUTPATIENT else "inpatient_ceiling")
            )
        if after_class_3:
            places.append(self._article("class_change"))
        return tuple(dict.fromkeys(places))

    def _article(self, name: str, assistance_class: int = 0) -> str:
        article: str | Mapping[str, str] = self.applied[name]["article"]
        return article if isinstance(article, str) else article[str(assistance_class)]


def index(benefit: int, assistance_class: int, veteran: bool, after_class_3: bool) -> int:
    """Where `DayTerms.table` keeps one person's terms; the compiled loop reckons the same place."""
    return ((benefit * 4 + assistance_class) * 2 + veteran) * 2 + after_class_3


def applied(parameters: ParametersOn) -> Applied:
    """The settlement's share of a day's parameters. Raises ParameterError."""
    taken = {}
    for name in SETTLEMENT_PARAMETERS:
        resolved = parameters.resolve(name)
        _check_keys(parameters, name, resolved.value)
        taken[name] = {"value": _json(resolved.value), "article": _json(resolved.article)}
    return taken


def _check_keys(parameters: ParametersOn, name: str, value: Any) -> None:
    expected = set(EXCLUSIONS) if name == "excluded_costs" else {str(number) for number in CLASSES}
    if isinstance(value, Mapping) and set(value) != expected:
        problem = f"must have a value for each of {', '.join(sorted(expected))}"
        raise ParameterError(parameters.parameters.source, name, problem)


def class_of(identity: str, parameters: ParametersOn) -> int:
    """The class of an identity on the parameters' day (article 5); ``recognised`` is class 3. Raises
    ParameterError.
    """
    number: int = parameters["class_of_identity"][identity]
    if number not in CLASSES:
        problem = f"{identity} has the class {number}, but there are only {CLASSES}"
        raise ParameterError(parameters.parameters.source, "class_of_identity", problem)
    return number


def terms_on(parameters: ParametersOn) -> DayTerms:
    """The terms of the parameters' day. Raises ParameterError."""
    return terms_from(applied(parameters))


def terms_from(applied: Applied) -> DayTerms:
    """The terms that these applied parameters come to."""
    readings = {name: entry["value"] for name, entry in applied.items()}
    table = tuple(
        _terms(applied, benefit, assistance_class, bool(veteran), bool(after_class_3))
        for benefit in BENEFITS.values()
        for assistance_class in CLASSES
        for veteran in (0, 1)
        for after_class_3 in (0, 1)
    )
    manner = Manner(
        whole_once_reached=int(readings["assisted_part"] == "whole_settlement"),
        reached_at_deductible=int(readings["deductible_reached_at"] == "at_deductible"),
        separate_major=int(readings["major_outpatient_deductible"] == "separate"),
        restart_on_inclusion=int(readings["class_change"] == "restart"),
    )
    entry = applied["excluded_costs"]
    excluded = {
        code: entry["article"] if isinstance(entry["article"], str) else entry["article"][code]
        for code, is_out in entry["value"].items()
        if is_out
    }
    return DayTerms(table, manner, excluded, applied)


def _terms(
    applied: Applied, benefit: int, assistance_class: int, veteran: bool, after_class_3: bool
) -> Terms:
    def value(name: str) -> Any:
        return applied[name]["value"]

    special = benefit == SPECIAL_OUTPATIENT
    pool = "special_op" if special else "inpatient"
    own = str(assistance_class)
    deductible, rate = value(f"{pool}_deductible")[own], value(f"{pool}_rate")[own]
    if deductible is None or rate is None:
        return Terms(NO_LIMIT, NO_LIMIT, 0, 0)
    class_3 = value(f"{pool}_deductible").get("3")
    if after_class_3 and value("class_change") == "keep_class_3_deductible" and class_3 is not None:
        deductible = class_3  # A12, rejected reading
    limit = value("special_op_cap" if special else "inpatient_ceiling")
    if veteran and _veteran_counts(applied, benefit):
        rate = _increased(rate, value("veteran_increase"), value("veteran_increase_as"))
    if value("special_op_cap_basis" if special else "inpatient_cap_basis") == "assistance":  # A1, A5
        return Terms(deductible, NO_LIMIT, rate, limit)
    if not special and value("inpatient_band_from") == "deductible":  # A2
        limit += deductible
    return Terms(deductible, limit, rate, NO_LIMIT)


def _veteran_counts(applied: Applied, benefit: int) -> bool:
    """Article 10(4); by reference also 11(2), and other assistance only in the rejected reading (R12)."""
    return benefit != SPECIAL_OUTPATIENT or applied["veteran_scope"]["value"] == "all_assistance"


def _increased(rate: int, increase: int, manner: str) -> int:
    """R12: by points, or by a factor rounded half-up to a hundredth of a percent; never above the whole."""
    raised = rate + increase if manner == "points" else (rate * (WHOLE + increase) + WHOLE // 2) // WHOLE
    return min(raised, WHOLE)


def reassistance_terms(parameters: ParametersOn, veteran: bool = False) -> ReassistanceTerms:
    """Article 12 on the parameters' day. Raises ParameterError."""
    rate, limit = parameters["reassistance_rate"], parameters["reassistance_limit"]
    if veteran and parameters["veteran_scope"] == "all_assistance":
        rate = _increased(rate, parameters["veteran_increase"], parameters["veteran_increase_as"])
    return ReassistanceTerms(
        threshold=parameters["reassistance_threshold"],
        rate=rate,
        limit=NO_LIMIT if limit is None else limit,
        whole_burden=parameters["reassistance_base"] == "whole",
        classes_only=parameters["reassistance_persons"] == "classes_1_to_3",
        subtract_supplementary=parameters["reassistance_supplementary_insurance"],
    )


def _json(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
