"""What is checked at every request of somebody signed in, before any page sees it."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django_htmx.http import HttpResponseClientRedirect

from zhengling.kernel.accounts import address
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.passwords import must_change
from zhengling.kernel.accounts.roles import ROLES

TOUCHED, FACTOR = "touched", "second_factor"
TOUCH_EVERY = 60  # seconds

# Pages that stay open while something is owed: leaving, and paying the debt.
ALWAYS = frozenset(
    {"account_logout", "set_language", "large_text", "account_reauthenticate", "mfa_reauthenticate"}
)
TO_CHANGE_PASSWORD = ALWAYS | {"account_change_password"}
TO_SET_UP_FACTOR = ALWAYS | {"mfa_activate_totp", "mfa_view_recovery_codes"}


class SignInRulesMiddleware:
    """Idle sessions end; a handed-out or old password is changed first; a role with a second factor is not
    used without one. Demo accounts in the demo city are exempt: their sign-in is a button."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with address.bound(request):
            owed = self._owed(request)
            return _redirect(request, owed) if owed else self.get_response(request)

    @staticmethod
    def _owed(request: HttpRequest) -> str:
        user = request.user
        if not isinstance(user, User):
            return ""
        if user.is_demo and not settings.DEMO:
            logout(request)
            return ""
        keep_alive(request)
        return "" if user.is_demo else debt(request, user)


def keep_alive(request: HttpRequest) -> None:
    """Renew the session's end (SESSION_COOKIE_AGE from now), at most once a minute so that reading does not
    mean writing.

    Real seconds: a demo city whose day is moved must not sign anybody out.
    """
    now = int(time.time())
    if now - request.session.get(TOUCHED, 0) >= TOUCH_EVERY:
        request.session[TOUCHED] = now


def debt(request: HttpRequest, user: User) -> str:
    """The name of the page this user has to visit before this one; empty when nothing is owed."""
    try:
        here = resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""
    if must_change(user) and not through_provider(request, user):
        return "" if here in TO_CHANGE_PASSWORD else "account_change_password"
    if needs_factor(request) and here not in TO_SET_UP_FACTOR and not used_factor(request, user):
        has_one = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
        return "mfa_reauthenticate" if has_one else "mfa_activate_totp"
    return ""


def through_provider(request: HttpRequest, user: User) -> bool:
    """Whether this session was opened by the city's identity provider: then the password here is not what counts."""
    return any(record["method"] == "socialaccount" for record in get_authentication_records(request, user))


def needs_factor(request: HttpRequest) -> bool:
    return any(ROLES[role].second_factor for role, _unit in actor_of(request).grants)


def used_factor(request: HttpRequest, user: User) -> bool:
    """Whether this session was opened with the second factor, or set it up."""
    if request.session.get(FACTOR) == user.pk:
        return True
    return any(record["method"] == "mfa" for record in get_authentication_records(request, user))


def _redirect(request: HttpRequest, name: str) -> HttpResponse:
    url = reverse(name)
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)
