"""Events linked by digest (链式存证): written here, checked here, sealed outside the database."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zhengling.kernel import clock
from zhengling.kernel.canonical import canonical_json, chain, digest
from zhengling.kernel.casework.models import Case, Event, Payload

# Database drivers limit the values of one statement.
CASES_AT_A_TIME = 500


def body(event: Event) -> dict[str, Any]:
    """What the digest of an event covers."""
    return {
        "id": event.pk,
        "case": event.case_id,
        "seq": event.seq,
        "act": event.act,
        "before": event.stage_before,
        "after": event.stage_after,
        "at": clock.local(event.at).isoformat(),
        "actor": event.actor_id,
        "name": event.actor_name,
        "role": event.role,
        "organisation": event.organisation_id,
        "citations": event.citations,
        "payload": event.payload_digest,
    }


def append(event: Event, data: dict[str, Any]) -> Event:
    """Give the event its place in the chain of its (locked) case and store it with its payload."""
    salt = secrets.token_hex(16)
    event.procedure = event.case.procedure
    event.seq = event.case.version
    event.previous = event.case.head
    # Stored as JSON, digested as the same JSON: what comes back from the database must digest equally.
    stored = json.loads(canonical_json(data))
    event.payload_digest = digest([salt, stored])
    event.digest = event.case.head = chain(event.previous, body(event))
    event.save(force_insert=True)
    Payload.objects.create(event=event, salt=salt, data=stored)
    return event


def problems(case: Case, events: Iterable[Event] | None = None) -> Iterator[str]:
    """What does not agree in the chain of one case; nothing when it is whole.

    `events` in their order with their payloads, when the caller has read them for many cases at once.
    """
    previous, expected = "", 1
    if events is None:
        events = case.events.select_related("payload").order_by("seq")
    for event in events:
        where = f"{case.number} event {event.seq}"
        if event.seq != expected:
            yield f"{where}: event {expected} is missing"
        if event.previous != previous or event.digest != chain(event.previous, body(event)):
            yield f"{where}: changed after it was written"
        payload = getattr(event, "payload", None)
        if payload and digest([payload.salt, payload.data]) != event.payload_digest:
            yield f"{where}: its payload was changed"
        previous, expected = event.digest, event.seq + 1
    if case.head != previous or case.version != expected - 1:
        yield f"{case.number}: the case does not end where its events end"


def seal(folder: Path, others: Mapping[str, Any] | None = None) -> Path:
    """Write the heads of all chains to a file outside the database; each checkpoint names the one before.

    `others` are ends of other chains (books, records), kept beside the cases'.
    """
    folder.mkdir(parents=True, exist_ok=True)
    earlier = sorted(folder.glob("checkpoint-*.json"))
    previous = digest(json.loads(earlier[-1].read_text())) if earlier else ""
    heads = dict(Case.objects.order_by("pk").values_list("number", "head").iterator())
    moment = clock.now()
    path = folder / f"checkpoint-{len(earlier) + 1:06d}.json"
    content = {"at": moment.isoformat(), "previous": previous, "heads": heads, "others": dict(others or {})}
    path.write_text(canonical_json(content))
    return path


def broken_seals(folder: Path) -> Iterator[str]:
    """Cases whose sealed head is no longer among their events; checkpoints that do not follow each other."""
    previous = ""
    for path in sorted(folder.glob("checkpoint-*.json")):
        content = json.loads(path.read_text())
        if content["previous"] != previous:
            yield f"{path.name}: does not follow the checkpoint before it"
        previous = digest(content)
    if previous:
        yield from _lost_heads(list(content["heads"].items()), path.name)


def _lost_heads(heads: list[tuple[str, str]], checkpoint: str) -> Iterator[str]:
    """Sealed heads that are no longer among the events of their cases, some hundred cases at a time."""
    for first in range(0, len(heads), CASES_AT_A_TIME):
        some = heads[first : first + CASES_AT_A_TIME]
        events = Event.objects.filter(case__number__in=[number for number, _head in some])
        known = set(events.values_list("case__number", "digest"))
        for number, head in some:
            if (number, head) not in known:
                yield f"{number}: the head sealed in {checkpoint} is gone"
