"""Exchanges over the API: data sets, files brought by other systems, differences and how they end."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema

from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.clients.bearer import Bearer, caller
from zhengling.kernel.clients.inputs import Day
from zhengling.kernel.clients.once import Key, created, once
from zhengling.kernel.clients.paging import Cursor, Limit, Page, slice_of
from zhengling.kernel.clients.problems import ProblemError
from zhengling.kernel.exchange import authority, operations, queries
from zhengling.kernel.exchange.declaration import DataSet, find
from zhengling.kernel.exchange.errors import UnusableFile
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.organisations.models import Organisation

router = Router(tags=["exchange"])
# Reading is the router's scope; bringing files and settling differences asks for its own.
ACT = Bearer("exchange:act")

Name = Annotated[str, Path(..., pattern=r"^[a-z0-9_.]{1,60}$", examples=["medical.list.civil_affairs"])]
SetFilter = Annotated[str, Query("", pattern=r"^[a-z0-9_.]{0,60}$", description="Name of a data set.")]
MEDIA_TYPES = {
    "text/csv": ".csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}


class ColumnOut(Schema):
    name: str
    label: str
    kind: str
    required: bool
    choices: list[str]
    total: bool


class OutcomeOut(Schema):
    name: str
    label: str
    needs_reason: bool
    needs_day: bool


class MismatchOut(Schema):
    name: str
    label: str
    citation: str
    outcomes: list[OutcomeOut]


class DataSetOut(Schema):
    """One data set with its columns and the kinds of difference it can show."""

    name: str
    label: str
    keeper: str
    citation: str
    received: bool
    sent: bool
    rhythm: str
    full: bool
    sign_off: bool
    columns: list[ColumnOut]
    mismatches: list[MismatchOut]


class ExchangeOut(Schema):
    """One file. `totals` were counted here, amounts in fen; `problems` name bad cells of received files."""

    id: UUID
    data_set: str
    direction: Literal["in", "out"]
    unit: str
    period: str
    state: Literal["checked", "queued", "applied", "failed", "dropped", "sent"]
    file_name: str
    digest: str
    rows: int
    bad_rows: int
    done: int
    totals: dict[str, int]
    declared: dict[str, int]
    problems: list[dict[str, Any]]
    at: datetime


class DifferenceOut(Schema):
    """One difference; the person is masked. `amount` is what is at stake, in fen."""

    id: UUID
    data_set: str
    exchange: UUID
    unit: str
    kind: str
    person: str
    subject: str
    row: int
    ours: dict[str, Any]
    theirs: dict[str, Any]
    amount: int
    citation: str
    state: Literal["open", "decided", "vanished"]
    outcome: str
    reason: str
    on: date | None
    found_at: datetime
    decided_at: datetime | None


class DecisionIn(Schema):
    outcome: str = Field(..., pattern=r"^[a-z0-9_]{1,30}$")
    reason: str = Field("", max_length=500)
    on: Day | None = Field(None, description="From which day it holds; left out, the day proposed.")


def _not_found() -> ProblemError:
    """The same answer for what does not exist and for what this client may not see."""
    return ProblemError(404, "not_found", _("there is nothing here that this client may see"))


def _data_set(request: HttpRequest, name: str) -> DataSet:
    try:
        found = find(name)
    except KeyError:
        raise _not_found() from None
    if not authority.paths(caller(request).actor, found):
        raise _not_found()
    return found


def _data_set_out(item: DataSet) -> dict[str, Any]:
    return {
        "name": item.name,
        "label": str(item.label),
        "keeper": str(item.keeper),
        "citation": item.citation,
        "received": item.received,
        "sent": item.sent,
        "rhythm": item.rhythm,
        "full": item.full,
        "sign_off": item.sign_off,
        "columns": [
            {
                "name": column.name,
                "label": str(column.label),
                "kind": column.kind,
                "required": column.required,
                "choices": list(column.choices),
                "total": column.total,
            }
            for column in item.columns
        ],
        "mismatches": [
            {
                "name": mismatch.name,
                "label": str(mismatch.label),
                "citation": mismatch.citation,
                "outcomes": [
                    {
                        "name": outcome.name,
                        "label": str(outcome.label),
                        "needs_reason": outcome.needs_reason,
                        "needs_day": outcome.needs_day,
                    }
                    for outcome in mismatch.outcomes
                ],
            }
            for mismatch in item.mismatches
        ],
    }


def _exchange_out(row: Exchange) -> ExchangeOut:
    return ExchangeOut(
        unit=row.unit.code,
        **{name: getattr(row, name) for name in ExchangeOut.model_fields if name != "unit"},
    )


def _difference_out(row: Difference) -> DifferenceOut:
    known = {"unit", "exchange", "person"}
    return DifferenceOut(
        unit=row.unit.code,
        exchange=row.exchange_id,
        person=row.person.masked_name if row.person else "",
        **{name: getattr(row, name) for name in DifferenceOut.model_fields if name not in known},
    )


@router.get("/data-sets", response=list[DataSetOut], summary="Data sets")
def list_data_sets(request: HttpRequest) -> list[dict[str, Any]]:
    """The data sets of which the client's unit reads anything."""
    return [_data_set_out(item) for item in authority.readable_sets(caller(request).actor)]


FILE_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file itself, at most 20 MB; larger ones are brought on the page.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES},
    }
}


@router.post(
    "/data-sets/{name}/files",
    response={201: ExchangeOut},
    auth=ACT,
    summary="Bring a file",
    openapi_extra=FILE_BODY,
)
def bring_file(
    request: HttpRequest,
    name: Name,
    key: Key,
    unit: Annotated[str, Query(..., pattern=r"^[A-Za-z0-9._-]{1,40}$", description="Code of the unit.")],
    period: Annotated[str, Query("", pattern=r"^[0-9Q-]{0,10}$", examples=["2022-03"])] = "",
    declared: Annotated[
        str,
        Query(
            "",
            pattern=r"^([a-z_]{1,40}:\d{1,15}(,|$))*$",
            description="Control totals, amounts in fen: `rows:120,inpatient_paid:123450`.",
        ),
    ] = "",
) -> HttpResponse:
    """Have a file checked. Nothing is taken over yet; the answer is the report."""
    found = _data_set(request, name)
    kind = re.split(r"[;\s]", request.headers.get("Content-Type", ""))[0].lower()
    if kind not in MEDIA_TYPES:
        raise ProblemError(
            415, "media_type", _("send one of: %(types)s") % {"types": ", ".join(sorted(MEDIA_TYPES))}
        )
    place = Organisation.objects.filter(code=unit).first()
    if place is None:
        raise _not_found()
    totals = dict(part.split(":") for part in declared.split(",") if part)

    def work() -> HttpResponse:
        try:
            row = operations.receive(
                caller(request).actor,
                found,
                place,
                name=f"{name}{MEDIA_TYPES[kind]}",
                content=request.body,
                period=period,
                declared={column: int(value) for column, value in totals.items()},
            )
        except UnusableFile as error:
            named = {problem.column or "body": [problem.reason] for problem in error.problems}
            raise ProblemError(422, error.code, str(error), errors=named or {"body": [str(error)]}) from None
        return created(_exchange_out(row), 201, {"Location": f"/api/v1/exchanges/{row.pk}"})

    return once(request, key, work)


@router.get("/exchanges", response=Page[ExchangeOut], summary="Files")
def list_exchanges(
    request: HttpRequest, data_set: SetFilter = "", cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """Files received and sent that the client's unit may read, newest first."""
    rows = queries.visible_exchange(caller(request).actor)
    if data_set:
        rows = rows.filter(data_set=data_set)
    found, following = slice_of(rows, cursor, limit, newest_first=True)
    return {"items": [_exchange_out(row) for row in found], "next": following}


@router.get("/exchanges/{key}", response=ExchangeOut, summary="One file")
def get_exchange(request: HttpRequest, key: UUID) -> ExchangeOut:
    """One file: its report, its state, how many rows are done."""
    return _exchange_out(_exchange(request, key))


def _exchange(request: HttpRequest, key: UUID) -> Exchange:
    row = queries.visible_exchange(caller(request).actor).filter(pk=key).first()
    if row is None:
        raise _not_found()
    return row


@router.post("/exchanges/{key}/take-over", response=ExchangeOut, auth=ACT, summary="Take a file over")
def take_over_file(request: HttpRequest, key: UUID, idempotency: Key) -> HttpResponse:
    """Let the worker take the good rows over. Control totals that want a signature are signed by a person."""
    row = _exchange(request, key)

    def work() -> HttpResponse:
        return created(_exchange_out(operations.take_over(caller(request).actor, row.pk)))

    return once(request, idempotency, work)


@router.get("/differences", response=Page[DifferenceOut], summary="Differences")
def list_differences(
    request: HttpRequest,
    data_set: SetFilter = "",
    kind: Annotated[str, Query("", pattern=r"^[a-z0-9_]{0,30}$")] = "",
    state: Literal["open", "decided", "vanished"] | None = None,
    cursor: Cursor = "",
    limit: Limit = 20,
) -> dict[str, Any]:
    """Differences that the client's unit may read, oldest first."""
    actor = caller(request).actor
    rows = queries.narrowed(queries.visible_differences(actor), kind=kind, state=state or "")
    if data_set:
        rows = rows.filter(data_set=data_set)
    found, following = slice_of(rows, cursor, limit)
    if any(row.person_id for row in found):
        record_access(actor, Action.VIEW, "differences", "", ["person"], f"API: {len(found)}")
    return {"items": [_difference_out(row) for row in found], "next": following}


@router.post("/differences/{key}/decision", response=DifferenceOut, auth=ACT, summary="Settle a difference")
def decide_difference(request: HttpRequest, key: UUID, body: DecisionIn, idempotency: Key) -> HttpResponse:
    """Settle one difference by one of the outcomes of its kind."""
    row = queries.visible_differences(caller(request).actor).filter(pk=key).first()
    if row is None:
        raise _not_found()

    def work() -> HttpResponse:
        done = operations.decide(caller(request).actor, row.pk, body.outcome, body.reason, body.on)
        return created(_difference_out(done))

    return once(request, idempotency, work)
