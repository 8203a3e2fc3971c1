"""Two laws over one population in one pass: every settlement of every year settled again, one by one.

The rule is `rules.settle` itself, compiled as for `medical settle` (`bulk_kernel`); sums are exact, in integer fen.
Batches run on as many threads as there are processors, and their sums do not depend on the order.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from zhengling.kernel.law.parameters import ParametersOn
from zhengling.services.medical.bulk_kernel import A
from zhengling.services.medical.policy.population import (
    CLASS_1,
    CLASS_2,
    GROUPS,
    NO_GROUP,
    Columns,
    Population,
)
from zhengling.services.medical.policy.replay_kernel import BANDS, COMMON, replay_any, replay_common
from zhengling.services.medical.terms import BENEFITS, EXCLUSIONS, class_of, terms_on

# The sums kept for every year, county and class.
MEASURES = (
    "person_years",
    "assisted_before",
    "assisted_after",
    "before",
    "after",
    "winners",
    "won",
    "losers",
    "lost",
)
GAIN_ROWS = 2 * (len(BANDS) + 1) + 1  # losses from the largest, unchanged, gains from the smallest
YEARS = 40  # the furthest that years in one file may lie apart

Progress = Callable[[int, int], None]


class Cancelled(Exception):
    """Raised by a progress function: the replay stops."""


class Law(NamedTuple):
    """One law as arrays: terms at the place of `terms.index`, readings, class by group, exclusion by number."""

    table: A
    manner: A
    classes: A
    excluded: A


def law_of(parameters: ParametersOn) -> Law:
    """The law of one day. Raises ParameterError."""
    terms = terms_on(parameters)
    return Law(
        np.array(terms.table, dtype=np.int64),
        np.array([terms.manner], dtype=np.int64),
        np.array([_class_of_group(group, parameters) for group in GROUPS], dtype=np.int64),
        np.array([False, *(code in terms.excluded for code in EXCLUSIONS)]),
    )


class Laws(NamedTuple):
    """Two laws one after the other; `alike` tells the places (benefit x 4 + class) x 2 + veteran that do not differ."""

    table: A
    manners: A
    classes: A
    excluded: A
    alike: A


def both(before: Law, after: Law) -> Laws:
    same = (before.table == after.table).reshape(-1, 2 * before.table.shape[1]).all(axis=1)
    return Laws(
        np.stack([before.table, after.table]),
        np.concatenate([before.manner, after.manner]),
        np.stack([before.classes, after.classes]),
        np.stack([before.excluded, after.excluded]),
        same & (before.manner == after.manner).all(),
    )


def _class_of_group(group: str, parameters: ParametersOn) -> int:
    known = {NO_GROUP: 0, CLASS_1: 1, CLASS_2: 2}
    return known[group] if group in known else class_of(group, parameters)


@dataclass(frozen=True)
class Sums:
    """`cells` by year, county, class and measure; `gains` by band: persons and fen; `kinds` by year, benefit: fen."""

    first_year: int
    cells: A
    gains: A
    kinds: A

    def add(self, other: Sums) -> None:
        for mine, more in zip(self.arrays, other.arrays, strict=True):
            np.add(mine, more, out=mine)

    @property
    def arrays(self) -> tuple[A, A, A]:
        return self.cells, self.gains, self.kinds


def empty(first_year: int, years: int, counties: int) -> Sums:
    return Sums(
        first_year,
        np.zeros((years, counties, 4, len(MEASURES)), dtype=np.int64),
        np.zeros((GAIN_ROWS, 2), dtype=np.int64),
        np.zeros((years, len(BENEFITS), 2), dtype=np.int64),
    )


def replay(
    population: Population,
    before: ParametersOn,
    after: ParametersOn,
    years: tuple[int, int],
    progress: Progress | None = None,
) -> Sums:
    """What both laws come to over the whole population. `years` are its first and last.

    `progress` hears (batches done, batches) from the calling thread and may raise. Raises ParameterError,
    ValueError for years that lie too far apart.
    """
    if not 0 <= years[1] - years[0] < YEARS:
        raise ValueError(f"the population spans {years[0]} to {years[1]}")
    laws = both(law_of(before), law_of(after))
    shape = (years[0], years[1] - years[0] + 1, len(population.about.counties))
    total = empty(*shape)

    def work(number: int) -> Sums:
        sums = empty(*shape)
        replay_batch(population.batch(number), laws, sums)
        return sums

    workers = min(len(os.sched_getaffinity(0)), 16)
    with ThreadPoolExecutor(workers) as pool:
        numbers = iter(range(population.batches))
        # Few batches are under way at a time, so that a cancelled replay ends soon.
        waiting = [pool.submit(work, number) for number in islice(numbers, 2 * workers)]
        done = 0
        while waiting:
            total.add(waiting.pop(0).result())
            done += 1
            waiting += [pool.submit(work, number) for number in islice(numbers, 1)]
            if progress:
                progress(done, population.batches)
    return total


def replay_batch(columns: Columns, laws: Laws, sums: Sums) -> None:
    """Add one batch of whole person-years to the sums."""
    common = (laws.manners == np.array(COMMON)).all()
    loop = replay_common if common else replay_any
    loop(
        columns["person"],
        columns["year"],
        columns["county"],
        columns["group"],
        columns["veteran"],
        columns["benefit"],
        columns["exclusion"],
        columns["base"],
        *laws,
        sums.first_year,
        *sums.arrays,
    )
