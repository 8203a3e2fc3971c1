"""What the pages of the register ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.casework.forms import IdNumberField, MoneyField
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.models import Benefit, Identity

CLASSES = [
    ("", _("all classes")),
    ("1", _("class 1")),
    ("2", _("class 2")),
    ("0", _("veterans in difficulty")),
]


def day_field(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options
    )


class RegisterFilter(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("", _("all kinds")), *Identity.Kind.choices], required=False
    )
    assistance_class = forms.ChoiceField(label=_("Class"), choices=CLASSES, required=False)
    day = day_field(_("Valid on"), required=False)

    def __init__(self, data: Any, *, units: QuerySet[Organisation]) -> None:
        given = {"day": clock.today().isoformat(), **{key: value for key, value in data.items() if value}}
        super().__init__(given)
        named = [(unit.code, unit.label) for unit in units]
        if len(named) > 1:
            self.fields["unit"] = forms.ChoiceField(
                label=_("Unit"), choices=[("", _("all units")), *named], required=False
            )
            self.order_fields(["unit"])


class SearchForm(forms.Form):
    """One person by the whole number; the search stands in the access record."""

    id_number = IdNumberField(label=_("identity number"), max_length=24)
    purpose = forms.CharField(label=_("What for"), max_length=100)


class CommencementForm(forms.Form):
    begins_on = day_field(_("First day here"))


class CloseForm(forms.Form):
    """How a case on paper ended."""

    closed_on = day_field(_("Decided on"))
    granted = forms.ChoiceField(label=_("Result"), choices=[("yes", _("granted")), ("no", _("not granted"))])
    benefit = forms.ChoiceField(
        label=_("Kind of benefit"), choices=[("", "—"), *Benefit.choices], required=False
    )
    cost = MoneyField(
        label=_("In-scope self-paid cost in yuan"),
        required=False,
        help_text=_("counts towards the person's year"),
    )
    amount = MoneyField(label=_("Assistance granted in yuan"), required=False)
    note = forms.CharField(label=_("Remark"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("granted") == "yes":
            for name in ("benefit", "cost", "amount"):
                if not data.get(name):
                    self.add_error(name, _("needed when assistance was granted"))
        return data
