"""The city's lists of diseases: major (article 11(2)), special outpatient (article 11(1)), rare (article 8). Pure."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

LISTS = frozenset({"major", "special", "rare"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A code on a list from a day to a day; every code that begins with it is meant."""

    list: str
    code: str
    name: str
    valid_from: date
    valid_to: date | None

    def holds(self, code: str, day: date) -> bool:
        return (
            code.startswith(self.code)
            and self.valid_from <= day
            and (not self.valid_to or day <= self.valid_to)
        )


@lru_cache(maxsize=4)
def load(path: Path) -> tuple[Listed, ...]:
    """The lists of a file. Raises ValueError naming the line that is wrong."""
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if row["list"] not in LISTS or not row["code"]:
                raise ValueError(
                    f"{path}:{number}: a list is one of {sorted(LISTS)}, and a code stands in every line"
                )
            end = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
            found.append(
                Listed(row["list"], row["code"], row["name"], date.fromisoformat(row["valid_from"]), end)
            )
    return tuple(found)


def lists_of(listed: tuple[Listed, ...], code: str, day: date) -> frozenset[str]:
    """The lists on which a disease code stands on a day."""
    return frozenset(row.list for row in listed if code and row.holds(code, day))
