"""Cases as the API shows them. Persons are masked; codes are ours, words come in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ninja import Field, Schema

from zhengling.kernel import clock
from zhengling.kernel.casework import course, labels, queries
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.json_schema import schema_of
from zhengling.kernel.casework.models import Case, CasePaper, Event, TimeLimit
from zhengling.kernel.casework.procedure import Act, Limit, Procedure
from zhengling.kernel.organisations.models import Organisation


class Unit(Schema):
    code: str
    name: str


class StageOut(Schema):
    name: str
    label: str
    closed: bool
    citation: str


class ActOut(Schema):
    """`by` are role and relation, as in ``clerk@township``; `data` is the JSON Schema of what the act asks for."""

    name: str
    label: str
    stages: list[str]
    to: str | None
    by: list[str]
    citation: str
    batch: bool
    data: dict[str, Any]


class LimitRule(Schema):
    """`parameter` holds count and unit; `waits` marks a minimum period before the ending acts."""

    name: str
    label: str
    parameter: str
    starts: list[str]
    ends: list[str]
    statutory: bool
    waits: bool
    citation: str


class PaperRule(Schema):
    name: str
    label: str
    required: bool
    citation: str


class ProcedureRow(Schema):
    name: str
    label: str
    instrument: str
    opens_by_api: bool = Field(description="Whether POST /cases opens one.")


class ProcedureOut(ProcedureRow):
    relations: dict[str, dict[str, str]]
    stages: list[StageOut]
    acts: list[ActOut]
    limits: list[LimitRule]
    papers: list[PaperRule]


class CaseRow(Schema):
    number: str
    procedure: str
    stage: str
    stage_label: str
    title: str
    subject: str = Field(description="Masked name of the person the case is about.")
    place: Unit
    urgent: bool
    version: int
    opened_at: datetime
    closed_at: datetime | None


class EventOut(Schema):
    """`data` is what was recorded: amounts in fen, sensitive values masked, empty when deleted by law."""

    seq: int
    act: str
    label: str
    stage_before: str
    stage_after: str
    at: datetime
    actor: str
    role: str
    unit: Unit | None
    citations: list[str]
    data: dict[str, Any]
    digest: str


class LimitOut(Schema):
    case: str
    name: str
    label: str
    state: str
    statutory: bool
    citation: str
    count: int
    unit: str
    started_on: date
    due: date
    next_step_earliest: date
    provisional: bool
    ended_on: date | None
    days_left: int = Field(description="Calendar days to the due date; negative when overdue.")
    holder: Unit | None


class LimitExplained(LimitOut):
    explanation: list[str]


class Refusal(Schema):
    code: str
    detail: str
    citation: str


class NextAct(Schema):
    """`mine`: this client has the authority. `refusal`: why it is not possible at the moment all the same."""

    act: str
    label: str
    citation: str
    mine: bool
    whose: str
    refusal: Refusal | None


class FileOut(Schema):
    name: str
    media_type: str
    size: int
    sha256: str


class PaperOut(Schema):
    name: str
    label: str
    state: str
    file: FileOut | None
    changed_at: datetime


class CaseOut(CaseRow):
    parties: dict[str, Unit]
    events: list[EventOut]
    limits: list[LimitExplained]
    next_acts: list[NextAct]
    papers: list[PaperOut]


class OpenIn(Schema):
    procedure: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    data: dict[str, Any] = Field(description="As the `data` schema of the procedure's opening act says.")


class Opened(Schema):
    """`check_code` lets the applicant follow the case by number without sign-in; hand it to nobody else."""

    number: str
    check_code: str
    stage: str
    version: int


class VersionIn(Schema):
    version: int | None = Field(None, ge=0, description="The case's version you saw; or send it as If-Match.")


class ActIn(VersionIn):
    data: dict[str, Any] = {}


class TransferIn(VersionIn):
    to: str = Field(
        pattern=r"^[\w.@+-]{1,150}$",
        description="Username of a colleague with the same role in the same unit.",
    )
    reason: str = Field(min_length=1, max_length=400)


class UrgeIn(Schema):
    words: str = Field(min_length=1, max_length=400)


class Done(Schema):
    number: str
    seq: int
    act: str
    stage: str
    stage_label: str
    version: int
    citations: list[str]
    at: datetime


def unit_out(unit: Organisation) -> Unit:
    return Unit(code=unit.code, name=unit.label)


def procedure_row(declared: Procedure) -> dict[str, Any]:
    return {
        "name": declared.name,
        "label": str(declared.label),
        "instrument": declared.instrument,
        "opens_by_api": declared.opener is not None,
    }


def procedure_out(declared: Procedure) -> ProcedureOut:
    return ProcedureOut(
        **procedure_row(declared),
        relations={
            name: {"level": item.level, "kind": item.kind} for name, item in declared.relations.items()
        },
        stages=[
            StageOut(
                name=stage.name,
                label=str(stage.label),
                closed=stage.closed,
                citation=_citation(declared, stage.article),
            )
            for stage in declared.stages
        ],
        acts=[_act_out(declared, act) for act in declared.acts],
        limits=[_limit_rule(declared, limit) for limit in declared.limits],
        papers=[
            PaperRule(
                name=paper.name,
                label=str(paper.label),
                required=paper.required,
                citation=_citation(declared, paper.article),
            )
            for paper in declared.papers
        ],
    )


def _citation(declared: Procedure, article: str) -> str:
    return f"{declared.instrument}/{article}" if article else ""


def _act_out(declared: Procedure, act: Act) -> ActOut:
    return ActOut(
        name=act.name,
        label=str(act.label),
        stages=list(act.stages),
        to=act.to,
        by=[f"{authority.role}@{authority.at}" if authority.at else authority.role for authority in act.by],
        citation=_citation(declared, act.article),
        batch=act.batch,
        data=schema_of(act.fields, declared.instrument),
    )


def _limit_rule(declared: Procedure, limit: Limit) -> LimitRule:
    return LimitRule(
        name=limit.name,
        label=str(limit.label),
        parameter=limit.parameter,
        starts=list(limit.starts),
        ends=list(limit.ends),
        statutory=limit.statutory,
        waits=limit.waits,
        citation=_citation(declared, limit.article),
    )


def case_row(case: Case) -> dict[str, Any]:
    """Expects `subject` and `place` to be fetched with the case."""
    return {
        "number": case.number,
        "procedure": case.procedure,
        "stage": case.stage,
        "stage_label": str(case.stage_label),
        "title": case.title,
        "subject": case.subject.masked_name if case.subject else "",
        "place": unit_out(case.place),
        "urgent": case.urgent,
        "version": case.version,
        "opened_at": clock.local(case.opened_at),
        "closed_at": clock.local(case.closed_at) if case.closed_at else None,
    }


def case_out(case: Case, next_acts: list[queries.NextAct]) -> CaseOut:
    declared = case.declaration
    events = case.events.select_related("payload", "organisation").order_by("seq")
    return CaseOut(
        **case_row(case),
        parties={relation: unit_out(unit) for relation, unit in case.units.items()},
        events=[_event_out(declared, event) for event in events],
        limits=[_explained(case, item) for item in course.running(case)],
        next_acts=[_next_act(item) for item in next_acts],
        papers=[paper_out(declared, paper) for paper in case.papers.select_related("file").order_by("pk")],
    )


def _event_out(declared: Procedure, event: Event) -> EventOut:
    return EventOut(
        seq=event.seq,
        act=event.act,
        label=labels.act_label(declared, event.act),
        stage_before=event.stage_before,
        stage_after=event.stage_after,
        at=clock.local(event.at),
        actor=event.actor_name,
        role=event.role,
        unit=unit_out(event.organisation) if event.organisation else None,
        citations=event.citations,
        data=dict(course.payload(event)),
        digest=event.digest,
    )


def limit_out(row: TimeLimit) -> dict[str, Any]:
    """Expects `case` and `holder` to be fetched with the row."""
    return {
        "case": row.case.number,
        "name": row.name,
        "label": str(row.case.declaration.limit(row.name).label),
        "state": row.state,
        "statutory": row.statutory,
        "citation": row.citation,
        "count": row.count,
        "unit": row.unit,
        "started_on": row.started_on,
        "due": row.due,
        "next_step_earliest": row.next_step_earliest,
        "provisional": row.provisional,
        "ended_on": row.ended_on,
        "days_left": (row.due - clock.today()).days,
        "holder": unit_out(row.holder) if row.holder else None,
    }


def _explained(case: Case, item: course.Running) -> LimitExplained:
    item.row.case = case
    return LimitExplained(**limit_out(item.row), explanation=[*item.sentences, *item.movers])


def _next_act(item: queries.NextAct) -> NextAct:
    return NextAct(
        act=item.act.name,
        label=str(item.act.label),
        citation=item.citation,
        mine=item.mine,
        whose=item.whose,
        refusal=_refusal(item.refusal) if item.refusal else None,
    )


def _refusal(error: CaseworkError) -> Refusal:
    return Refusal(code=error.code, detail=str(error), citation=error.citation)


def paper_out(declared: Procedure, paper: CasePaper) -> PaperOut:
    names: Mapping[str, object] = {item.name: item.label for item in declared.papers}
    held = paper.file
    return PaperOut(
        name=paper.name,
        label=str(names.get(paper.name, paper.name)),
        state=paper.state,
        file=FileOut(name=held.name, media_type=held.media_type, size=held.size, sha256=held.digest)
        if held
        else None,
        changed_at=clock.local(paper.changed_at),
    )


def done(event: Event, case: Case) -> Done:
    return Done(
        number=case.number,
        seq=event.seq,
        act=event.act,
        stage=case.stage,
        stage_label=str(case.stage_label),
        version=case.version,
        citations=event.citations,
        at=clock.local(event.at),
    )
