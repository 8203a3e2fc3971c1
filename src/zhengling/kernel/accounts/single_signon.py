"""Signing in through the city's own identity provider (OpenID Connect, 统一身份认证), when it is configured.

The provider says who somebody is; what he may do is granted here. So it opens no accounts: its ``preferred_username``
must be the username of an officer's account, which is tied to the provider's subject at the first sign-in.
"""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest
from django.shortcuts import render

from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import normalise_username


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.is_existing:
            return
        data = sociallogin.account.extra_data
        claims = data.get("userinfo") or data.get("id_token") or {}
        username = normalise_username(str(claims.get("preferred_username", "")))
        user = User.objects.filter(
            username=username, is_active=True, is_demo=False, organisation__isnull=False
        ).first()
        # An account tied to one subject is not handed to another who calls himself the same.
        if user is None or SocialAccount.objects.filter(user=user).exists():
            raise _refusal(request)
        sociallogin.connect(request, user)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def on_authentication_error(self, request: HttpRequest, provider: Any, **details: Any) -> None:
        raise _refusal(request, failed=True)


def _refusal(request: HttpRequest, *, failed: bool = False) -> ImmediateHttpResponse:
    return ImmediateHttpResponse(
        render(request, "accounts/single_signon_refused.html", {"failed": failed}, status=403)
    )
