"""What the exchange pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.casework.forms import MoneyField
from zhengling.kernel.exchange import rhythm
from zhengling.kernel.exchange.declaration import DataSet, Outcome
from zhengling.kernel.exchange.models import Difference
from zhengling.kernel.organisations.models import Organisation


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


def period_field(data_set: DataSet) -> forms.Field:
    """The periods of a year to choose from, the newest first; free words where the data set has no rhythm."""
    if not data_set.rhythm:
        return forms.CharField(label=_("Period"), max_length=10, required=False)
    today = clock.today()
    a_year_ago = today.replace(year=today.year - 1, day=1)
    found = rhythm.periods(data_set.rhythm, a_year_ago, today)
    return forms.ChoiceField(label=_("Period"), choices=[(name, name) for name in reversed(list(found))])


class SendForm(forms.Form):
    """For which unit and period."""

    def __init__(self, *args: Any, data_set: DataSet, units: QuerySet[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        self.data_set = data_set
        self.fields["unit"] = UnitField(units, label=_("Unit"), empty_label=None, to_field_name="code")
        self.fields["period"] = period_field(data_set)


class UploadForm(SendForm):
    """The file with its period and, where a signature is wanted, the control totals that came with it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.data_set.sign_off:
            self.fields["total-rows"] = forms.IntegerField(label=_("Rows, as declared"), min_value=0)
            for column in self.data_set.totals:
                kind = MoneyField if column.kind == "money" else forms.IntegerField
                label = _("Sum of %(column)s, as declared") % {"column": column.label}
                self.fields[f"total-{column.name}"] = kind(label=label)
        self.fields["file"] = forms.FileField(label=_("File (.xlsx or .csv)"))

    def declared(self) -> dict[str, int]:
        """The control totals by column, in fen or counts."""
        return {
            name.removeprefix("total-"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("total-")
        }


class DifferenceFilter(forms.Form):
    def __init__(
        self, data: Any, *, data_set: DataSet, units: QuerySet[Organisation], periods: list[str]
    ) -> None:
        super().__init__(data)
        kinds = [("", _("all kinds")), *((item.name, item.label) for item in data_set.mismatches)]
        states = [("", _("all states")), *Difference.State.choices]
        self.fields["state"] = forms.ChoiceField(label=_("State"), choices=states, required=False)
        self.fields["kind"] = forms.ChoiceField(label=_("Kind"), choices=kinds, required=False)
        self.fields["period"] = forms.ChoiceField(
            label=_("Period"),
            choices=[("", _("all periods")), *((period, period) for period in periods)],
            required=False,
        )
        named = [(unit.code, unit.label) for unit in units]
        if len(named) > 1:
            self.fields["unit"] = forms.ChoiceField(
                label=_("Unit"), choices=[("", _("all units")), *named], required=False
            )


class DecisionForm(forms.Form):
    """How the chosen differences end."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    on = forms.DateField(
        label=_("From which day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_(
            "only for outcomes that hold from a day; left empty, the day proposed with each is taken"
        ),
    )
    field_order = ["outcome", "reason", "on"]

    def __init__(self, *args: Any, outcomes: list[Outcome], **options: Any) -> None:
        super().__init__(*args, **options)
        self.outcomes = {item.name: item for item in outcomes}
        self.fields["outcome"] = forms.ChoiceField(
            label=_("Outcome"),
            choices=[(item.name, self._words(item)) for item in outcomes],
            widget=forms.RadioSelect,
        )
        self.order_fields(self.field_order)
        if not any(item.needs_day for item in outcomes):
            del self.fields["on"]

    @staticmethod
    def _words(outcome: Outcome) -> str:
        needs = [str(_("with a reason"))] if outcome.needs_reason else []
        return f"{outcome.label}（{'、'.join(needs)}）" if needs else str(outcome.label)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = self.outcomes.get(data.get("outcome", ""))
        if chosen and chosen.needs_reason and not data.get("reason"):
            self.add_error("reason", _("this outcome needs a reason"))
        return data
