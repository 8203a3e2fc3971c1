"""Recorded data in words: the labels of the declared fields, and values as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhengling.kernel.casework.procedure import Field, Procedure, every, get
from zhengling.kernel.organisations.models import Organisation

COMMON_LABELS: dict[str, str | Promise] = {
    "transfer": gettext_lazy("handed over"),
    "urge": gettext_lazy("urged"),
    "recall": gettext_lazy("taken back"),
    "attach": gettext_lazy("paper added"),
}


def listed(items: Iterable[object]) -> str:
    """Words one after the other: 、 in Chinese, commas in English."""
    return _(", ").join(str(item) for item in items)


def act_label(declared: Procedure, act: str) -> str:
    """The words for an act of a procedure, the common acts included."""
    return str(COMMON_LABELS[act] if act in COMMON_LABELS else declared.act(act).label)


def procedure_label(name: str) -> str:
    """The words for a procedure; its bare name when no installed service declares it any more."""
    try:
        return str(get(name).label)
    except KeyError:
        return name


def paper_label(name: str) -> str:
    """The words for a paper that any procedure asks for; empty for no paper's name."""
    return next((str(p.label) for declared in every() for p in declared.papers if p.name == name), "")


NUMERIC = {"money", "integer"}


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded value. A table has `columns` and `rows` instead of `text`."""

    label: str
    text: str = ""
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


def entries(fields: Sequence[Field], data: Mapping[str, Any], units: Mapping[str, str]) -> list[Entry]:
    """What was recorded, in the order of the form. `units` has the names of units by code (see `unit_names`)."""
    return list(_entries(fields, data, units))


def _entries(fields: Sequence[Field], data: Mapping[str, Any], units: Mapping[str, str]) -> Iterator[Entry]:
    for field in fields:
        value = data.get(field.name)
        if value in (None, "", []) or field.kind == "key":
            continue
        if field.kind == "table":
            rows = tuple(
                tuple(Cell(words(c, row.get(c.name), units), c.kind in NUMERIC) for c in field.columns)
                for row in value
            )
            columns = tuple(Column(str(c.label), c.kind in NUMERIC) for c in field.columns)
            yield Entry(str(field.label), columns=columns, rows=rows)
            continue
        yield Entry(str(field.label), words(field, value, units))
        if reason := data.get(f"{field.name}_reason"):
            yield Entry(_("reason"), str(reason))


def words(field: Field, value: Any, units: Mapping[str, str]) -> str:
    """A stored value as people read it."""
    if value in (None, ""):
        return ""
    match field.kind:
        case "money" if isinstance(value, int):
            return f"￥{value // 100:,}.{value % 100:02d}"
        case "date":
            return date_format(date.fromisoformat(str(value)), "DATE_FORMAT")
        case "choice":
            return str(dict(field.choices).get(value, value))
        case "flag":
            return _("yes") if value else _("no")
        case "unit":
            return units.get(str(value), str(value))
    return str(value)


def unit_codes(fields: Sequence[Field], data: Mapping[str, Any]) -> Iterator[str]:
    """Codes of units in recorded data."""
    for field in fields:
        value = data.get(field.name)
        if field.kind == "unit" and value:
            yield str(value)
        elif field.kind == "table":
            for row in value or ():
                yield from unit_codes(field.columns, row)


def unit_names(codes: Iterable[str]) -> dict[str, str]:
    """Names by code, in one query."""
    wanted = set(codes)
    if not wanted:
        return {}
    return {unit.code: unit.label for unit in Organisation.objects.filter(code__in=wanted)}
