"""The names of fields as the record shows them."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext
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
    "letter": _("letter"),
    "subject": _("person"),
    "events": _("course of the case"),
    "papers": _("papers of the case"),
    "inputs": _("figures entered"),
    "outputs": _("figures computed"),
}

_others: list[Callable[[str], str]] = []


def also(words_for: Callable[[str], str]) -> None:
    """A room above says what its own names mean; it answers with nothing for a name it does not know."""
    _others.append(words_for)


def fields_in_words(names: str) -> str:
    """``id_number,phone`` as a reader says it; a name without words stands as it is."""
    return gettext(", ").join(_words(name) for name in names.split(",") if name)


def _words(name: str) -> str:
    if name in FIELDS:
        return str(FIELDS[name])
    return next((words for words_for in _others if (words := words_for(name))), name)
