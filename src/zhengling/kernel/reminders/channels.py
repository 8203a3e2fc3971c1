"""The ways out: a file, e-mail, an SMS gateway, the group robots of 企业微信 and 政务钉钉.

Each is a handler of the outbox, so that what fails is tried again with growing pauses and at last shown to the
operator. Which ones are used, and where they lead, is said by the environment (docs/reminders.md).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from zhengling.kernel import clock, outgoing
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.outbox.registry import handler
from zhengling.kernel.reminders.notices import Notice, notice_for
from zhengling.kernel.reminders.operations import CREATED

SMTP_SECONDS = 15


class NotTakenError(Exception):
    """The other side answered, but did not take the notice."""


def to_file(notice: Notice) -> None:
    """A line of JSON in ``var/outgoing/``, for a program of the city's own to fetch. Accounts by their keys only."""
    folder = settings.VAR / "outgoing"
    folder.mkdir(parents=True, exist_ok=True)
    line = {
        "key": notice.key,
        "at": clock.local(clock.now()).isoformat(),
        "kind": notice.kind,
        "text": notice.text,
        "accounts": [user.pk for user in notice.users],
    }
    with (folder / f"reminders-{clock.today()}.jsonl").open("a") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def to_email(notice: Notice) -> None:
    """One letter for each account that has an address. ``smtp://name:secret@host:587`` speaks STARTTLS, ``smtps://``
    TLS from the first byte; ``smtp+plain://`` neither, for a relay on the same machine."""
    parts = urlsplit(settings.CHANNELS.email_url)
    connection = EmailBackend(
        host=parts.hostname,
        port=parts.port or {"smtps": 465, "smtp": 587}.get(parts.scheme, 25),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=parts.scheme == "smtp",
        use_ssl=parts.scheme == "smtps",
        timeout=SMTP_SECONDS,
    )
    letters = [
        EmailMessage(
            notice.subject, notice.text, settings.CHANNELS.email_from, [user.email], connection=connection
        )
        for user in notice.users
        if user.email
    ]
    connection.send_messages(letters)


def to_sms(notice: Notice) -> None:
    """``{"id", "to", "text"}`` to the city's gateway for each account with a telephone; `id` recognises repetitions."""
    headers = (
        {"Authorization": f"Bearer {settings.CHANNELS.sms_token}"} if settings.CHANNELS.sms_token else {}
    )
    for user in notice.users:
        if user.phone:
            body = {"id": f"{notice.key}-{user.pk}", "to": user.phone, "text": notice.text}
            _post(settings.CHANNELS.sms_url, body, headers)


def to_wecom(notice: Notice) -> None:
    """The group robot of 企业微信; its address carries its key."""
    _post_robot(settings.CHANNELS.wecom_url, notice)


def to_dingtalk(notice: Notice) -> None:
    """The group robot of 政务钉钉; with a secret, the address is signed for the present minute."""
    url, secret = settings.CHANNELS.dingtalk_url, settings.CHANNELS.dingtalk_secret
    if secret:
        stamp = str(round(time.time() * 1000))
        mac = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        url += f"{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote(base64.b64encode(mac), safe='')}"
    _post_robot(url, notice)


def _post_robot(url: str, notice: Notice) -> None:
    answer = _post(url, {"msgtype": "text", "text": {"content": notice.text}}, {})
    try:
        code = json.loads(answer.body)["errcode"]
    except (ValueError, KeyError, TypeError):
        raise NotTakenError("the robot's answer is none") from None
    if code != 0:
        raise NotTakenError(f"errcode {code}")


def _post(url: str, body: dict[str, Any], headers: dict[str, str]) -> outgoing.Answer:
    content = json.dumps(body, ensure_ascii=False).encode()
    answer = outgoing.post(url, content, {"Content-Type": "application/json", **headers}, guarded=False)
    if not answer.accepted:
        raise NotTakenError(str(answer.status))
    return answer


WAYS: dict[str, Callable[[Notice], None]] = {
    "file": to_file,
    "email": to_email,
    "sms": to_sms,
    "wecom": to_wecom,
    "dingtalk": to_dingtalk,
}
# A robot speaks to a whole group: it is told what is urgent, not how many reminders each member has.
GROUPS = {"wecom", "dingtalk"}


def register(names: tuple[str, ...]) -> None:
    """Let the outbox hand reminders to these channels."""
    for name in names:
        handler(f"reminders.{name}", CREATED if name in GROUPS else "reminders.*", outside=True)(
            sender(WAYS[name])
        )


def sender(way: Callable[[Notice], None]) -> Callable[[Message], None]:
    def send(message: Message) -> None:
        notice = notice_for(message)
        if notice:
            way(notice)

    return send
