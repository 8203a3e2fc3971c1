"""What an act asks for as JSON Schema (2020-12), from the same declared fields as the page's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhengling.kernel.casework.procedure import MAX_INTEGER, MAX_LENGTH, MAX_ROWS, Field

DIALECT = "https://json-schema.org/draft/2020-12/schema"
YUAN = r"^\d{1,14}(\.\d{1,2})?$"

KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string", "maxLength": MAX_LENGTH},
    "name": {"type": "string", "maxLength": MAX_LENGTH},
    "key": {"type": "string", "maxLength": MAX_LENGTH},
    "long_text": {"type": "string", "maxLength": 4000},
    "integer": {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER},
    "money": {"type": "string", "pattern": YUAN, "examples": ["1234.50"]},
    "date": {"type": "string", "format": "date"},
    "flag": {"type": "boolean"},
    "unit": {"type": "string", "maxLength": 40},
    "id_number": {"type": "string", "pattern": r"^\d{17}[\dXx]$"},
    "phone": {"type": "string", "pattern": r"^\+?[\d\s-]{7,20}$"},
    "bank_account": {"type": "string", "pattern": r"^[\d\s]{12,40}$"},
}


def schema_of(fields: Sequence[Field], instrument: str) -> dict[str, Any]:
    """The object that an act takes as `data`. `x-citation` is the provision a question comes from; `x-sensitive`
    values are sealed and never come back; `x-level` is the level of the unit whose code is meant."""
    return {"$schema": DIALECT, **_object(fields, instrument)}


def _object(fields: Sequence[Field], instrument: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    conditions = []
    for field in fields:
        properties[field.name] = _property(field, instrument)
        if field.reason_when:
            reason = f"{field.name}_reason"
            properties[reason] = {"type": "string", "maxLength": 1000}
            conditions.append(
                {
                    "if": {
                        "properties": {field.name: {"enum": list(field.reason_when)}},
                        "required": [field.name],
                    },
                    "then": {"required": [reason]},
                }
            )
    made = {
        "type": "object",
        "properties": properties,
        "required": [field.name for field in fields if field.required and field.kind != "flag"],
        "additionalProperties": False,
    }
    return {**made, "allOf": conditions} if conditions else made


def _property(field: Field, instrument: str) -> dict[str, Any]:
    made: dict[str, Any] = {"title": str(field.label)}
    match field.kind:
        case "choice":
            made |= {"enum": [value for value, _label in field.choices]}
            made |= {"x-labels": {value: str(label) for value, label in field.choices}}
        case "table":
            made |= {"type": "array", "items": _object(field.columns, instrument), "maxItems": MAX_ROWS}
            made |= {"minItems": 1} if field.required else {}
        case kind:
            made |= KINDS[kind]
            made |= {"maxLength": field.max_length} if field.max_length else {}
    if field.kind == "unit" and field.level:
        made["x-level"] = field.level
    if field.help:
        made["description"] = str(field.help)
    if field.article:
        made["x-citation"] = f"{instrument}/{field.article}"
    if field.sensitive:
        made["x-sensitive"] = True
    return made


def unknown_names(fields: Sequence[Field], data: dict[str, Any]) -> list[str]:
    """Names in `data` that no field has: a slip of the pen that must not pass for an empty answer."""
    known = {field.name for field in fields} | {
        f"{field.name}_reason" for field in fields if field.reason_when
    }
    return sorted(set(data) - known)
