"""From the dated parameters to the terms of one benefit year; here a reading of article 9 becomes a value."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date

from zhengling.kernel.law.parameters import ParameterError, ParameterSet
from zhengling.services.medical.premium.rules import Terms

OF_THE_YEAR = ("resident_premium", "premium_period_first_day", "premium_period_last_day")
"""Set anew for every benefit year: a value of an earlier year says nothing of this one."""


def terms_of(year: int, parameters: ParameterSet) -> Terms | None:
    """Article 9 for the benefit year; None as long as premium and period of that very year are not set."""
    if not MINYEAR <= year <= MAXYEAR:
        return None
    new_year = date(year, 1, 1)
    given = {}
    for name in OF_THE_YEAR:
        try:
            held = parameters.resolve(name, new_year)
        except ParameterError:
            return None
        if held.value is None or held.valid_from.year != year:
            return None
        given[name] = held.value
    on = parameters.on(new_year)
    return Terms(
        year=year,
        premium=given["resident_premium"],
        rates=on["premium_subsidy_rate"],
        first_day=given["premium_period_first_day"],
        last_day=given["premium_period_last_day"],
        after_period=on["premium_subsidy_after_period"],
        any_day=on["premium_identity_on"] == "any_day_of_period",
        most_favourable=on["several_identities"] == "most_favourable",
        disability_needs_hardship=on["severe_disability_needs_hardship"],
        refunds=on["premium_paid_before_recognition"] == "refund",
        keeps=on["premium_after_downgrade"] == "keep",
    )
