"""What the lists and the auditor's page ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.recovery import audit
from zhengling.services.medical.recovery.models import Lead
from zhengling.services.medical.recovery.procedures import RECOVERY
from zhengling.services.medical.recovery.supervision_procedures import SUPERVISION

EVERY_STAGE = [("", _("all stages")), ("open", _("all open")), ("closed", _("all closed"))]


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), required=False, **options
    )


class RecoveryFilter(forms.Form):
    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=[*EVERY_STAGE, *((stage.name, stage.label) for stage in RECOVERY.stages)],
        required=False,
    )
    overdue = forms.BooleanField(label=_("Instalment overdue"), required=False)
    words = forms.CharField(label=_("Number or person"), max_length=60, required=False)


class LeadFilter(forms.Form):
    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=[*EVERY_STAGE, *((stage.name, stage.label) for stage in SUPERVISION.stages)],
        required=False,
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("", _("all kinds")), *Lead.Kind.choices], required=False
    )
    words = forms.CharField(label=_("Number, unit or hospital"), max_length=60, required=False)


class PurposeForm(forms.Form):
    purpose = forms.CharField(label=_("What you need it for"), max_length=200)


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class AuditForm(forms.Form):
    """County, kind of record and period; the present year to date when nothing is chosen."""

    unit = UnitField(
        label=_("County"), queryset=Organisation.objects.none(), to_field_name="code", empty_label=None
    )
    book = forms.ChoiceField(label=_("Records"), choices=[(item.name, item.label) for item in audit.BOOKS])
    first = _day(label=_("First day"))
    last = _day(label=_("Last day"))
    words = forms.CharField(label=_("Words"), max_length=60, required=False)

    def __init__(self, data: Any, *, units: Any) -> None:
        today = clock.today()
        given = {name: data[name] for name in data}
        given.setdefault("book", audit.BOOKS[0].name)
        given["first"] = given.get("first") or date(today.year, 1, 1).isoformat()
        given["last"] = given.get("last") or today.isoformat()
        first = units.first()
        given.setdefault("unit", first.code if first else "")
        super().__init__(given)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = units

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", _("the last day lies before the first"))
        return cleaned


class SampleForm(forms.Form):
    """How a sample is drawn; the seed makes it the same again."""

    method = forms.ChoiceField(label=_("Drawn"), choices=list(audit.METHODS.items()), required=False)
    size = forms.IntegerField(label=_("How many"), min_value=1, max_value=500, required=False)
    seed = forms.CharField(label=_("Seed"), max_length=40, required=False)
