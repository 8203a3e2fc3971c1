from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.funds import operations
from zhengling.kernel.funds.chart import current_chart, load
from zhengling.kernel.funds.ledger import Origin
from zhengling.kernel.funds.models import Ledger, Payable, Source
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import seal


def make_person(name: str = "陈桂兰", account: str = "6217000000001234567") -> Person:
    person = Person(id=uuid7(), name=name, bank_name="永州农商银行", created_at=clock.now())
    seal(person, "bank_account", account)
    person.save(force_insert=True)
    return person


@dataclass
class Books:
    """The books of one county with its people: a cashier and an approver of healthcare security."""

    ledger: Ledger
    cashier: Actor
    approver: Actor
    made: int = 0

    @property
    def unit(self) -> int:
        return self.ledger.pk

    def receive(
        self, amount: int, source: str = Source.BUDGET, on: date | None = None, document: str = ""
    ) -> UUID:
        """An appropriation entered and approved."""
        self.made += 1
        row = operations.enter_appropriation(
            self.unit,
            source=source,
            amount=amount,
            document=document or f"永财社〔2022〕{self.made}号",
            received_on=on or clock.today(),
            actor=self.cashier,
        )
        operations.approve_appropriation(row.pk, self.approver)
        return row.pk

    def owe(
        self, amount: int, source: str = Source.BUDGET, origin: Origin | None = None, **more: object
    ) -> Payable:
        self.made += 1
        return operations.owe(
            self.unit,
            amount=amount,
            expense="expense.inpatient",
            origin=origin or Origin("settlement", f"S{self.made}"),
            reference=f"YJ-2022-{self.made:06d}",
            citation="YZCR-2021-01016/10",
            actor=SYSTEM,
            person=more.pop("person", None) or make_person(),
            source=source,
            **more,
        )


@pytest.fixture
def books(city, officer, frozen) -> Books:
    load(current_chart())
    return Books(
        Ledger.objects.get(unit=city.county),
        officer("cashier", city.county_mib),
        officer("approver", city.county_finance),
    )


@pytest.fixture
def other_books(city, officer, books) -> Books:
    return Books(
        Ledger.objects.get(unit=city.other_county),
        officer("cashier", city.other_county_mib),
        officer("approver", city.other_county_mib),
    )
