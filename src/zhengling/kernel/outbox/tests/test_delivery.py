"""From a published message to its receivers: handlers, webhooks, failures, replay, many workers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter as Tally
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import override_settings

from zhengling.kernel import clock
from zhengling.kernel.outbox import delivery, operations, queries, registry
from zhengling.kernel.outbox.models import Delivery, Message, Subscription
from zhengling.kernel.outbox.operations import SubscriptionError, publish, replay, subscribe
from zhengling.kernel.tests.receiver import listening

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """No handlers but the test's; every client sees every message."""
    monkeypatch.setattr(registry, "_handlers", {})
    monkeypatch.setattr(registry, "_may_see", lambda _client, messages: {m.pk for m in messages})
    with override_settings(WEBHOOK_HOSTS=["127.0.0.1"]):
        yield


def later(frozen, seconds):
    moment = clock.now() + timedelta(seconds=seconds)
    frozen.stack.enter_context(clock.freeze(moment))


def turn():
    delivery.fan_out()
    return delivery.deliver()


def test_a_handler_hears_its_types_once(frozen):
    heard = []
    registry.handler("t.listen", "medical.*")(heard.append)
    publish("medical.medical_aid.approve", "YJ-1", {"seq": 3})
    publish("hotline.ticket.file", "RX-1", {})
    assert turn() == 1 and turn() == 0
    assert [message.subject for message in heard] == ["YJ-1"]


def test_what_a_handler_changes_happens_once_even_when_it_fails_first(frozen):
    calls = []

    def write(message):
        publish("t.follow_up", message.subject, {})
        calls.append(message)
        if len(calls) == 1:
            raise RuntimeError("王五")

    registry.handler("t.write", "t.start")(write)
    publish("t.start", "a", {})
    assert turn() == 0
    row = Delivery.objects.get()
    assert (row.attempts, row.delivered_at) == (1, None) and "王五" not in row.last_error
    assert not Message.objects.filter(type="t.follow_up").exists()
    assert turn() == 0  # not due yet
    later(frozen, 10)
    assert turn() == 1
    assert Message.objects.filter(type="t.follow_up").count() == 1


def test_what_is_rolled_back_is_never_told(frozen):
    heard = []
    registry.handler("t.listen", "*")(heard.append)
    with pytest.raises(RuntimeError), transaction.atomic():
        publish("t.x", "a", {})
        raise RuntimeError
    assert turn() == 0 and not heard


def test_a_message_nobody_wants_has_its_place_all_the_same(frozen):
    publish("t.x", "a", {})
    turn()
    assert Message.objects.get().position == 1 and not Delivery.objects.exists()


def test_an_outside_handler_holds_no_transaction(frozen, transactional_db):
    seen = []
    registry.handler("t.inside", "*")(lambda _m: seen.append(connection.in_atomic_block))
    registry.handler("t.outside", "*", outside=True)(lambda _m: seen.append(connection.in_atomic_block))
    publish("t.x", "a", {})
    assert turn() == 2
    assert sorted(seen) == [False, True]


def test_a_handler_that_is_gone_ends_among_the_dead(frozen):
    registry.handler("t.gone", "*")(lambda _m: None)
    publish("t.x", "a", {})
    delivery.fan_out()
    registry._handlers.clear()
    for _ in range(len(delivery.BACK_OFF) + 1):
        delivery.deliver()
        later(frozen, 100_000)
    row = queries.dead().get()
    assert row.attempts == len(delivery.BACK_OFF) + 1 and row.next_at is None


def test_positions_follow_each_other_without_gaps(frozen):
    for number in range(5):
        publish("t.x", str(number), {})
        later(frozen, 1)
    delivery.fan_out(limit=2)
    delivery.fan_out()
    rows = Message.objects.order_by("position")
    assert [row.position for row in rows] == [1, 2, 3, 4, 5]
    assert [row.subject for row in rows] == ["0", "1", "2", "3", "4"]


def test_a_webhook_is_a_signed_cloud_event(frozen):
    with listening(200) as receiver:
        subscription, secret = subscribe("hospital", f"{receiver.url}/hook", ["medical.*"])
        message = publish(
            "medical.medical_aid.approve", "YJ-2022-ABCDEF", {"case": "c", "seq": 4}, unit="431103-mib"
        )
        assert turn() == 1
    call = receiver.received[0]
    event = json.loads(call.body)
    assert call.headers["Content-Type"] == "application/cloudevents+json"
    assert event == {
        "specversion": "1.0",
        "id": str(message.pk),
        "source": "/zhengling/yongzhou",
        "type": "medical.medical_aid.approve",
        "subject": "YJ-2022-ABCDEF",
        "time": "2022-03-28T09:00:00+08:00",
        "sequence": "00000000000000000001",
        "datacontenttype": "application/json",
        "unit": "431103-mib",
        "data": {"case": "c", "seq": 4},
    }
    # As a receiver verifies it, written from the Standard Webhooks text.
    identifier, stamp = call.headers["webhook-id"], call.headers["webhook-timestamp"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) >= 24
    expected = hmac.new(
        key, identifier.encode() + b"." + stamp.encode() + b"." + call.body, hashlib.sha256
    ).digest()
    assert call.headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    assert abs(int(stamp) - time.time()) < 60, "receivers compare with the real time"
    assert secret not in subscription.secret_sealed


def test_the_known_answer_of_the_signature():
    """The example of the Standard Webhooks libraries."""
    signature = webhooks_signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def webhooks_signature(*arguments):
    from zhengling.kernel.outbox.webhooks import signature

    return signature(*arguments)


def test_only_what_the_client_may_see_and_asked_for(frozen, monkeypatch):
    monkeypatch.setattr(
        registry,
        "_may_see",
        lambda client, messages: {m.pk for m in messages if m.subject.startswith(client)},
    )
    with listening() as receiver:
        subscribe("a", receiver.url, ["medical.*"])
        subscribe("b", receiver.url)
        publish("medical.x", "a-1", {})
        publish("hotline.x", "a-2", {})
        publish("hotline.x", "b-1", {})
        turn()
    assert sorted(json.loads(call.body)["subject"] for call in receiver.received) == ["a-1", "b-1"]


def test_nobody_sees_anything_while_nobody_decides(frozen, monkeypatch):
    monkeypatch.setattr(registry, "_may_see", None)
    with listening() as receiver:
        subscribe("a", receiver.url)
        publish("medical.x", "a-1", {})
        assert turn() == 0
    assert not receiver.received


def test_a_failing_receiver_is_called_again_with_the_same_id_and_later_given_up(frozen):
    with listening(500, 503, 200) as receiver:
        subscribe("a", receiver.url)
        publish("t.x", "s", {})
        turn()
        assert Delivery.objects.get().last_error == "500"
        later(frozen, 6)
        turn()
        later(frozen, 6)
        assert turn() == 0, "the second pause is longer than the first"
        later(frozen, 400)
        assert turn() == 1
    assert (
        len({call.headers["webhook-id"] for call in receiver.received}) == 1 and len(receiver.received) == 3
    )


def test_the_dead_are_counted_and_replayed(frozen):
    with listening(500) as receiver:
        subscribe("a", receiver.url)
        publish("t.x", "s", {})
        for _ in range(len(delivery.BACK_OFF) + 3):
            turn()
            later(frozen, 100_000)
        assert len(receiver.received) == len(delivery.BACK_OFF) + 1
        assert queries.dead().count() == 1 and queries.waiting() == 0
        receiver.answers = [200]
        assert replay(queries.dead().get())
        assert turn() == 1
    assert not queries.dead().exists()
    assert not replay(Delivery.objects.get()), "what was delivered is not replayed"


def test_gone_means_no_more_calls(frozen):
    with listening(410) as receiver:
        subscribe("a", receiver.url)
        publish("t.x", "1", {})
        publish("t.x", "2", {})
        turn()
        publish("t.x", "3", {})
        turn()
    assert len(receiver.received) <= 2
    assert not Subscription.objects.get().active and queries.dead().count() == 2


def test_a_subscription_ended_meanwhile_is_not_called(frozen):
    with listening() as receiver:
        subscription, _secret = subscribe("a", receiver.url)
        publish("t.x", "1", {})
        delivery.fan_out()
        operations.unsubscribe(subscription)
        delivery.deliver()
    assert not receiver.received


def test_a_secret_whose_key_is_lost_holds_up_nobody_else(frozen):
    with listening() as receiver:
        lost, _secret = subscribe("a", receiver.url)
        subscribe("b", receiver.url)
        Subscription.objects.filter(pk=lost.pk).update(secret_sealed="sm4:gone:AAAA")
        publish("t.x", "1", {})
        assert turn() == 1
    row = queries.troubled().get()
    assert (
        row.receiver.endswith(str(lost.pk))
        and row.attempts == 1
        and row.last_error.startswith("CannotOpenError")
    )


def test_an_address_in_our_own_network_is_refused_when_it_is_entered():
    with override_settings(WEBHOOK_HOSTS=[]), pytest.raises(SubscriptionError):
        subscribe("a", "https://127.0.0.1/hook")
    assert not Subscription.objects.exists()


def test_an_address_that_moved_into_our_network_is_refused_when_it_is_called(frozen):
    with listening() as receiver:
        subscribe("a", receiver.url)
        publish("t.x", "1", {})
        with override_settings(WEBHOOK_HOSTS=[]):
            turn()
    assert not receiver.received and "only https" in Delivery.objects.get().last_error


def test_old_messages_are_forgotten_when_nothing_waits(frozen):
    registry.handler("t.fail", "t.bad")(lambda _m: 1 / 0)
    publish("t.good", "1", {})
    publish("t.bad", "2", {})
    turn()
    later(frozen, delivery.KEPT.total_seconds() + 60)
    delivery.forget_old_messages()
    assert [message.subject for message in Message.objects.all()] == ["2"]


@pytest.mark.django_db(transaction=True)
def test_several_workers_deliver_each_message_once():
    """Positions stay without gaps or doubles, handlers see every message exactly once."""
    workers, messages = 4, 24
    heard, errors = [], []
    lock, barrier = threading.Lock(), threading.Barrier(workers)

    def listen(message):
        with lock:
            heard.append(message.subject)

    registry.handler("t.listen", "*")(listen)
    for number in range(messages):
        publish("t.x", str(number), {})

    def work():
        try:
            barrier.wait()
            for _ in range(4):
                delivery.fan_out(limit=7)
                delivery.deliver(limit=9)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while turn():
        pass
    assert not errors
    assert Tally(heard) == Tally(str(number) for number in range(messages))
    assert sorted(Message.objects.values_list("position", flat=True)) == list(range(1, messages + 1))
