"""Narrowing the list of reminders."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.reminders.models import Reminder


class ReminderFilter(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("all")), *Reminder.Kind.choices]
    )
    q = forms.CharField(label=_("Number"), required=False, max_length=24)
