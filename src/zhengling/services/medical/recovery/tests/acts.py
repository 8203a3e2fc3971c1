"""A county with money in its books, its officers, and what they enter in a recovery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.funds import batches, replies
from zhengling.kernel.funds.bankfiles import Answer
from zhengling.kernel.funds.models import Payable, Payment
from zhengling.kernel.funds.operations import approve_appropriation, enter_appropriation
from zhengling.services.medical.recovery import operations
from zhengling.services.medical.tests import world

FINDING: dict[str, Any] = {
    "facts": "申请时未申报名下营业用房及租金。",
    "means": "concealment",
    "ground": "household",
    "evidence": [{"item": "不动产登记查询结果", "source": "不动产登记中心", "shows": "名下营业用房一处"}],
}
STATEMENT = {"stated_on": "2022-03-28", "statement": "不知道要申报", "assessment": "不影响事实认定"}
JUSTICE = {"authority": "police", "organ": "冷水滩区公安局", "suspected": "涉嫌诈骗"}
RECEIPT = {"answer": "taken", "receipt": "冷公（经）受案字〔2022〕1号", "receipt_on": "2022-04-06"}
FINE = {
    "kind": "fine",
    "organ": "冷水滩区医疗保障局",
    "law": "医疗保障基金使用监督管理条例第四十一条",
    "reference": "冷医保罚〔2022〕1号",
    "decided_on": "2022-04-06",
    "amount": "18430.00",
    "reason": "骗取医疗救助资金",
}


def start(actor: Actor, **given: str) -> Case:
    return operations.start(actor, {"suspicion": "群众反映其名下有商铺"} | given)


def find(house: House, case: Case, **changes: Any) -> None:
    perform(case.pk, "find", house.county, FINDING | changes)


def slip(amount: str, document: str, day: str) -> dict[str, str]:
    return {"amount": amount, "document": document, "received_on": day}


def plan(*parts: tuple[str, str]) -> dict[str, Any]:
    return {"hardship": "家庭困难", "instalments": [{"due": due, "amount": amount} for due, amount in parts]}


@dataclass
class House(world.World):
    """The officers of an aid case and what a recovery needs of them."""

    def proposed(self, **changes: Any) -> Case:
        """An application proposed to be granted."""
        case = self.case(**changes)
        perform(case.pk, "accept", self.clerk, {})
        if Case.objects.get(pk=case.pk).stage == "further":
            perform(case.pk, "forward", self.reviewer, {"opinion": "属实"})
        else:
            self.accepted_to_county(case)
        perform(case.pk, "propose", self.county, {"proposal": "approve"})
        return case

    def granted(self, **changes: Any) -> Case:
        case = self.proposed(**changes)
        perform(case.pk, "approve", self.approver, {})
        case.refresh_from_db()
        return case

    def paid(self, **changes: Any) -> Case:
        """A case of ￥9,215.00 that the bank has paid, from ￥100,000.00 in the county's budget account."""
        case = self.granted(**changes)
        county = self.city.county.pk
        money = enter_appropriation(
            county,
            source="budget",
            amount=10_000_000,
            document="永财社〔2022〕1号",
            received_on=clock.today(),
            actor=self.cashier,
        )
        approve_appropriation(money.pk, self.treasurer)
        payable = Payable.objects.get(origin_id=str(case.pk))
        batch = batches.create(county, [payable.pk], route="bank", bank_format="bank_csv", actor=self.cashier)
        batches.submit(batch.pk, self.cashier)
        batches.approve(batch.pk, self.treasurer)
        batches.export(batch.pk, self.cashier)
        row = Payment.objects.get(batch=batch)
        replies.take(batch.pk, [Answer(2, row.seq, row.amount, "paid", "", "R1", batch.number)], self.cashier)
        case.refresh_from_db()
        return case

    def open(self, aid: Case, origin: str = "case", reference: str = "") -> Case:
        return start(self.county, origin=origin, reference=reference or aid.number)

    def report(self) -> Case:
        return start(
            self.county,
            origin="report",
            name="李秀英",
            id_number=world.ID_NUMBER,
            village=self.city.village.code,
        )

    def decided(self, case: Case, frozen: Any, *, found: bool = False, ground: str = "household") -> Case:
        """Through finding and hearing to the decision on 6 April 2022, after the time to answer."""
        if not found:
            find(self, case, ground=ground)
        perform(case.pk, "notify", self.county, {})
        frozen.at(date(2022, 4, 6))
        perform(case.pk, "propose", self.county, {"opinion": "停止救助，全额追回"})
        perform(case.pk, "decide", self.approver, {})
        case.refresh_from_db()
        return case


def build(city: Any, officer: Any) -> House:
    return House(**vars(world.build(city, officer)))
