"""Each way out against a real server on loopback, and what must never leave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socketserver
import threading
import time
from contextlib import contextmanager
from datetime import date
from email import message_from_string, policy
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import override_settings

from zhengling.configuration import Channels, UnsafeConfiguration, read
from zhengling.kernel.casework.operations import open_case, urge
from zhengling.kernel.casework.tests import toy
from zhengling.kernel.outbox import delivery, queries, registry
from zhengling.kernel.outbox.models import Delivery
from zhengling.kernel.outbox.operations import publish
from zhengling.kernel.reminders import channels, desk
from zhengling.kernel.reminders.operations import DIGEST
from zhengling.kernel.tests.receiver import listening

pytestmark = pytest.mark.django_db


@pytest.fixture
def urged(monkeypatch, frozen):
    """A function that registers channels, urges a case and lets the worker turn until nothing is left to do."""
    from zhengling.kernel.casework import procedure as procedures

    monkeypatch.setitem(procedures._procedures, "toy", toy.TOY)
    monkeypatch.setattr(registry, "_handlers", {})
    registry.handler("reminders.desk", "*")(desk.after_act)
    frozen.at(date(2022, 3, 1))
    units = toy.units()
    for name, phone, email in [("zhang", "13800000001", "zhang@example.org"), ("li", "", "")]:
        user = toy.person(name, units["town"], "clerk").user
        user.phone, user.email, user.full_name = phone, email, "张三丰"
        user.save()
    supervisor = toy.person("supervisor", units["city"], "supervisor")

    filer = toy.person("filer", units["town"], "clerk")

    def go(*names):
        channels.register(names)
        case = open_case(toy.TOY, filer, units["town"], {"amount": "1"}, title="给李秀英的救助")
        urge(case.pk, supervisor, "快")
        for _ in range(4):
            delivery.fan_out()
            delivery.deliver()
        return case

    return go


def configured(**values):
    return override_settings(CHANNELS=Channels(**values))


def test_the_file_names_accounts_by_key_and_nobody_by_name(urged, tmp_path):
    with override_settings(VAR=tmp_path):
        case = urged("file")
        (path,) = (tmp_path / "outgoing").iterdir()
    assert path.name == "reminders-2022-03-01.jsonl"
    (line,) = [json.loads(text) for text in path.read_text().splitlines()]
    assert case.number in line["text"] and line["kind"] == "urged" and len(line["accounts"]) == 3
    for personal in ("张三丰", "李秀英", "13800000001", "zhang@example.org"):
        assert personal not in path.read_text()


def test_the_sms_gateway(urged):
    with listening((200, b"{}")) as gateway, configured(sms_url=f"{gateway.url}/send", sms_token="t0k"):
        case = urged("sms")
    (call,) = gateway.received
    body = json.loads(call.body)
    assert (call.path, call.headers["Authorization"]) == ("/send", "Bearer t0k")
    assert body["to"] == "13800000001" and case.number in body["text"] and body["id"]
    assert "李秀英" not in body["text"] and "张" not in body["text"]


def test_a_gateway_that_refuses_is_asked_again(urged, frozen):
    with listening(503, 200) as gateway, configured(sms_url=gateway.url):
        urged("sms")
        row = Delivery.objects.get(receiver="handler:reminders.sms")
        assert row.delivered_at is None and row.attempts == 1
        frozen.at(date(2022, 3, 1), 9, 1)
        delivery.deliver()
        row.refresh_from_db()
        assert row.delivered_at is not None
    first, second = (json.loads(call.body)["id"] for call in gateway.received)
    assert first == second


def test_the_robot_of_wecom(urged):
    with (
        listening((200, b'{"errcode": 0, "errmsg": "ok"}')) as robot,
        configured(wecom_url=f"{robot.url}/send?key=k"),
    ):
        case = urged("wecom")
    (call,) = robot.received
    body = json.loads(call.body)
    assert call.path == "/send?key=k" and body["msgtype"] == "text" and case.number in body["text"]["content"]


def test_the_robot_of_dingtalk_is_signed(urged):
    with (
        listening((200, b'{"errcode": 0}')) as robot,
        configured(dingtalk_url=f"{robot.url}/send?access_token=a", dingtalk_secret="SEC1"),
    ):
        urged("dingtalk")
    (call,) = robot.received
    query = parse_qs(urlsplit(call.path).query)
    stamp = query["timestamp"][0]
    expected = hmac.new(b"SEC1", f"{stamp}\nSEC1".encode(), hashlib.sha256).digest()
    assert query["sign"] == [base64.b64encode(expected).decode()] and query["access_token"] == ["a"]
    assert abs(int(stamp) / 1000 - time.time()) < 60


@pytest.mark.parametrize(
    "answer", [(200, b'{"errcode": 310000}'), (200, b"<html>"), (200, b"[]"), (500, b"")]
)
def test_a_robot_that_does_not_take_it_is_a_failure(urged, answer):
    with listening(answer) as robot, configured(wecom_url=robot.url):
        urged("wecom")
        assert queries.troubled().get().last_error.startswith("NotTakenError")


class Mailbox:
    """As much of an SMTP server as a letter needs."""

    def __init__(self):
        self.letters, mailbox = [], self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self):
                say = lambda text: self.wfile.write(f"{text}\r\n".encode())  # noqa: E731
                say("220 here")
                while line := self.rfile.readline().decode().strip():
                    match line.split()[0].upper():
                        case "EHLO" | "HELO":
                            say("250 hello")
                        case "DATA":
                            say("354 go on")
                            mailbox.letters.append(self.letter())
                            say("250 taken")
                        case "QUIT":
                            say("221 bye")
                            return
                        case _:
                            say("250 ok")

            def letter(self):
                lines = []
                while (line := self.rfile.readline().decode()) != ".\r\n":
                    lines.append(line)
                return message_from_string("".join(lines), policy=policy.default)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)


@contextmanager
def mailbox():
    made = Mailbox()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()


def test_a_letter_to_each_who_has_an_address(urged):
    with mailbox() as post:
        url = f"smtp+plain://127.0.0.1:{post.server.server_address[1]}"
        with configured(email_url=url, email_from="zhengling@example.org"):
            case = urged("email")
    (letter,) = post.letters
    assert letter["To"] == "zhang@example.org" and letter["From"] == "zhengling@example.org"
    assert case.number in letter["Subject"] and case.number in letter.get_content()
    assert "李秀英" not in letter.get_content() and "张三丰" not in letter.as_string()


def test_the_morning_summary_goes_to_persons_and_not_to_groups(urged, tmp_path):
    with listening() as robot, configured(wecom_url=robot.url), override_settings(VAR=tmp_path):
        channels.register(("file", "wecom"))
        user = toy.User.objects.first()
        publish(DIGEST, "", {"user": user.pk, "counts": {"overdue": 2, "due_soon": 1}})
        delivery.fan_out()
        delivery.deliver()
        (path,) = (tmp_path / "outgoing").iterdir()
    line = json.loads(path.read_text())
    assert line["kind"] == "digest" and line["accounts"] == [user.pk] and "3" in line["text"]
    assert not robot.received


def test_what_settled_itself_meanwhile_is_not_sent(urged, tmp_path):
    from zhengling.kernel.casework.operations import perform
    from zhengling.kernel.reminders.models import Reminder

    with override_settings(VAR=tmp_path):
        urged()
        channels.register(("file",))
        reminder = Reminder.objects.get()
        clerk = toy.Actor(user=toy.User.objects.get(username="zhang"))
        perform(reminder.case_id, "take", clerk, {})
        publish("reminders.created", "", {"reminder": str(reminder.pk)})
        delivery.fan_out()
        delivery.deliver()
    assert not (tmp_path / "outgoing").exists()


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"ZHENGLING_CHANNELS": "pigeon"}, "pigeon"),
        ({"ZHENGLING_CHANNELS": "sms"}, "ZHENGLING_SMS_URL"),
        ({"ZHENGLING_CHANNELS": "file,email", "ZHENGLING_EMAIL_URL": "smtp://h"}, "ZHENGLING_EMAIL_FROM"),
    ],
)
def test_a_channel_without_its_address_does_not_start(environ, word, tmp_path):
    with pytest.raises(UnsafeConfiguration) as refusal:
        read({"ZHENGLING_VAR": str(tmp_path), **environ})
    assert any(word in problem for problem in refusal.value.problems)
