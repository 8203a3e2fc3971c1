"""Public notices over the API: the same rows as the public pages."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from zhengling.kernel import clock
from zhengling.kernel.clients.paging import Cursor, Limit, Page, slice_of
from zhengling.kernel.notices import queries
from zhengling.kernel.notices.models import Notice

router = Router(tags=["notices"])

KindName = Literal["publicity", "announcement", "call", "release"]


class NoticeRow(Schema):
    id: UUID
    kind: str
    title: str
    organ: str
    place: str
    citation: str
    posted_on: date
    closes_on: date
    provisional: bool


class NoticeOut(NoticeRow):
    """`rows` hold only what everybody may see."""

    lead: str
    columns: list[str]
    rows: list[list[str]]


def _row(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.pk,
        "kind": notice.kind,
        "title": notice.title,
        "organ": notice.organ.code,
        "place": notice.place.code,
        "citation": notice.citation,
        "posted_on": notice.posted_on,
        "closes_on": notice.closes_on,
        "provisional": notice.provisional,
    }


@router.get("/notices", response=Page[NoticeRow], summary="Public notices")
def list_notices(
    request: HttpRequest, kind: KindName | None = None, cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """Notices on show today, newest first."""
    rows = queries.public(clock.today())
    if kind:
        rows = rows.filter(kind=kind)
    found, following = slice_of(rows, cursor, limit, newest_first=True)
    return {"items": [_row(notice) for notice in found], "next": following}


@router.get("/notices/{key}", response=NoticeOut, summary="One public notice")
def get_notice(request: HttpRequest, key: UUID) -> dict[str, Any]:
    """One notice on show today, with its rows."""
    notice = queries.public(clock.today()).filter(pk=key).first()
    if notice is None:
        raise Http404
    cells = [[str(cell) for cell in row["cells"]] for row in notice.rows]
    return {**_row(notice), "lead": notice.lead, "columns": notice.columns, "rows": cells}
