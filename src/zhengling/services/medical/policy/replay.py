"""Two laws over one population in one pass: every settlement of every year settled again, one by one.

The rule is `rules.settle` itself, compiled (`bulk_kernel.settle_at`); sums are exact, in integer fen. Batches run on as
many threads as there are processors, and their sums do not depend on the order.
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
from zhengling.services.medical.bulk_kernel import A, compiled, settle_at
from zhengling.services.medical.policy.population import (
    CLASS_1,
    CLASS_2,
    GROUPS,
    NO_GROUP,
    Columns,
    Population,
)
from zhengling.services.medical.rules import Account
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
# Upper ends of the bands of gain or loss of a person-year, in fen; the last band is open.
BANDS = (10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000)
GAIN_ROWS = 2 * (len(BANDS) + 1) + 1  # losses from the largest, unchanged, gains from the smallest
YEARS = 40  # the furthest that years in one file may lie apart

Progress = Callable[[int, int], None]


class Cancelled(Exception):
    """Raised by a progress function: the replay stops."""


class Law(NamedTuple):
    """One law as arrays: terms at the place of `settle_at`, readings, class by group, exclusion by number."""

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
    laws = [law_of(before), law_of(after)]
    law = Law(*(np.concatenate([old, new]) for old, new in zip(*laws, strict=True)))
    law = law._replace(classes=law.classes.reshape(2, -1), excluded=law.excluded.reshape(2, -1))
    shape = (years[0], years[1] - years[0] + 1, len(population.about.counties))
    total = empty(*shape)

    def work(number: int) -> Sums:
        sums = empty(*shape)
        replay_batch(population.batch(number), law, sums)
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


def replay_batch(columns: Columns, law: Law, sums: Sums) -> None:
    """Add one batch of whole person-years to the sums. `law` holds both laws, the one before first."""
    _replay_rows(
        columns["person"],
        columns["year"],
        columns["county"],
        columns["group"],
        columns["veteran"],
        columns["benefit"],
        columns["exclusion"],
        columns["base"],
        *law,
        np.array(BANDS, dtype=np.int64),
        sums.first_year,
        *sums.arrays,
    )


def _rows(
    person: A,
    year: A,
    county: A,
    group: A,
    veteran: A,
    benefit: A,
    exclusion: A,
    base: A,
    table: A,
    manners: A,
    classes: A,
    excluded: A,
    bands: A,
    first_year: int,
    cells: A,
    gains: A,
    kinds: A,
) -> None:
    old = new = Account(0, 0, 0, 0, 0, 0)
    old_paid = new_paid = 0
    for row in range(len(person)):
        kind = benefit[row]
        at = year[row] - first_year
        place = (kind * 4 + classes[0, group[row]]) * 2 + veteran[row]
        if not excluded[0, exclusion[row]]:
            settled, old, _after = settle_at(base[row], place, table, manners, old)
            old_paid += settled.pay
            kinds[at, kind, 0] += settled.pay
        place = ((3 + kind) * 4 + classes[1, group[row]]) * 2 + veteran[row]
        if not excluded[1, exclusion[row]]:
            settled, new, _after = settle_at(base[row], place, table, manners, new)
            new_paid += settled.pay
            kinds[at, kind, 1] += settled.pay
        last = row + 1 == len(person)
        if last or person[row + 1] != person[row] or year[row + 1] != year[row]:
            # A person's year belongs to the class that the law before gives its last settlement.
            cell = cells[at, county[row], classes[0, group[row]]]
            gain = new_paid - old_paid
            cell[0] += 1
            cell[1] += old_paid > 0
            cell[2] += new_paid > 0
            cell[3] += old_paid
            cell[4] += new_paid
            if gain > 0:
                cell[5] += 1
                cell[6] += gain
            elif gain < 0:
                cell[7] += 1
                cell[8] -= gain
            band = len(bands) + 1
            if gain != 0:
                size = abs(gain)
                step = 1
                while step <= len(bands) and size > bands[step - 1]:
                    step += 1
                band += step if gain > 0 else -step
            gains[band, 0] += 1
            gains[band, 1] += gain
            old = new = Account(0, 0, 0, 0, 0, 0)
            old_paid = new_paid = 0


_replay_rows = compiled(_rows)
