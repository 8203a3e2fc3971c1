from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ObjectionForm(forms.Form):
    """Who objects may stay unnamed; without a way to reach them the answer is found by number and check code only."""

    grounds = forms.CharField(
        label=_("what is wrong, and how you know it"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    contact = forms.CharField(
        label=_("how to reach you (only the office sees it)"), max_length=200, required=False
    )
