"""Narrowing the list of deliveries."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class DeliveryFilter(forms.Form):
    q = forms.CharField(label=_("Event, number or receiver"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=_("state"),
        required=False,
        choices=[("", _("all")), ("dead", _("not delivered")), ("again", _("being tried again"))],
    )
