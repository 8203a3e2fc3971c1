"""What leaves the house about a reminder: kind, number of the case, unit, day. Never a person's name or matter."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from zhengling.kernel.accounts.models import User
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.reminders.models import Reminder
from zhengling.kernel.reminders.operations import DIGEST
from zhengling.kernel.reminders.queries import OPEN, recipients


@dataclass(frozen=True, slots=True)
class Notice:
    """`key` is the same at every attempt, for gateways that recognise repetitions."""

    key: str
    kind: str
    subject: str
    text: str
    users: tuple[User, ...]


def notice_for(message: Message) -> Notice | None:
    """What a message asks to be told; None when it has settled itself meanwhile."""
    with override(settings.LANGUAGE_CODE):
        return _digest(message) if message.type == DIGEST else _single(message)


def _single(message: Message) -> Notice | None:
    reminder = (
        Reminder.objects.filter(OPEN, pk=message.data["reminder"])
        .select_related("case", "limit", "organisation", "user")
        .first()
    )
    if reminder is None:
        return None
    words = {
        "kind": reminder.get_kind_display(),
        "number": reminder.case.number,
        "unit": reminder.organisation.label,
    }
    if reminder.limit:
        words["due"] = date_format(reminder.limit.due, "DATE_FORMAT")
        text = (
            _("%(unit)s: case %(number)s is %(kind)s, due on %(due)s. Sign in to Zhengling to handle it.")
            % words
        )
    else:
        text = _("%(unit)s: case %(number)s is %(kind)s. Sign in to Zhengling to handle it.") % words
    subject = _("%(kind)s: %(number)s") % words
    return Notice(str(message.pk), reminder.kind, subject, text, tuple(recipients(reminder)))


def _digest(message: Message) -> Notice | None:
    user = User.objects.filter(pk=message.data["user"], is_active=True).first()
    if user is None:
        return None
    labels = dict(Reminder.Kind.choices)
    parts = [f"{labels[kind]} {n}" for kind, n in sorted(message.data["counts"].items())]
    words = {"n": sum(message.data["counts"].values()), "parts": "，".join(str(part) for part in parts)}
    text = _("You have %(n)s reminders: %(parts)s. Sign in to Zhengling to handle them.") % words
    return Notice(str(message.pk), "digest", _("Reminders of the day"), text, (user,))
