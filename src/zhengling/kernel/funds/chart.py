"""The city's chart of accounts (会计科目表) as data: read from ``funds/chart.yaml``, loaded into the books of
every unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from zhengling.kernel.funds.models import Account, Ledger, Source
from zhengling.kernel.law.instruments import Text
from zhengling.kernel.law.reading import Fields, InvalidRegulation, read_yaml
from zhengling.kernel.organisations.models import Organisation

# The accounts that the operations of this room post to; a chart must have them.
NEEDED = {
    "bank": Account.Kind.ASSET,
    "payable": Account.Kind.LIABILITY,
    "transit": Account.Kind.LIABILITY,
    "one_stop": Account.Kind.ASSET,
    "one_stop_transit": Account.Kind.LIABILITY,
    "fund": Account.Kind.FUND,
    "income": Account.Kind.INCOME,
}


@dataclass(frozen=True, slots=True)
class ChartAccount:
    code: str
    key: str
    kind: str
    name: Text


@dataclass(frozen=True, slots=True)
class Chart:
    """`offices` are kinds of departments that keep their unit's books; `sources` gives each source its code
    ending."""

    levels: tuple[str, ...]
    offices: tuple[str, ...]
    opened: date
    sources: dict[str, str]
    accounts: tuple[ChartAccount, ...]

    def expenses(self) -> list[ChartAccount]:
        return [account for account in self.accounts if account.kind == Account.Kind.EXPENSE]


def read_chart(path: Path) -> Chart:
    """Raises `InvalidRegulation` naming the file and what is wrong in it."""
    fields = Fields(read_yaml(path), str(path))

    def account(value: object) -> ChartAccount:
        row = Fields(value, f"{path}: accounts")
        result = ChartAccount(
            row.take("code", str), row.take("key", str), row.take("kind", str), row.text("name")
        )
        row.end()
        if result.kind not in Account.Kind.values:
            raise InvalidRegulation(f"{path}: account {result.code}: no kind {result.kind!r}")
        return result

    chart = Chart(
        levels=tuple(fields.take("levels", list)),
        offices=tuple(fields.take("offices", list)),
        opened=fields.take("opened", date),
        sources=fields.take("sources", dict),
        accounts=fields.each("accounts", account),
    )
    fields.end()
    kinds = {item.key: item.kind for item in chart.accounts}
    for key, kind in NEEDED.items():
        if kinds.get(key) != kind:
            raise InvalidRegulation(f"{path}: the account {key!r} of kind {kind.value!r} is missing")
    if set(chart.sources) != set(Source.values) or len(set(chart.sources.values())) != len(chart.sources):
        raise InvalidRegulation(f"{path}: sources must give each of {', '.join(Source.values)} a code ending")
    if len(kinds) != len(chart.accounts) or len({item.code for item in chart.accounts}) != len(
        chart.accounts
    ):
        raise InvalidRegulation(f"{path}: an account's code or key stands twice")
    return chart


@lru_cache(maxsize=1)
def _chart_in(folder: Path) -> Chart:
    return read_chart(folder / "funds" / "chart.yaml")


def current_chart() -> Chart:
    """The chart of the installed city; read once a process."""
    return _chart_in(settings.CITY)


@transaction.atomic
def load(chart: Chart) -> int:
    """Open the books of every unit of the chart's levels and give them its accounts. Returns how many were
    new.

    Running it again renames accounts and adds new ones; an account that left the chart stays with its lines.
    """
    before = Account.objects.count()
    units = list(Organisation.objects.filter(level__in=chart.levels).order_by("path"))
    Ledger.objects.bulk_create(
        [Ledger(unit=unit, opened_on=chart.opened) for unit in units], ignore_conflicts=True
    )
    Account.objects.bulk_create(
        [
            Account(
                ledger_id=unit.pk,
                code=item.code + ending,
                key=item.key,
                source=source,
                kind=item.kind,
                name=item.name.zh,
                name_en=item.name.en,
            )
            for unit in units
            for item in chart.accounts
            for source, ending in chart.sources.items()
        ],
        update_conflicts=True,
        unique_fields=["ledger", "code"],
        update_fields=["name", "name_en"],
    )
    return Account.objects.count() - before
