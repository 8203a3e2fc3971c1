"""The result of a trial: sums by year, county and class, kept as JSON and read as rows with their total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from zhengling.services.medical.policy.replay import Sums
from zhengling.services.medical.policy.replay_kernel import BANDS

CLASSES = (1, 2, 3, 0)


@dataclass(frozen=True, slots=True)
class Figures:
    """Persons are counted by year (person-years), money is fen; `lost` is what the losers have less, not negative."""

    person_years: int = 0
    assisted_before: int = 0
    assisted_after: int = 0
    before: int = 0
    after: int = 0
    winners: int = 0
    won: int = 0
    losers: int = 0
    lost: int = 0

    @property
    def difference(self) -> int:
        return self.after - self.before

    @property
    def share(self) -> float | None:
        """The difference in percent of the outlay before; None where there was none."""
        return round(100 * self.difference / self.before, 2) if self.before else None


@dataclass(frozen=True, slots=True)
class Band:
    """Person-years whose assistance changes by more than `over` and at most `up_to` fen (None: without end)."""

    sign: int
    over: int
    up_to: int | None
    persons: int
    amount: int


@dataclass(frozen=True)
class Result:
    """`cells[year][county][class]` are `Figures`; years count from `first_year`, counties in the order of `counties`.

    `open` counts the undecided cases by stage.
    """

    first_year: int
    counties: tuple[str, ...]
    cells: list[list[list[list[int]]]]
    gains: list[list[int]]
    kinds: list[list[list[int]]]
    open: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, sums: Sums, counties: tuple[str, ...], open_cases: dict[str, int]) -> Result:
        lists = (sums.cells.tolist(), sums.gains.tolist(), sums.kinds.tolist())
        return cls(sums.first_year, counties, *lists, open_cases)

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Result:
        return cls(**{**data, "counties": tuple(data["counties"])})

    def data(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def years(self) -> list[int]:
        return list(range(self.first_year, self.first_year + len(self.cells)))

    def total(self, year: int | None = None) -> Figures:
        return _figures(self._cells(year).sum(axis=(0, 1)))

    def by_county(self, year: int | None = None) -> dict[str, Figures]:
        """Every county of the population, also those without anybody."""
        cells = self._cells(year).sum(axis=1)
        return {code: _figures(cells[place]) for place, code in enumerate(self.counties)}

    def by_class(self, year: int | None = None) -> dict[int, Figures]:
        cells = self._cells(year).sum(axis=0)
        return {number: _figures(cells[number]) for number in CLASSES}

    def by_county_and_class(self, year: int | None = None) -> dict[tuple[str, int], Figures]:
        cells = self._cells(year)
        return {
            (code, number): _figures(cells[place, number])
            for place, code in enumerate(self.counties)
            for number in CLASSES
        }

    def by_benefit(self, year: int | None = None) -> list[tuple[int, int]]:
        """Outlay before and after of every kind of benefit, in the order of `terms.BENEFITS`; fen."""
        kinds = np.array(self.kinds, dtype=np.int64)
        chosen = kinds.sum(axis=0) if year is None else kinds[year - self.first_year]
        return [(int(before), int(after)) for before, after in chosen]

    @property
    def unchanged(self) -> int:
        return self.gains[len(BANDS) + 1][0]

    def bands(self) -> list[Band]:
        """From the largest loss to the largest gain."""
        edges = [0, *BANDS]
        found = []
        middle = len(BANDS) + 1
        for place, (persons, amount) in enumerate(self.gains):
            step = abs(place - middle)
            if step:
                up_to = BANDS[step - 1] if step <= len(BANDS) else None
                sign = 1 if place > middle else -1
                found.append(Band(sign, edges[step - 1], up_to, persons, amount))
        return found

    def _cells(self, year: int | None) -> Any:
        cells = np.array(self.cells, dtype=np.int64)
        return cells.sum(axis=0) if year is None else cells[year - self.first_year]


def _figures(values: Any) -> Figures:
    return Figures(**{kept.name: int(value) for kept, value in zip(fields(Figures), values, strict=True)})
