"""A made-up population of any size: the same seed, the same file. Nobody in it exists.

Drawn independently for every person-year, from numpy's PCG64 with a stream of its own for each block of
`BLOCK` person-years:

* county by resident population (census of 2020); the three zones, which the census does not count apart, get a
  thousandth each;
* group: minimum allowance 50 %, severe disability 14 %, monitored 12 %, extreme poverty 9 %, margin 8 %, class 3
  recognised 6 %, orphan and unattended child half a per cent each; one in a hundred of class 3 becomes a
  recipient of the allowance with the second settlement (article 15);
* 1.5 % veterans in difficulty;
* settlements in the year: one and a Poisson number of mean 0.8;
* each inpatient 45 %, major outpatient 5 %, special outpatient 50 %; class 3 has no special outpatient care, its
  share is inpatient;
* cost log-normal: median 1,100, 1,500 and 250 yuan, sigma 1.1, 0.9 and 0.8, at most 500,000 yuan, in whole fen;
  class 3 costs eight times as much, since that is how it came there (article 5(3));
* 2 % of the settlements excluded (article 8), each ground alike.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from zhengling.services.medical.policy.population import (
    GROUPS,
    RECOGNISED,
    About,
    Column,
    PopulationWriter,
)
from zhengling.services.medical.rules import INPATIENT, SPECIAL_OUTPATIENT
from zhengling.services.medical.terms import EXCLUSIONS

BLOCK = 140_000  # person-years; about as many settlements as a batch should have
ZONE_WEIGHT = 0.001
SHARES = {
    "extreme_poverty": 0.09,
    "orphan": 0.005,
    "unattended_child": 0.005,
    "minimum_living": 0.50,
    "severe_disability": 0.14,
    "marginal": 0.08,
    "monitored": 0.12,
    RECOGNISED: 0.06,
}
MORE_SETTLEMENTS = 0.8
BENEFIT_SHARES = (0.45, 0.05, 0.50)
MEDIAN_YUAN = (1100, 1500, 250)
SIGMA = (1.1, 0.9, 0.8)
CLASS_3_TIMES = 8
MOST_FEN = 50_000_000


def generate(path: Path, person_years: int, seed: int, year: int, weights: Mapping[str, float]) -> None:
    """Write the file. `weights` gives counties by code and their share; zero means not counted apart."""
    counties = tuple(weights)
    share = np.array([weight or ZONE_WEIGHT * sum(weights.values()) for weight in weights.values()])
    about = About(
        counties=counties,
        origin="generated",
        until=f"{year}-12-31",
        note=f"n={person_years} seed={seed}",
    )
    with PopulationWriter(path, about) as file:
        for number, first in enumerate(range(0, person_years, BLOCK)):
            count = min(BLOCK, person_years - first)
            rng = np.random.default_rng([seed, number])
            file.write(_block(rng, first, count, year, share / share.sum()))


def _block(
    rng: np.random.Generator, first: int, count: int, year: int, county_share: Column
) -> dict[str, Column]:
    county = rng.choice(len(county_share), count, p=county_share)
    group = rng.choice([GROUPS.index(name) for name in SHARES], count, p=list(SHARES.values()))
    veteran = rng.random(count) < 0.015
    settlements = 1 + rng.poisson(MORE_SETTLEMENTS, count)
    owner = np.repeat(np.arange(count), settlements)
    rows = len(owner)
    recognised = GROUPS.index(RECOGNISED)
    included = (rng.random(count) < 0.01) & (group == recognised)
    started = np.concatenate([[0], np.cumsum(settlements)[:-1]])
    later = np.arange(rows) != started[owner]
    row_group = np.where(included[owner] & later, GROUPS.index("minimum_living"), group[owner])
    benefit = rng.choice(len(BENEFIT_SHARES), rows, p=BENEFIT_SHARES)
    of_class_3 = group[owner] == recognised
    benefit = np.where(of_class_3 & (benefit == SPECIAL_OUTPATIENT), INPATIENT, benefit)
    median, sigma = np.array(MEDIAN_YUAN)[benefit], np.array(SIGMA)[benefit]
    cost = median * np.exp(sigma * rng.standard_normal(rows)) * np.where(of_class_3, CLASS_3_TIMES, 1)
    excluded = rng.random(rows) < 0.02
    return {
        "person": first + owner,
        "year": np.full(rows, year),
        "county": county[owner],
        "group": row_group,
        "veteran": veteran[owner],
        "benefit": benefit,
        "exclusion": np.where(excluded, rng.integers(1, len(EXCLUSIONS) + 1, rows), 0),
        "base": np.minimum((cost * 100).astype(np.int64), MOST_FEN),
    }


def weights_of(city: Path) -> dict[str, float]:
    """Residents by county code, from a city's tables; zero where they are not counted apart."""

    def rows(name: str) -> list[dict[str, str]]:
        with (city / "organisations" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    residents = {row["code"]: float(row["population"]) for row in rows("population.csv")}
    return {row["code"]: residents.get(row["code"], 0.0) for row in rows("counties.csv")}
