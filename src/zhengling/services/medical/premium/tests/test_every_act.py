"""Every act, tried by everybody at every point of request and refund: who may and why not, as articles 9 and 21 have it.

The tables below are a model of the articles of its own, not the procedure's rows. Each attempt is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.casework import chain
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.errors import ActRefused, CaseworkError, NotYours
from zhengling.kernel.casework.models import Case, Event, Task, TimeLimit
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.funds.models import Entry, Payable
from zhengling.kernel.outbox.delivery import deliver, fan_out
from zhengling.services.medical.premium.models import Refund, Request, Subsidy
from zhengling.services.medical.premium.tests.world import AFTER, build

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@dataclass(frozen=True)
class Rule:
    """Where an act is possible, who may do it, and whom of the earlier actors it excludes."""

    stages: set[str]
    who: set[str]
    second_to: tuple[str, ...] = ()
    data: Any = None


REQUEST = {
    "redraw": Rule({"drawing"}, {"reviewer", "both", "system"}),
    "submit": Rule({"drawing"}, {"reviewer", "both"}),
    "return_to_roster": Rule({"signing"}, {"approver", "both"}, data={"reason": "退回"}),
    "file": Rule({"signing"}, {"approver", "both"}, ("submit",)),
    "send_back": Rule({"finance"}, {"treasurer"}, data={"reason": "退回"}),
    "grant": Rule({"finance"}, {"treasurer"}, data={"source": "donation"}),
    "pay": Rule({"payment"}, {"system"}),
    "archive": Rule({"paid"}, {"reviewer", "both"}),
}
REFUND = {
    "name_account": Rule(
        {"filed"},
        {"resident", "cadre", "clerk", "reviewer", "both"},
        data={"bank_name": "农商行", "bank_account": "6230901000000000123"},
    ),
    "propose": Rule({"filed"}, {"reviewer", "both"}, data={"proposal": "approve"}),
    "return_to_review": Rule({"approval"}, {"approver", "both"}, data={"reason": "退回"}),
    "approve": Rule({"approval"}, {"approver", "both"}, ("propose",)),
    "refuse": Rule({"approval"}, {"approver", "both"}, ("propose",), {"reasons": "不符合条件"}),
    "pay": Rule({"payment"}, {"system"}),
    "withdraw": Rule({"filed"}, {"resident", "cadre", "clerk"}, data={"reason": "填错"}),
    "archive": Rule({"paid", "refused", "withdrawn"}, {"reviewer", "both"}),
}


@pytest.fixture
def world(city, officer, frozen):
    frozen.at(AFTER)
    return build(city, officer)


@pytest.fixture
def actors(world, officer, resident) -> dict[str, Actor]:
    """Those who have a part in it, and others of the same offices, of other offices and of the other county."""
    city = world.city
    return {
        "reviewer": world.reviewer,
        "approver": world.approver,
        "cashier": world.cashier,
        "treasurer": world.treasurer,
        "cadre": world.cadre,
        "both": officer("reviewer", city.county_mib, ("approver", city.county_mib)),
        "clerk": officer("clerk", city.township),
        "finance_clerk": officer("clerk", city.county_finance),
        "civil": officer("clerk", city.county_civil),
        "foreign_reviewer": officer("reviewer", city.other_county_mib),
        "foreign_treasurer": officer("approver", city.other_county_finance),
        "city_approver": officer("approver", city.city_mib),
        "supervisor": officer("supervisor", city.city),
        "auditor": officer("auditor", city.city),
        "resident": resident,
        "nobody": Actor(),
        "system": SYSTEM,
    }


def everything() -> list[Any]:
    """What an attempt that was taken back must not have moved."""
    return [
        list(Case.objects.order_by("pk").values_list("pk", "stage", "version", "head")),
        *(model.objects.count() for model in (Event, Task, TimeLimit, Payable, Entry, Refund)),
        list(Subsidy.objects.order_by("pk").values_list("pk", "route", "refund", "request", "amount")),
        list(Request.objects.values_list("pk", "digest", "source")),
    ]


class Course:
    """A case with who did what on it; asks the model before the house."""

    def __init__(self, case: Case, rules: dict[str, Rule], actors: dict[str, Actor]) -> None:
        self.case, self.rules, self.actors = case, rules, actors
        self.done: dict[str, set[str]] = {}
        self.proposed = ""

    @property
    def stage(self) -> str:
        return Case.objects.values_list("stage", flat=True).get(pk=self.case.pk)

    def expected(self, act: str, actor: str) -> set[type[CaseworkError]]:
        """The refusals that the articles know for this attempt; empty when it is lawful."""
        rule = self.rules[act]
        if self.stage not in rule.stages:
            return {ActRefused}
        if actor not in rule.who or any(actor in self.done.get(name, set()) for name in rule.second_to):
            return {NotYours}
        if act in {"approve", "refuse"} and act != self.proposed:
            return {ActRefused}
        return set()

    def attempt(self, act: str, actor: str) -> type[CaseworkError] | None:
        try:
            with transaction.atomic():
                perform(self.case.pk, act, self.actors[actor], self.rules[act].data or {})
                transaction.set_rollback(True)
        except CaseworkError as error:
            return type(error)
        return None

    def try_all(self) -> None:
        before = everything()
        for act in self.rules:
            for actor in self.actors:
                expected, found = self.expected(act, actor), self.attempt(act, actor)
                where = (self.stage, act, actor)
                assert (found in expected) if expected else found is None, (where, found, expected)
        assert everything() == before

    def do(self, act: str, actor: str, **data: Any) -> None:
        given = {**(self.rules[act].data or {}), **data}
        assert not self.expected(act, actor)
        perform(self.case.pk, act, self.actors[actor], given)
        # The worker seals and sends the letters; a file with an unfinished one is not archived.
        fan_out()
        deliver()
        self.done.setdefault(act, set()).add(actor)
        self.proposed = given.get("proposal", self.proposed)


REQUEST_COURSES = {
    "straight": ["submit reviewer", "file approver", "grant treasurer", "pay system", "archive reviewer"],
    "returned by the signer and by finance": [
        "redraw reviewer",
        "submit both",
        "return_to_roster approver",
        "submit reviewer",
        "return_to_roster both",
        "submit reviewer",
        "file approver",
        "send_back treasurer",
        "submit reviewer",
        "file approver",
        "grant treasurer",
    ],
}


@pytest.mark.parametrize("name", REQUEST_COURSES)
def test_the_request_at_every_point(world, actors, name):
    world.marked("orphan")
    world.marked("marginal")
    course = Course(world.request(), REQUEST, actors)
    course.try_all()
    for step in REQUEST_COURSES[name]:
        course.do(*step.split())
        course.try_all()
    payable = Payable.objects.get()
    assert (payable.amount, payable.source) == (48_000, "donation")
    assert list(chain.problems(Case.objects.get(pk=course.case.pk))) == []


REFUND_COURSES = {
    "approved": [("propose", "both", {}), ("return_to_review", "approver", {}), ("propose", "reviewer", {}),
                 ("approve", "approver", {}), ("pay", "system", {}), ("archive", "reviewer", {})],
    "refused": [("name_account", "resident", {}),
                ("propose", "reviewer", {"proposal": "refuse", "proposal_reason": "不符合条件"}),
                ("refuse", "approver", {})],
    "withdrawn": [("withdraw", "resident", {})],
}  # fmt: skip


@pytest.mark.parametrize("name", REFUND_COURSES)
def test_the_refund_at_every_point(world, actors, resident, name):
    person = world.marked("marginal", since=date(2021, 12, 1))
    person.account = resident.user
    person.save()
    case = world.refund(person)
    Case.objects.filter(pk=case.pk).update(applicant=resident.user)
    course = Course(case, REFUND, actors)
    course.try_all()
    for act, actor, data in REFUND_COURSES[name]:
        course.do(act, actor, **data)
        course.try_all()
    assert Payable.objects.count() == Subsidy.objects.count() == (name == "approved")
    assert list(chain.problems(Case.objects.get(pk=case.pk))) == []


def test_nobody_opens_a_request_by_hand(world, actors):
    """The duty recurs by the calendar: opening belongs to the schedule."""
    data = {"year": 2022, "number": 0, "period_ended_on": "2022-02-28"}
    for name, actor in actors.items():
        if name != "system":
            with pytest.raises(NotYours):
                open_case(procedures.get("premium_request"), actor, world.city.county, data, title="t")
    assert not Case.objects.exists()
