"""The parameters as arrays: terms, rates and articles of every period, at the places where the compiled loop
looks.
"""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np

from zhengling.kernel.law.citations import parse_place
from zhengling.kernel.law.parameters import ParameterSet
from zhengling.services.medical.bulk_columns import DAY, Bools, Checked, Ints
from zhengling.services.medical.terms import (
    BENEFITS,
    CLASSES,
    EXCLUSIONS,
    SETTLEMENT_PARAMETERS,
    DayTerms,
    terms_on,
)


class Law:
    """A period is a stretch of days on which none of the settlement's parameters changes.

    By the number of an outcome: `rates` in hundredths of a percent, `article_numbers` the places in
    `articles`.
    """

    def __init__(self, parameters: ParameterSet) -> None:
        """Raises ParameterError."""
        self.first_day = max(
            parameters.parameter(name).values[0].valid_from for name in SETTLEMENT_PARAMETERS
        )
        days = [day for day in parameters.turning_days(SETTLEMENT_PARAMETERS) if day >= self.first_day]
        periods = [terms_on(parameters.on(day)) for day in days]
        self.table = np.array([terms for period in periods for terms in period.table], dtype=np.int64)
        self.manners = np.array([period.manner for period in periods], dtype=np.int64)
        self.rates, texts = _outcomes(periods)
        self.articles = list(dict.fromkeys(texts))
        places = {text: place for place, text in enumerate(self.articles)}
        self.article_numbers = np.array([places[text] for text in texts], dtype=np.int32)
        self._starts = np.array([(day - date(1970, 1, 1)).days for day in days], dtype=np.int64)
        # A code that does not exclude counts like none at all.
        self._excluding = np.array(
            [[False, *(code in period.excluded for code in EXCLUSIONS)] for period in periods]
        )

    def keys(self, checked: Checked) -> tuple[Ints, Bools]:
        """Each row's key as `bulk_kernel.settle_rows` wants it, and which rows lie before the first day."""
        period = np.searchsorted(self._starts, checked.time // DAY, side="right") - 1
        early = period < 0
        period = np.maximum(period, 0)
        key = ((period * 3 + checked.benefit) * 4 + checked.assistance_class) * 2 + checked.veteran
        excluded = self._excluding[period, checked.exclusion]
        return np.where(excluded, -checked.exclusion, key).astype(np.int32), early


def _outcomes(periods: list[DayTerms]) -> tuple[Ints, list[str]]:
    """For every outcome of the loop: the rate in hundredths of a percent, and the articles as text."""
    rates, articles = [0], [""]
    for code in EXCLUSIONS:
        rates.append(0)
        articles.append(
            next((_text(period.excluded[code]) for period in periods if code in period.excluded), "")
        )
    kinds = product(
        periods, BENEFITS.values(), CLASSES, (False, True), (False, True), (False, True), (False, True)
    )
    for period, benefit, assistance_class, veteran, above, cut, after in kinds:
        places = period.places(benefit, assistance_class, veteran, after_class_3=after, above=above, cut=cut)
        rates.append(period.of(benefit, assistance_class, veteran, after).rate)
        articles.append(_text(*places))
    return np.array(rates, dtype=np.int64), articles


def _text(*places: str) -> str:
    return ";".join(parse_place(place).zh() for place in places)
