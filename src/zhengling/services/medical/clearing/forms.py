from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class StatementFilter(forms.Form):
    """Which statements; every field may stay empty."""

    period = forms.RegexField(
        r"^\d{4}-\d{2}$",
        label=_("Month"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "2022-03", "inputmode": "numeric"}),
    )
    institution = forms.CharField(label=_("Institution"), required=False, max_length=60)
    stage = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, *args: object, stages: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through
        field = self.fields["stage"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("all")), *stages]
