"""The people of the stateful test, what they enter, and a picture of the whole database."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import connection

from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.funds import batches, replies
from zhengling.kernel.funds.bankfiles import Answer
from zhengling.kernel.funds.models import Payable, Payment
from zhengling.kernel.funds.operations import approve_appropriation, enter_appropriation
from zhengling.kernel.people.operations import enter_person
from zhengling.services.medical.tests import reference
from zhengling.services.medical.tests.reference import Bill
from zhengling.services.medical.tests.world import build

# Name and identity number; "self" is the resident who has an account.
PERSONS = {
    "li": ("李秀英", "431102196001010013"),
    "wang": ("王建国", "11010519491231002X"),
    "self": ("唐小兰", "431102198502120025"),
}
# Income of twelve months, property beyond necessities, cost of the year found by the survey; yuan.
HOUSEHOLDS = [
    ("38600.00", "9200.00", "0"),
    ("48860.00", "900000.00", "0"),
    ("200000.00", "90000.00", "0"),
    ("200000.00", "9200.00", "0"),
    ("60000.00", "900000.00", "30000.00"),
]
WORDS = {
    "notify_missing": "missing",
    "mark_urgent": "reason",
    "forward": "opinion",
    "send_back": "reason",
    "return_to_review": "reason",
    "refuse": "reasons",
    "withdraw": "reason",
}


def entered(act: str, choice: int, good: bool, today: date, bills: list[Bill]) -> tuple[dict[str, Any], bool]:
    """(data for the act, whether they are right), one of several right or wrong ones."""
    if act in WORDS:
        return {WORDS[act]: "属实" if good else "  "}, good
    makers = {"survey": _survey, "recognise": _recognise, "propose": _propose}
    if act not in makers:
        return {}, True
    right, wrong = makers[act](choice, today, bills)
    chosen = right if good else wrong
    return chosen[choice % len(chosen)], good


Entries = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def _survey(choice: int, today: date, _bills: list[Bill]) -> Entries:
    income, wealth, cost = HOUSEHOLDS[choice % len(HOUSEHOLDS)]
    data = {
        "visited_on": today.isoformat(),
        "surveyors": "甲、乙",
        "members": "4",
        "income_12_months": income,
        "property_beyond_necessities": wealth,
        "annual_in_scope_self_paid": cost,
    }
    faults = [
        {"members": "0"},
        {"members": "99999"},
        {"visited_on": (today + timedelta(1)).isoformat()},
        {"income_12_months": "-1"},
        {"property_beyond_necessities": "many"},
        {"surveyors": ""},
    ]
    return [data], [data | fault for fault in faults]


def _recognise(_choice: int, _today: date, _bills: list[Bill]) -> Entries:
    right = [
        {"recognised": "as_proposed"},
        {"recognised": "as_proposed"},
        {"recognised": "recognise", "recognised_reason": "借款治病"},
        {"recognised": "deny", "recognised_reason": "另有住房"},
    ]
    return right, [{"recognised": "recognise"}, {"recognised": "perhaps"}, {}]


def _propose(_choice: int, _today: date, bills: list[Bill]) -> Entries:
    row = {"setl_id": bills[-1].setl_id, "exclusion": "wellness_cosmetic", "reason": "美容"}
    right = [
        {"proposal": "approve"},
        {"proposal": "approve"},
        {"proposal": "approve", "exclusions": [row]},
        {"proposal": "refuse", "proposal_reason": "不符合"},
    ]
    wrong = [
        {"proposal": "refuse"},
        {"proposal": "approve", "exclusions": [{**row, "setl_id": "?"}]},
        {"proposal": "approve", "exclusions": [{**row, "exclusion": "because"}]},
        {},
    ]
    return right, wrong


def everything() -> list[Any]:
    """Every row of every table of ours: a refused act must leave all of it as it was."""
    tables = sorted(
        model._meta.db_table for model in apps.get_models() if model.__module__.startswith("zhengling.")
    )
    rows = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - our own names
            rows.append(cursor.fetchall())
    return rows


class House:
    """The officers of a township and its county, strangers, and a resident with an account, by name."""

    def __init__(self, city: Any, officer: Any, resident: Actor) -> None:
        self.city = city
        world = build(city, officer)
        self.cashier, self.treasurer = world.cashier, world.treasurer
        self.actors: dict[str, Actor] = {
            "cadre": world.cadre,
            "cadre2": officer("cadre", city.village2),
            "clerk": world.clerk,
            "reviewer": world.reviewer,
            "township_both": officer("clerk", city.township, ("reviewer", city.township)),
            "civil": world.civil,
            "county": world.county,
            "county_both": officer("reviewer", city.county_mib, ("approver", city.county_mib)),
            "approver": world.approver,
            "cashier": world.cashier,
            "foreign_clerk": officer("clerk", city.other_township, ("reviewer", city.other_township)),
            "foreign_county": officer("reviewer", city.other_county_mib, ("approver", city.other_county_mib)),
            "foreign_civil": officer("clerk", city.other_county_civil),
            "supervisor": officer("supervisor", city.county),
            "auditor": officer("auditor", city.city),
            "resident": resident,
            "nobody": Actor(),
            reference.SYSTEM: SYSTEM,
        }
        person = enter_person(world.clerk, name=PERSONS["self"][0], id_number=PERSONS["self"][1])
        person.account = resident.user
        person.save()

    def bank(self, case_id: Any, day: date, document: str, good: bool) -> None:
        """The way of the money: appropriation, batch, second person, bank file, the bank's answer."""
        county = self.city.county.pk
        money = enter_appropriation(
            county, source="budget", amount=10_000_000, document=document, received_on=day, actor=self.cashier
        )
        approve_appropriation(money.pk, self.treasurer)
        payable = Payable.objects.get(origin_id=str(case_id))
        batch = batches.create(county, [payable.pk], route="bank", bank_format="bank_csv", actor=self.cashier)
        batches.submit(batch.pk, self.cashier)
        batches.approve(batch.pk, self.treasurer)
        batches.export(batch.pk, self.cashier)
        payment = Payment.objects.get(batch=batch)
        row = Answer(2, payment.seq, payment.amount, "paid" if good else "returned", "", "R", batch.number)
        replies.take(batch.pk, [row], self.cashier)
