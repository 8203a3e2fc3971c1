"""Two laws over a population: figures worked by hand from the articles, the rule one by one, and what must hold always."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengling.configuration import CITIES
from zhengling.kernel.law.parameters import ParameterError, load_parameters
from zhengling.services.medical.policy import generator, population, replay
from zhengling.services.medical.policy.changes import changed, differences
from zhengling.services.medical.policy.population import COLUMNS, GROUPS, About, PopulationWriter
from zhengling.services.medical.policy.results import Result
from zhengling.services.medical.rules import EMPTY, INPATIENT, MAJOR_OUTPATIENT, SPECIAL_OUTPATIENT
from zhengling.services.medical.terms import EXCLUSIONS, class_of, terms_on

CITY = CITIES / "yongzhou"
LAW = load_parameters(CITY / "medical" / "parameters.yaml")
DAY = date(2022, 3, 28)
COUNTIES = ("431102", "431181")

# person, year, county, group, veteran, benefit, exclusion, yuan
Row = tuple[int, int, int, str, int, int, int, float]


def write(path: Path, *batches: list[Row]) -> Path:
    with PopulationWriter(path, About(COUNTIES, "generated", "2021-12-31")) as file:
        for rows in batches:
            columns: dict[str, list[int]] = {name: [] for name in COLUMNS}
            for row in rows:
                values = (*row[:3], GROUPS.index(row[3]), *row[4:7], round(row[7] * 100))
                for name, value in zip(COLUMNS, values, strict=True):
                    columns[name].append(int(value))
            file.write(columns)
    return path


def tried(path: Path, changes: dict[str, object]) -> Result:
    with population.opened(path) as people:
        size = people.size()
        years = (size.first_year, size.last_year)
        sums = replay.replay(people, LAW.on(DAY), changed(LAW, DAY, changes), years)
        return Result.of(sums, people.about.counties, {})


def deductible(class_2: int = 1200, class_3: int = 6000) -> dict[str, object]:
    return {"inpatient_deductible": {"0": None, "1": 0, "2": class_2, "3": class_3}}


def test_a_lower_deductible_by_hand(tmp_path):
    """Article 10(2): class 2, 70 % above 1,200 yuan. One stay of 3,000: 1,260.00; with 1,000 as the line: 1,400.00."""
    path = write(tmp_path / "p", [(0, 2021, 0, "minimum_living", 0, INPATIENT, 0, 3000)])
    result = tried(path, deductible(1000))
    total = result.total()
    assert (total.before, total.after, total.winners, total.won) == (126_000, 140_000, 1, 14_000)
    assert result.by_class()[2] == total == result.by_county()["431102"]
    assert (total.losers, total.lost, total.assisted_before, total.person_years) == (0, 0, 1, 1)


def test_two_stays_of_a_year_share_one_deductible(tmp_path):
    """Article 10: 1,000 and 5,000 yuan of class 2 give 0 and 3,360.00; a new year begins anew: 1,000 gives nothing."""
    rows: list[Row] = [
        (0, 2020, 1, "monitored", 0, INPATIENT, 0, 1000),
        (0, 2020, 1, "monitored", 0, INPATIENT, 0, 5000),
        (0, 2021, 1, "monitored", 0, INPATIENT, 0, 1000),
    ]
    result = tried(write(tmp_path / "p", rows), deductible(900))
    assert (result.total(2020).before, result.total(2020).after) == (336_000, 357_000)
    assert (result.total(2021).before, result.total(2021).after) == (0, 7_000)
    assert result.total().person_years == 2


def test_readings_rates_ceilings_and_exclusions_by_hand(tmp_path):
    """Class 3 with 250,000 yuan: 47,000 while 100,000 bounds the cost (A1), 100,000 while it bounds the assistance."""
    path = write(
        tmp_path / "p",
        [(0, 2021, 0, "recognised", 0, INPATIENT, 0, 250_000)],
        [(1, 2021, 0, "orphan", 0, SPECIAL_OUTPATIENT, 0, 10_000)],
    )
    assert tried(path, {"inpatient_cap_basis": "assistance"}).by_class()[3].after == 10_000_000
    assert tried(path, {"inpatient_cap_basis": "assistance"}).by_class()[3].before == 4_700_000
    # Article 11(1): class 1 has 90 % of 10,000 yuan, but at most 8,000 a year.
    assert tried(path, {"special_op_cap": 9000}).by_class()[1].after == 900_000
    assert tried(path, {"special_op_cap": 9000}).by_class()[1].before == 800_000
    excluded = write(
        tmp_path / "q", [(0, 2021, 0, "orphan", 0, INPATIENT, EXCLUSIONS.index("other") + 1, 1000)]
    )
    opened_up = dict.fromkeys(EXCLUSIONS, True) | {"other": False}
    result = tried(excluded, {"excluded_costs": opened_up})
    assert (result.total().before, result.total().after) == (0, 90_000)


def test_a_class_moves(tmp_path):
    """Article 5: the margin as class 1 has 90 % from the first yuan: 3,000 gives 2,700.00 instead of 1,260.00."""
    path = write(tmp_path / "p", [(0, 2021, 0, "marginal", 0, INPATIENT, 0, 3000)])
    classes = {**LAW.value("class_of_identity", DAY), "marginal": 1}
    result = tried(path, {"class_of_identity": classes})
    assert (result.by_class()[2].before, result.by_class()[2].after) == (126_000, 270_000)
    assert [
        found.key for found in differences(LAW.on(DAY), changed(LAW, DAY, {"class_of_identity": classes}))
    ] == ["marginal"]


def test_losers_and_bands(tmp_path):
    """A deductible of 1,300 takes 70.00 yuan from whoever was above it, and nothing from who stays below 1,200."""
    rows: list[Row] = [
        (0, 2021, 0, "monitored", 0, INPATIENT, 0, 3000),
        (1, 2021, 1, "monitored", 0, MAJOR_OUTPATIENT, 0, 1100),
    ]
    result = tried(write(tmp_path / "p", rows), deductible(1300))
    total = result.total()
    assert (total.losers, total.lost, total.winners, total.difference) == (1, 7_000, 0, -7_000)
    assert [(band.sign, band.persons, band.amount) for band in result.bands() if band.persons] == [
        (-1, 1, -7_000)
    ]
    assert result.unchanged == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"inpatient_rate": {"0": None, "1": 90, "2": 170, "3": 50}},
        {"inpatient_ceiling": -1},
        {"inpatient_ceiling": "many"},
        {"inpatient_ceiling": True},
        {"class_of_identity": {**LAW.value("class_of_identity", DAY), "orphan": 4}},
        {"inpatient_cap_basis": "nothing"},
        {"county_review_workdays": 5},
    ],
)
def test_what_a_reform_may_not_do(changes):
    with pytest.raises(ParameterError):
        changed(LAW, DAY, changes)


def test_what_is_no_population_is_refused(tmp_path):
    (tmp_path / "p").write_bytes(b"no arrow")
    with pytest.raises(population.UnusablePopulation), population.opened(tmp_path / "p"):
        pass


GROUP = st.sampled_from(GROUPS)
SETTLEMENT = st.tuples(
    GROUP,
    st.integers(0, 1),
    st.integers(0, 2),
    st.integers(0, len(EXCLUSIONS)),
    st.integers(0, 30_000_000).map(lambda fen: fen / 100),
)
PEOPLE = st.lists(
    st.tuples(st.integers(2020, 2021), st.integers(0, 1), st.lists(SETTLEMENT, min_size=1, max_size=5)),
    min_size=1,
    max_size=12,
)
REFORMS = st.fixed_dictionaries(
    {},
    optional={
        "inpatient_deductible": st.tuples(st.integers(0, 9000), st.integers(0, 9000)).map(
            lambda pair: {"0": None, "1": 0, "2": pair[0], "3": pair[1]}
        ),
        "inpatient_ceiling": st.integers(0, 200_000),
        "special_op_cap_basis": st.sampled_from(["assistance", "expense"]),
        "assisted_part": st.sampled_from(["excess", "whole_settlement"]),
        "major_outpatient_deductible": st.sampled_from(["shared", "separate"]),
        "class_change": st.sampled_from(["carry_over", "keep_class_3_deductible", "restart"]),
        "veteran_scope": st.sampled_from(["inpatient", "all_assistance"]),
        "class_of_identity": st.fixed_dictionaries(
            {group: st.integers(0, 3) for group in LAW.value("class_of_identity", DAY)}
        ),
    },
)


def rows_of(people) -> list[Row]:
    return [
        (number, year, county, *settlement)
        for number, (year, county, settlements) in enumerate(people)
        for settlement in settlements
    ]


def class_under(group: str, law) -> int:
    return (
        {"none": 0, "class_1": 1, "class_2": 2}.get(group)
        if group in {"none", "class_1", "class_2"}
        else class_of(group, law)
    )


def one_by_one(rows: list[Row], law) -> dict[tuple[int, int], int]:
    """(person, year) -> fen, by the rule that decides cases, a settlement at a time."""
    terms = terms_on(law)
    accounts = defaultdict(lambda: EMPTY)
    paid: dict[tuple[int, int], int] = defaultdict(int)
    for person, year, _county, group, veteran, benefit, exclusion, yuan in rows:
        paid[person, year] += 0
        if exclusion and EXCLUSIONS[exclusion - 1] in terms.excluded:
            continue
        settled, accounts[person, year] = terms.settle(
            round(yuan * 100), benefit, class_under(group, law), bool(veteran), accounts[person, year]
        )
        paid[person, year] += settled.pay
    return paid


@settings(deadline=None, max_examples=60)
@given(people=PEOPLE, changes=REFORMS)
def test_the_columns_say_what_the_rule_says_one_by_one(tmp_path_factory, people, changes):
    rows = rows_of(people)
    path = write(tmp_path_factory.mktemp("p") / "p", rows)
    result = tried(path, changes)
    before, after = one_by_one(rows, LAW.on(DAY)), one_by_one(rows, changed(LAW, DAY, changes))
    total = result.total()
    assert (total.before, total.after) == (sum(before.values()), sum(after.values()))
    gains = [after[key] - before[key] for key in before]
    assert (total.winners, total.won) == (
        sum(gain > 0 for gain in gains),
        sum(gain for gain in gains if gain > 0),
    )
    assert (total.losers, total.lost) == (
        sum(gain < 0 for gain in gains),
        -sum(gain for gain in gains if gain < 0),
    )
    assert sum(band.amount for band in result.bands()) == total.difference
    assert (
        sum(band.persons for band in result.bands()) + result.unchanged == total.person_years == len(before)
    )
    assert sum(new - old for old, new in result.by_benefit()) == total.difference


@settings(deadline=None, max_examples=30)
@given(people=PEOPLE)
def test_no_change_no_difference(tmp_path_factory, people):
    result = tried(write(tmp_path_factory.mktemp("p") / "p", rows_of(people)), {})
    assert result.total().difference == result.total().winners == result.total().losers == 0
    assert result.unchanged == result.total().person_years


@settings(deadline=None, max_examples=30)
@given(people=PEOPLE, lower=st.integers(0, 1200))
def test_a_lower_deductible_takes_nothing_from_anybody(tmp_path_factory, people, lower):
    result = tried(write(tmp_path_factory.mktemp("p") / "p", rows_of(people)), deductible(lower))
    assert result.total().losers == 0


def test_threads_and_batches_do_not_matter(tmp_path):
    weights = generator.weights_of(CITY)
    generator.generate(tmp_path / "p", 3 * generator.BLOCK // 2, 7, 2021, weights)
    whole = tried(tmp_path / "p", deductible(1000, 5000))
    with population.opened(tmp_path / "p") as people:
        assert people.batches == 2
        columns = [people.batch(number) for number in range(2)]
        with PopulationWriter(tmp_path / "q", people.about) as file:
            file.write({name: np.concatenate([part[name] for part in columns]) for name in COLUMNS})
    assert tried(tmp_path / "q", deductible(1000, 5000)) == whole


def test_the_generator_repeats_itself(tmp_path):
    weights = generator.weights_of(CITY)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        generator.generate(tmp_path / name, 1000, seed, 2021, weights)
    first, same, other = (population.digest(tmp_path / name) for name in "abc")
    assert first == same != other
    with population.opened(tmp_path / "a") as people:
        assert people.size().person_years == 1000
        with (CITY / "organisations" / "counties.csv").open(encoding="utf-8") as file:
            assert people.about.counties == tuple(row["code"] for row in csv.DictReader(file))
