"""What the premium pages ask for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from zhengling.services.medical.models import Identity
from zhengling.services.medical.premium.models import Group, Route


class RosterFilter(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind of identity"),
        choices=[("", _("all identities")), *Identity.Kind.choices],
        required=False,
    )
    group = forms.ChoiceField(
        label=_("Subsidy group"), choices=[("", _("all groups")), *Group.choices], required=False
    )
    route = forms.ChoiceField(
        label=_("Way of payment"), choices=[("", _("both ways")), *Route.choices], required=False
    )
    request = forms.ChoiceField(label=_("Roster"), required=False)

    def __init__(self, *args: object, numbers: list[int], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed through
        field = self.fields["request"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("all rosters"))] + [
            (str(number), _("supplement %(number)s") % {"number": number} if number else _("main roster"))
            for number in numbers
        ]
