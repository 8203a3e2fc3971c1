"""Prints that are no letters: an application to sign on paper, a list to hang on the board."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import override

from zhengling.kernel import clock
from zhengling.kernel.casework.procedure import Field
from zhengling.kernel.documents import kinds
from zhengling.kernel.documents.amounts import yuan
from zhengling.kernel.documents.compose import Head, compose
from zhengling.kernel.documents.operations import checked_values
from zhengling.kernel.documents.template_store import active_template
from zhengling.kernel.documents.typesetting import Typeset, personal_numbers, typeset
from zhengling.kernel.documents.wording import chinese_date
from zhengling.kernel.organisations.models import Organisation


class PersonalNumberInPublic(ValueError):
    """A list for the board holds an identity or telephone number; it is not printed (个人信息保护法第二十八条)."""


def public_list(
    unit: Organisation,
    data: Mapping[str, Any],
    *,
    size: Literal["a4", "a3"] = "a4",
    dated: date | None = None,
) -> Typeset:
    """A poster across A4 or A3 for the board (公示), signed by `unit`. `data` as kinds.PUBLIC_LIST; names come masked.

    Raises `PersonalNumberInPublic` for identity or mobile numbers among the rows, `InvalidData` for missing values.
    """
    if personal_numbers(data.get("rows", [])):
        raise PersonalNumberInPublic(_("a public list must not show identity or telephone numbers"))
    return _print("public_list", unit, data, dated, {"size": size})


def application_form(
    unit: Organisation, answers: Sequence[Mapping[str, Any]], matter: str, statement: Sequence[str] = ()
) -> Typeset:
    """The filled form that the applicant signs on paper, to be scanned back. `answers` as `form_answers` gives them."""
    data: dict[str, Any] = {"matter": matter, "answers": list(answers), "statement": list(statement)}
    return _print("application_form", unit, data, None, {})


def form_answers(fields: Sequence[Field], data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Labels and values of declared fields, for a printed form. `data` is cleaned input; the labels are Chinese."""
    with override("zh-hans"):
        return [answer for field in fields if (answer := _answer(field, data.get(field.name))) is not None]


def _answer(field: Field, value: Any) -> dict[str, Any] | None:
    label = str(field.label)
    if field.kind == "table":
        rows = [
            [_breakable(_words(column, row.get(column.name))) for column in field.columns]
            for row in value or []
        ]
        return {"label": label, "columns": [str(column.label) for column in field.columns], "rows": rows}
    return {"label": label, "value": _words(field, value)}


def _breakable(text: str) -> str:
    """Long numbers may break anywhere in a narrow column (a zero-width space after every sixth character)."""
    return re.sub(r"[A-Za-z0-9]{10,}", lambda run: "\u200b".join(re.findall(r".{1,6}", run[0])), text)


def _words(field: Field, value: Any) -> str:
    if field.kind == "flag":
        return "是" if value else "否"
    if value in (None, ""):
        return ""
    match field.kind:
        case "money":
            return f"{yuan(value)}元"
        case "date":
            return chinese_date(value)
        case "choice":
            return str(dict(field.choices).get(value, value))
        case "unit":
            return value.name if isinstance(value, Organisation) else str(value)
        case _:
            return str(value)


def _print(
    kind_name: str, unit: Organisation, data: Mapping[str, Any], dated: date | None, extra: Mapping[str, Any]
) -> Typeset:
    kind = kinds.get(kind_name)
    day = dated or clock.today()
    with override("zh-hans"):
        values = checked_values(kind, data)
        content = compose(
            kind, active_template(kind_name, unit).wording, values, Head(unit, dated=day, extra=extra)
        )
    return typeset(kind.layout, content, day)
