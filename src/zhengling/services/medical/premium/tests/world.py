"""A county with identities and officers to try premium subsidies on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.documents.template_store import load_templates
from zhengling.kernel.exchange import operations as exchanges
from zhengling.kernel.exchange.models import Exchange
from zhengling.kernel.funds import batches, chart, payees, replies
from zhengling.kernel.funds.bankfiles import Answer
from zhengling.kernel.funds.models import Payable, Payment
from zhengling.kernel.funds.operations import approve_appropriation, enter_appropriation
from zhengling.kernel.organisations.models import Level
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_person, unsealed
from zhengling.services.medical.demo import identity_number
from zhengling.services.medical.models import Identity
from zhengling.services.medical.premium import refunds, roster, schedule
from zhengling.services.medical.premium.enrolment import ENROLMENTS

BEFORE = date(2021, 6, 1)
PERIOD_END = date(2022, 2, 28)
AFTER = date(2022, 3, 1)


@dataclass
class World:
    city: Any
    reviewer: Actor
    approver: Actor
    cashier: Actor
    treasurer: Actor
    cadre: Actor
    serial: Any = field(default_factory=lambda: count(1))

    def person(self, village: str = "village", account: str = "6230901000000000123", **known: Any) -> Person:
        home = self.city.units[village]
        return enter_person(
            SYSTEM,
            name="张三",
            id_number=identity_number(date(1960, 1, 1), "male", next(self.serial)),
            residence=home,
            household_register=home,
            bank_account=account,
            bank_name="农商行" if account else "",
            **known,
        )

    def marked(
        self,
        kind: str,
        since: date = BEFORE,
        until: date | None = None,
        person: Person | None = None,
        **where: Any,
    ) -> Person:
        person = person or self.person(**where)
        Identity.objects.create(
            person=person, kind=kind, source="冷水滩区民政局", valid_from=since, valid_to=until
        )
        return person

    def enrolled(
        self, *rows: tuple[Person | str, int], county: str = "county", insutype: str = "390"
    ) -> Exchange:
        """The platform's list: persons (or bare numbers) with what each paid, in fen; received and taken over."""
        lines = ["psn_no,certno,insutype,clct_time,psn_clct_amt"]
        for serial, (person, fen) in enumerate(rows, start=1):
            number = person if isinstance(person, str) else unsealed(person, "id_number")
            lines.append(f"P{serial:04d},{number},{insutype},2021-10-01,{fen // 100}.{fen % 100:02d}")
        return self.listed("\n".join(lines), county)

    def listed(self, text: str, county: str = "county") -> Exchange:
        unit = self.city.units[county]
        by = self.reviewer if county == "county" else SYSTEM
        # A comment of no meaning makes two lists with the same rows two files.
        content = f"{text}\n{',' * next(self.serial)}".encode()
        exchange = exchanges.receive(by, ENROLMENTS, unit, name="list.csv", content=content, period="2022")
        exchanges.take_over(by, exchange.pk)
        assert exchanges.run(exchange.pk)
        exchange.refresh_from_db()
        return exchange

    def request(self) -> Case:
        """The request that the daily job opens."""
        (case,) = schedule.keep_requests()
        return case

    def filed(self) -> Case:
        case = self.request()
        perform(case.pk, "submit", self.reviewer, {})
        perform(case.pk, "file", self.approver, {})
        return Case.objects.get(pk=case.pk)

    def granted(self, source: str = "budget") -> Case:
        case = self.filed()
        perform(case.pk, "grant", self.treasurer, {"source": source})
        return Case.objects.get(pk=case.pk)

    def form(self, person: Person, **changes: Any) -> dict[str, Any]:
        return {
            "name": person.name,
            "id_number": unsealed(person, "id_number"),
            "village": self.city.village.code,
            "year": "2022",
            "paid_on": "2021-10-08",
            "paid_amount": "320.00",
        } | changes

    def refund(self, person: Person, **changes: Any) -> Case:
        return refunds.apply(self.cadre, self.form(person, **changes))

    def proposed(self, person: Person, **changes: Any) -> Case:
        case = self.refund(person, **changes)
        perform(case.pk, "propose", self.reviewer, {"proposal": "approve"})
        return case

    def money(self, yuan: int, source: str = "budget") -> None:
        row = enter_appropriation(
            self.city.county.pk,
            source=source,
            amount=yuan * 100,
            document=f"预〔2022〕{next(self.serial)}号",
            received_on=clock.today(),
            actor=self.cashier,
        )
        approve_appropriation(row.pk, self.treasurer)

    def pay(self, case: Case) -> Payable:
        """Batch, approval, bank file and the bank's answer for the payable of a case."""
        payable = Payable.objects.get(origin_id=str(case.pk))
        batch = batches.create(
            self.city.county.pk, [payable.pk], route="bank", bank_format="bank_csv", actor=self.cashier
        )
        batches.submit(batch.pk, self.cashier)
        batches.approve(batch.pk, self.treasurer)
        batches.export(batch.pk, self.cashier)
        (payment,) = Payment.objects.filter(batch=batch)
        answer = Answer(2, payment.seq, payment.amount, "paid", "", "B1", batch.number)
        replies.take(batch.pk, [answer], self.cashier)
        payable.refresh_from_db()
        return payable


def terms() -> Any:
    return roster.terms_for(2022)


def build(city: Any, officer: Any) -> World:
    load_templates()
    city.add(
        "fund",
        code="4311-fund",
        name="永州市城乡居民基本医疗保险基金",
        level=Level.INSTITUTION,
        kind="insurance_fund",
        parent="city_mib",
    )
    chart.load(chart.current_chart())
    world = World(
        city=city,
        reviewer=officer("reviewer", city.county_mib),
        approver=officer("approver", city.county_mib),
        cashier=officer("cashier", city.county_mib),
        treasurer=officer("approver", city.county_finance),
        cadre=officer("cadre", city.village),
    )
    payees.set_organisation_account(
        city.fund, holder="永州市财政局社会保障基金财政专户", bank_name="建设银行", number="4300150000000000001",
        actor=world.cashier,
    )  # fmt: skip
    return world
