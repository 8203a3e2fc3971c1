"""Cases over the API: procedures, cases, acts, papers, time limits, events. The same operations as the pages."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Header, Path, Query, Router, Schema

from zhengling.kernel import clock
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.casework import api_schemas as schemas
from zhengling.kernel.casework import operations, queries
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.errors import InvalidData
from zhengling.kernel.casework.feed import feed
from zhengling.kernel.casework.json_schema import unknown_names
from zhengling.kernel.casework.models import Case, Event, TimeLimit
from zhengling.kernel.casework.procedure import Act, Procedure
from zhengling.kernel.clients.bearer import Bearer, caller
from zhengling.kernel.clients.inputs import Day
from zhengling.kernel.clients.once import Key, created, once
from zhengling.kernel.clients.paging import Cursor, Limit, Page, slice_of
from zhengling.kernel.clients.problems import ProblemError
from zhengling.kernel.files import operations as files
from zhengling.kernel.outbox.webhooks import cloud_event

router, events = Router(tags=["cases"]), Router(tags=["events"])
# Reading is the router's scope, given where the API is put together; writing asks for its own.
ACT = Bearer("cases:act")

Name = Annotated[str, Path(..., pattern=r"^[a-z0-9_]{1,40}$")]
Number = Annotated[str, Path(..., pattern=r"^[A-Z0-9-]{1,24}$", examples=["YJ-2022-ABC234"])]
Seen = Annotated[str, Header(alias="If-Match", pattern=r'^("?\d{1,9}"?)?$', description="The ETag you saw.")]
State = Literal["running", "paused", "met", "missed", "dropped"]


def _not_found() -> ProblemError:
    """The same answer for what does not exist and for what this client may not see."""
    return ProblemError(404, "not_found", _("there is nothing here that this client may see"))


def _declared(name: str) -> Procedure:
    try:
        return procedures.get(name)
    except KeyError:
        raise _not_found() from None


def _case(request: HttpRequest, number: str) -> Case:
    found = (
        queries.visible(caller(request).actor)
        .select_related("subject", "place")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise _not_found()
    return found


@router.get("/procedures", response=list[schemas.ProcedureRow], summary="Procedures")
def list_procedures(request: HttpRequest) -> list[dict[str, Any]]:
    """Every declared procedure."""
    return [schemas.procedure_row(declared) for declared in procedures.every()]


@router.get("/procedures/{name}", response=schemas.ProcedureOut, summary="One procedure")
def get_procedure(request: HttpRequest, name: Name) -> schemas.ProcedureOut:
    """Its stages, acts with the JSON Schema of their data, time limits and papers, each with its article."""
    return schemas.procedure_out(_declared(name))


class CaseFilter(Schema):
    procedure: str = Field("", pattern=r"^[a-z0-9_]{0,40}$")
    stage: str = Field("", pattern=r"^[a-z0-9_]{0,40}$")
    open: bool | None = Field(None, description="Only open, or only closed ones.")
    place: str = Field(
        "", pattern=r"^[A-Za-z0-9._-]{0,40}$", description="Code of a unit; everything below it."
    )
    opened_from: Day | None = None
    opened_to: Day | None = Field(None, description="The last day included.")

    def narrow(self, rows: QuerySet[Case]) -> QuerySet[Case]:
        if self.procedure:
            rows = rows.filter(procedure=self.procedure)
        if self.stage:
            rows = rows.filter(stage=self.stage)
        if self.open is not None:
            rows = rows.filter(closed_at__isnull=self.open)
        if self.place:
            rows = rows.filter(place__path__contains=f"/{self.place}/")
        if self.opened_from:
            rows = rows.filter(opened_at__gte=clock.at(self.opened_from, 0))
        if self.opened_to:
            end = datetime.combine(self.opened_to, time.max, tzinfo=clock.SHANGHAI)
            rows = rows.filter(opened_at__lte=end)
        return rows


@router.get("/cases", response=Page[schemas.CaseRow], summary="Cases")
def list_cases(
    request: HttpRequest, chosen: Query[CaseFilter], cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """Cases in which the client's unit takes part, newest first."""
    actor = caller(request).actor
    rows = chosen.narrow(queries.visible(actor)).select_related("subject", "place")
    found, following_cursor = slice_of(rows, cursor, limit, newest_first=True)
    if found:
        record_access(actor, Action.VIEW, "case", "", ["subject"], f"API: {len(found)}")
    return {"items": [schemas.case_row(case) for case in found], "next": following_cursor}


@router.get("/cases/{number}", response=schemas.CaseOut, summary="One case")
def get_case(request: HttpRequest, number: Number, response: HttpResponse) -> schemas.CaseOut:
    """The case with its course, time limits, lawful next acts and papers. `ETag` is its version."""
    actor, case = caller(request).actor, _case(request, number)
    response["ETag"] = _etag(case.version)
    shown = schemas.case_out(case, queries.next_acts(case, actor))
    record_access(actor, Action.VIEW, "case", case.number, ["subject", "events", "papers"], "API")
    return shown


@router.get("/limits", response=Page[schemas.LimitOut], summary="Time limits")
def list_limits(
    request: HttpRequest,
    state: State | None = None,
    overdue: Annotated[bool, Query(False, description="Only running ones past their due date.")] = False,
    due_before: Day | None = None,
    cursor: Cursor = "",
    limit: Limit = 20,
) -> dict[str, Any]:
    """Time limits of the cases the client may see."""
    rows = TimeLimit.objects.filter(case__in=queries.visible(caller(request).actor))
    if state:
        rows = rows.filter(state=state)
    if overdue:
        rows = rows.filter(state=TimeLimit.State.RUNNING, due__lt=clock.today())
    if due_before:
        rows = rows.filter(due__lt=due_before)
    found, following_cursor = slice_of(rows.select_related("case", "holder"), cursor, limit)
    return {"items": [schemas.limit_out(row) for row in found], "next": following_cursor}


@router.post("/cases", response={201: schemas.Opened}, auth=ACT, summary="Open a case")
def open_case(request: HttpRequest, body: schemas.OpenIn, key: Key) -> HttpResponse:
    """Open a case by the procedure's opening act, in the name of the client's unit."""
    declared = _declared(body.procedure)
    if declared.opener is None:
        raise ProblemError(409, "not_by_api", _("cases of this procedure are opened by the system only"))
    opener = declared.opener
    _check_names(declared.opening, body.data)

    def work() -> HttpResponse:
        case = opener(caller(request).actor, body.data)
        answer = schemas.Opened(
            number=case.number, check_code=case.check_code, stage=case.stage, version=case.version
        )
        where = f"{request.path.removesuffix('/')}/{case.number}"
        return created(answer, 201, {"Location": where, "ETag": _etag(case.version)})

    return once(request, key, work)


@router.post("/cases/{number}/acts/{act}", response=schemas.Done, auth=ACT, summary="Do an act")
def do_act(
    request: HttpRequest,
    number: Number,
    act: Name,
    body: schemas.ActIn,
    key: Key,
    if_match: Seen = "",
) -> HttpResponse:
    """Do one act. Say which version of the case you saw; if somebody acted since, nothing happens (409)."""
    case = _case(request, number)
    declared = next((item for item in case.declaration.acts if item.name == act), None)
    if declared is None:
        raise _not_found()
    version = _version(if_match, body)
    _check_names(declared, body.data)

    def work() -> HttpResponse:
        return _done(operations.perform(case.pk, act, caller(request).actor, body.data, version=version))

    return once(request, key, work)


@router.post("/cases/{number}/transfer", response=schemas.Done, auth=ACT, summary="Hand over")
def transfer(
    request: HttpRequest, number: Number, body: schemas.TransferIn, key: Key, if_match: Seen = ""
) -> HttpResponse:
    """Hand what the client has of the case on the desk to a colleague with the same role in the same unit. The time
    limits go on."""
    case, actor, version = _case(request, number), caller(request).actor, _version(if_match, body)

    def work() -> HttpResponse:
        to = queries.colleagues(case, actor).filter(username=body.to).first()
        if to is None:
            raise InvalidData({"to": [_("nobody with this username could take over what is on your desk")]})
        return _done(operations.transfer(case.pk, actor, to, body.reason, version=version))

    return once(request, key, work)


@router.post("/cases/{number}/urge", response=schemas.Done, auth=ACT, summary="Urge")
def urge(request: HttpRequest, number: Number, body: schemas.UrgeIn, key: Key) -> HttpResponse:
    """Urge whoever has the case on the desk."""
    case = _case(request, number)

    def work() -> HttpResponse:
        return _done(operations.urge(case.pk, caller(request).actor, body.words))

    return once(request, key, work)


@router.post("/cases/{number}/recall", response=schemas.Done, auth=ACT, summary="Take back")
def recall(
    request: HttpRequest, number: Number, body: schemas.VersionIn, key: Key, if_match: Seen = ""
) -> HttpResponse:
    """Take back the client's own last act, while nobody has acted since and where the procedure allows it."""
    case, version = _case(request, number), _version(if_match, body)

    def work() -> HttpResponse:
        return _done(operations.recall(case.pk, caller(request).actor, version=version))

    return once(request, key, work)


PAPER_BODY = {
    "requestBody": {
        "required": True,
        "description": "The scan itself, at most 20 MB.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in files.TYPES},
    }
}


@router.post(
    "/cases/{number}/papers/{paper}",
    response={201: schemas.PaperOut},
    auth=ACT,
    summary="Add a paper",
    openapi_extra=PAPER_BODY,
)
def add_paper(
    request: HttpRequest,
    number: Number,
    paper: Name,
    key: Key,
    name: Annotated[
        str, Query("", pattern=r"^[^/\\\x00-\x1f\x7f]{0,120}$", description="File name, without path.")
    ] = "",
) -> HttpResponse:
    """Put a scan to one of the case's papers; the body is the file, its `Content-Type` one of those listed."""
    kind = re.split(r"[;\s]", request.headers.get("Content-Type", ""))[0].lower()
    if kind not in files.TYPES:
        raise ProblemError(
            415, "media_type", _("send one of: %(types)s") % {"types": ", ".join(sorted(files.TYPES))}
        )
    case = _case(request, number)
    if paper not in {item.name for item in case.declaration.papers}:
        raise _not_found()
    ending = files.TYPES[kind][0][0]
    title = name if name.lower().endswith(files.TYPES[kind][0]) else f"{name or paper}{ending}"

    def work() -> HttpResponse:
        try:
            stored = files.store(title, request.body, None)
        except files.FileRefused as error:
            raise ProblemError(422, "file", str(error), errors={"body": [str(error)]}) from None
        row = operations.attach(case.pk, paper, stored, caller(request).actor)
        return created(schemas.paper_out(case.declaration, row), 201)

    return once(request, key, work)


class CloudEvent(Schema):
    """CloudEvents 1.0. `sequence` orders the events; `subject` is the number of the case."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: str
    sequence: str
    datacontenttype: str
    unit: str = ""
    data: dict[str, Any]


@events.get("/events", response=Page[CloudEvent], summary="Events")
def list_events(request: HttpRequest, cursor: Cursor = "", limit: Limit = 20) -> dict[str, Any]:
    """Events of the cases the client may see, oldest first, the same as webhooks bring. Nothing is ever inserted
    behind a cursor: keep `next` and ask again with it."""
    rows = feed(caller(request).actor)
    found, following_cursor = slice_of(rows, cursor, limit, by="position", endless=True)
    return {"items": [cloud_event(message) for message in found], "next": following_cursor}


def _version(if_match: str, body: schemas.VersionIn) -> int:
    """The version of the case that the caller saw. Raises `InvalidData` when it is not said."""
    version = int(if_match.strip('"')) if if_match else body.version
    if version is None:
        raise InvalidData({"version": [_("say which version you saw: If-Match, or version in the body")]})
    return version


def _done(event: Event) -> HttpResponse:
    return created(schemas.done(event, event.case), headers={"ETag": _etag(event.case.version)})


def _etag(version: int) -> str:
    return f'"{version}"'


def _check_names(act: Act, data: dict[str, Any]) -> None:
    unknown = unknown_names(act.fields, data)
    if unknown:
        raise InvalidData({name: [_("this act asks no such thing")] for name in unknown})
