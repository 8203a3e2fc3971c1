"""The peer of `benchmarks/whatif.py`: articles 10 and 11 in openfisca-core, in an environment of its own.

    python whatif_openfisca.py INPUT.npz OUTPUT.npz REPEAT

Settlements are the persons of OpenFisca, a person's year is their group; costs before a settlement are sums over the
earlier members. The chosen readings only; amounts in yuan, in OpenFisca's own number type. Timed are computing both laws
(clock and processor), and that together with building the two simulations from arrays in memory. The
figures stand here by hand: a peer, not a part of the product.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.reforms import Reform
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

YEAR = "2021"
NEVER = 1e12
FIRST = "2021-01-01"
PARAMETERS = {
    "deductible_2": 1200.0,
    "deductible_3": 6000.0,
    "ceiling": 100000.0,
    "rate_1": 0.90,
    "rate_2": 0.70,
    "rate_3": 0.50,
    "veteran": 0.10,
    "special_deductible_2": 1000.0,
    "special_rate_1": 0.90,
    "special_rate_2": 0.50,
    "special_cap": 8000.0,
}

Settlement = build_entity(key="settlement", plural="settlements", label="", is_person=True)
PersonYear = build_entity(
    key="person_year", plural="person_years", label="", roles=[{"key": "member", "label": ""}]
)


def variable(name: str, kind: type, formula: Any = None, entity: Any = Settlement) -> type[Variable]:
    body = {
        "value_type": kind,
        "entity": entity,
        "definition_period": DateUnit.YEAR,
        "label": name,
    }
    return type(name, (Variable,), body | ({"formula": formula} if formula else {}))


def earlier(settlement: Any, values: Any) -> Any:
    """The sum of the group's earlier members, for every member."""
    group, position = settlement.person_year, settlement.person_year.members_position
    found = np.zeros(len(values), dtype=values.dtype)
    for place in range(int(position.max())):
        found += np.where(position > place, group.value_nth_person(place, values), 0)
    return found


def round_fen(amount: Any) -> Any:
    return np.floor(amount * 100 + 0.5) / 100


def inpatient_pay(settlement: Any, period: Any, parameters: Any) -> Any:
    p = parameters(period)
    cost = np.where(settlement("special", period), 0, settlement("base", period))
    before = earlier(settlement, cost)
    number = settlement("assistance_class", period)
    line = np.array([NEVER, 0, p.deductible_2, p.deductible_3])[number]
    rate = np.array([0, p.rate_1, p.rate_2, p.rate_3])[number]
    rate = np.minimum(rate + np.where(settlement("veteran", period) & (number > 0), p.veteran, 0), 1)
    assisted = np.clip(before + cost, line, np.maximum(line, p.ceiling))
    assisted -= np.clip(before, line, np.maximum(line, p.ceiling))
    return round_fen(assisted * rate)


def special_pay(settlement: Any, period: Any, parameters: Any) -> Any:
    p = parameters(period)
    cost = np.where(settlement("special", period), settlement("base", period), 0)
    before = earlier(settlement, cost)
    number = settlement("assistance_class", period)
    line = np.array([NEVER, 0, p.special_deductible_2, NEVER])[number]
    rate = np.array([0, p.special_rate_1, p.special_rate_2, 0])[number]
    share = round_fen((np.maximum(before + cost, line) - np.maximum(before, line)) * rate)
    paid_before = np.minimum(earlier(settlement, share), p.special_cap)
    return np.minimum(share, p.special_cap - paid_before)


def total(person_year: Any, period: Any) -> Any:
    pay = person_year.members("inpatient_pay", period) + person_year.members("special_pay", period)
    return person_year.sum(pay)


class System(TaxBenefitSystem):
    def __init__(self) -> None:
        super().__init__([Settlement, PersonYear])
        self.add_variables(
            variable("base", float),
            variable("assistance_class", int),
            variable("veteran", bool),
            variable("special", bool),
            variable("inpatient_pay", float, inpatient_pay),
            variable("special_pay", float, special_pay),
            variable("total", float, total, PersonYear),
        )
        self.parameters = ParameterNode(
            "", data={name: {"values": {FIRST: {"value": value}}} for name, value in PARAMETERS.items()}
        )


class Changed(Reform):
    """Class 2 from 1,000 yuan on, class 3 at 55 %."""

    def apply(self) -> None:
        self.modify_parameters(self._change)

    @staticmethod
    def _change(parameters: ParameterNode) -> ParameterNode:
        parameters.deductible_2.update(start=FIRST, value=1000.0)
        parameters.rate_3.update(start=FIRST, value=0.55)
        return parameters


def simulation(system: TaxBenefitSystem, given: Any) -> Any:
    builder = SimulationBuilder()
    builder.create_entities(system)
    owner = given["person"]
    builder.declare_person_entity("settlement", np.arange(len(owner)))
    group = builder.declare_entity("person_year", np.arange(int(owner.max()) + 1))
    builder.join_with_persons(group, owner, np.full(len(owner), "member"))
    built = builder.build(system)
    built.set_input("base", YEAR, given["base"] / 100)
    for name in ("assistance_class", "veteran", "special"):
        built.set_input(name, YEAR, given[name])
    return built


def main() -> None:
    given = np.load(sys.argv[1])
    before = System()
    systems = (before, Changed(before))
    seconds = []
    totals = []
    for _again in range(int(sys.argv[3])):
        start = time.perf_counter()
        simulations = [simulation(system, given) for system in systems]
        began, busy = time.perf_counter(), time.process_time()
        totals = [built.calculate("total", YEAR) for built in simulations]
        ended = time.perf_counter()
        seconds.append((ended - began, time.process_time() - busy, ended - start))
    np.savez(Path(sys.argv[2]), before=totals[0], after=totals[1])
    print(json.dumps([min(column) for column in zip(*seconds, strict=True)]))


if __name__ == "__main__":
    main()
