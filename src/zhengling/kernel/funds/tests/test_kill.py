"""kill -9 in the middle of paying: afterwards every act has happened whole or not at all."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from django.db import connection

from zhengling.kernel.funds import verify
from zhengling.kernel.funds.ledger import available, balance
from zhengling.kernel.funds.models import BatchStep, Ledger, Payable, Payment, PaymentBatch
from zhengling.kernel.funds.tests.conftest import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db_sensitive, pytest.mark.slow]

# The state a batch is in after its newest step.
AFTER = {
    "create": "draft",
    "submit": "submitted",
    "approve": "approved",
    "export": "exported",
    "answer": "done",
}


def work_and_die(books, acts: int) -> None:
    """Let a clerk work until `acts` acts have begun, then kill it in the middle of the last."""
    command = [sys.executable, "-m", "zhengling.kernel.funds.tests.working_clerk"]
    command += [str(connection.settings_dict["NAME"]), str(books.unit)]
    command += [str(books.cashier.user.pk), str(books.approver.user.pk)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(acts):
        assert process.stdout.readline(), "the clerk died by itself"
    process.kill()
    process.wait(10)
    process.stdout.close()


def test_killed_clerks_leave_whole_books(books):
    books.receive(10_000_00)
    make_person()
    chance = random.Random(20211123)
    for _ in range(4):
        work_and_die(books, chance.randint(7, 60))
        ledger = Ledger.objects.get(pk=books.unit)
        assert list(verify.problems(ledger)) == []
        for batch in PaymentBatch.objects.all():
            assert AFTER[BatchStep.objects.filter(batch=batch).last().act] == batch.state
        for payable in Payable.objects.filter(state="batched"):
            assert Payment.objects.filter(payable=payable, state="pending").count() == 1
        paid = Payment.objects.filter(state="confirmed").count()
        assert balance(ledger, "bank", "budget") == 10_000_00 - 100 * paid
        assert available(ledger, "budget") >= 0
    assert PaymentBatch.objects.filter(state="done").exists()
