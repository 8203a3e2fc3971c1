"""Kernel events reach every handler once, failures are tried again and hold up nobody else."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from zhengling.kernel.outbox import operations
from zhengling.kernel.outbox.models import Delivery, Message

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]
DAY = date(2022, 3, 28)


@pytest.fixture(autouse=True)
def handlers(monkeypatch):
    monkeypatch.setattr(operations, "_handlers", {})


def test_a_message_goes_to_those_who_want_its_kind(frozen):
    got = []
    operations.handler("exact", "medical.aid.pay")(lambda m: got.append(("exact", m.subject)))
    operations.handler("all", "medical.*")(lambda m: got.append(("all", m.subject)))
    operations.handler("other", "fire.*")(lambda m: got.append(("other", m.subject)))
    operations.publish("medical.aid.pay", "A", {})
    operations.publish("medical.aid.file", "B", {})
    assert operations.deliver() == 3
    assert sorted(got) == [("all", "A"), ("all", "B"), ("exact", "A")]
    assert operations.deliver() == 0 and not Message.objects.filter(done_at=None).exists()


def test_a_message_nobody_wants_is_done(frozen):
    operations.publish("medical.aid.pay", "A", {})
    operations.deliver()
    assert Message.objects.get().done_at is not None and not Delivery.objects.exists()


def test_a_failing_handler_is_tried_again_later_and_its_writes_are_taken_back(frozen):
    tries = []

    def flaky(message):
        operations.publish("trace.of.flaky", message.subject, {})
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError("personal text")

    other = []
    operations.handler("flaky", "medical.*")(flaky)
    operations.handler("steady", "medical.*")(lambda m: other.append(1))
    operations.publish("medical.x", "A", {})
    operations.deliver()
    row = Delivery.objects.get(receiver="flaky")
    assert (row.attempts, row.last_error, other) == (1, "ConnectionError", [1])
    assert not Message.objects.filter(type="trace.of.flaky").exists()
    operations.deliver()
    assert len(tries) == 1
    frozen.at(DAY, 9, 3)
    operations.deliver()
    frozen.at(DAY, 9, 10)
    operations.deliver()
    assert len(tries) == 3 and Message.objects.filter(type="trace.of.flaky").count() == 1
    assert Message.objects.get(type="medical.x").done_at is not None


def test_what_is_rolled_back_is_never_told(frozen):
    got = []
    operations.handler("all", "*")(lambda m: got.append(m.subject))
    with pytest.raises(RuntimeError), transaction.atomic():
        operations.publish("medical.x", "A", {})
        raise RuntimeError
    operations.deliver()
    assert got == []
