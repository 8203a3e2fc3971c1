"""The proof that nothing was changed behind the system's back: events, checkpoints, books."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.audit import operations as audit
from zhengling.kernel.casework import chain
from zhengling.kernel.casework.models import Case, Event
from zhengling.kernel.documents.models import Letter
from zhengling.kernel.documents.queries import course_problems
from zhengling.kernel.funds import verify as books
from zhengling.kernel.funds.models import Entry, Ledger
from zhengling.kernel.supervision.models import Verification

CASES_AT_A_TIME = 500
KEPT = 200  # problems written down in full; all of them are counted

Find = Callable[[], Iterator[str]]
_checks: dict[str, Find] = {}

PARTS: dict[str, str | Promise] = {
    "events": _("Events of the cases"),
    "checkpoints": _("Sealed checkpoints"),
    "letters": _("Courses of the letters"),
    "books": _("Books of the funds"),
    "reads": _("Record of reads of personal data"),
}


def register_check(part: str, label: str | Promise, find: Find) -> None:
    """Let a service have its own records proved: `find` yields every problem. Called by its AppConfig.ready."""
    PARTS[part], _checks[part] = label, find


def folder() -> Path:
    """Where checkpoints lie, outside the database."""
    return Path(settings.VAR) / "checkpoints"


@dataclass
class Findings:
    """What a run looked at and found, as (part, text)."""

    cases: int = 0
    events: int = 0
    checkpoints: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


def examine() -> Findings:
    """Look at everything; may take minutes."""
    found = Findings()
    found.problems += [("events", text) for text in _chains(found)]
    found.checkpoints = len(checkpoint_files())
    found.problems += [("checkpoints", text) for text in chain.broken_seals(folder())]
    for letter in Letter.objects.order_by("pk").iterator(chunk_size=CASES_AT_A_TIME):
        found.problems += [("letters", text) for text in course_problems(letter)]
    sealed = _sealed()
    for ledger in Ledger.objects.select_related("unit"):
        texts = [*books.problems(ledger), *_lost_entry(ledger, sealed.get("books", {}))]
        found.problems += [("books", f"{ledger.unit.name}: {text}") for text in texts]
    seq, head = sealed.get("reads", (0, ""))
    found.problems += [("reads", text) for text in audit.problems((seq, head) if seq else None)]
    for part, find in _checks.items():
        found.problems += [(part, text) for text in find()]
    return found


def _sealed() -> dict[str, Any]:
    """What the newest checkpoint keeps beside the heads of the cases."""
    files = checkpoint_files()
    others: dict[str, Any] = json.loads(files[-1].read_text()).get("others", {}) if files else {}
    return others


def _lost_entry(ledger: Ledger, sealed: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """The last sealed voucher of the books, if it is not there any more as it was."""
    seq, head = sealed.get(ledger.unit.code, (0, ""))
    if seq and not Entry.objects.filter(ledger=ledger, seq=seq, digest=head).exists():
        yield f"the voucher sealed as number {seq} is gone or another one"


def _chains(found: Findings) -> Iterator[str]:
    """Every case with its events, some hundred cases at a time in the order of their keys."""
    last = UUID(int=0)
    while cases := list(Case.objects.filter(pk__gt=last).order_by("pk")[:CASES_AT_A_TIME]):
        last = cases[-1].pk
        events: defaultdict[UUID, list[Event]] = defaultdict(list)
        for event in Event.objects.filter(case__in=cases).select_related("payload").order_by("case", "seq"):
            events[event.case_id].append(event)
        for case in cases:
            found.cases += 1
            found.events += len(events[case.pk])
            if any(chain.problems(case, events[case.pk])):
                yield from _again(case)


def _again(case: Case) -> Iterator[str]:
    """The problems of a case that stands still: somebody may have acted between reading it and its events."""
    with transaction.atomic():
        yield from list(chain.problems(Case.objects.select_for_update().get(pk=case.pk)))


def verify() -> Verification:
    """Examine everything and write down what was found."""
    started = clock.now()
    found = examine()
    return Verification.objects.create(
        started_at=started,
        finished_at=clock.now(),
        cases=found.cases,
        events=found.events,
        checkpoints=found.checkpoints,
        found=len(found.problems),
        problems=found.problems[:KEPT],
    )


class SealRefusedError(Exception):
    """The last checkpoint does not hold any more: sealing over it would hide what was changed."""


def seal() -> Path:
    """Write a checkpoint of all heads. Raises `SealRefusedError` when earlier checkpoints do not hold."""
    broken = list(chain.broken_seals(folder()))
    if broken:
        raise SealRefusedError("\n".join(broken))
    ends = Ledger.objects.filter(entries__gt=0).values_list("unit__code", "entries", "head")
    return chain.seal(
        folder(), {"reads": audit.head(), "books": {code: (entries, head) for code, entries, head in ends}}
    )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint file; `heads` is the number of sealed cases."""

    name: str
    at: datetime
    heads: int


def checkpoint_files() -> list[Path]:
    return sorted(folder().glob("checkpoint-*.json"))


def checkpoints(number: int = 10) -> list[Checkpoint]:
    """The newest checkpoints, newest first."""
    found = []
    for path in reversed(checkpoint_files()[-number:]):
        content = json.loads(path.read_text())
        found.append(Checkpoint(path.name, datetime.fromisoformat(content["at"]), len(content["heads"])))
    return found
