"""Two officers at once, on either database: nothing is paid twice, nothing beyond the balance, nobody waits
forever."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import transaction

from zhengling.kernel import clock
from zhengling.kernel.casework.models import Case
from zhengling.kernel.funds import batches, hooks, operations, replies, verify
from zhengling.kernel.funds.errors import FundsError, NotEnough
from zhengling.kernel.funds.ledger import Origin, available
from zhengling.kernel.funds.models import Entry, Ledger, Payable, Payment, PaymentBatch
from zhengling.kernel.funds.tests.conftest import make_person
from zhengling.kernel.funds.tests.test_batches import answer, draft, sent
from zhengling.kernel.tests.together import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db_sensitive]


def errors(results: Sequence[object]) -> list[type]:
    return [type(result) for result in results if isinstance(result, Exception)]


def whole(books) -> bool:
    return list(verify.problems(Ledger.objects.get(pk=books.unit))) == []


@pytest.mark.parametrize("_round", range(5))
def test_two_approvals_do_not_overpay(books, _round):
    books.receive(100_00)
    pair = [draft(books, [books.owe(60_00)]) for _ in range(2)]
    for batch in pair:
        batches.submit(batch.pk, books.cashier)
    results = at_once(*(lambda pk=batch.pk: batches.approve(pk, books.approver) for batch in pair))
    assert errors(results) == [NotEnough]
    assert available(books.ledger, "budget") == 40_00
    assert whole(books)


@pytest.mark.parametrize("_round", range(5))
def test_two_cashiers_batch_a_payable_once(books, officer, city, _round):
    payable = books.owe(10_00)
    second = officer("cashier", city.county_finance)
    results = at_once(lambda: draft(books, [payable]), lambda: draft(books, [payable], actor=second))
    assert errors(results) == [FundsError]
    assert Payment.objects.count() == 1
    assert PaymentBatch.objects.count() == 1


def test_one_batch_is_approved_once(books):
    books.receive(100_00)
    batch = draft(books, [books.owe(10_00)])
    batches.submit(batch.pk, books.cashier)
    results = at_once(*(lambda: batches.approve(batch.pk, books.approver) for _ in range(3)))
    assert errors(results) == [FundsError, FundsError]
    assert available(books.ledger, "budget") == 90_00


def test_one_answer_read_twice_at_once_counts_once(books):
    books.receive(100_00)
    batch = sent(books, [books.owe(10_00)])
    content = answer(batch, (1, "10", "成功", "", "B1"))
    results = at_once(
        *(lambda: replies.import_reply(batch.pk, "r.csv", content, books.cashier) for _ in range(2))
    )
    assert sorted(results) == [0, 1]
    assert whole(books)


def test_a_grant_booked_by_many_at_once_is_one(books):
    person = make_person()
    results = at_once(
        *(lambda: books.owe(10_00, origin=Origin("case", "C1"), person=person).pk for _ in range(4))
    )
    assert len(set(results)) == 1
    assert Entry.objects.count() == 1


def test_many_postings_at_once_stand_in_one_chain(books):
    people = [make_person() for _ in range(4)]

    def grant(number: int) -> None:
        for part in range(5):
            books.owe(1_00, origin=Origin("settlement", f"{number}-{part}"), person=people[number])

    assert errors(at_once(*(lambda n=number: grant(n) for number in range(4)))) == []
    assert Entry.objects.filter(ledger=books.ledger).count() == 20
    assert whole(books)


def test_an_act_on_a_case_and_the_banks_answer_do_not_block_each_other(books, city, monkeypatch):
    """The act locks the case, then the ledger; so does the answer, whose hook needs the case."""

    def follow(payable, _outcome):
        Case.objects.select_for_update().get(pk=payable.origin_id)

    monkeypatch.setattr(hooks, "_hooks", {"case": [follow]})
    books.receive(100_00)
    person = make_person()
    cases = [
        Case.objects.create(
            number=f"YJ-2022-{n}",
            procedure="x",
            stage="payment",
            title="x",
            place=city.village,
            opened_at=clock.now(),
        )
        for n in range(4)
    ]
    sent_batches = [
        sent(books, [books.owe(1_00, origin=Origin("case", case.pk), person=person)]) for case in cases
    ]

    def act() -> None:
        for case in reversed(cases):
            with transaction.atomic():
                Case.objects.select_for_update().get(pk=case.pk)
                books.owe(1_00, origin=Origin("case", case.pk), person=person, purpose="owed:2")

    def bank() -> None:
        for batch in sent_batches:
            replies.import_reply(batch.pk, "r.csv", answer(batch, (1, "1", "成功", "", "")), books.cashier)

    assert errors(at_once(act, bank)) == []
    assert Payable.objects.filter(state="paid").count() == 4
    assert whole(books)


def test_taking_back_money_and_spending_it_at_once(books):
    """￥100 in: reversing it and paying ￥60 out cannot both happen."""
    received = books.receive(100_00)
    batch = draft(books, [books.owe(60_00)])
    batches.submit(batch.pk, books.cashier)
    results = at_once(
        lambda: batches.approve(batch.pk, books.approver),
        lambda: operations.reverse_appropriation(received, "收回", books.approver),
    )
    assert errors(results) == [NotEnough]
    assert available(books.ledger, "budget") in {0, 40_00}
    assert whole(books)
