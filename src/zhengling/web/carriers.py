"""What carries a provision out, in words: who may do an act, what a rule does, what a parameter is at present."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.authority import role_words
from zhengling.kernel.casework.labels import listed
from zhengling.kernel.casework.procedure import Authority, Limit, Procedure
from zhengling.kernel.directory.words import kind_label
from zhengling.kernel.law import queries as law
from zhengling.kernel.law import references
from zhengling.kernel.law.instruments import Reference
from zhengling.kernel.law.parameters import Parameter, ParameterError, ParameterSet
from zhengling.kernel.organisations.models import Level
from zhengling.web.templatetags.zhengling import money, percent

KINDS: dict[str, str | Promise] = {
    "account": _("account"),
    "act": _("act"),
    "form": _("form"),
    "indicator": _("indicator"),
    "letter": _("letter"),
    "limit": _("time limit"),
    "notice": _("public notice"),
    "page": _("page"),
    "parameter": _("parameter"),
    "register": _("register"),
    "return": _("statistical return"),
    "rule": _("rule"),
}


@dataclass(frozen=True, slots=True)
class Referred:
    """What carries a provision out: its kind, its words, its page when it has one, and one line about it.

    `value` is what a parameter is today; a table has `rows` of (what it is for, value) instead.
    """

    kind: str
    label: str
    url: str = ""
    note: str = ""
    value: str = ""
    rows: tuple[tuple[str, str], ...] = ()


class Parameters:
    """Parameters as they are today; each service's set is asked for once."""

    def __init__(self) -> None:
        self.sets: dict[str, ParameterSet | None] = {}

    def get(self, service: str, name: str) -> Parameter | None:
        """The parameter; None for one that is not there."""
        if service not in self.sets:
            try:
                self.sets[service] = law.parameters_for(service)
            except ParameterError:
                self.sets[service] = None
        known = self.sets[service]
        return known.parameters.get(name) if known else None


def refer(found: Sequence[Reference], parameters: Parameters) -> list[Referred]:
    """What carries a provision out in words, with links where there are pages."""
    return [_refer(reference, parameters) for reference in found]


def _refer(reference: Reference, parameters: Parameters) -> Referred:
    kind = str(KINDS.get(reference.kind, reference.kind))
    room, _dot, name = reference.name.partition(".")
    match reference.kind:
        case "act" | "limit":
            return _of_procedure(reference, kind) or Referred(kind, _words(reference))
        case "page":
            try:
                return Referred(kind, _words(reference), reverse(f"{room}-{name}"))
            except NoReverseMatch:
                return Referred(kind, _words(reference))
        case "parameter":
            found = parameters.get(room, name)
            return _parameter(kind, room, found) if found else Referred(kind, reference.name)
    return Referred(kind, _words(reference))


def _words(reference: Reference) -> str:
    return references.words_of(reference.kind, reference.name) or reference.name


def _of_procedure(reference: Reference, kind: str) -> Referred | None:
    room, _dot, name = reference.name.partition(".")
    declared = next((item for item in procedures.every() if item.name == room), None)
    rows = (declared.acts if reference.kind == "act" else declared.limits) if declared else ()
    row = next((item for item in rows if item.name == name), None)
    if declared is None or row is None:
        return None
    url = reverse("procedure", args=[declared.name])
    if isinstance(row, Limit):
        return Referred(kind, str(row.label), url)
    who = listed(dict.fromkeys(_who(declared, authority) for authority in row.by))
    return Referred(kind, str(row.label), f"{url}#{name}", gettext("may be done by: %(who)s") % {"who": who})


def _who(declared: Procedure, authority: Authority) -> str:
    """The office that may act: its role and the unit in which it is held."""
    relation = declared.relations.get(authority.at)
    if relation is None:
        return role_words(authority.role)
    where = kind_label(relation.kind) if relation.kind else ""
    level = str(Level(relation.level).label) if relation.level else ""
    unit = f"{level} {where}" if where and _english() else f"{level}{where}"
    return gettext("%(role)s (%(unit)s)") % {"role": role_words(authority.role), "unit": unit}


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _parameter(kind: str, service: str, parameter: Parameter) -> Referred:
    label = parameter.label["en" if _english() else "zh"]
    today = clock.today()
    held = parameter.dated(today)
    coming = held is None
    held = held or parameter.values[0]
    note = gettext("from %(day)s") % {"day": date_format(held.valid_from, "DATE_FORMAT")} if coming else ""
    if isinstance(held.value, Mapping):
        rows = tuple(
            (
                references.value_words(service, f"{parameter.by}.{key}"),
                _granted(service, parameter.unit, value),
            )
            for key, value in held.value.items()
        )
        return Referred(kind, label, note=note, rows=rows)
    return Referred(kind, label, note=note, value=value_text(service, parameter.unit, held.value))


def _granted(service: str, unit: str, value: Any) -> str:
    """A value of a table: where it is empty, the law grants nothing to those."""
    return gettext("does not apply") if value is None else value_text(service, unit, value)


def value_text(service: str, unit: str, value: Any) -> str:
    """A value as people read it: ￥1,200.00, 62.5%, 10 working days, yes or no, the words of a choice."""
    if value is None:
        return gettext("not set")
    match unit:
        case "yuan":
            return money(value)
        case "percent":
            return percent(value)
        case "workdays":
            return ngettext("%(n)s working day", "%(n)s working days", value) % {"n": value}
        case "days":
            return ngettext("%(n)s day", "%(n)s days", value) % {"n": value}
        case "months":
            return ngettext("%(n)s month", "%(n)s months", value) % {"n": value}
        case "flag":
            return gettext("yes") if value else gettext("no")
        case "choice":
            return references.value_words(service, value)
        case "date":
            assert isinstance(value, date)
            return date_format(value, "DATE_FORMAT")
    return str(value)
