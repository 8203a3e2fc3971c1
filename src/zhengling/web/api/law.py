"""The law over the API: instruments, provisions, parameters, receipts. It stands here and not in the law's own room
because a reader's token and the record of what he read are above that room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.translation import get_language
from ninja import Field, Path, Query, Router, Schema

from zhengling.kernel import clock
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.clients.bearer import caller
from zhengling.kernel.clients.inputs import Day
from zhengling.kernel.law import queries
from zhengling.kernel.law.instruments import Instrument, Provision
from zhengling.kernel.law.instruments import Text as BothLanguages
from zhengling.kernel.law.models import DecisionReceipt
from zhengling.kernel.law.parameters import Parameter, ParameterSet

router, receipts = Router(tags=["law"]), Router(tags=["law"])

Key = Annotated[str, Path(..., pattern=r"^[A-Z0-9-]{1,24}$", examples=["YZCR-2021-01016"])]
Place = Annotated[str, Path(..., pattern=r"^[0-9A-Za-z().:\u4e00-\u9fff]{1,20}$", examples=["10(2)"])]


class DutyOut(Schema):
    owners: list[str]
    limit: str = Field(description="As the text states it, e.g. `10 workdays`; empty when none is stated.")


class CarriedOutBy(Schema):
    kind: str
    name: str


class ProvisionOut(Schema):
    """`summary` is our own; `wording` is the official text where it has been imported. `mark` says what became of
    the provision: carried_out, being_built, organisational, or empty for a heading."""

    citation: str
    place: str
    cited: str = Field(description="As a reader cites it.")
    uri: str
    heading: str
    summary: str
    wording: str
    mark: str
    by: list[CarriedOutBy]
    reason: str
    duties: list[DutyOut]


class InstrumentRow(Schema):
    key: str
    document: str
    title: str
    issuer: str
    issued: date
    valid_from: date
    expires: date | None
    service: str
    uri: str
    provisions: int


class InstrumentOut(InstrumentRow):
    contents: list[ProvisionOut]


class DatedValue(Schema):
    valid_from: date
    value: Any = Field(description="Yuan as integer fen, percent as hundredths of a percent.")
    source: str = Field(description="The approved change; empty for the city's file.")


class ParameterOut(Schema):
    service: str
    name: str
    label: str
    unit: str
    by: str
    citations: list[str]
    reading: str
    value: Any = Field(description="What holds on the day asked for; null before the first value.")
    values: list[DatedValue]


class ReceiptOut(Schema):
    """Everything needed to run the decision again."""

    digest: str
    kind: str
    recorded_at: str
    receipt: dict[str, Any]
    steps: list[dict[str, Any]]


def _words(text: BothLanguages | None) -> str:
    return text.in_language(get_language() or "zh") if text else ""


def _instrument(key: str) -> Instrument:
    try:
        return queries.instrument(key)
    except KeyError:
        raise Http404 from None


def _row(found: Instrument) -> dict[str, Any]:
    return {
        "key": found.key,
        "document": found.document,
        "title": _words(found.title),
        "issuer": _words(found.issuer),
        "issued": found.issued,
        "valid_from": found.valid_from,
        "expires": found.expiry.on,
        "service": found.service,
        "uri": queries.city().work_uri(found),
        "provisions": sum(not provision.is_heading for provision in found.provisions),
    }


def _provision(found: Provision, wordings: Mapping[str, str]) -> dict[str, Any]:
    return {
        "citation": found.citation.key,
        "place": found.key,
        "cited": queries.cite(found.citation, get_language() or "zh"),
        "uri": queries.city().uri(found.citation),
        "heading": _words(found.heading),
        "summary": _words(found.summary),
        "wording": wordings.get(found.key, ""),
        "mark": found.mark.value if found.mark else "",
        "by": [{"kind": item.kind, "name": item.name} for item in found.by],
        "reason": _words(found.reason.text) if found.reason else "",
        "duties": [
            {"owners": list(duty.owners), "limit": duty.limit.text if duty.limit else ""}
            for duty in found.duties
        ],
    }


@router.get("/instruments", response=list[InstrumentRow], summary="Instruments")
def list_instruments(request: HttpRequest) -> list[dict[str, Any]]:
    """The documents of the gazette in the order of its contents page."""
    return [_row(found) for found in queries.city().instruments.values()]


@router.get("/instruments/{key}", response=InstrumentOut, summary="One instrument")
def get_instrument(request: HttpRequest, key: Key) -> dict[str, Any]:
    """The document with every provision in the order of the text."""
    found = _instrument(key)
    wordings = queries.wordings(found.key)
    return {**_row(found), "contents": [_provision(item, wordings) for item in found.provisions]}


@router.get("/instruments/{key}/provisions/{place}", response=ProvisionOut, summary="One provision")
def get_provision(request: HttpRequest, key: Key, place: Place) -> dict[str, Any]:
    """What a citation `key/place` points at."""
    found = _instrument(key)
    try:
        return _provision(found.provision(place), queries.wordings(found.key))
    except KeyError:
        raise Http404 from None


def _services() -> Iterator[str]:
    for service in dict.fromkeys(found.service for found in queries.city().instruments.values()):
        if (settings.CITY / service / "parameters.yaml").exists():
            yield service


def _parameter(service: str, held: ParameterSet, parameter: Parameter, on: date) -> dict[str, Any]:
    dated = parameter.dated(on)
    english = (get_language() or "").startswith("en")
    return {
        "service": service,
        "name": parameter.name,
        "label": parameter.label["en" if english else "zh"],
        "unit": parameter.unit,
        "by": parameter.by,
        "citations": [f"{held.instrument}/{place}" for place in parameter.articles],
        "reading": parameter.reading,
        "value": _plain(dated.value) if dated else None,
        "values": [
            {"valid_from": item.valid_from, "value": _plain(item.value), "source": item.source}
            for item in parameter.values
        ],
    }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


@router.get("/parameters", response=list[ParameterOut], summary="Parameters")
def list_parameters(
    request: HttpRequest,
    service: Annotated[str, Query("", pattern=r"^[a-z_]{0,40}$")] = "",
    on: Annotated[Day | None, Query(None, description="The day asked about; today when left out.")] = None,
) -> list[dict[str, Any]]:
    """Every number and reading the rules compute with, as approved, with its articles."""
    day = on or clock.today()
    return [
        _parameter(name, held, parameter, day)
        for name in _services()
        if service in {"", name}
        for held in [queries.parameters_for(name)]
        for parameter in held.parameters.values()
    ]


@receipts.get("/receipts/{digest}", response=ReceiptOut, summary="The receipt of a decision")
def get_receipt(
    request: HttpRequest, digest: Annotated[str, Path(..., pattern=r"^[0-9a-f]{64}$")]
) -> dict[str, Any]:
    """By the digest that stands in the case's event and on the letter. The reading is recorded."""
    found = DecisionReceipt.objects.filter(digest=digest).first()
    if found is None:
        raise Http404
    record_access(
        caller(request).actor, Action.VIEW, "receipt", found.digest[:40], ["inputs", "outputs"], "API"
    )
    return {
        "digest": found.digest,
        "kind": found.kind,
        "recorded_at": clock.local(found.recorded_at).isoformat(),
        "receipt": found.data,
        "steps": found.steps,
    }
