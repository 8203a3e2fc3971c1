"""A month of settlements is cleared with an institution: confirmed, reviewed, funded in two steps, paid once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.casework.procedure import get
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.funds import batches, replies, verify
from zhengling.kernel.funds import operations as funds
from zhengling.kernel.funds.chart import current_chart, load
from zhengling.kernel.funds.errors import NotEnough
from zhengling.kernel.funds.ledger import available, balance
from zhengling.kernel.funds.models import Ledger, Payable, Route
from zhengling.kernel.funds.payees import set_organisation_account
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.people.models import Person
from zhengling.kernel.tests.together import at_once
from zhengling.services.medical.clearing import operations
from zhengling.services.medical.clearing.models import Statement, StatementLine
from zhengling.services.medical.models import BenefitYear, Decision, Institution, Settlement

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]


@dataclass
class Desk:
    """A county, its officers and a hospital with an account."""

    city: Any
    institution: Institution
    hospital: Actor
    reviewer: Actor
    approver: Actor
    cashier: Actor
    finance: Actor
    made: int = 0

    @property
    def ledger(self) -> Ledger:
        return Ledger.objects.get(unit=self.city.county)

    def decided(self, pay: int, day: date = date(2022, 2, 10), benefit: str = "inpatient") -> Decision:
        """A settlement at the hospital's desk that assistance paid `pay` fen of; below zero: its reversal."""
        self.made += 1
        person = Person.objects.create(id=uuid7(), name="李秀英", created_at=clock.now())
        settlement = Settlement.objects.create(
            setl_id=f"S{self.made:04d}",
            person=person,
            channel=Settlement.Channel.ONE_STOP,
            unit=self.city.county,
            institution=self.institution,
            setl_time=clock.at(day),
            hospital="区人民医院",
            benefit=benefit,
            medfee_sumamt=1_000_000,
            inscp_scp_amt=1_000_000,
            paid_before_assistance=500_000,
        )
        return Decision.objects.create(
            settlement=settlement,
            benefit_year=BenefitYear.objects.create(person=person, year=2022),
            order=1,
            assistance_class=2,
            base_amt=abs(pay),
            below_deductible_amt=0,
            assisted_amt=abs(pay),
            above_ceiling_amt=0,
            rate=10_000,
            cap_cut_amt=0,
            maf_pay=pay,
            receipt="",
            decided_at=clock.at(day),
        )

    def drawn(self) -> Case:
        (case,) = operations.draw_up_statements()
        return case

    def approved(self, deductions: list[dict[str, str]] | None = None) -> Case:
        case = self.drawn()
        perform(case.pk, "confirm", self.hospital, {})
        perform(case.pk, "review", self.reviewer, {"opinion": "属实", "deductions": deductions or []})
        perform(case.pk, "approve", self.approver, {"source": "budget"})
        case.refresh_from_db()
        return case

    def receive(self, fen: int) -> None:
        row = funds.enter_appropriation(
            self.ledger.pk,
            source="budget",
            amount=fen,
            document=f"{fen}号",
            received_on=clock.today(),
            actor=self.cashier,
        )
        funds.approve_appropriation(row.pk, self.finance)

    def ask(self, yuan: str) -> Case:
        data = {"county": self.city.county.code, "budget": yuan, "grounds": "二月份结算"}
        return operations.request_funding(self.cashier, data)

    def send(self, *payables: Payable) -> Any:
        batch = batches.create(
            self.ledger.pk,
            [row.pk for row in payables],
            route="one_stop",
            bank_format="one_stop_csv",
            actor=self.cashier,
        )
        batches.submit(batch.pk, self.cashier)
        batches.approve(batch.pk, self.finance)
        batches.export(batch.pk, self.cashier)
        batch.refresh_from_db()
        return batch


@pytest.fixture
def desk(city, officer, frozen) -> Desk:
    load(current_chart())
    institution = Institution.objects.create(
        organisation=city.hospital,
        fixmedins_code="H43110300001",
        unit=city.county,
        agreement_from=date(2022, 1, 1),
    )
    cashier = officer("cashier", city.county_mib)
    set_organisation_account(
        city.hospital,
        holder="冷水滩区人民医院",
        bank_name="农商行",
        number="6217000000001234567",
        actor=cashier,
    )
    return Desk(
        city,
        institution,
        officer("clerk", city.hospital),
        officer("reviewer", city.county_mib),
        officer("approver", city.county_mib),
        cashier,
        officer("approver", city.county_finance),
    )


def test_what_a_month_left_is_on_one_statement_and_what_came_later_is_not(desk: Desk) -> None:
    """February's 1,200.00 and January's late 300.00 are cleared in March; March's 500.00 is not."""
    desk.decided(120_000)
    desk.decided(30_000, date(2022, 1, 31))
    desk.decided(50_000, date(2022, 3, 1))
    statement = desk.drawn().statement
    assert (statement.period, statement.claimed, statement.lines.count()) == ("2022-02", 150_000, 2)
    assert operations.draw_up_statements() == []


def test_before_the_day_of_the_month_the_month_before_is_cleared(desk: Desk, frozen) -> None:
    frozen.at(date(2022, 3, 4))
    desk.decided(10_000)
    assert operations.draw_up_statements() == []
    frozen.at(date(2022, 3, 5))
    assert len(operations.draw_up_statements()) == 1


def test_a_decision_is_cleared_once_whatever_the_code_does(desk: Desk) -> None:
    decision = desk.decided(10_000)
    statement = desk.drawn().statement
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementLine.objects.create(statement=statement, decision=decision, claimed=10_000)


def test_reversals_that_outweigh_the_month_wait_for_the_next(desk: Desk, frozen) -> None:
    """100.00 less a reversal of 250.00: nothing in March; in April with 400.00 more, 250.00 is owed."""
    desk.decided(10_000)
    desk.decided(-25_000, benefit="special_outpatient")
    assert operations.draw_up_statements() == []
    desk.decided(40_000, date(2022, 3, 20))
    frozen.at(date(2022, 4, 6))
    case = desk.approved()
    payable = Payable.objects.get(origin_id=str(case.pk))
    assert (case.statement.claimed, payable.amount, payable.expense) == (25_000, 25_000, "expense.inpatient")


def test_deductions_name_their_reason_and_never_exceed_the_claim(desk: Desk) -> None:
    desk.decided(120_000)
    desk.decided(30_000, benefit="special_outpatient")
    case = desk.drawn()
    perform(case.pk, "dispute", desk.hospital, {"dispute": "第二行应为住院"})
    for row in (
        {"setl_id": "S9999", "amount": "1.00", "reason": "无"},
        {"setl_id": "S0001", "amount": "1200.01", "reason": "多"},
    ):
        with pytest.raises(InvalidData):
            perform(case.pk, "review", desk.reviewer, {"opinion": "扣减", "deductions": [row]})
    row = {"setl_id": "S0002", "amount": "120.00", "reason": "目录外"}
    perform(case.pk, "review", desk.reviewer, {"opinion": "扣减", "deductions": [row]})
    perform(case.pk, "approve", desk.approver, {"source": "budget"})
    owed = dict(Payable.objects.filter(origin_id=str(case.pk)).values_list("expense", "amount"))
    assert owed == {"expense.inpatient": 120_000, "expense.outpatient": 18_000}


def test_whoever_reviewed_does_not_approve(desk: Desk, officer) -> None:
    desk.decided(10_000)
    both = officer("reviewer", desk.city.county_mib, ("approver", desk.city.county_mib))
    case = desk.drawn()
    perform(case.pk, "confirm", desk.hospital, {})
    perform(case.pk, "review", both, {"opinion": "属实"})
    with pytest.raises(NotYours):
        perform(case.pk, "approve", both, {"source": "budget"})


def test_another_hospital_neither_confirms_nor_sees(desk: Desk, officer) -> None:
    desk.decided(10_000)
    case = desk.drawn()
    other = desk.city.add(
        "other_hospital", code="h2", name="别院", level="institution", kind="hospital", parent="county"
    )
    with pytest.raises(NotYours):
        perform(case.pk, "confirm", officer("clerk", other), {})


def test_nothing_is_paid_on_a_figure_in_dispute(desk: Desk) -> None:
    desk.decided(10_000)
    case = desk.drawn()
    exchange = Exchange.objects.create(
        data_set="medical.platform_settlements", direction="in", unit=desk.city.county, state="applied",
        file_name="a", digest="0", by_name="", at=clock.now(),
    )  # fmt: skip
    difference = Difference.objects.create(
        exchange=exchange, seen=exchange, data_set=exchange.data_set, unit=desk.city.county, kind="amount",
        matter="S0001", subject="S0001", found_at=clock.now(),
    )  # fmt: skip
    perform(case.pk, "confirm", desk.hospital, {})
    perform(case.pk, "review", desk.reviewer, {"opinion": "属实"})
    with pytest.raises(ActRefused, match="S0001"):
        perform(case.pk, "approve", desk.approver, {"source": "budget"})
    Difference.objects.filter(pk=difference.pk).update(state="decided")
    perform(case.pk, "approve", desk.approver, {"source": "budget"})


def test_money_leaves_only_from_the_one_stop_account_and_reaches_it_in_two_steps(desk: Desk) -> None:
    """5,000.00 received, 2,000.00 granted to the one-stop account; before that the special account does not pay institutions."""
    desk.decided(150_000)
    desk.receive(500_000)
    case = desk.approved()
    payable = Payable.objects.get(origin_id=str(case.pk))
    with pytest.raises(NotEnough):
        desk.send(payable)
    request = desk.ask("2000.00")
    assert request.funding_request.owed == 150_000
    perform(request.pk, "fund", desk.finance, {})
    assert available(desk.ledger, "budget") == 300_000
    assert available(desk.ledger, "budget", Route.ONE_STOP) == 200_000


def test_the_banks_answer_ends_the_statement(desk: Desk) -> None:
    desk.decided(150_000)
    desk.decided(20_000, benefit="special_outpatient")
    desk.receive(500_000)
    perform(desk.ask("2000.00").pk, "fund", desk.finance, {})
    case = desk.approved()
    batch = desk.send(*Payable.objects.filter(origin_id=str(case.pk)).order_by("-amount"))
    rows = [f"{batch.number},{number},{amount},成功" for number, amount in ((1, "1500.00"), (2, "200.00"))]
    head = "批次号,序号,金额,处理结果"
    replies.import_reply(batch.pk, "r.csv", "\n".join([head, rows[0]]).encode("gb18030"), desk.cashier)
    case.refresh_from_db()
    assert case.stage == "payment"
    replies.import_reply(batch.pk, "r.csv", "\n".join([head, *rows]).encode("gb18030"), desk.cashier)
    case.refresh_from_db()
    assert case.stage == "paid"
    assert balance(desk.ledger, "one_stop", "budget") == 30_000
    assert balance(desk.ledger, "bank", "budget") == 300_000
    assert list(verify.problems(desk.ledger)) == []


def test_finance_moves_beyond_the_balance_only_with_a_reason(desk: Desk) -> None:
    desk.receive(100_000)
    request = desk.ask("2000.00")
    with pytest.raises(NotEnough) as refusal:
        perform(request.pk, "fund", desk.finance, {})
    assert refusal.value.shortfalls == {"budget": 100_000}
    perform(request.pk, "fund", desk.finance, {"override_reason": "县政府常务会议纪要〔2022〕3号"})
    assert balance(desk.ledger, "bank", "budget") == -100_000


def test_a_request_names_an_amount(desk: Desk) -> None:
    with pytest.raises(InvalidData):
        desk.ask("")


@pytest.mark.django_db(transaction=True)
def test_two_workers_draw_up_one_statement(desk: Desk) -> None:
    desk.decided(10_000)
    desk.decided(20_000)
    results = at_once(operations.draw_up_statements, operations.draw_up_statements)
    assert not [result for result in results if isinstance(result, Exception)]
    assert Statement.objects.get().claimed == 30_000
    assert Case.objects.filter(procedure="medical_clearing").count() == 1


def test_the_system_and_the_reviewer_open_statements_nobody_else(desk: Desk) -> None:
    desk.decided(10_000)
    with pytest.raises(NotYours):
        open_case(
            get("medical_clearing"),
            desk.finance,
            desk.city.county,
            {},
            title="x",
            parties={"institution": desk.institution.organisation},
        )


def test_settlements_that_assistance_paid_nothing_of_are_not_cleared(desk: Desk) -> None:
    """Hospitals settle for everybody; most are in no class and come to 0.00."""
    desk.decided(10_000)
    desk.decided(0)
    assert desk.drawn().statement.lines.count() == 1


def test_the_page_asks_as_often_for_many_counties_as_for_one(desk: Desk, officer, signed_in) -> None:
    browser = signed_in(officer("supervisor", desk.city.city))
    with CaptureQueriesContext(connection) as one:
        assert browser.get("/medical/clearing/").status_code == 200
    for number in range(20):
        desk.city.add(
            f"more{number}",
            code=f"4311{number:02d}x",
            name=f"县{number}",
            level="county",
            kind="government",
            parent="city",
        )
    load(current_chart())
    desk.receive(500_000)
    perform(desk.ask("2000.00").pk, "fund", desk.finance, {})
    with CaptureQueriesContext(connection) as many:
        page = browser.get("/medical/clearing/")
    assert "￥2,000.00" in page.content.decode()
    assert len(many) <= len(one) + 2, [row["sql"][:150] for row in many]
