"""Writing the record, and checking that nobody changed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.address import current_address
from zhengling.kernel.audit.models import ACTIONS, Access, Head
from zhengling.kernel.canonical import chain

KNOWN_ACTIONS = frozenset(value for value, _label in ACTIONS)
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """What to record. `fields` are names of what was seen, never their values; `purpose` says what for: the
    number of a case, or words."""

    action: str
    subject_kind: str
    subject_id: str | int | UUID = ""
    fields: Sequence[str] = ()
    purpose: str = ""
    succeeded: bool = True


def record_access(
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: str | int | UUID = "",
    fields: Sequence[str] = (),
    purpose: str = "",
    *,
    succeeded: bool = True,
) -> Access:
    """Record one access in the caller's transaction (its own, if there is none). Raises ValueError for an
    unknown action.

    In a longer transaction call it last: until the end of that transaction every other record waits.
    """
    return record_all(actor, [Entry(action, subject_kind, subject_id, fields, purpose, succeeded)])[0]


@transaction.atomic
def record_all(actor: Actor, entries: Sequence[Entry]) -> list[Access]:
    """Record many accesses at once, for lists and exports: one lock, one insert."""
    unknown = {entry.action for entry in entries} - KNOWN_ACTIONS
    if unknown:
        raise ValueError(f"unknown actions {sorted(unknown)}")
    if not entries:
        return []
    head = _locked_head()
    moment = clock.now()
    rows = []
    for entry in entries:
        head.seq += 1
        row = Access(
            seq=head.seq,
            at=moment,
            user=actor.user,
            client="system" if actor.system else actor.client,
            address=current_address()[:45],
            action=entry.action,
            succeeded=entry.succeeded,
            subject_kind=entry.subject_kind,
            subject_id=str(entry.subject_id),
            fields=",".join(entry.fields)[:200],
            purpose=entry.purpose[:200],
        )
        row.digest = head.digest = chain(head.digest, _body(row))
        rows.append(row)
    Access.objects.bulk_create(rows, batch_size=500)
    head.save()
    return rows


def _locked_head() -> Head:
    """The chain's end, locked. Insert-or-find first, so that the very first two writers meet at one row."""
    head = Head.objects.select_for_update().filter(pk=1).first()
    if head is None:
        Head.objects.bulk_create([Head(pk=1)], ignore_conflicts=True)
        head = Head.objects.select_for_update().get(pk=1)
    return head


def _body(row: Access) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "at": clock.local(row.at).isoformat(),
        "user": row.user_id,
        "client": row.client,
        "address": row.address,
        "action": row.action,
        "succeeded": row.succeeded,
        "subject": [row.subject_kind, row.subject_id],
        "fields": row.fields,
        "purpose": row.purpose,
    }


def head() -> tuple[int, str]:
    """(number, digest) of the last row, to be kept outside the database; see `problems`."""
    found = Head.objects.filter(pk=1).first()
    return (found.seq, found.digest) if found else (0, "")


def problems(kept: tuple[int, str] | None = None) -> Iterator[str]:
    """What does not agree in the record; nothing when it is whole. `kept` is a `head` noted earlier
    elsewhere: it shows a chain that was rewritten from some row on."""
    end = head()  # read first: what is written meanwhile is checked next time
    last, previous = 0, ""
    for row in Access.objects.filter(seq__lte=end[0]).order_by("seq").iterator(chunk_size=CHUNK):
        if row.seq != last + 1:
            yield f"rows {last + 1} to {row.seq - 1} are missing"
        elif row.digest != chain(previous, _body(row)):
            yield f"row {row.seq} was changed after it was written"
        if kept and row.seq == kept[0] and row.digest != kept[1]:
            yield f"row {row.seq} is not the one whose digest was kept"
        last, previous = row.seq, row.digest
    if end != (last, previous):
        yield f"the record does not end where it should: row {end[0]} was written last, row {last} is there"
    if kept and last < kept[0]:
        yield f"rows {last + 1} to {kept[0]} are missing"
