"""Forms of the pages: a draft with the values its kind needs, a template, filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.forms import form_field
from zhengling.kernel.casework.procedure import Field
from zhengling.kernel.documents import kinds
from zhengling.kernel.documents.compose import title_of
from zhengling.kernel.documents.models import Letter
from zhengling.kernel.documents.wording import Placeholder, sentences
from zhengling.kernel.organisations.models import Organisation

VALUE = "value_"
COUNTERSIGNERS = Field(
    "countersigners",
    _("units asked to countersign"),
    "table",
    required=False,
    help=_("all are asked at the same time; leave empty when none has to agree"),
    columns=(Field("unit", _("unit"), "unit"),),
)


class DraftForm(forms.Form):
    """A draft of one kind; the fields after `title` come from the kind's declared values."""

    recipient = forms.CharField(label=_("recipients"), max_length=500, required=False)
    copies = forms.CharField(label=_("copies to"), max_length=500, required=False)
    upward = forms.BooleanField(label=_("letter to a superior: print the signer's name"), required=False)
    title = forms.CharField(
        label=_("title, if it is not the template's"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, kind: kinds.LetterKind, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kind = kind
        if kind.layout != "official":
            del self.fields["copies"], self.fields["upward"]
        for placeholder in writable(kind):
            self.fields[VALUE + placeholder.name] = _field(placeholder)
        self.fields["countersigners"] = form_field(COUNTERSIGNERS)

    def values(self) -> dict[str, Any]:
        """Data for the letter, by placeholder name; what was left empty is left out."""
        found: dict[str, Any] = {}
        for placeholder in writable(self.kind):
            value = self.cleaned_data.get(VALUE + placeholder.name)
            if placeholder.kind == "paragraphs" and value:
                value = [line for line in sentences(value) if line.strip()]
            if isinstance(value, date):
                value = value.isoformat()
            if value not in (None, "", []):
                found[placeholder.name] = value
        return found

    def head(self) -> dict[str, Any]:
        """The rest of what `draft_letter` and `revise_letter` take."""
        return {
            "recipient": self.cleaned_data["recipient"],
            "copies": self.cleaned_data.get("copies", ""),
            "upward": self.cleaned_data.get("upward", False),
            "title": self.cleaned_data["title"],
            "countersigners": [row["unit"] for row in self.cleaned_data["countersigners"]],
        }


def writable(kind: kinds.LetterKind) -> list[Placeholder]:
    """Values a person can type; codes and the boxes of a filled form come from a case."""
    return [item for item in kind.placeholders if item.kind not in ("code", "rows")]


def draftable() -> list[kinds.LetterKind]:
    """Kinds that can be drafted by hand: numbered ones without values only a case has."""
    return [kind for kind in kinds.every() if kind.series and len(writable(kind)) == len(kind.placeholders)]


def initial_of(letter: Letter) -> dict[str, Any]:
    values = {
        VALUE + name: "\n".join(value) if letter.letter_kind.placeholder(name).kind == "paragraphs" else value
        for name, value in letter.data.items()
    }
    asked = letter.countersignatures.select_related("organisation").order_by("pk")
    usual = title_of(letter.letter_kind, letter.template.wording, letter.data)
    units = [{"unit": row.organisation.code} for row in asked]
    return {
        **values,
        "recipient": letter.recipient,
        "copies": letter.copies,
        "upward": letter.upward,
        "title": "" if letter.title == usual else letter.title,
        "countersigners": units,
    }


def _field(placeholder: Placeholder) -> forms.Field:
    if placeholder.kind == "paragraphs":
        return forms.CharField(
            label=placeholder.word,
            max_length=20_000,
            required=placeholder.required,
            help_text=_("one paragraph a line; 一、 and （一） at the start of a line make headings"),
            widget=forms.Textarea(attrs={"rows": 12}),
        )
    columns = tuple(Field(column.name, column.word, required=False) for column in placeholder.columns)
    kind: Any = placeholder.kind
    return form_field(
        Field(placeholder.name, placeholder.word, kind, required=placeholder.required, columns=columns)
    )


class TemplateForm(forms.Form):
    """The wording of a template."""

    title = forms.CharField(label=_("title"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    body = forms.CharField(label=_("text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 16}))
    foot = forms.CharField(
        label=_("lines at the foot"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    note = forms.CharField(label=_("why it was changed"), max_length=200, required=False)


class StepForm(forms.Form):
    """The opinion or reason that goes with a step."""

    words = forms.CharField(max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, label: Any, required: bool, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["words"].label, self.fields["words"].required = label, required


class LetterFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("state"),
        required=False,
        choices=[("", _("all")), ("open", _("in work")), *Letter.State.choices],
    )
    kind = forms.ChoiceField(label=_("kind"), required=False)
    year = forms.IntegerField(label=_("year"), required=False, min_value=2000, max_value=2100)
    q = forms.CharField(label=_("words"), required=False, max_length=60)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("all")), *((kind.name, kind.label) for kind in kinds.every() if kind.series)]


class TemplateFilter(forms.Form):
    """Which kinds of letters in which of the reader's units."""

    kind = forms.ChoiceField(label=_("kind"), required=False)
    unit = forms.ChoiceField(label=_("unit"), required=False)

    def __init__(self, units: Sequence[Organisation], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices: dict[str, list[tuple[str, Any]]] = {
            "kind": [(kind.name, kind.label) for kind in kinds.every()],
            "unit": [(unit.code, unit.label) for unit in units],
        }
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("all")), *values]


class ArchiveFilter(forms.Form):
    where = forms.ChoiceField(
        label=_("place"),
        required=False,
        choices=[("", _("all")), ("here", _("in the office")), ("gone", _("handed to the archive"))],
    )
    year = forms.IntegerField(label=_("year of closing"), required=False, min_value=2000, max_value=2100)
    q = forms.CharField(label=_("words"), required=False, max_length=60)


def drafting_units(actor: Actor, roles: Sequence[str]) -> list[Organisation]:
    """Units the actor drafts letters for, by path."""
    return sorted(actor.units(*roles), key=lambda unit: unit.path)


def cleaned(form: forms.Form) -> Mapping[str, Any]:
    """What a filter form understood; wrong entries filter nothing."""
    form.is_valid()
    return form.cleaned_data
