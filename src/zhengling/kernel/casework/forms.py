"""Forms made from the fields an act declares: the same cleaning for a page, an API call and a test."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from zhengling.kernel.casework.errors import InvalidData
from zhengling.kernel.casework.procedure import MAX_INTEGER, MAX_LENGTH, MAX_ROWS, Field
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.organisations.queries import named
from zhengling.kernel.people.identity import check_id_number
from zhengling.kernel.people.masking import mask_bank_account, mask_id_number, mask_name, mask_phone


class MoneyField(forms.DecimalField):
    """Yuan with at most two decimals in, integer fen out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=Decimal(0), max_digits=16, decimal_places=2, **options)

    def clean(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace(",", "").replace("，", "").removeprefix("￥").removeprefix("¥")
        yuan = super().clean(value)
        return None if yuan is None else int(yuan * 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{value // 100}.{value % 100:02d}" if isinstance(value, int) else value


class IdNumberField(forms.CharField):
    """An identity number whose checksum is right (GB 11643)."""

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "").strip().upper()
        if text and not check_id_number(text):
            raise forms.ValidationError(_("the identity number is mistyped: its check digit does not agree"))
        return text


class PhoneField(forms.CharField):
    def clean(self, value: Any) -> Any:
        text = re.sub(r"[\s-]", "", str(super().clean(value) or ""))
        if text and not re.fullmatch(r"\+?\d{7,15}", text):
            raise forms.ValidationError(_("a telephone number has 7 to 15 digits"))
        return text


class BankAccountField(forms.CharField):
    def clean(self, value: Any) -> Any:
        text = re.sub(r"\s", "", str(super().clean(value) or ""))
        if text and not re.fullmatch(r"\d{12,30}", text):
            raise forms.ValidationError(_("a bank account has 12 to 30 digits"))
        return text


class UnitInput(forms.TextInput):
    """A text field that suggests units while one types (上岭桥镇 → 冷水滩区 上岭桥镇)."""

    template_name = "casework/unit_widget.html"

    def __init__(self, level: str) -> None:
        self.level = level
        super().__init__(attrs={"autocomplete": "off"})

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["level"] = self.level
        return context


class UnitField(forms.CharField):
    """The code or the spelled name of an organisation, cleaned to the organisation."""

    def __init__(self, *, level: str, **options: Any) -> None:
        self.level = level
        super().__init__(widget=UnitInput(level), **options)

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        if not code:
            return None
        unit = named(code, level=self.level)
        if unit is None:
            raise forms.ValidationError(
                _("no unit, or more than one, has this name; choose it from the list")
            )
        return unit


class TableWidget(forms.Widget):
    template_name = "casework/table_widget.html"

    def __init__(self, columns: Sequence[Field]) -> None:
        self.columns = columns
        super().__init__()

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """Rows from ``name-0-column`` keys, or a list as an API sends it; wholly empty rows fall out."""
        if isinstance(data.get(name), list):
            return data.get(name)
        rows: dict[int, dict[str, Any]] = {}
        for key in data:
            match = re.fullmatch(rf"{re.escape(name)}-(\d{{1,4}})-(\w+)", key)
            if match:
                rows.setdefault(int(match[1]), {})[match[2]] = data.get(key)
        return [rows[index] for index in sorted(rows) if any(rows[index].values())]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [row for row in value or [] if isinstance(row, Mapping)] or [{}]
        form_class = type("Row", (forms.Form,), row_fields(self.columns))
        context["widget"]["columns"] = self.columns
        context["widget"]["rows"] = [
            # An empty row of an optional table must not hold the form back.
            form_class(prefix=f"{name}-{index}", initial=row, use_required_attribute=False)
            for index, row in enumerate(rows)
        ]
        context["widget"]["blank"] = form_class(prefix=f"{name}-__index__", use_required_attribute=False)
        return context

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


class TableField(forms.Field):
    """Rows of declared columns, cleaned to a list of dictionaries; errors name the row."""

    def __init__(self, columns: Sequence[Field], **options: Any) -> None:
        self.columns = columns
        super().__init__(widget=TableWidget(columns), **options)

    def clean(self, value: Any) -> Any:
        if len(value or []) > MAX_ROWS:
            raise forms.ValidationError(_("at most %(count)s rows at once") % {"count": MAX_ROWS})
        rows, errors = [], []
        for index, row in enumerate(value or [], start=1):
            try:
                rows.append(clean(self.columns, row if isinstance(row, Mapping) else {}))
            except InvalidData as error:
                errors += [
                    _("row %(row)s, %(field)s: %(problem)s") % {"row": index, "field": name, "problem": text}
                    for name, texts in error.errors.items()
                    for text in texts
                ]
        if errors:
            raise forms.ValidationError(errors)
        if self.required and not rows:
            raise forms.ValidationError(_("enter at least one row"))
        return rows


def form_field(field: Field, *, unchosen: bool = False) -> forms.Field:
    options: dict[str, Any] = {
        "label": field.label,
        "required": field.required,
        "help_text": field.help,
        "initial": field.initial,
    }
    match field.kind:
        case "text" | "name" | "key":
            options["widget"] = forms.HiddenInput if field.kind == "key" else forms.TextInput
            return forms.CharField(max_length=field.max_length or MAX_LENGTH, **options)
        case "long_text":
            return forms.CharField(max_length=4000, widget=forms.Textarea(attrs={"rows": 3}), **options)
        case "integer":
            return forms.IntegerField(min_value=0, max_value=MAX_INTEGER, **options)
        case "money":
            return MoneyField(**options)
        case "date":
            return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **options)
        case "choice":
            given = field.required and not unchosen
            choices = list(field.choices) if given else [("", "—"), *field.choices]
            return forms.ChoiceField(choices=choices, **options)
        case "flag":
            return forms.BooleanField(**{**options, "required": False})
        case "unit":
            return UnitField(level=field.level, **options)
        case "id_number":
            return IdNumberField(max_length=18, **options)
        case "phone":
            return PhoneField(max_length=20, **options)
        case "bank_account":
            return BankAccountField(max_length=40, **options)
        case "table":
            return TableField(field.columns, **options)


def row_fields(columns: Sequence[Field]) -> dict[str, forms.Field]:
    """Fields of one row as the page shows it: nothing is chosen beforehand, so that a row left alone stays empty."""
    return {column.name: form_field(column, unchosen=True) for column in columns}


def form_fields(fields: Sequence[Field]) -> dict[str, forms.Field]:
    made: dict[str, forms.Field] = {}
    for field in fields:
        made[field.name] = form_field(field)
        if field.reason_when:
            made[f"{field.name}_reason"] = forms.CharField(
                label=_("reason"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
            )
    return made


def form_class(fields: Sequence[Field]) -> type[forms.Form]:
    """A form for the fields of one act."""

    def demand_reasons(form: forms.Form) -> dict[str, Any]:
        cleaned = forms.Form.clean(form) or form.cleaned_data
        for field in fields:
            if cleaned.get(field.name) in field.reason_when and not cleaned.get(f"{field.name}_reason"):
                form.add_error(
                    f"{field.name}_reason", _("this choice is a discretion; write down the reason for it")
                )
        return cleaned

    return type("ActForm", (forms.Form,), {**form_fields(fields), "clean": demand_reasons})


def clean(fields: Sequence[Field], data: Mapping[str, Any]) -> dict[str, Any]:
    """Cleaned values by field name. Raises `InvalidData` with every error at once."""
    form = form_class(fields)(data=dict(data.items()) if not hasattr(data, "getlist") else data)
    if not form.is_valid():
        raise InvalidData({name: [str(text) for text in texts] for name, texts in form.errors.items()})
    return form.cleaned_data


MASKS = {
    "name": mask_name,
    "id_number": mask_id_number,
    "phone": mask_phone,
    "bank_account": mask_bank_account,
}


def storable(fields: Sequence[Field], data: Mapping[str, Any]) -> dict[str, Any]:
    """What of the cleaned data may stand in the event: units by code, dates in ISO, sensitive values masked."""
    stored: dict[str, Any] = {}
    for field in fields:
        value = data.get(field.name)
        if value in (None, "", []):
            continue
        if field.sensitive:
            value = MASKS[field.kind](value) if field.kind in MASKS else "…"
        elif isinstance(value, Organisation):
            value = value.code
        elif isinstance(value, date):
            value = value.isoformat()
        elif field.kind == "table":
            value = [storable(field.columns, row) for row in value]
        stored[field.name] = value
        if data.get(f"{field.name}_reason"):
            stored[f"{field.name}_reason"] = data[f"{field.name}_reason"]
    return stored
