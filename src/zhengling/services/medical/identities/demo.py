"""The demo city's lists: brought, taken over and settled through the same operations everybody uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.exchange import awaiting, operations
from zhengling.kernel.exchange.declaration import DataSet, find
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.demo import actor, identity_number
from zhengling.services.medical.identities import opening
from zhengling.services.medical.identities.kinds import KEEPERS

FOLLOWED = {"new": "confirm", "changed": "correct", "ended": "end"}
FIRST_SERIAL = 300


def load(city: Path) -> None:
    """Everything of ``demo/identities.yaml``, on the days it names."""
    data = YAML(typ="safe").load((city / "demo" / "identities.yaml").read_text(encoding="utf-8"))
    people = {
        key: {**person, "certno": identity_number(person["born"], person["sex"], serial)}
        for serial, (key, person) in enumerate(data["persons"].items(), start=FIRST_SERIAL)
    }
    for item in data["begun"]:
        with clock.freeze(clock.at(item["begins_on"], 9)):
            county = Organisation.objects.get(code=item["county"])
            opening.commence(actor(item["by"]), county, item["begins_on"])
    _open(data["opening"], people)
    for item in data["lists"]:
        _list(item, people)
    awaiting.expect()


def _list(item: Mapping[str, Any], people: Mapping[str, Any]) -> None:
    by, keeper = actor(item["by"]), next(keeper for keeper in KEEPERS if keeper.name == item["keeper"])
    rows = [
        {
            **row,
            "psn_name": row.get("name", people[row["person"]]["name"]),
            "certno": people[row["person"]]["certno"],
            "village": people[row["person"]]["village"],
        }
        for row in item["rows"]
    ]
    with clock.freeze(clock.at(item["on"], 10)):
        exchange = _bring(by, find(keeper.data_set), item["county"], rows, str(item["period"]))
    if item["then"] == "checked":
        return
    with clock.freeze(clock.at(item["on"], 11)):
        _take_over(by, exchange)
        _settle(by, exchange, item, people)


def _settle(by: Actor, exchange: Exchange, item: Mapping[str, Any], people: Mapping[str, Any]) -> None:
    asked = {people[key]["name"]: text for key, text in item.get("asked", {}).items()}
    waiting = Difference.objects.filter(exchange=exchange, state=Difference.State.OPEN)
    for row in waiting.select_related("person"):
        if row.person and row.person.name in asked:
            operations.decide(by, row.pk, "ask", asked[row.person.name])
        elif item["then"] == "settled":
            operations.decide(by, row.pk, FOLLOWED[row.kind], "按部门名单核实")


def _bring(
    by: Actor,
    data_set: DataSet,
    county: str,
    rows: Iterable[Mapping[str, Any]],
    period: str = "",
    declared: Mapping[str, int] | None = None,
) -> Exchange:
    names = [column.name for column in data_set.columns]
    lines = [",".join(str(row.get(name, "")) for name in names) for row in rows]
    unit = Organisation.objects.get(code=county)
    return operations.receive(
        by,
        data_set,
        unit,
        name=f"{unit.short_name}{data_set.label}{period}.csv",
        content="\n".join([",".join(names), *lines]).encode(),
        period=period,
        declared=declared,
    )


def _take_over(by: Actor, exchange: Exchange) -> None:
    operations.take_over(by, exchange.pk)
    operations.run(exchange.pk)


def _open(item: Mapping[str, Any], people: Mapping[str, Any]) -> None:
    """A county's opening load: persons taken over, open cases taken over, balances waiting for the second person."""
    by, approver = actor(item["by"]), actor(item["approver"])
    county = item["county"]
    persons = [{"psn_name": people[key]["name"], **people[key]} for key in item["persons"]]
    cases = [
        {**row, "psn_name": people[row["person"]]["name"], "certno": people[row["person"]]["certno"]}
        for row in item["cases"]
    ]
    with clock.freeze(clock.at(item["on"], 9)):
        opening.commence(approver, Organisation.objects.get(code=county), item["begins_on"])
        for data_set, rows in ((opening.PERSONS, persons), (opening.CASES, cases)):
            _take_over(approver, _bring(by, data_set, county, rows, declared={"rows": len(rows)}))
        balances = [{"source": "福彩公益金", "balance": "36500.00", "note": "2021年结余"}]
    with clock.freeze(clock.at(item["balances_on"], 9)):
        _bring(by, opening.BALANCES, county, balances, declared={"rows": 1, "balance": 3_650_000})
