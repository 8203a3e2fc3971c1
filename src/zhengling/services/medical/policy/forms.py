"""The forms of reforms: every changeable value beside the one in force, with its article; submitting and refusing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.law.parameters import Parameter, ParameterError, ParameterSet, ParametersOn
from zhengling.services.medical.decisions import INSTRUMENT
from zhengling.services.medical.policy import wording
from zhengling.services.medical.policy.changes import CHANGEABLE, MOST_YUAN, Changes, written
from zhengling.services.medical.policy.models import Snapshot, Work

UNCLASSED = "0"  # who has no class has no claim (article 5); a reform gives classes, not claims without one


@dataclass(frozen=True)
class Line:
    """One value of the form: what it is, what holds, what is typed; `changed` by an earlier draft."""

    label: str
    before: str
    field: BoundField
    citation: str
    changed: bool


@dataclass(frozen=True)
class Group:
    """The values of one parameter; `reading` names the ambiguity that it answers."""

    label: str
    reading: str
    table: bool
    lines: list[Line]


class ReformForm(forms.Form):
    """A title, the day whose law is the "before", and one field for every value that may be changed."""

    title = forms.CharField(label=_("Title"), max_length=120)
    base_day = forms.DateField(
        label=_("Compared with the law of"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(
        self, data: Any = None, *, law: ParameterSet, base_day: date, changes: Changes | None = None
    ) -> None:
        super().__init__(data, initial={"base_day": base_day})
        self.law = law
        self.before = law.on(_posted_day(data, law) or base_day)
        for name in CHANGEABLE:
            parameter = law.parameter(name)
            held = written(parameter, self.before[name])
            wanted = (changes or {}).get(name, held)
            for key in _keys(held):
                initial = wanted[key] if key else wanted
                self.fields[_field_name(name, key)] = _field(parameter, key, initial)

    def groups(self) -> Iterator[Group]:
        for name in CHANGEABLE:
            parameter, held = self.law.parameter(name), self.before[name]
            plain = written(parameter, held)
            lines = [
                Line(
                    wording.key_label(parameter, key) if key else "",
                    wording.value(parameter, held[key] if key else held),
                    self[_field_name(name, key)],
                    f"{INSTRUMENT}/{_place(parameter, key)}",
                    self[_field_name(name, key)].initial != (plain[key] if key else plain),
                )
                for key in _keys(held)
            ]
            yield Group(wording.label(parameter), parameter.reading, bool(parameter.by), lines)

    def clean_base_day(self) -> date:
        day: date = self.cleaned_data["base_day"]
        try:
            for name in CHANGEABLE:
                self.law.resolve(name, day)
        except ParameterError:
            raise forms.ValidationError(_("the rules were not in force on that day")) from None
        return day

    @property
    def changes(self) -> dict[str, Any]:
        """The parameters that differ from the law, each with its whole new value as the city's file writes it."""
        found = {}
        for name in CHANGEABLE:
            parameter = self.law.parameter(name)
            held = written(parameter, self.before[name])
            value: Any
            if isinstance(held, Mapping):
                value = dict(held)
                for key in _keys(held):
                    value[key] = _typed(self.cleaned_data[_field_name(name, key)], parameter)
            else:
                value = _typed(self.cleaned_data[_field_name(name, "")], parameter)
            if value != held:
                found[name] = value
        return found


def _posted_day(data: Any, law: ParameterSet) -> date | None:
    """The day that the form was sent with, if the law has one for it."""
    try:
        day = date.fromisoformat(str(data.get("base_day"))) if data else None
        if day is not None:
            ParametersOn(law, day).resolve(CHANGEABLE[0])
    except (ValueError, ParameterError):
        return None
    return day


def _keys(held: Any) -> list[str]:
    return [key for key in held if key != UNCLASSED] if isinstance(held, Mapping) else [""]


def _field_name(name: str, key: str) -> str:
    return f"{name}-{key}" if key else name


def _place(parameter: Parameter, key: str) -> str:
    article = parameter.article
    return article if isinstance(article, str) else article[key]


def _field(parameter: Parameter, key: str, initial: Any) -> forms.Field:
    """The input of one value; its label names the parameter for those who do not see the table."""
    common: dict[str, Any] = {"label": wording.label(parameter, key), "initial": initial}
    match parameter.unit:
        case "yuan" | "percent":
            field: forms.Field = forms.DecimalField(
                **common,
                min_value=Decimal(0),
                max_value=Decimal(MOST_YUAN if parameter.unit == "yuan" else 100),
                max_digits=10,
                decimal_places=2,
                required=not parameter.optional,
            )
        case "flag":
            field = forms.BooleanField(**common, required=False)
        case "choice":
            choices = [(choice, wording.value(parameter, choice)) for choice in parameter.choices]
            field = forms.ChoiceField(**common, choices=choices)
        case _:
            classes = [(number, wording.class_label(number)) for number in (1, 2, 3, 0)]
            field = forms.TypedChoiceField(**common, coerce=int, choices=classes)
    field.widget.attrs["aria-label"] = field.label
    return field


def _typed(value: Any, parameter: Parameter) -> Any:
    if isinstance(value, Decimal):
        whole = value.to_integral_value()
        return int(whole) if value == whole else f"{value:.2f}"
    return value


class TrialForm(forms.Form):
    """On which population."""

    snapshot = forms.TypedChoiceField(label=_("Population"), coerce=UUID)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        usable = Snapshot.objects.filter(state=Work.DONE, rows__gt=0)
        field = self.fields["snapshot"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(row.pk), snapshot_label(row)) for row in usable]


def snapshot_label(row: Snapshot) -> str:
    """Origin, years and size in words."""
    years = str(row.first_year) if row.first_year == row.last_year else f"{row.first_year}–{row.last_year}"
    return _("%(origin)s, %(years)s, %(n)s person-years") % {
        "origin": row.get_origin_display(),
        "years": years,
        "n": f"{row.person_years:,}",
    }


class SubmitForm(forms.Form):
    document = forms.CharField(
        label=_("Document that orders the change"),
        max_length=200,
        help_text=_("as it is cited, with its number"),
    )
    effective_on = forms.DateField(
        label=_("In force from"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("settlements from this day on; earlier ones keep their law"),
    )

    def clean_effective_on(self) -> date:
        day: date = self.cleaned_data["effective_on"]
        if day < clock.today():
            raise forms.ValidationError(_("today or a later day"))
        return day


class RefusalForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
