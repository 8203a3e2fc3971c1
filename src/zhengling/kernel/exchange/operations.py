"""Receiving a file, taking it over, sending one, settling differences. Each a transaction with its message.

A received file is only checked at first. An officer looks at the report and takes it over; the worker then goes
through it in portions, each one transaction with the cursor, so that a kill loses nothing and repeats nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import Entry, record_access, record_all
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.exchange import rhythm, store, tables
from zhengling.kernel.exchange.authority import require
from zhengling.kernel.exchange.awaiting import meet
from zhengling.kernel.exchange.declaration import DataSet, Outcome, Sheet, find
from zhengling.kernel.exchange.errors import ExchangeError
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.jobs.operations import scheduled
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.outbox.operations import publish
from zhengling.kernel.people.errors import PersonError
from zhengling.kernel.people.models import Person
from zhengling.logs import fault

log = structlog.get_logger(__name__)

State = Exchange.State
PORTION = 500
SHOWN_PROBLEMS = 1000
# A checked file that nobody takes over is full of personal data nobody needs.
KEPT_DAYS = 30


@transaction.atomic
def receive(
    actor: Actor,
    data_set: DataSet,
    unit: Organisation,
    *,
    name: str,
    content: bytes,
    period: str = "",
    declared: Mapping[str, int] | None = None,
) -> Exchange:
    """Check a file and keep it sealed until somebody takes it over. `declared`: the control totals that came with
    it, in fen or counts. Raises `UnusableFile`, `ExchangeError` for a file received before or a period that is none,
    `NotYourData`."""
    require(actor, data_set, unit)
    if data_set.take is None:
        raise ExchangeError(_("this data set is not received here"))
    if data_set.ready:
        data_set.ready(unit)
    _check_period(data_set, period)
    digest = hashlib.sha256(content).hexdigest()
    earlier = Exchange.objects.filter(
        data_set=data_set.name,
        unit=unit,
        period=period,
        digest=digest,
        state__in=(State.CHECKED, State.QUEUED, State.APPLIED),
    ).first()
    if earlier:
        raise ExchangeError(
            _("this very file was received on %(day)s from %(who)s; send the one that belongs to this period")
            % {"day": clock.local(earlier.at).date().isoformat(), "who": earlier.by_name}
        )
    checked = tables.check(name, content, data_set.columns)
    pk = uuid7()
    exchange = Exchange.objects.create(
        id=pk,
        data_set=data_set.name,
        direction=Exchange.Direction.IN,
        unit=unit,
        period=period,
        state=State.CHECKED,
        file_name=name.replace("\\", "/").rpartition("/")[2][-160:],
        digest=digest,
        blob=store.keep(pk, content),
        rows=len(checked.rows),
        bad_rows=checked.bad_rows,
        totals=checked.totals,
        declared=dict(declared or {}),
        problems=[asdict(problem) for problem in checked.problems[:SHOWN_PROBLEMS]],
        by=actor.user,
        by_name=actor.name,
        at=clock.now(),
    )
    publish("exchange.received", str(pk), {"data_set": data_set.name, "rows": exchange.rows}, unit=unit.code)
    record_access(actor, Action.ENTER, "exchange", pk, [data_set.name], period)
    return exchange


def _check_period(data_set: DataSet, period: str) -> None:
    if data_set.rhythm and not rhythm.fits(data_set.rhythm, period):
        raise ExchangeError(
            _("“%(period)s” is no period of this data set; write it like %(example)s")
            % {"period": period, "example": rhythm.period_of(data_set.rhythm, clock.today())}
        )


@transaction.atomic
def take_over(actor: Actor, pk: UUID) -> Exchange:
    """Let the worker take the good rows over. Where the data set wants a signature, the totals must agree and
    another person than the one who brought the file signs. Raises `ExchangeError`, `NotYourData`."""
    exchange = _locked(pk, State.CHECKED)
    data_set = exchange.declaration
    require(actor, data_set, exchange.unit)
    if data_set.ready:
        data_set.ready(exchange.unit)
    if not exchange.rows:
        raise ExchangeError(_("the file has no row that could be taken over"))
    if data_set.full:
        _refuse_behind(exchange)
    if data_set.sign_off:
        _check_signature(exchange, actor.user)
    exchange.state, exchange.applied_by, exchange.applied_at = State.QUEUED, actor.user, clock.now()
    exchange.save()
    publish("exchange.queued", str(pk), {"data_set": data_set.name}, unit=exchange.unit.code)
    return exchange


def _refuse_behind(exchange: Exchange) -> None:
    """A whole list that a newer one has overtaken would raise what is settled."""
    newer = Exchange.objects.filter(
        data_set=exchange.data_set,
        unit=exchange.unit,
        direction=Exchange.Direction.IN,
        state__in=(State.QUEUED, State.APPLIED),
        period__gt=exchange.period,
    ).first()
    if newer:
        raise ExchangeError(
            _("the list of %(period)s was taken over already; this one is older") % {"period": newer.period}
        )


def _check_signature(exchange: Exchange, signer: User | None) -> None:
    if signer is None or signer == exchange.by:
        raise ExchangeError(_("another person than the one who brought the file signs the control totals"))
    off = [key for key, value in exchange.totals.items() if exchange.declared.get(key) != value]
    if off or exchange.bad_rows:
        raise ExchangeError(
            _("the control totals do not agree or rows are wrong; correct the file and send it again")
        )


@transaction.atomic
def drop(actor: Actor, pk: UUID) -> Exchange:
    """Give a file up that is checked or that failed; it is deleted, its record stays."""
    exchange = _locked(pk, State.CHECKED, State.FAILED)
    require(actor, exchange.declaration, exchange.unit)
    exchange.state = State.DROPPED
    _forget_file(exchange)
    exchange.save()
    return exchange


@scheduled("exchange.take_over", "turn")
def work_off() -> int:
    """Take over what is queued; returns how many files were finished."""
    finished = 0
    for pk in list(
        Exchange.objects.filter(state=State.QUEUED).order_by("applied_at").values_list("pk", flat=True)
    ):
        try:
            finished += run(pk)
        except Exception as error:
            # The portion was rolled back; the file stays for whoever mends the cause and queues it again.
            log.error("exchange failed", exchange=str(pk), error=fault(error))
            Exchange.objects.filter(pk=pk, state=State.QUEUED).update(
                state=State.FAILED, fault=fault(error)[:300]
            )
    return finished


def run(pk: UUID) -> bool:
    """Take one queued file over to its end. False when another worker finished it meanwhile."""
    exchange = Exchange.objects.get(pk=pk)
    data_set = exchange.declaration
    rows = tables.check(exchange.file_name, store.fetch(pk, exchange.blob), data_set.columns).rows
    while True:
        with transaction.atomic():
            exchange = Exchange.objects.select_for_update(of=("self",)).select_related("unit").get(pk=pk)
            if exchange.state != State.QUEUED:
                return False
            portion = rows[exchange.done : exchange.done + PORTION]
            if data_set.take and portion:
                data_set.take(exchange, portion)
            exchange.done += len(portion)
            if exchange.done >= len(rows):
                _complete(exchange, data_set)
                return True
            exchange.save(update_fields=["done"])


def _complete(exchange: Exchange, data_set: DataSet) -> None:
    if data_set.finish:
        data_set.finish(exchange)
    exchange.state = State.APPLIED
    _forget_file(exchange)
    exchange.save()
    meet(exchange)
    data = {"data_set": data_set.name, "rows": exchange.rows}
    publish("exchange.applied", str(exchange.pk), data, unit=exchange.unit.code)


@scheduled("exchange.forget", "daily", hour=3)
def forget_waiting() -> int:
    """Delete files that nobody has taken over for a month; returns how many. Their records stay."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    waiting = Exchange.objects.filter(state__in=(State.CHECKED, State.FAILED), at__lt=before)
    dropped = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        with transaction.atomic():
            exchange = Exchange.objects.select_for_update().get(pk=pk)
            if exchange.state in (State.CHECKED, State.FAILED):
                exchange.state = State.DROPPED
                _forget_file(exchange)
                exchange.save()
                dropped += 1
    return dropped


def _forget_file(exchange: Exchange) -> None:
    blob, exchange.blob = exchange.blob, ""
    transaction.on_commit(lambda: store.forget(blob))


@transaction.atomic
def requeue(actor: Actor, pk: UUID) -> Exchange:
    """Try a failed file again from the portion at which it stopped."""
    exchange = _locked(pk, State.FAILED)
    require(actor, exchange.declaration, exchange.unit)
    exchange.state, exchange.fault = State.QUEUED, ""
    exchange.save()
    return exchange


@transaction.atomic
def send(
    actor: Actor, data_set: DataSet, unit: Organisation, period: str, render: Callable[[Sheet], bytes]
) -> tuple[Exchange, bytes]:
    """Make the file for the other side; `render(sheet)` gives its bytes. The record keeps digest and totals."""
    require(actor, data_set, unit)
    if data_set.give is None:
        raise ExchangeError(_("this data set is not sent from here"))
    if data_set.take is None:
        _check_period(data_set, period)
    sheet = data_set.give(unit, period)
    content = render(sheet)
    exchange = Exchange.objects.create(
        data_set=data_set.name,
        direction=Exchange.Direction.OUT,
        unit=unit,
        period=period,
        state=State.SENT,
        file_name=f"{data_set.name}-{unit.code}-{period or clock.today().isoformat()}"[:160],
        digest=hashlib.sha256(content).hexdigest(),
        rows=len(sheet.rows),
        done=len(sheet.rows),
        totals=dict(sheet.totals),
        by=actor.user,
        by_name=actor.name,
        at=clock.now(),
    )
    if sheet.sent:
        sheet.sent(exchange)
    if data_set.take is None:
        meet(exchange)
    publish("exchange.sent", str(exchange.pk), {"data_set": data_set.name}, unit=unit.code)
    seen = [Entry(Action.EXPORT, "person", pk, ["id_number"], str(exchange.pk)) for pk in sheet.persons]
    record_all(actor, [Entry(Action.EXPORT, "exchange", exchange.pk, [data_set.name], period), *seen])
    return exchange, content


@dataclass(frozen=True, slots=True)
class Found:
    """A difference to note. `matter` identifies it within data set and unit; ours and theirs hold no identity
    numbers."""

    kind: str
    matter: str
    person: Person | None = None
    subject: str = ""
    row: int = 0
    ours: Mapping[str, Any] = field(default_factory=dict)
    theirs: Mapping[str, Any] = field(default_factory=dict)
    amount: int = 0
    citation: str = ""
    on: date | None = None


def note(exchange: Exchange, found: Sequence[Found]) -> int:
    """Keep differences; one that is open already is only seen again, with today's figures. Returns how many are
    new. Three statements for every five hundred."""
    return sum(
        _note_portion(exchange, found[start : start + PORTION]) for start in range(0, len(found), PORTION)
    )


def _note_portion(exchange: Exchange, found: Sequence[Found]) -> int:
    at = clock.now()
    keys = {(item.kind, item.matter): item for item in found}
    held = {
        (row.kind, row.matter): row
        for row in Difference.objects.filter(
            data_set=exchange.data_set,
            unit_id=exchange.unit_id,
            state=Difference.State.OPEN,
            matter__in={matter for _kind, matter in keys},
        )
    }
    for key, row in held.items():
        if item := keys.get(key):
            row.seen, row.row, row.amount = exchange, item.row, item.amount
            row.ours, row.theirs, row.on = dict(item.ours), dict(item.theirs), item.on
    Difference.objects.bulk_update(
        [row for key, row in held.items() if key in keys],
        ["seen", "row", "amount", "ours", "theirs", "on"],
        batch_size=100,
    )
    new = [
        Difference(
            exchange=exchange,
            seen=exchange,
            data_set=exchange.data_set,
            unit_id=exchange.unit_id,
            kind=item.kind,
            matter=item.matter,
            person=item.person,
            subject=item.subject,
            row=item.row,
            ours=dict(item.ours),
            theirs=dict(item.theirs),
            amount=item.amount,
            citation=item.citation or exchange.declaration.mismatch(item.kind).citation,
            on=item.on,
            found_at=at,
        )
        for key, item in keys.items()
        if key not in held
    ]
    Difference.objects.bulk_create(new)
    return len(new)


def close_vanished(exchange: Exchange, kinds: Iterable[str]) -> int:
    """Open differences of these kinds that the file no longer shows are over; for data sets whose file holds
    everything."""
    return (
        Difference.objects.filter(
            data_set=exchange.data_set, unit=exchange.unit, kind__in=list(kinds), state=Difference.State.OPEN
        )
        .exclude(seen=exchange)
        .update(state=Difference.State.VANISHED, decided_at=clock.now())
    )


@transaction.atomic
def decide(actor: Actor, pk: UUID, outcome: str, reason: str = "", on: date | None = None) -> Difference:
    """Settle one difference. `on`: the day from which the outcome holds, where it needs one; without it the day
    proposed with the difference. Raises `ExchangeError` when it is settled already, the outcome is not lawful for its
    kind, the reason or the day is missing or the effect refuses; `NotYourData`."""
    difference = (
        Difference.objects.select_for_update(of=("self",)).select_related("unit", "person").get(pk=pk)
    )
    data_set = find(difference.data_set)
    require(actor, data_set, difference.unit)
    chosen = _chosen(difference, outcome, reason)
    if on or chosen.needs_day:
        difference.on = on or difference.on
    if chosen.needs_day and difference.on is None:
        raise ExchangeError(_("say from which day this holds"), difference.citation)
    if chosen.effect:
        chosen.effect(difference, actor, reason.strip())
    difference.state, difference.outcome, difference.reason = (
        Difference.State.DECIDED,
        outcome,
        reason.strip()[:500],
    )
    difference.decided_by, difference.decided_by_name, difference.decided_at = (
        actor.user,
        actor.name,
        clock.now(),
    )
    difference.save()
    publish(
        "exchange.decided",
        str(pk),
        {"data_set": data_set.name, "outcome": outcome},
        unit=difference.unit.code,
    )
    return difference


def _chosen(difference: Difference, outcome: str, reason: str) -> Outcome:
    if difference.state != Difference.State.OPEN:
        raise ExchangeError(
            _("this difference has been settled already; reload the list"), difference.citation
        )
    chosen = next((item for item in difference.mismatch.outcomes if item.name == outcome), None)
    if chosen is None:
        raise ExchangeError(_("this outcome does not exist for this kind of difference"), difference.citation)
    if chosen.needs_reason and not reason.strip():
        raise ExchangeError(_("this outcome needs a reason"), difference.citation)
    return chosen


Refused = tuple[UUID, str]


def decide_many(
    actor: Actor, pks: Sequence[UUID], outcome: str, reason: str = "", on: date | None = None
) -> tuple[list[Difference], list[Refused]]:
    """Each on its own: one that is refused leaves the others right. (settled, [(id, why not)])"""
    settled: list[Difference] = []
    refused: list[Refused] = []
    for pk in pks:
        try:
            settled.append(decide(actor, pk, outcome, reason, on))
        except (CaseworkError, PersonError) as error:
            refused.append((pk, str(error)))
    return settled, refused


def foresee(
    actor: Actor, pks: Sequence[UUID], outcome: str, reason: str = "", on: date | None = None
) -> list[Refused]:
    """Which of them `decide_many` would refuse, and why: each is tried and taken back."""
    refused: list[Refused] = []
    for pk in pks:
        try:
            with transaction.atomic():
                decide(actor, pk, outcome, reason, on)
                transaction.set_rollback(True)
        except (CaseworkError, PersonError) as error:
            refused.append((pk, str(error)))
    return refused


def _locked(pk: UUID, *states: str) -> Exchange:
    # Without the parties beside it: PostgreSQL locks no row that may be missing.
    exchange = Exchange.objects.select_for_update(of=("self",)).select_related("unit", "by").get(pk=pk)
    if exchange.state not in states:
        raise ExchangeError(
            _("this file is already “%(state)s”; reload the page") % {"state": exchange.get_state_display()}
        )
    return exchange
