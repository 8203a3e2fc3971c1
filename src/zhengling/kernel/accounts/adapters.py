"""What allauth asks us: where to go after sign-in, how secrets are kept, which words errors have."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import ciphers
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.accounts.address import client_address
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import change_password
from zhengling.kernel.accounts.roles import ROLES

# What `django.contrib.auth.login` is told when we sign somebody in ourselves.
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

# The first of these that is held decides where an officer begins.
DESKS = {
    "account_admin": "accounts",
    "security_admin": "accounts",
    "audit_admin": "audit",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("Username or password is wrong."),
        "too_many_login_attempts": _("Too many failed attempts from here. Wait a minute and try again."),
        "enter_current_password": _("This is not your present password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Officers' accounts come from their administrator; residents register on a page of our own."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user = request.user
        if isinstance(user, User) and user.is_resident:
            return reverse("home")
        held = {role for role, _unit in actor_of(request).grants}
        desk = next((name for role, name in DESKS.items() if role in held), "workbench")
        return reverse(desk)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def set_password(self, user: User, password: str) -> None:
        change_password(user, password)

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Who signed in a moment ago need not do it again to set up the second factor."""
        request = context.request
        oldest = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
        records = get_authentication_records(request, request.user)
        return not any(record["at"] > oldest for record in records)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *rest: Any,
        **options: Any,
    ) -> None:
        """allauth's own messages stay unsaid: the page that follows shows what happened."""


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """The second factor's secrets are sealed like every other secret in the database."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "The code is wrong or has expired. Codes change every 30 seconds; enter the present one."
        ),
    }
    column = "mfa_authenticator.data"

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Who holds a role that needs the factor does not take it off himself."""
        roles = {role for role, _unit in Actor(user=authenticator.user).grants}
        return not any(ROLES[role].second_factor for role in roles)

    def encrypt(self, text: str) -> str:
        return ciphers.seal(text, column=self.column, row="")

    def decrypt(self, encrypted_text: str) -> str:
        return ciphers.unseal(encrypted_text, column=self.column, row="")

    def get_totp_label(self, user: User) -> str:
        return user.username
