"""Demand for the year (需求测算), articles 7 and 18: what both laws will cost every unit, against the money it has."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from zhengling.kernel.funds.models import Ledger, Source
from zhengling.kernel.funds.queries import positions
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.policy.models import Snapshot
from zhengling.services.medical.policy.results import Result


@dataclass(frozen=True, slots=True)
class Basis:
    """The year of the population that stands for the year to come.

    `elapsed` of its `days` have passed in the population; where it is not over, its outlay is scaled up to the whole
    year by days.
    """

    year: int
    elapsed: int
    days: int

    @property
    def whole(self) -> bool:
        return self.elapsed == self.days

    def yearly(self, fen: int) -> int:
        """Half a fen upwards."""
        return (2 * fen * self.days + self.elapsed) // (2 * self.elapsed)


def basis(snapshot: Snapshot) -> Basis | None:
    """The newest year that is over, else the newest; None for an empty population."""
    if not snapshot.rows or snapshot.until is None:
        return None
    for year in range(snapshot.last_year, snapshot.first_year - 1, -1):
        if snapshot.until >= date(year, 12, 31):
            return Basis(year, 365 + calendar.isleap(year), 365 + calendar.isleap(year))
    year = snapshot.last_year
    return Basis(year, max(1, (snapshot.until - date(year, 1, 1)).days + 1), 365 + calendar.isleap(year))


@dataclass(frozen=True, slots=True)
class Demand:
    """One unit in a year, fen. `money` by source is what was carried over and received; None where no books are kept."""

    label: str
    before: int
    after: int
    money: dict[str, int] | None

    @property
    def funds(self) -> int:
        return sum(self.money.values()) if self.money else 0

    @property
    def short_before(self) -> int:
        return max(0, self.before - self.funds)

    @property
    def short_after(self) -> int:
        return max(0, self.after - self.funds)


def demand(result: Result, base: Basis, year: int) -> list[Demand]:
    """Every unit of the population: the outlay of the basis under both laws beside the money of `year`."""
    units = {
        unit.code: unit for unit in Organisation.objects.filter(code__in=result.counties).order_by("path")
    }
    books = Ledger.objects.filter(unit__in=units.values()).select_related("unit")
    money: dict[str, dict[str, int]] = {}
    for position in positions(books, year):
        of_unit = money.setdefault(position.ledger.unit.code, dict.fromkeys(Source.values, 0))
        of_unit[position.source.value] += position.carried + position.received
    figures = result.by_county(base.year)
    return [
        Demand(
            unit.label,
            base.yearly(figures[code].before),
            base.yearly(figures[code].after),
            money.get(code),
        )
        for code, unit in units.items()
    ]


def total(rows: list[Demand], label: str) -> Demand:
    """All units together."""
    money = {source: sum(row.money[source] for row in rows if row.money) for source in Source.values}
    return Demand(label, sum(row.before for row in rows), sum(row.after for row in rows), money)
