"""Every act of a recovery by everybody at every point, against a table of the articles; and money in any order.

The tables here are written from article 24, not read from the procedure: a row moved there by mistake fails here.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.casework.errors import CaseworkError, InvalidData
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.funds import verify
from zhengling.kernel.funds.ledger import balance
from zhengling.kernel.funds.models import Ledger, Receivable
from zhengling.services.medical.recovery.tests import acts
from zhengling.services.medical.recovery.tests.acts import House, build
from zhengling.services.medical.tests.house import everything

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

REVIEWER, APPROVER, CASHIER = {"county"}, {"approver"}, {"cashier"}
CLAIMED = {"recovering", "plan"}
# act -> (where it may happen, who may do it, what is entered)
TABLE: dict[str, tuple[set[str], set[str], dict[str, Any]]] = {
    "find": ({"examination"}, REVIEWER, acts.FINDING),
    "notify": ({"examination"}, REVIEWER, {}),
    "hear": ({"defence"}, REVIEWER, acts.STATEMENT),
    "reexamine": ({"defence"}, REVIEWER, {"reason": "补查"}),
    "propose": ({"defence"}, REVIEWER, {"opinion": "追回"}),
    "propose_clearing": ({"examination", "defence"}, REVIEWER, {"reason": "不成立"}),
    "return_to_review": ({"proposed"}, APPROVER, {"reason": "再核"}),
    "decide": ({"proposed"}, APPROVER, {}),
    "clear": ({"proposed"}, APPROVER, {"reason": "不成立"}),
    "receive": (CLAIMED, CASHIER, acts.slip("100.00", "回单甲", "2022-03-28")),
    "reverse_receipt": (CLAIMED | {"recovered"}, APPROVER, {"document": "回单1", "reason": "串户"}),
    "propose_plan": ({"recovering"}, REVIEWER | CASHIER, acts.plan(("2022-06-30", "9115.00"))),
    "approve_plan": ({"plan"}, APPROVER, {}),
    "refuse_plan": ({"plan"}, APPROVER, {"reason": "不同意"}),
    "hand_over": ({"examination", "defence"} | CLAIMED, APPROVER, acts.JUSTICE),
    "note_receipt": (
        {"examination", "defence", "recovered"} | CLAIMED,
        REVIEWER,
        acts.RECEIPT | {"receipt_on": "2022-04-06"},
    ),
    "record_sanction": (
        CLAIMED | {"recovered", "stopped"},
        REVIEWER,
        acts.FINE | {"decided_on": "2022-03-28"},
    ),
    "lift_stop": (CLAIMED | {"recovered", "stopped"}, APPROVER, {"reason": "如实申报"}),
}
# What else must have happened; the answer may be a refusal although place and person are right.
NEEDS = {
    "notify",
    "propose",
    "decide",
    "clear",
    "hand_over",
    "note_receipt",
    "lift_stop",
    "reverse_receipt",
    "approve_plan",
    "propose_plan",
}
COURSE = [
    ("find", "county"),
    ("notify", "county"),
    ("hear", "county"),
    ("propose", "county"),
    ("decide", "approver"),
    ("hand_over", "approver"),
    ("receive", "cashier"),
    ("propose_plan", "county"),
    ("approve_plan", "approver"),
    ("note_receipt", "county"),
    ("lift_stop", "approver"),
]


@pytest.fixture
def house(city, officer, frozen) -> House:
    return build(city, officer)


def people(house: House, officer: Any, resident: Actor) -> dict[str, Actor]:
    city = house.city
    return {
        "county": house.county,
        "approver": house.approver,
        "cashier": house.cashier,
        "clerk": house.clerk,
        "township reviewer": house.reviewer,
        "civil": house.civil,
        "treasurer": house.treasurer,
        "other county": officer(
            "reviewer",
            city.other_county_mib,
            ("approver", city.other_county_mib),
            ("cashier", city.other_county_mib),
        ),
        "city": officer("reviewer", city.city_mib, ("approver", city.city_mib)),
        "supervisor": officer("supervisor", city.city),
        "auditor": officer("auditor", city.city),
        "resident": resident,
        "system": SYSTEM,
    }


def attempted(case: Case, act: str, actor: Actor) -> CaseworkError | None:
    try:
        with transaction.atomic():
            perform(case.pk, act, actor, TABLE[act][2])
            transaction.set_rollback(True)
    except CaseworkError as error:
        return error
    return None


def test_at_every_point_of_the_course(house, officer, resident, frozen):
    case, actors = house.open(house.paid()), people(house, officer, resident)
    declared = {act.name for act in case.declaration.acts} - {"open", "archive"}
    assert declared == set(TABLE)
    for step in [None, *COURSE]:
        if step:
            act, who = step
            if act == "propose":
                frozen.at(date(2022, 4, 6))
            # What the course books is another slip than the one everybody tries.
            data = acts.slip("100.00", "回单1", "2022-04-06") if act == "receive" else TABLE[act][2]
            perform(case.pk, act, actors[who], data)
        stage, before = Case.objects.get(pk=case.pk).stage, everything()
        for act, (where, who, _data) in TABLE.items():
            for name, actor in actors.items():
                refused = attempted(case, act, actor)
                lawful = stage in where and name in who
                assert lawful or refused, (stage, act, name)
                assert not lawful or not refused or act in NEEDS or isinstance(refused, InvalidData), (
                    stage,
                    act,
                    name,
                    refused,
                )
        assert everything() == before, stage
    assert stage == "recovering"


AMOUNTS = st.integers(1, 1_000_000)


def machine(house: House, case: Case) -> type[RuleBasedStateMachine]:
    class Repaying(RuleBasedStateMachine):
        """Slips, reversals and plans in any order beside a sum kept by hand."""

        def __init__(self) -> None:
            super().__init__()
            self.point = transaction.atomic()
            self.point.__enter__()
            self.slips: dict[str, int] = {}
            self.number, self.planned, self.bank = 0, None, self.standing("bank")

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.point.__exit__(None, None, None)

        def standing(self, key: str) -> int:
            return balance(Ledger.objects.get(unit=house.city.county), key, "budget")

        @property
        def outstanding(self) -> int:
            return 921_500 - sum(self.slips.values())

        def attempt(self, act: str, actor: Actor, data: dict[str, Any]) -> bool:
            before = everything()
            try:
                with transaction.atomic():
                    perform(case.pk, act, actor, data)
            except CaseworkError:
                assert everything() == before
                return False
            return True

        @rule(fen=st.one_of(AMOUNTS, st.just(0)), again=st.booleans(), rest=st.booleans())
        def receive(self, fen: int, again: bool, rest: bool) -> None:
            self.number += 1
            name = next(iter(self.slips), "x") if again and self.slips else f"回单{self.number}"
            fen = self.outstanding if rest else fen
            lawful = 0 < fen <= self.outstanding and name not in self.slips
            done = self.attempt(
                "receive", house.cashier, acts.slip(f"{fen // 100}.{fen % 100:02d}", name, "2022-04-06")
            )
            assert done == lawful
            if done:
                self.slips[name] = fen

        @precondition(lambda self: self.slips)
        @rule(pick=st.integers(0, 9), by_cashier=st.booleans())
        def reverse(self, pick: int, by_cashier: bool) -> None:
            name = sorted(self.slips)[pick % len(self.slips)]
            data = {"document": name, "reason": "串户"}
            done = self.attempt("reverse_receipt", house.cashier if by_cashier else house.approver, data)
            assert done != by_cashier
            if done:
                del self.slips[name]
                self.planned = None

        @rule(parts=st.integers(1, 4), off=st.sampled_from([0, 0, 1]))
        def plan(self, parts: int, off: int) -> None:
            whole = self.outstanding
            if self.planned is not None or whole < parts:
                return
            sums = [whole // parts] * (parts - 1)
            sums.append(whole - sum(sums) + off)
            rows = [
                (f"2022-{5 + index:02d}-01", f"{fen // 100}.{fen % 100:02d}")
                for index, fen in enumerate(sums)
            ]
            done = self.attempt("propose_plan", house.county, acts.plan(*rows))
            assert done == (off == 0)
            if done:
                self.planned = whole

        @rule(agree=st.booleans())
        def decide_plan(self, agree: bool) -> None:
            act, data = ("approve_plan", {}) if agree else ("refuse_plan", {"reason": "不同意"})
            lawful = (
                self.planned is not None
                and self.outstanding > 0
                and (not agree or self.planned == self.outstanding)
            )
            assert self.attempt(act, house.approver, data) == lawful
            if lawful:
                self.planned = None

        @invariant()
        def adds_up(self) -> None:
            row = Receivable.objects.get()
            assert (row.received, row.amount) == (sum(self.slips.values()), 921_500)
            assert self.standing("receivable") == self.outstanding
            assert self.standing("bank") == self.bank + row.received
            parts = row.instalments.filter(plan=row.plan)
            assert parts.last().upto == 921_500 or row.plan == 1 or parts.last().upto <= 921_500
            assert list(verify.problems(Ledger.objects.get(unit=house.city.county))) == []
            expected = (
                "recovered" if not self.outstanding else "plan" if self.planned is not None else "recovering"
            )
            assert Case.objects.get(pk=case.pk).stage == expected

    return Repaying


def test_money_in_any_order(house, frozen):
    case = house.decided(house.open(house.paid()), frozen)
    run_state_machine_as_test(
        machine(house, case),
        settings=settings(
            max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
