"""What the funds pages ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.casework.forms import MoneyField
from zhengling.kernel.funds.bankfiles import current_bank
from zhengling.kernel.funds.models import Account, Ledger, Payable, Receivable, Source

EVERY_SOURCE = [("", _("all sources")), *Source.choices]


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class PeriodForm(forms.Form):
    """A period inside one year; the present year to date when nothing is chosen."""

    first = _day(label=_("First day"), required=False)
    last = _day(label=_("Last day"), required=False)

    def period(self) -> tuple[date, date]:
        """The days chosen, the last one moved into the year of the first; the form shows them from now on."""
        chosen = self.cleaned_data if self.is_valid() else {}
        today = clock.today()
        first = chosen.get("first") or date((chosen.get("last") or today).year, 1, 1)
        last = chosen.get("last") or min(date(first.year, 12, 31), max(today, first))
        last = min(last, date(first.year, 12, 31))
        self.data = {
            **{name: self.data[name] for name in self.data},
            "first": first.isoformat(),
            "last": last.isoformat(),
        }
        return first, last


class AccountField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} {obj.label} · {obj.get_source_display()}"


class BookForm(PeriodForm):
    account = AccountField(Account.objects.none(), label=_("Ledger account"), empty_label=None)
    field_order = ["account", "first", "last"]

    def __init__(self, *args: Any, ledger: Ledger, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["account"]
        assert isinstance(field, AccountField)
        field.queryset = ledger.accounts.order_by("code")


class VoucherFilter(PeriodForm):
    source = forms.ChoiceField(label=_("Source"), choices=EVERY_SOURCE, required=False)
    words = forms.CharField(label=_("Words"), max_length=60, required=False)


class PayableFilter(forms.Form):
    STATES = [("waiting", _("to be paid")), ("", _("all states")), *Payable.State.choices[1:]]

    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    source = forms.ChoiceField(label=_("Source"), choices=EVERY_SOURCE, required=False)
    words = forms.CharField(label=_("Number or payee"), max_length=60, required=False)


class ReceivableFilter(forms.Form):
    STATES = [
        ("open", _("outstanding")),
        ("overdue", _("overdue")),
        ("", _("all states")),
        *Receivable.State.choices[1:],
    ]

    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    source = forms.ChoiceField(label=_("Source"), choices=EVERY_SOURCE, required=False)
    words = forms.CharField(label=_("Number or debtor"), max_length=60, required=False)


class AppropriationForm(forms.Form):
    source = forms.ChoiceField(label=_("Source"), choices=Source.choices)
    amount = MoneyField(label=_("Amount in yuan"))
    document = forms.CharField(label=_("Number of the document"), max_length=80)
    received_on = _day(label=_("Received on"))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class BatchForm(forms.Form):
    """Which file the bank gets; the layout decides the route."""

    bank_format = forms.ChoiceField(label=_("File for the bank"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        language = get_language() or ""
        field = self.fields["bank_format"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(item.key, item.name.in_language(language)) for item in current_bank().formats]


class SourceForm(forms.Form):
    source = forms.ChoiceField(label=_("Source"), choices=Source.choices)


class ReplyForm(forms.Form):
    file = forms.FileField(label=_("The bank's file (CSV or Excel)"))


class AnswerForm(forms.Form):
    """One payment answered by hand, from the bank's paper or telephone."""

    outcome = forms.ChoiceField(
        label=_("Result"), choices=[("paid", _("paid")), ("returned", _("returned by the bank"))]
    )
    reason = forms.CharField(label=_("Reason of the bank"), max_length=300, required=False)
    reference = forms.CharField(label=_("Bank reference"), max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("outcome") == "returned" and not data.get("reason"):
            self.add_error("reason", _("a returned payment needs the bank's reason"))
        return data
