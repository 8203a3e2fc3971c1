"""Forms of sign-in and of account administration."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter as factor_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as FactorForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts import queries
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.lockout import is_locked
from zhengling.kernel.accounts.passwords import rules
from zhengling.kernel.accounts.roles import ROLES, granting_role
from zhengling.kernel.organisations.models import Organisation


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, login=_("username"), password=_("password"))
        self.fields["password"].help_text = ""
        self.fields["login"].widget.attrs["autofocus"] = True


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(
            self,
            oldpassword=_("present password"),
            password1=_("new password"),
            password2=_("new password again"),
        )
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].help_text = rules()


class PasswordAgainForm(ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, password=_("password"))
        self.fields["password"].help_text = ""


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The second factor at sign-in: refused while the account is locked, even when the code is right."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self)

    def clean_code(self) -> str:
        if is_locked(context.request, self.user):
            raise factor_adapter().validation_error("incorrect_code")
        return str(super().clean_code())


class CodeAgainForm(FactorForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self)

    def clean_code(self) -> str:
        if is_locked(context.request, self.user):
            raise factor_adapter().validation_error("incorrect_code")
        return str(super().clean_code())


class FirstCodeForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self)
        self.fields["code"].help_text = _("six digits from the authenticator app")


def _plain(form: forms.Form, **labels: Any) -> None:
    """Our words, and no second copy of the label inside the box."""
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].widget.attrs.pop("placeholder", None)


def _code(form: forms.Form) -> None:
    _plain(form, code=_("code"))
    form.fields["code"].help_text = _("six digits from the authenticator app, or one recovery code")
    form.fields["code"].widget.attrs.update(inputmode="numeric", autofocus=True)


class UnitByCodeField(forms.CharField):
    """A unit typed by code or full name, inside `units`."""

    def __init__(self, *, units: Any = None, **options: Any) -> None:
        self.units = units
        options.setdefault("help_text", _("code or full name, e.g. 431102"))
        super().__init__(max_length=120, **options)

    def clean(self, value: Any) -> Organisation | None:
        text = super().clean(value).strip()
        if not text:
            return None
        found = list(self.units.filter(code=text)) or list(self.units.filter(name=text)[:2])
        if len(found) > 1:
            raise forms.ValidationError(_("several units have this name; write the code"))
        if not found:
            raise forms.ValidationError(_("there is no such unit inside the one you administer"))
        unit: Organisation = found[0]
        return unit


class AccountForm(forms.Form):
    """A new account."""

    username = forms.CharField(
        label=_("username"), max_length=60, help_text=_("small letters, digits, dots, hyphens")
    )
    full_name = forms.CharField(label=_("name"), max_length=60)
    organisation = UnitByCodeField(label=_("unit"))
    phone = forms.RegexField(
        r"^[+0-9() -]{5,20}$",
        label=_("office telephone"),
        required=False,
        error_messages={"invalid": _("this is no telephone number")},
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].units = queries.grantable_units(actor, "account_admin")  # type: ignore[attr-defined]  # UnitByCodeField


class GrantForm(forms.Form):
    """A role for an account. Only roles are offered that this administrator may grant."""

    role = forms.ChoiceField(label=_("role"))
    organisation = UnitByCodeField(label=_("in the unit"))
    valid_from = forms.DateField(
        label=_("from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    valid_to = forms.DateField(
        label=_("until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = [name for name in queries.ADMINISTRATORS if actor.holds(name)]
        self.fields["role"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (name, role.label) for name, role in ROLES.items() if granting_role(name) in held
        ]
        self.fields["organisation"].units = queries.grantable_units(actor, *held)  # type: ignore[attr-defined]  # UnitByCodeField


class FilterForm(forms.Form):
    """Narrowing the list of accounts."""

    STATES = [
        ("", _("all")),
        ("active", _("in use")),
        ("closed", _("deactivated")),
        ("locked", _("locked")),
        ("no_factor", _("without second factor")),
        ("unused", _("unused for 90 days")),
    ]
    words = forms.CharField(label=_("username or name"), required=False)
    unit = forms.CharField(label=_("unit (code)"), required=False)
    role = forms.ChoiceField(
        label=_("role"),
        required=False,
        choices=[("", _("all")), *((name, role.label) for name, role in ROLES.items())],
    )
    state = forms.ChoiceField(label=_("state"), required=False, choices=STATES)


class UploadForm(forms.Form):
    """The Excel list of new accounts."""

    file = forms.FileField(label=_("Excel list (.xlsx)"), widget=forms.FileInput(attrs={"accept": ".xlsx"}))
