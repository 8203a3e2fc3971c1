from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.casework.forms import MoneyField


class EstimateForm(forms.Form):
    """What help could I expect? Nothing of it is kept."""

    assistance_class = forms.TypedChoiceField(
        label=_("Who you are"),
        coerce=int,
        choices=[
            (1, _("class 1: supported as extremely poor, orphan, child without actual support")),
            (2, _("class 2: minimum living allowance, severe disability, at its margin, monitored")),
            (3, _("class 3: serious hardship through the cost of a serious disease")),
            (0, _("none of these")),
        ],
    )
    severely_disabled = forms.BooleanField(label=_("severe disability"), required=False)
    veteran = forms.BooleanField(label=_("veteran in hardship"), required=False)
    inpatient_cost = MoneyField(
        label=_("In-scope cost of hospital stays this year that you paid yourself, in yuan"),
        help_text=_("after basic, serious-illness and supplementary insurance; on the settlement sheet"),
        required=False,
    )
    special_outpatient_cost = MoneyField(
        label=_("In-scope cost of special outpatient treatment this year that you paid yourself, in yuan"),
        required=False,
    )
