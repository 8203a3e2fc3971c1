"""What supervision asks for: the filters of the board, the words of an order, its answer and its closing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.supervision.board import Filters, last_twelve_months
from zhengling.kernel.supervision.lines import limit_label
from zhengling.kernel.supervision.models import UrgingOrder

ALL = ("", _("all"))


class BoardFilter(forms.Form):
    """The filters of the board, kept in the address so that a view can be bookmarked."""

    unit = forms.ChoiceField(label=_("Unit"), required=False)
    procedure = forms.ChoiceField(label=_("Procedure"), required=False)
    limit = forms.ChoiceField(label=_("Time limit"), required=False)
    statutory = forms.ChoiceField(
        label=_("Kind of limit"), required=False, choices=[ALL, ("1", _("statutory")), ("0", _("internal"))]
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Mapping[str, Any], units: list[Organisation]) -> None:
        first, last = last_twelve_months(clock.today())
        super().__init__(
            {"since": first, "until": last, **{key: value for key, value in data.items() if value}}
        )
        declared = procedures.every()
        limits = {
            (item.name, limit.name): limit_label(item.name, limit.name)
            for item in declared
            for limit in item.limits
            if not limit.waits
        }
        self._choose("procedure", [(item.name, item.label) for item in declared])
        self._choose("limit", [(f"{procedure}.{name}", label) for (procedure, name), label in limits.items()])
        self._choose("unit", [(unit.code, unit.label) for unit in units])
        if len(units) < 2:
            del self.fields["unit"]

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ALL, *choices]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("since") and found.get("until") and found["since"] > found["until"]:
            self.add_error("until", _("The period ends before it begins."))
        return found

    def filters(self) -> Filters:
        """The filters as chosen; whatever is not valid counts as not chosen."""
        self.is_valid()
        chosen = self.cleaned_data
        first, last = last_twelve_months(clock.today())
        procedure, _dot, limit = str(chosen.get("limit") or chosen.get("procedure") or "").partition(".")
        statutory = {"1": True, "0": False}.get(str(chosen.get("statutory")))
        since: date = chosen.get("since") or first
        until: date = chosen.get("until") or last
        if since > until:
            since, until = first, last
        return Filters(since, until, procedure, limit, statutory)


class PeriodForm(forms.Form):
    """The period of a scorecard."""

    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class OrderFilter(forms.Form):
    """The filters of the list of orders."""

    q = forms.CharField(label=_("Number or unit"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[ALL, *UrgingOrder.State.choices, ("overdue", _("answer overdue"))],
    )

    def condition(self) -> Q:
        found, chosen = Q(), self.cleaned_data
        if text := chosen["q"].strip():
            found &= Q(number__icontains=text) | Q(to__name__icontains=text) | Q(issuer__name__icontains=text)
        if chosen["state"] == "overdue":
            found &= Q(state=UrgingOrder.State.ISSUED, respond_by__lt=clock.today())
        elif chosen["state"]:
            found &= Q(state=chosen["state"])
        return found


def first_words() -> str:
    """The usual words of an order, in the language of official letters."""
    with override("zh-hans"):
        return gettext("Deal with these matters at once and explain in writing why they are late.")


class UrgeForm(forms.Form):
    words = forms.CharField(
        label=_("What is demanded"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    respond_by = forms.DateField(label=_("Answer until"), widget=forms.DateInput(attrs={"type": "date"}))


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("What was done, and why it was late"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class CloseForm(forms.Form):
    finding = forms.CharField(
        label=_("What the check found"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
