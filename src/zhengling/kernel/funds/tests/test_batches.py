"""From a granted amount to paid money: batches, the second person, the bank's answer, returns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.audit.models import Access
from zhengling.kernel.funds import batches, hooks, operations, payees, replies, verify
from zhengling.kernel.funds.errors import BadFile, FundsError, NotEnough, NotYourLedger, PostedDifferently
from zhengling.kernel.funds.ledger import Origin, available, balance
from zhengling.kernel.funds.models import Entry, Ledger, Override, Payable, Payment, Source
from zhengling.kernel.funds.tests.conftest import make_person
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.people.operations import seal
from zhengling.kernel.spreadsheets import spreadsheet

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]


def draft(books, payables, actor=None):
    return batches.create(
        books.unit,
        [payable.pk for payable in payables],
        route="bank",
        bank_format="bank_csv",
        actor=actor or books.cashier,
    )


def sent(books, payables):
    """A batch of the payables at the bank."""
    batch = draft(books, payables)
    batches.submit(batch.pk, books.cashier)
    batches.approve(batch.pk, books.approver)
    batches.export(batch.pk, books.cashier)
    batch.refresh_from_db()
    return batch


def answer(batch, *rows, heading="批次号,序号,金额,处理结果,失败原因,银行流水号"):
    lines = [heading, *(",".join([batch.number, *map(str, row)]) for row in rows)]
    return "\r\n".join(lines).encode("gb18030")


def whole(books) -> bool:
    return list(verify.problems(Ledger.objects.get(pk=books.unit))) == []


def test_money_goes_from_grant_to_payee(books):
    """￥47,000.00 granted, ￥100,000.00 in the bank: ￥53,000.00 stay."""
    books.receive(100_000_00)
    payable = books.owe(47_000_00)
    assert balance(books.ledger, "payable", "budget") == 47_000_00
    batch = sent(books, [payable])
    assert available(books.ledger, "budget") == 53_000_00
    assert balance(books.ledger, "bank", "budget") == 100_000_00  # the bank has not said so yet
    assert (
        replies.import_reply(
            batch.pk, "r.csv", answer(batch, (1, "47000.00", "成功", "", "B1")), books.cashier
        )
        == 1
    )
    assert balance(books.ledger, "bank", "budget") == 53_000_00
    assert balance(books.ledger, "transit", "budget") == 0
    assert balance(books.ledger, "expense.inpatient", "budget") == 47_000_00
    payable.refresh_from_db()
    assert (payable.state, payable.paid_on) == (Payable.State.PAID, date(2022, 3, 28))
    batch.refresh_from_db()
    assert batch.state == "done"
    assert [step.act for step in batch.steps.all()] == ["create", "submit", "approve", "export", "answer"]
    assert whole(books)


def test_the_bank_file_holds_the_whole_account_and_nothing_else_does(books):
    books.receive(10_000_00)
    payable = books.owe(1_234_50)
    assert payable.account_mask == "****4567"
    assert payable.payee == "陈*兰"
    batch = draft(books, [payable])
    batches.submit(batch.pk, books.cashier)
    batches.approve(batch.pk, books.approver)
    name, content = batches.export(batch.pk, books.cashier)
    assert name == "431103-2022-0001.csv"
    assert content.decode("gb18030").splitlines() == [
        "序号,收款账号,收款户名,开户行,金额,用途,批次号",
        "1,6217000000001234567,陈桂兰,永州农商银行,1234.50,医疗救助,431103-2022-0001",
    ]
    assert batches.export(batch.pk, books.cashier) == (name, content)
    seen = Access.objects.filter(subject_id=str(payable.person.pk), fields="bank_account")
    assert [(row.user, row.purpose) for row in seen] == [(books.cashier.user, batch.number)] * 2


def test_the_file_cannot_change_after_it_went_to_the_bank(books):
    books.receive(10_000_00)
    payable = books.owe(1_000_00)
    sent_batch = sent(books, [payable])
    person = payable.person
    seal(person, "bank_account", "6217000000009999999")
    person.save()
    with pytest.raises(FundsError):
        batches.export(sent_batch.pk, books.cashier)


def test_the_maker_does_not_approve(books, officer, city):
    books.receive(10_000_00)
    both = officer("cashier", city.county_mib, ("approver", city.county_mib))
    batch = draft(books, [books.owe(100)], actor=both)
    batches.submit(batch.pk, books.cashier)
    with pytest.raises(NotYourLedger):
        batches.approve(batch.pk, both)
    batches.approve(batch.pk, books.approver)


def test_a_program_does_not_approve(books, city):
    batch = draft(books, [books.owe(100)])
    batches.submit(batch.pk, books.cashier)
    client = Actor(client="bank-link", client_grants=(("approver", city.county_mib.pk),))
    for actor in (SYSTEM, client):
        with pytest.raises(NotYourLedger):
            batches.approve(batch.pk, actor)


@pytest.mark.parametrize("where", ["city_mib", "other_county_mib", "county_civil", "township"])
def test_officers_of_other_units_keep_out(books, officer, city, where):
    stranger = officer("cashier", getattr(city, where), ("approver", getattr(city, where)))
    payable = books.owe(100)
    with pytest.raises(NotYourLedger):
        draft(books, [payable], actor=stranger)
    batch = draft(books, [payable])
    batches.submit(batch.pk, books.cashier)
    with pytest.raises(NotYourLedger):
        batches.approve(batch.pk, stranger)


def test_nothing_leaves_beyond_the_balance_of_the_source(books):
    """Article 21: ￥500 of donations do not pay a budget debt of ￥300 when the budget holds ￥299.99."""
    books.receive(299_99)
    books.receive(500_00, Source.DONATION)
    batch = draft(books, [books.owe(300_00)])
    batches.submit(batch.pk, books.cashier)
    with pytest.raises(NotEnough) as refused:
        batches.approve(batch.pk, books.approver)
    assert refused.value.shortfalls == {"budget": 1}
    assert refused.value.citation == "YZCR-2021-01016/21"
    batches.approve(batch.pk, books.approver, override_reason="市级资金已在途,领导批示先行垫付")
    override = Override.objects.get()
    assert (override.source, override.available, override.amount) == ("budget", 299_99, 300_00)
    assert available(books.ledger, "budget") == -1
    assert whole(books)


def test_each_source_pays_its_own(books):
    books.receive(100_00)
    books.receive(200_00, Source.WELFARE_LOTTERY)
    sent(books, [books.owe(100_00), books.owe(150_00, Source.WELFARE_LOTTERY)])
    assert available(books.ledger, "budget") == 0
    assert available(books.ledger, "welfare_lottery") == 50_00


def test_what_is_on_its_way_is_not_available_to_the_next_batch(books):
    books.receive(100_00)
    sent(books, [books.owe(60_00)])
    second = draft(books, [books.owe(60_00)])
    batches.submit(second.pk, books.cashier)
    with pytest.raises(NotEnough):
        batches.approve(second.pk, books.approver)


def test_a_payable_is_in_one_batch_only(books):
    payable = books.owe(100)
    draft(books, [payable])
    with pytest.raises(FundsError):
        draft(books, [payable])
    assert Payment.objects.count() == 1


def test_a_batch_takes_only_its_own_units_and_routes_payables(books, other_books):
    foreign, card = other_books.owe(100), books.owe(100, route="one_card")
    for payable in (foreign, card):
        with pytest.raises(FundsError):
            draft(books, [payable])


def test_taken_out_payments_can_be_paid_elsewhere(books):
    books.receive(100_00)
    kept, out = books.owe(10_00), books.owe(20_00)
    batch = draft(books, [kept, out])
    batches.take_out(batch.pk, [batch.payments.get(payable=out).pk], books.cashier)
    batches.submit(batch.pk, books.cashier)
    batches.approve(batch.pk, books.approver)
    assert available(books.ledger, "budget") == 90_00
    other = draft(books, [out])
    assert other.number == "431103-2022-0002"
    assert whole(books)


def test_a_draft_given_up_frees_its_payables(books):
    payable = books.owe(10_00)
    batch = draft(books, [payable])
    batches.cancel(batch.pk, "金额有误", books.cashier)
    payable.refresh_from_db()
    assert payable.state == Payable.State.OPEN
    with pytest.raises(FundsError):
        batches.submit(batch.pk, books.cashier)


def test_an_approval_taken_back_reverses_its_posting(books):
    books.receive(100_00)
    batch = draft(books, [books.owe(60_00)])
    batches.submit(batch.pk, books.cashier)
    batches.approve(batch.pk, books.approver)
    batches.withdraw(batch.pk, "漏附审批表", books.approver)
    assert available(books.ledger, "budget") == 100_00
    assert Entry.objects.filter(kind="reversal").count() == 1
    batches.submit(batch.pk, books.cashier)
    batches.approve(batch.pk, books.approver)
    assert available(books.ledger, "budget") == 40_00
    assert whole(books)


def test_a_returned_payment_reopens_its_payable_with_the_banks_reason(books):
    books.receive(100_00)
    good, bad = books.owe(10_00), books.owe(20_00)
    batch = sent(books, [good, bad])
    content = answer(batch, (1, "10", "成功", "", "B1"), (2, "20.00", "退回", "账号与户名不符", ""))
    assert replies.import_reply(batch.pk, "r.csv", content, books.cashier) == 2
    bad.refresh_from_db()
    assert (bad.state, bad.reason) == (Payable.State.RETURNED, "账号与户名不符")
    assert available(books.ledger, "budget") == 90_00
    assert balance(books.ledger, "payable", "budget") == 20_00
    sent(books, [bad])
    assert available(books.ledger, "budget") == 70_00
    assert whole(books)


def test_the_same_answer_twice_changes_nothing(books):
    books.receive(100_00)
    batch = sent(books, [books.owe(10_00)])
    content = answer(batch, (1, "10", "成功", "", "B1"))
    replies.import_reply(batch.pk, "r.csv", content, books.cashier)
    entries = Entry.objects.count()
    assert replies.import_reply(batch.pk, "r.csv", content, books.cashier) == 0
    assert Entry.objects.count() == entries


def test_money_that_comes_back_after_it_was_confirmed(books):
    books.receive(100_00)
    payable = books.owe(10_00)
    batch = sent(books, [payable])
    replies.import_reply(batch.pk, "r.csv", answer(batch, (1, "10", "成功", "", "B1")), books.cashier)
    replies.import_reply(
        batch.pk, "r.csv", answer(batch, (1, "10", "退汇", "账户已销户", "B2")), books.cashier
    )
    payable.refresh_from_db()
    assert (payable.state, payable.paid_on) == (Payable.State.RETURNED, None)
    assert balance(books.ledger, "bank", "budget") == 100_00
    assert whole(books)


@pytest.mark.parametrize(
    ("row", "column", "at"),
    [
        ((9, "10", "成功", "", ""), "序号", 3),
        ((2, "20.01", "成功", "", ""), "金额", 3),
        (("x", "20", "成功", "", ""), "序号", 3),
        ((2, "twenty", "成功", "", ""), "金额", 3),
        ((2, "NaN", "成功", "", ""), "金额", 3),
        ((2, "20.005", "成功", "", ""), "金额", 3),
        ((2, "20", "也许", "", ""), "处理结果", 3),
        ((2, "20", "退回", "", ""), "失败原因", 3),
        ((1, "10", "成功", "", ""), "序号", 3),
    ],
)
def test_one_wrong_row_and_nothing_of_the_answer_is_taken(books, row, column, at):
    books.receive(100_00)
    batch = sent(books, [books.owe(10_00), books.owe(20_00)])
    with pytest.raises(BadFile) as refused:
        replies.import_reply(batch.pk, "r.csv", answer(batch, (1, "10", "成功", "", ""), row), books.cashier)
    assert [(problem.row, problem.column) for problem in refused.value.problems] == [(at, column)]
    assert not Payment.objects.exclude(state=Payment.State.PENDING).exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", b""),
        ("r.csv", b"a,b,c\r\n1,2,3\r\n"),
        ("r.csv", b"\xff\xff\xfe\x00"),
        ("r.xlsx", b"PK\x03\x04 no workbook"),
        ("r.pdf", b"%PDF-"),
        ("r.csv", "批次号,序号,金额,处理结果\r\n".encode()),
    ],
)
def test_what_is_no_answer_at_all_is_refused(books, name, content):
    books.receive(100_00)
    batch = sent(books, [books.owe(10_00)])
    with pytest.raises(BadFile):
        replies.import_reply(batch.pk, name, content, books.cashier)


def test_an_answer_in_excel(books):
    books.receive(100_00)
    batch = sent(books, [books.owe(10_50)])
    content = spreadsheet(
        ["批次号", "序号", "金额", "处理结果"], [[batch.number, 1, Decimal("10.5"), "成功"]]
    )
    assert replies.import_reply(batch.pk, "r.xlsx", content, books.cashier) == 1


def test_the_origin_is_told_in_the_same_transaction(books, monkeypatch):
    told = []
    monkeypatch.setattr(hooks, "_hooks", {})
    hooks.on_paid("settlement", lambda payable, outcome: told.append((payable.origin_id, outcome)))
    books.receive(100_00)
    payable = books.owe(10_00, origin=Origin("settlement", "S-9"))
    batch = sent(books, [payable])
    replies.import_reply(batch.pk, "r.csv", answer(batch, (1, "10", "成功", "", "B1")), books.cashier)
    assert told == [("S-9", "paid")]
    message = Message.objects.get(type="funds.payment.confirmed")
    assert message.subject == str(payable.pk)
    assert message.data["origin_id"] == "S-9"
    assert message.unit == "431103"


def test_an_origin_that_cannot_follow_does_not_undo_the_banks_fact(books, monkeypatch):
    def refuse(payable, outcome):
        Payable.objects.filter(pk=payable.pk).update(citation="changed by the hook")
        raise FundsError("案件已撤回")

    monkeypatch.setattr(hooks, "_hooks", {"settlement": [refuse]})
    books.receive(100_00)
    payable = books.owe(10_00)
    batch = sent(books, [payable])
    replies.import_reply(batch.pk, "r.csv", answer(batch, (1, "10", "成功", "", "B1")), books.cashier)
    payment = batch.payments.get()
    assert (payment.state, payment.follow_up) == (Payment.State.CONFIRMED, "案件已撤回")
    payable.refresh_from_db()
    assert payable.citation == "YZCR-2021-01016/10"
    with pytest.raises(FundsError, match="案件已撤回"):
        replies.tell_again(payment.pk, books.cashier)
    monkeypatch.setattr(hooks, "_hooks", {})
    assert replies.tell_again(payment.pk, books.cashier).follow_up == ""


def test_a_grant_is_booked_once(books):
    person = make_person()
    first = books.owe(10_00, origin=Origin("case", "C1"), person=person)
    assert books.owe(10_00, origin=Origin("case", "C1"), person=person) == first
    with pytest.raises(PostedDifferently):
        books.owe(11_00, origin=Origin("case", "C1"), person=person)
    operations.change_source(first.pk, Source.DONATION, books.cashier)
    assert books.owe(10_00, origin=Origin("case", "C1"), person=person) == first
    assert Payable.objects.count() == 1
    assert balance(books.ledger, "payable", "donation") == 10_00


def test_another_source_bears_the_debt(books):
    payable = books.owe(10_00)
    for source in (Source.DONATION, Source.BUDGET, Source.DONATION):
        operations.change_source(payable.pk, source, books.cashier)
    assert balance(books.ledger, "payable", "budget") == 0
    assert balance(books.ledger, "expense.inpatient", "donation") == 10_00
    assert whole(books)


def test_a_cancelled_debt_leaves_nothing(books):
    payable = books.owe(10_00)
    operations.cancel_payable(payable.pk, "决定撤销", SYSTEM)
    assert balance(books.ledger, "payable", "budget") == 0
    assert balance(books.ledger, "expense.inpatient", "budget") == 0
    with pytest.raises(FundsError):
        draft(books, [payable])
    assert whole(books)


def test_a_debt_on_its_way_cannot_be_cancelled_or_moved(books):
    payable = books.owe(10_00)
    draft(books, [payable])
    with pytest.raises(FundsError):
        operations.cancel_payable(payable.pk, "决定撤销", SYSTEM)
    with pytest.raises(FundsError):
        operations.change_source(payable.pk, Source.DONATION, books.cashier)


def test_a_payee_without_an_account_is_named_before_the_batch(books):
    payable = books.owe(10_00, person=make_person(account=""))
    with pytest.raises(FundsError, match=payable.reference):
        draft(books, [payable])


def test_an_organisation_is_paid_into_its_account(books, city):
    books.receive(100_00)
    payees.set_organisation_account(
        city.city_mib,
        holder="永州市医疗保障局",
        bank_name="建设银行",
        number="4300123456789012",
        actor=books.cashier,
    )
    payable = operations.owe(
        books.unit,
        amount=50_00,
        expense="expense.premium",
        origin=Origin("subsidy", "2022"),
        reference="参保资助2022",
        citation="YZCR-2021-01016/21",
        actor=SYSTEM,
        organisation=city.city_mib,
    )
    assert payable.account_mask == "****9012"
    batch = draft(books, [payable])
    batches.submit(batch.pk, books.cashier)
    batches.approve(batch.pk, books.approver)
    assert "4300123456789012,永州市医疗保障局,建设银行" in batches.export(batch.pk, books.cashier)[1].decode(
        "gb18030"
    )


class TestAppropriations:
    def test_a_second_person_approves(self, books, officer, city):
        both = officer("cashier", city.county_mib, ("approver", city.county_mib))
        row = operations.enter_appropriation(
            books.unit,
            source="budget",
            amount=5_00,
            document="永财社〔2022〕9号",
            received_on=date(2022, 3, 1),
            actor=both,
        )
        assert available(books.ledger, "budget") == 0
        with pytest.raises(NotYourLedger):
            operations.approve_appropriation(row.pk, both)
        operations.approve_appropriation(row.pk, books.approver)
        assert available(books.ledger, "budget") == 5_00
        with pytest.raises(FundsError):
            operations.approve_appropriation(row.pk, books.approver)

    def test_one_document_is_one_appropriation(self, books):
        books.receive(5_00, document="永财社〔2022〕9号")
        with pytest.raises(FundsError):
            books.receive(5_00, document="永财社〔2022〕9号")

    def test_a_refused_one_can_be_entered_again(self, books):
        row = operations.enter_appropriation(
            books.unit,
            source="budget",
            amount=5_00,
            document="永财社〔2022〕9号",
            received_on=date(2022, 3, 1),
            actor=books.cashier,
        )
        operations.refuse_appropriation(row.pk, "金额不符", books.approver)
        books.receive(6_00, document="永财社〔2022〕9号")
        assert available(books.ledger, "budget") == 6_00

    def test_spent_money_is_not_taken_back(self, books):
        row = books.receive(100_00)
        sent(books, [books.owe(1)])
        with pytest.raises(NotEnough):
            operations.reverse_appropriation(row, "收回", books.approver)
        books.receive(1)
        operations.reverse_appropriation(row, "收回", books.approver)
        assert available(books.ledger, "budget") == 0
        assert whole(books)

    @pytest.mark.parametrize(
        ("amount", "day"), [(0, date(2022, 3, 1)), (-1, date(2022, 3, 1)), (1, date(2022, 3, 29))]
    )
    def test_nonsense_is_refused(self, books, amount, day):
        with pytest.raises(FundsError):
            operations.enter_appropriation(
                books.unit, source="budget", amount=amount, document="x", received_on=day, actor=books.cashier
            )
