"""Signing in and one's own account: allauth's views with our pages and forms."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.mfa.adapter import get_adapter as factor_adapter
from allauth.mfa.base import views as factor
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from zhengling.kernel import clock
from zhengling.kernel.accounts import forms
from zhengling.kernel.accounts.access import EVERYBODY, SIGNED_IN, Audience, View, for_audience
from zhengling.kernel.accounts.middleware import FACTOR, needs_factor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.passwords import must_change


class SignInView(account.LoginView):  # type: ignore[misc]  # allauth ships no types
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        idle = settings.SESSION_COOKIE_AGE // 60
        provider = reverse("openid_connect_login", args=["city"]) if settings.CONFIGURATION.oidc else ""
        found = super().get_context_data(**kwargs)
        return {**found, "demo": settings.DEMO, "idle_minutes": idle, "provider": provider}


class ChangePasswordView(account.PasswordChangeView):  # type: ignore[misc]  # allauth ships no types
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User) or not request.user.has_usable_password():
            return render(request, self.template_name, {"none": True})
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "owed": must_change(self.request.user)}


class ActivateFactorView(totp.ActivateTOTPView):  # type: ignore[misc]  # allauth ships no types
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            return HttpResponseRedirect(reverse("mfa_index"))
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        return {**found, "owed": needs_factor(self.request), "secret": found["form"].secret}

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        # The code just entered proves the factor; this session need not show it again.
        self.request.session[FACTOR] = self.request.user.pk
        return response


class FactorView(factor.IndexView):  # type: ignore[misc]  # allauth ships no types
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        key = found["authenticators"].get(Authenticator.Type.TOTP)
        removable = key is not None and factor_adapter().can_delete_authenticator(key.instance)
        return {**found, "totp": key, "removable": removable}


def _page(view: Any, template: str, audience: Audience, **options: Any) -> View[...]:
    return for_audience(audience)(view.as_view(template_name=template, **options))


login = _page(SignInView, "accounts/login.html", EVERYBODY, form_class=forms.SignInForm)
logout = _page(account.LogoutView, "accounts/logout.html", EVERYBODY)
inactive = _page(account.AccountInactiveView, "accounts/inactive.html", EVERYBODY)
code = _page(factor.AuthenticateView, "accounts/code.html", EVERYBODY, form_class=forms.CodeForm)
password = _page(ChangePasswordView, "accounts/password.html", SIGNED_IN, form_class=forms.NewPasswordForm)
again = _page(
    account.ReauthenticateView, "accounts/again.html", SIGNED_IN, form_class=forms.PasswordAgainForm
)
code_again = _page(
    factor.ReauthenticateView, "accounts/again.html", SIGNED_IN, form_class=forms.CodeAgainForm
)
second_factor = _page(FactorView, "accounts/factor.html", SIGNED_IN)
activate = _page(ActivateFactorView, "accounts/factor_new.html", SIGNED_IN, form_class=forms.FirstCodeForm)
deactivate = _page(totp.DeactivateTOTPView, "accounts/factor_remove.html", SIGNED_IN)
recovery_codes = _page(recovery.ViewRecoveryCodesView, "accounts/recovery_codes.html", SIGNED_IN)
new_recovery_codes = _page(recovery.GenerateRecoveryCodesView, "accounts/recovery_codes_new.html", SIGNED_IN)


@for_audience(SIGNED_IN)
def own(request: HttpRequest) -> HttpResponse:
    """One's own account: roles with their periods, password, second factor."""
    user = request.user
    assert isinstance(user, User)
    grants = (
        user.grants.overlapping(clock.today(), None).select_related("organisation").order_by("valid_from")
    )
    has_factor = is_mfa_enabled(user, [Authenticator.Type.TOTP])
    return render(request, "accounts/own.html", {"grants": grants, "has_factor": has_factor})
