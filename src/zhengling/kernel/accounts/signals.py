"""Signals of signing in: the time is taken from our clock, wrong second factors are counted, changes announced."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_login_failed

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.events import AccountAction, announce
from zhengling.kernel.accounts.models import User


def count_wrong_code(user: User, **_signal: Any) -> None:
    """A wrong second factor counts like a wrong password."""
    credentials = {"username": user.username, "factor": "totp"}
    user_login_failed.send(Authenticator, credentials=credentials, request=context.request)


def note_added(user: User, authenticator: Authenticator, **_signal: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        announce(Actor(user=user), AccountAction.FACTOR_ADDED, user)


def note_removed(user: User, authenticator: Authenticator, **_signal: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        announce(Actor(user=user), AccountAction.FACTOR_REMOVED, user)


def note_sign_in(user: User, **_signal: Any) -> None:
    user.last_login = clock.now()
    user.save(update_fields=["last_login"])


def connect() -> None:
    user_logged_in.disconnect(
        dispatch_uid="update_last_login"
    )  # Django's own knows no clock but the machine's
    user_logged_in.connect(note_sign_in)
    signals.authentication_failed.connect(count_wrong_code)
    signals.authenticator_added.connect(note_added)
    signals.authenticator_removed.connect(note_removed)
