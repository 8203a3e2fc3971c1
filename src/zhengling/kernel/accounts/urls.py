from __future__ import annotations

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from zhengling.kernel.accounts import demo, signin, views

urlpatterns: list[URLPattern | URLResolver] = [
    # one's own sign-in and account; these names are the ones allauth asks for
    path("login/", signin.login, name="account_login"),
    path("logout/", signin.logout, name="account_logout"),
    path("inactive/", signin.inactive, name="account_inactive"),
    path("password/", signin.password, name="account_change_password"),
    path("again/", signin.again, name="account_reauthenticate"),
    path("me/", signin.own, name="account_own"),
    path("2fa/", signin.second_factor, name="mfa_index"),
    path("2fa/code/", signin.code, name="mfa_authenticate"),
    path("2fa/again/", signin.code_again, name="mfa_reauthenticate"),
    path("2fa/new/", signin.activate, name="mfa_activate_totp"),
    path("2fa/remove/", signin.deactivate, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", signin.recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/new/", signin.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("demo/", demo.demo, name="demo_accounts"),
    path("demo/<str:username>/", demo.demo_sign_in, name="demo_sign_in"),
    # administration
    path("", views.accounts, name="accounts"),
    path("review.xlsx", views.review, name="accounts_review"),
    path("new/", views.new, name="account_new"),
    path("load/", views.load, name="accounts_load"),
    path("load/template.xlsx", views.load_template, name="accounts_load_template"),
    path("<int:pk>/", views.account, name="account"),
    path("<int:pk>/grants/", views.grant, name="account_grant"),
    path("<int:pk>/grants/<int:grant_pk>/revoke/", views.revoke, name="account_revoke"),
    path("<int:pk>/<slug:name>/", views.act, name="account_act"),
]

if apps.is_installed("allauth.socialaccount"):
    # ``accounts/oidc/city/login/`` and its callback
    urlpatterns.append(path("", include("allauth.socialaccount.providers.openid_connect.urls")))
