"""Every order of acts, lawful or not: money is neither made nor lost, and no source is overdrawn without an
override."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.funds import batches, operations, replies, verify
from zhengling.kernel.funds.bankfiles import Answer
from zhengling.kernel.funds.ledger import available, balance
from zhengling.kernel.funds.models import Ledger, Override, Payable, Payment, PaymentBatch, Source
from zhengling.kernel.funds.tests.conftest import Books, make_person

pytestmark = [pytest.mark.django_db]

SOURCES = st.sampled_from(Source.values)
AMOUNTS = st.integers(1, 500)
PICK = st.integers(0, 50)
# What the row must be for the act to be lawful.
LAWFUL = {
    "submit": {"draft"},
    "cancel": {"draft"},
    "approve": {"submitted"},
    "send_back": {"submitted"},
    "withdraw": {"approved"},
    "export": {"approved", "exported"},
    "take": {"exported", "done"},
}


@dataclass
class Told:
    """What the acts that went through say, kept beside the books."""

    received: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Source.values, 0))
    paid: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Source.values, 0))


def machine(books: Books) -> type[RuleBasedStateMachine]:
    person = make_person()

    class Paying(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.point = transaction.atomic()
            self.point.__enter__()
            self.told = Told()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.point.__exit__(None, None, None)

        def batch(self, pick: int) -> PaymentBatch | None:
            rows = list(PaymentBatch.objects.order_by("seq"))
            return rows[pick % len(rows)] if rows else None

        def act(self, name: str, pick: int, work) -> None:
            """Do it; it must be refused exactly when the table says so (or money or payments are lacking)."""
            batch = self.batch(pick)
            if batch is None:
                return
            before = batch.state
            try:
                with transaction.atomic():
                    work(batch)
            except CaseworkError as error:
                lacking = error.code == "not_enough" or not batch.payments.filter(state="pending").exists()
                assert before not in LAWFUL[name] or lacking, (name, before, error)
            else:
                assert before in LAWFUL[name], (name, before)

        @rule(source=SOURCES, fen=AMOUNTS)
        def receive(self, source: str, fen: int) -> None:
            books.receive(fen, source)
            self.told.received[source] += fen

        @rule(source=SOURCES, fen=AMOUNTS)
        def owe(self, source: str, fen: int) -> None:
            books.owe(fen, source, person=person)

        @rule(picks=st.lists(PICK, min_size=1, max_size=3))
        def draft(self, picks: list[int]) -> None:
            free = list(Payable.objects.order_by("pk"))
            chosen = {free[pick % len(free)].pk for pick in picks} if free else set()
            lawful = (
                chosen
                and not Payable.objects.filter(pk__in=chosen).exclude(state__in=["open", "returned"]).exists()
            )
            try:
                with transaction.atomic():
                    batches.create(
                        books.unit, list(chosen), route="bank", bank_format="bank_csv", actor=books.cashier
                    )
            except CaseworkError:
                assert not lawful
            else:
                assert lawful

        @rule(pick=PICK)
        def submit(self, pick: int) -> None:
            self.act("submit", pick, lambda batch: batches.submit(batch.pk, books.cashier))

        @rule(pick=PICK)
        def give_up(self, pick: int) -> None:
            self.act("cancel", pick, lambda batch: batches.cancel(batch.pk, "不再需要", books.cashier))

        @rule(pick=PICK)
        def approve(self, pick: int) -> None:
            self.act("approve", pick, lambda batch: batches.approve(batch.pk, books.approver))

        @rule(pick=PICK)
        def send_back(self, pick: int) -> None:
            self.act("send_back", pick, lambda batch: batches.send_back(batch.pk, "重填", books.approver))

        @rule(pick=PICK)
        def withdraw(self, pick: int) -> None:
            self.act("withdraw", pick, lambda batch: batches.withdraw(batch.pk, "暂缓", books.approver))

        @rule(pick=PICK)
        def export(self, pick: int) -> None:
            self.act("export", pick, lambda batch: batches.export(batch.pk, books.cashier))

        @rule(pick=PICK, good=st.booleans())
        def answer(self, pick: int, good: bool) -> None:
            def work(batch: PaymentBatch) -> None:
                payment = batch.payments.filter(state=Payment.State.PENDING).first()
                if payment is None:
                    raise CaseworkError("nothing pending")
                row = Answer(
                    2, payment.seq, payment.amount, "paid" if good else "returned", "", "", batch.number
                )
                replies.take(batch.pk, [row], books.cashier)
                self.told.paid[payment.source] += payment.amount if good else 0

            self.act("take", pick, work)

        @rule(pick=PICK, source=SOURCES)
        def change_source(self, pick: int, source: str) -> None:
            rows = list(Payable.objects.filter(state__in=["open", "returned"]).order_by("pk"))
            if rows:
                operations.change_source(rows[pick % len(rows)].pk, source, books.cashier)

        @rule(pick=PICK)
        def cancel_payable(self, pick: int) -> None:
            rows = list(Payable.objects.filter(state__in=["open", "returned"]).order_by("pk"))
            if rows:
                operations.cancel_payable(rows[pick % len(rows)].pk, "撤销", SYSTEM)

        @invariant()
        def books_are_whole(self) -> None:
            assert list(verify.problems(Ledger.objects.get(pk=books.unit))) == []

        @invariant()
        def money_is_neither_made_nor_lost(self) -> None:
            for source in Source.values:
                in_bank = balance(books.ledger, "bank", source)
                assert in_bank == self.told.received[source] - self.told.paid[source]
                assert available(books.ledger, source) >= 0
            assert not Override.objects.exists()

    return Paying


def test_batches_in_any_order(books):
    run_state_machine_as_test(
        machine(books),
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
