"""What the law's page says of this service: its rules in one line each, the choices and tables of its parameters."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RULES: dict[str, str | Promise] = {
    "medical.settle": _(
        "computes the assistance of one settlement: what is above the deductible, rate, yearly limit"
    ),
    "medical.parts": _("divides the yearly cost into below the deductible, assisted and above the ceiling"),
    "medical.included_after_class_3": _("finds whether class 1 or 2 follows class 3 within the year"),
    "medical.classify_outpatient": _("finds the kind of outpatient assistance by the list of diseases"),
    "medical.class_3_finding": _("tests income, property and the share of cost in income for class 3"),
    "medical.premium_group": _("finds the group that decides the subsidised share of the premium"),
    "medical.premium_subsidy": _("computes the subsidy of the insurance premium"),
    "medical.reassistance_burden": _("sums the burden that remains after all assistance"),
    "medical.reassistance_due": _("finds whether the burden that remains reaches re-assistance"),
    "medical.reassistance": _("computes re-assistance of what remains"),
}

BENEFIT_YEARS = _("Benefit years of medical assistance")

DOUBTS: dict[str, str | Promise] = {
    "cost": _("the parts of the cost do not add up to the total"),
    "paid": _("who paid what does not add up to the total"),
    "over_scope": _("more was paid before assistance than lies within the scope"),
    "name": _("this identity number is on record with another name"),
}

PAGES: dict[str, str | Promise] = {
    "medical.estimate": _("What help could I expect?"),
    "medical.apply": _("Apply for class-3 medical assistance"),
    "medical.survey": _("Household survey"),
}

VALUES: dict[str, str | Promise] = {
    "assistance_class.0": _("without a class"),
    "assistance_class.1": _("class 1"),
    "assistance_class.2": _("class 2"),
    "assistance_class.3": _("class 3"),
    "identity.extreme_poverty": _("supported as extremely poor"),
    "identity.orphan": _("orphan"),
    "identity.unattended_child": _("child without actual support"),
    "identity.minimum_living": _("minimum living allowance"),
    "identity.severe_disability": _("severe disability"),
    "identity.marginal": _("household at the margin of the allowance"),
    "identity.monitored": _("monitored against falling back into poverty"),
    "identity.recognised": _("recognised for the cost of serious illness"),
    "premium_group.class_1": _("class 1"),
    "premium_group.severe_disability": _("severely disabled persons"),
    "premium_group.other_class_2": _("others of class 2"),
    "premium_group.none": _("everybody else"),
    "exclusion.not_contracted": _("institution without agreement"),
    "exclusion.out_of_area_no_referral": _("outside the city without referral"),
    "exclusion.wellness_cosmetic": _("wellness and cosmetic care"),
    "exclusion.third_party": _("a third party has to pay"),
    "exclusion.other": _("other excluded cost"),
    "most_favourable": _("the most favourable one"),
    "latest_recognised": _("the one recognised last"),
    "calendar_year": _("the calendar year"),
    "twelve_months_before_application": _("the twelve months before the application"),
    "refund": _("it is refunded"),
    "no_refund": _("it is not refunded"),
    "expense": _("the cost"),
    "assistance": _("the assistance paid"),
    "zero": _("from zero"),
    "deductible": _("from the deductible"),
    "at_deductible": _("reached when equal"),
    "above_deductible": _("reached only when above"),
    "excess": _("the part above the deductible"),
    "whole_settlement": _("the whole settlement"),
    "points": _("in percentage points"),
    "factor": _("as a factor on the rate"),
    "inpatient": _("inpatient assistance only"),
    "all_assistance": _("all kinds of assistance"),
    "flag_for_review": _("an officer looks at them"),
    "rate_again": _("they are computed again"),
    "shared": _("one together with inpatient care"),
    "separate": _("one of its own"),
    "major_outpatient": _("major-disease outpatient care"),
    "special_outpatient": _("special-disease outpatient care"),
    "whole": _("the whole burden"),
    "any_person": _("whoever carries the burden"),
    "classes_1_to_3": _("classes 1 to 3"),
    "carry_over": _("what was used is carried over"),
    "keep_class_3_deductible": _("the deductible of class 3 stays"),
    "restart": _("both begin anew"),
    "settlement_date": _("the class on the day of settlement"),
    "split_by_fee_date": _("divided by the day of each cost"),
    "internal": _("internal"),
    "statutory": _("statutory"),
    "papers_complete": _("when the papers are complete"),
    "first_submission": _("with the first submission"),
    "recomputed": _("our own figure"),
    "platform": _("the platform's figure"),
}
