from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.passwords import rules
from zhengling.kernel.people.identity import check_id_number, normalise


class RegistrationForm(forms.Form):
    """What a resident states to open an account; no more than applying needs (个人信息保护法 Art. 6)."""

    name = forms.CharField(
        label=_("name as on the identity card"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    id_number = forms.CharField(label=_("identity number"), max_length=24)
    phone = forms.CharField(
        label=_("mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    username = forms.CharField(
        label=_("username"),
        max_length=60,
        help_text=_("small letters, digits, dots, hyphens; your mobile number may be it"),
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    password_again = forms.CharField(
        label=_("password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = rules()

    def clean_id_number(self) -> str:
        number = normalise(self.cleaned_data["id_number"])
        if not check_id_number(number):
            raise forms.ValidationError(_("the identity number is mistyped: its check digit does not agree"))
        return number

    def clean_phone(self) -> str:
        phone = normalise(self.cleaned_data["phone"])
        if not re.fullmatch(r"\+?\d{7,15}", phone):
            raise forms.ValidationError(_("a telephone number has 7 to 15 digits"))
        return phone

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        password = data.get("password", "")
        if password and password != data.get("password_again"):
            self.add_error("password_again", _("the two passwords differ"))
        elif password:
            user = User(username=data.get("username", ""), full_name=data.get("name", ""))
            try:
                password_validation.validate_password(password, user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data
