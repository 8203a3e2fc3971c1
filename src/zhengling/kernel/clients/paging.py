"""Lists that go on from a cursor: no page numbers that shift, no counting of what nobody asked for."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from ninja import Field, Query, Schema

from zhengling.kernel.clients.problems import ProblemError

T = TypeVar("T")
M = TypeVar("M", bound=Model)

Cursor = Annotated[
    str,
    Query(
        "",
        pattern=r"^[A-Za-z0-9_-]{0,200}$",
        description="`next` of the page before; empty for the first page.",
    ),
]
Limit = Annotated[int, Query(20, ge=1, le=100, description="Rows on a page.")]


class Page(Schema, Generic[T]):
    items: list[T]
    next: str = Field("", description="Cursor of the next page; empty at the end.")


def slice_of(
    rows: QuerySet[M],
    cursor: str,
    limit: int,
    *,
    by: str = "pk",
    newest_first: bool = False,
    endless: bool = False,
) -> tuple[list[M], str]:
    """(rows after the cursor, cursor of the next page). `by` is a unique field. One query.

    An `endless` list has a cursor at its end too, to ask again with when more may have come. Raises
    `ProblemError` 400 for a cursor that none of our pages gave out.
    """
    if cursor:
        rows = rows.filter(**{f"{by}__{'lt' if newest_first else 'gt'}": _read(rows, by, cursor)})
    found = list(rows.order_by(f"-{by}" if newest_first else by)[: limit + 1])
    shown = found[:limit]
    if shown and (endless or len(found) > limit):
        return shown, _write(getattr(shown[-1], by))
    return shown, cursor if endless else ""


def _write(value: object) -> str:
    return base64.urlsafe_b64encode(str(value).encode()).decode().rstrip("=")


def _read(rows: QuerySet[M], by: str, cursor: str) -> Any:
    meta = rows.model._meta
    field = meta.pk if by == "pk" else meta.get_field(by)
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        if not text.isprintable():
            raise ValueError(text)
        value = field.to_python(text)  # type: ignore[union-attr]  # a column, not a relation
        if isinstance(value, int) and not 0 <= value < 2**63:
            raise ValueError(text)
    except (ValueError, binascii.Error, ValidationError):
        raise ProblemError(
            400, "bad_cursor", _("this cursor is not one of ours; begin without one")
        ) from None
    return value
