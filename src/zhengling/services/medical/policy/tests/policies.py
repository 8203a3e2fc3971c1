"""A city office that thinks about reforms, and a small population to try them on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from zhengling.kernel.accounts.actors import Actor
from zhengling.services.medical.policy import operations, trials
from zhengling.services.medical.policy.models import Reform, Snapshot, Trial
from zhengling.services.medical.policy.population import COLUMNS, GROUPS, About, PopulationWriter

DAY = date(2022, 3, 28)
LOWER = {"inpatient_deductible": {"0": None, "1": 0, "2": 1000, "3": 6000}}
COUNTIES = ("431102", "431103")


@dataclass
class Office:
    """Two policy officers and an approver of the city's office."""

    city: Any
    drafter: Actor
    colleague: Actor
    decider: Actor
    snapshot: Snapshot

    def draft(self, changes: dict[str, Any] | None = None, title: str = "降低起付线") -> Reform:
        return operations.draft(self.drafter, title, DAY, changes or LOWER)

    def tried(self, changes: dict[str, Any] | None = None, title: str = "降低起付线") -> Reform:
        reform = self.draft(changes, title)
        self.try_(reform)
        reform.refresh_from_db()
        return reform

    def try_(self, reform: Reform) -> Trial:
        trial = operations.ask_trial(reform.pk, self.drafter, self.snapshot.pk)
        trials.work()
        trial.refresh_from_db()
        return trial

    def submitted(self, changes: dict[str, Any] | None = None, day: date = date(2022, 4, 1)) -> Reform:
        reform = self.tried(changes)
        return operations.submit(reform.pk, self.drafter, document="永医保发〔2022〕3号", effective_on=day)


def small_file(path: Path) -> Path:
    """Two persons of class 2 with 3,000 yuan each, one in each county, and one of class 3 with 10,000."""
    rows = [
        (0, 2021, 0, "minimum_living", 0, 0, 0, 300_000),
        (1, 2021, 1, "monitored", 0, 0, 0, 300_000),
        (2, 2021, 1, "recognised", 0, 0, 0, 1_000_000),
    ]
    columns: dict[str, list[int]] = {name: [] for name in COLUMNS}
    for row in rows:
        for name, value in zip(COLUMNS, (*row[:3], GROUPS.index(row[3]), *row[4:]), strict=True):
            columns[name].append(value)
    with PopulationWriter(path, About(COUNTIES, "generated", "2021-12-31")) as file:
        file.write(columns)
    return path


def build(city: Any, officer: Any, folder: Path) -> Office:
    return Office(
        city,
        drafter=officer("policy_officer", city.city_mib, ("approver", city.city_mib)),
        colleague=officer("policy_officer", city.city_mib),
        decider=officer("approver", city.city_mib),
        snapshot=operations.adopt_file(small_file(folder / "small")),
    )
