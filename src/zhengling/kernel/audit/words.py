"""The names of fields as the record shows them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

FIELDS = {
    "name": _("name"),
    "sex": _("sex"),
    "birth_date": _("date of birth"),
    "id_number": _("identity number"),
    "phone": _("telephone number"),
    "bank_account": _("bank account"),
    "bank_name": _("bank"),
    "residence": _("place of residence"),
    "household_register": _("place of the household register"),
    "household": _("household"),
    "address": _("home address"),
    "deceased_on": _("date of death"),
    "account": _("user account"),
    "password": _("password"),
    "code": _("code"),
}


def fields_in_words(names: str) -> str:
    """``id_number,phone`` as a reader says it; a name without words stands as it is."""
    return "、".join(str(FIELDS.get(name, name)) for name in names.split(",") if name)
