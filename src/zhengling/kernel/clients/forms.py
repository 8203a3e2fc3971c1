"""Forms of client administration."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts import queries
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.clients.operations import LONGEST
from zhengling.kernel.clients.scopes import CLIENT_ROLES, SCOPES
from zhengling.kernel.organisations.models import Organisation


class ClientFilter(forms.Form):
    """Narrowing the list of clients."""

    q = forms.CharField(label=_("Name, unit or contact"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=_("state"),
        required=False,
        choices=[("", _("all")), ("in", _("let in")), ("out", _("shut out"))],
    )


class ClientForm(forms.Form):
    name = forms.SlugField(
        label=_("name of the system"),
        min_length=3,
        max_length=60,
        help_text=_(
            "small letters, digits and hyphens; it stands in events and in the audit record for ever"
        ),
    )
    organisation = forms.CharField(
        label=_("unit it acts for"), max_length=40, help_text=_("code of the unit")
    )
    roles = forms.MultipleChoiceField(
        label=_("roles it acts with"),
        required=False,
        choices=[(name, role.label) for name, role in CLIENT_ROLES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("none, if it only reads the law; approving stays with persons"),
    )
    contact = forms.CharField(label=_("who answers for it"), max_length=120)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = queries.grantable_units(actor, *queries.ADMINISTRATORS)

    def clean_organisation(self) -> Organisation:
        unit: Organisation | None = self.units.filter(code=self.cleaned_data["organisation"].strip()).first()
        if unit is None:
            raise forms.ValidationError(_("there is no unit of this code among those you administer"))
        return unit


def _a_quarter_on() -> date:
    return clock.today() + timedelta(days=90)


class TokenForm(forms.Form):
    scopes = forms.MultipleChoiceField(
        label=_("what it opens"), choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label=_("last day"), initial=_a_quarter_on, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_expires_on(self) -> date:
        day: date = self.cleaned_data["expires_on"]
        if not clock.today() <= day <= clock.today() + LONGEST:
            raise forms.ValidationError(_("a token ends within a year from today"))
        return day


class WebhookForm(forms.Form):
    url = forms.URLField(label=_("where it is called"), max_length=300, assume_scheme="https")
    types = forms.CharField(
        label=_("kinds of events"),
        required=False,
        max_length=300,
        help_text=_("patterns such as medical.*, separated by spaces; empty for all"),
    )

    def clean_types(self) -> list[str]:
        return [str(kind) for kind in self.cleaned_data["types"].split()]
