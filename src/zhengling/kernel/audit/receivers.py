"""Sign-ins and account administration reach the record through signals: the rooms below know nothing of
it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.events import account_changed
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import normalise_username
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access

ACCOUNT = "account"


def signed_in(user: User, **_signal: Any) -> None:
    record_access(Actor(user=user), Action.SIGN_IN, ACCOUNT, user.pk)


def signed_out(user: User | None, **_signal: Any) -> None:
    if user is not None:
        record_access(Actor(user=user), Action.SIGN_OUT, ACCOUNT, user.pk)


def sign_in_failed(
    credentials: Mapping[str, Any], request: HttpRequest | None = None, **_signal: Any
) -> None:
    factor = "code" if credentials.get("factor") else "password"
    record_access(
        Actor(),
        Action.SIGN_IN_FAILED,
        ACCOUNT,
        _known(credentials.get("username")),
        [factor],
        succeeded=False,
    )


def locked_out(username: str | None, **_signal: Any) -> None:
    record_access(Actor(), Action.LOCKED_OUT, ACCOUNT, _known(username), succeeded=False)


def account_administered(actor: Actor, action: str, user: User, detail: str, **_signal: Any) -> None:
    record_access(actor, action, ACCOUNT, user.pk, purpose=detail)


def _known(username: object) -> str:
    """The account's number, empty for an unknown name: people type passwords into the wrong box, so what was
    typed is not kept."""
    name = normalise_username(str(username or ""))
    return str(User.objects.filter(username=name).values_list("pk", flat=True).first() or "")


def connect() -> None:
    user_logged_in.connect(signed_in)
    user_logged_out.connect(signed_out)
    user_login_failed.connect(sign_in_failed)
    user_locked_out.connect(locked_out)
    account_changed.connect(account_administered)
