from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.audit.models import ACTIONS


class FilterForm(forms.Form):
    """Narrowing the record."""

    since = forms.DateField(label=_("from"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    who = forms.CharField(label=_("who (username or name)"), required=False, max_length=60)
    action = forms.ChoiceField(label=_("action"), required=False, choices=[("", _("all")), *ACTIONS])
    subject = forms.CharField(label=_("on what (number or username)"), required=False, max_length=60)
    failed = forms.BooleanField(label=_("failures only"), required=False)
