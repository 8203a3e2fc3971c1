"""Organisations over the API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Field, Path, Query, Router, Schema

from zhengling.kernel.clients.paging import Cursor, Limit, Page, slice_of
from zhengling.kernel.organisations.models import Organisation

router = Router(tags=["organisations"])

Code = Annotated[str, Path(..., pattern=r"^[A-Za-z0-9._-]{1,40}$", examples=["431181"])]
LevelName = Literal["city", "county", "township", "village", "department", "institution", "group"]


class OrganisationOut(Schema):
    """`path` has the codes from the city down to the unit."""

    code: str
    name: str
    short_name: str
    level: str
    kind: str
    parent: str
    path: list[str]
    valid_from: date | None
    valid_to: date | None


class Filter(Schema):
    level: LevelName | None = None
    kind: str = Field("", pattern=r"^[a-z_]{0,40}$")
    below: str = Field(
        "", pattern=r"^[A-Za-z0-9._-]{0,40}$", description="Code of a unit; everything below it."
    )

    def narrow(self, rows: QuerySet[Organisation]) -> QuerySet[Organisation]:
        if self.level:
            rows = rows.filter(level=self.level)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.below:
            rows = rows.filter(path__contains=f"/{self.below}/").exclude(code=self.below)
        return rows


def _row(unit: Organisation) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.label,
        "short_name": unit.short_name,
        "level": unit.level,
        "kind": unit.kind,
        "parent": unit.parent.code if unit.parent else "",
        "path": unit.path.strip("/").split("/"),
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
    }


@router.get("/organisations", response=Page[OrganisationOut], summary="Organisations")
def list_organisations(
    request: HttpRequest, chosen: Query[Filter], cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """Units of the city in the order of the tree."""
    rows = chosen.narrow(Organisation.objects.select_related("parent"))
    found, following = slice_of(rows, cursor, limit, by="path")
    return {"items": [_row(unit) for unit in found], "next": following}


@router.get("/organisations/{code}", response=OrganisationOut, summary="One organisation")
def get_organisation(request: HttpRequest, code: Code) -> dict[str, Any]:
    """One unit by its code."""
    unit = Organisation.objects.select_related("parent").filter(code=code).first()
    if unit is None:
        raise Http404
    return _row(unit)
