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
    """One unit in a year, fen. `money` by source is what was carried over and received; None where nothing was entered.

    What is short is known only where money was entered; in a total it is the sum over such units.
    """

    label: str
    before: int
    after: int
    money: dict[str, int] | None
    short_before: int | None
    short_after: int | None

    @property
    def funds(self) -> int:
        return sum(self.money.values()) if self.money else 0


def demand(result: Result, base: Basis, year: int) -> list[Demand]:
    """Every unit of the population: the outlay of the basis under both laws beside the money of `year`."""
    units = {unit.code: unit for unit in Organisation.objects.filter(code__in=result.counties)}
    books = Ledger.objects.filter(unit__in=units.values()).select_related("unit")
    money: dict[str, dict[str, int]] = {}
    for position in positions(books, year):
        of_unit = money.setdefault(position.ledger.unit.code, dict.fromkeys(Source.values, 0))
        of_unit[position.source.value] += position.carried + position.received
    rows = []
    for code, figures in result.by_county(base.year).items():
        if code in units:
            has = money.get(code)
            rows.append(_row(units[code].label, base.yearly(figures.before), base.yearly(figures.after), has))
    return rows


def _row(label: str, before: int, after: int, money: dict[str, int] | None) -> Demand:
    funds = sum(money.values()) if money else 0
    if not funds:
        return Demand(label, before, after, None, None, None)
    return Demand(label, before, after, money, max(0, before - funds), max(0, after - funds))


def total(rows: list[Demand], label: str) -> Demand:
    """All units together; what one has too much does not help another."""
    known = [row for row in rows if row.money]
    money = {source: sum(row.money[source] for row in known if row.money) for source in Source.values}
    return Demand(
        label,
        sum(row.before for row in rows),
        sum(row.after for row in rows),
        money if known else None,
        sum(row.short_before or 0 for row in known) if known else None,
        sum(row.short_after or 0 for row in known) if known else None,
    )
