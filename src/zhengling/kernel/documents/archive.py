"""Archiving (归档): the closed file of a case with its index (卷内目录), its period, and the handing over (移交)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.casework.chain import body as event_body
from zhengling.kernel.casework.errors import ActRefused, NotYours
from zhengling.kernel.casework.models import Case, CasePaper
from zhengling.kernel.documents import organs, registers
from zhengling.kernel.documents.models import UNFINISHED, ArchivedFile, Letter, Transfer
from zhengling.kernel.documents.numbers import take_number
from zhengling.kernel.documents.operations import advance, step_body
from zhengling.kernel.documents.package import file_digest, json_bytes, write_package
from zhengling.kernel.documents.typesetting import page_count
from zhengling.kernel.files.models import StoredFile
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.outbox.operations import publish

ARCHIVISTS = ("secretary", "clerk", "reviewer")

# What a service adds to the file of its case: (file name, JSON value) pairs, the decision receipts above all.
Contribution = Callable[[Case], Iterable[tuple[str, Any]]]
_contributions: dict[str, Contribution] = {}


def contribute(procedure: str, contribution: Contribution) -> None:
    """Let a service add its records to the packages of a procedure; called by its AppConfig.ready."""
    _contributions[procedure] = contribution


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index: 序号, 文号, 责任者, 题名, 日期, 页号; with the file and its digest."""

    number: int
    document: str
    author: str
    title: str
    day: str
    page: int
    pages: int
    file: str
    sha256: str


@transaction.atomic
def archive_case(case: Case, actor: Actor, organ: Organisation | None = None) -> ArchivedFile:
    """Close the file of a case: index, retention period, package. `organ` is the party that keeps it.

    Without `organ` it is the party the actor works for. Raises `ActRefused` while the case is open, a letter is
    unfinished, the file exists already, or the city's table has no period; `NotYours` for who is no archivist.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    organ = _keeper(case, actor, organ)
    _refuse_unready(case)
    try:
        retention = organs.retention_of(case.declaration.retention or case.procedure)
    except organs.NoRetention:
        raise ActRefused(
            _("the city's table gives no period for “%(what)s”; add it to documents/retention.yaml")
            % {"what": case.declaration.label}
        ) from None
    assert case.closed_at is not None
    closed_on = clock.local(case.closed_at).date()
    taken = take_number(organ, f"archive:{retention.code}-{retention.mark}", closed_on.year)
    number = f"{organ.code}-ZY·{retention.code}-{closed_on.year}-{retention.mark}-{taken.number:04d}"
    _file_letters(case)
    with override("zh-hans"):
        binder = _bind(case, number, organ, retention)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "package.zip"
        write_package(path, case.number, binder.content, _bag_info(case, number, organ, retention))
        digest, size = file_digest(path), path.stat().st_size
        with path.open("rb") as file:
            key = default_storage.save(f"archive/{closed_on.year}/{case.number}.zip", File(file))
    row = ArchivedFile.objects.create(
        number=number,
        case=case,
        organ=organ,
        title=case.title,
        retention=retention.words,
        destroy_after=retention.destroy_after(closed_on),
        pages=sum(entry.pages for entry in binder.entries),
        package=key,
        size=size,
        digest=digest,
        archived_by=actor.user,
        archived_at=clock.now(),
    )
    publish("documents.archived", case.number, {"case": str(case.pk), "file": number}, unit=organ.code)
    return row


@transaction.atomic
def transfer_files(files: Sequence[ArchivedFile], actor: Actor) -> Transfer:
    """Hand a batch over to the city archive (移交). Raises `ActRefused` for an empty batch, files of several units or
    a file already handed over, `NotYours` unless the actor is the unit's document secretary."""
    rows = list(ArchivedFile.objects.select_for_update().filter(pk__in=[file.pk for file in files]))
    keepers = {row.organ_id for row in rows}
    if len(keepers) != 1:
        raise ActRefused(_("choose files of one unit"))
    organ = Organisation.objects.get(pk=keepers.pop())
    if actor.user is None or not actor.holds("secretary", organ.pk):
        raise NotYours(_("files are handed over by the unit's document secretary"))
    done = [row.number for row in rows if row.transfer_id]
    if done:
        raise ActRefused(_("handed over already: %(numbers)s") % {"numbers": "、".join(done)})
    moment = clock.now()
    batch = Transfer.objects.create(
        number=take_number(organ, "transfer", clock.local(moment).year).text,
        organ=organ,
        receiver=organs.city_archive(),
        created_by=actor.user,
        created_at=moment,
    )
    ArchivedFile.objects.filter(pk__in=[row.pk for row in rows]).update(transfer=batch, transferred_at=moment)
    return batch


def _keeper(case: Case, actor: Actor, organ: Organisation | None) -> Organisation:
    parties = [party.organisation for party in case.parties.select_related("organisation").order_by("pk")]
    if actor.system and organ is not None:
        return organ
    for unit in parties:
        if organ in (None, unit) and any(actor.holds(role, unit.pk) for role in ARCHIVISTS):
            return unit
    raise NotYours(_("a file is closed by an officer of a unit that took part in the case"))


def _refuse_unready(case: Case) -> None:
    if case.closed_at is None:
        raise ActRefused(_("the case is still open; its file is closed after it"))
    if ArchivedFile.objects.filter(case=case).exists():
        raise ActRefused(_("this file has been closed already"))
    waiting = [str(letter) for letter in case.letters.filter(state__in=UNFINISHED)]
    if waiting:
        raise ActRefused(_("letters not dispatched yet: %(letters)s") % {"letters": "、".join(waiting)})


def _file_letters(case: Case) -> None:
    for letter in case.letters.filter(state=Letter.State.DISPATCHED):
        advance(letter.pk, "file", SYSTEM, {})


class Binder:
    """The contents of a package by path, and the index that grows with them."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.entries: list[Entry] = []

    def add(self, folder: str, file: StoredFile, **words: str) -> None:
        """Put a file in; `words` are `document`, `author`, `title`, `day`."""
        with file.blob.open("rb") as source:
            data = source.read()
        position = len(self.entries) + 1
        path = f"{folder}/{position:03d}{Path(file.name).suffix.lower()}"
        self.content[path] = data
        page = self.entries[-1].page + self.entries[-1].pages if self.entries else 1
        pages = _pages(file, data)
        self.entries.append(
            Entry(number=position, page=page, pages=pages, file=path, sha256=file.digest, **words)
        )


def _bind(case: Case, number: str, organ: Organisation, retention: organs.Retention) -> Binder:
    """Everything in the package. Decisions stand before the papers they rest on."""
    binder = Binder()
    letters = case.letters.filter(sealed__isnull=False).select_related("organ", "sealed")
    for letter in letters.order_by("created_at"):
        assert letter.sealed is not None
        binder.add(
            "letters",
            letter.sealed,
            document=letter.number,
            author=organs.legal_name(letter.organ),
            title=letter.title,
            day=letter.signed_on.isoformat() if letter.signed_on else "",
        )
    labels = {paper.name: str(paper.label) for paper in case.declaration.papers}
    papers = case.papers.filter(state=CasePaper.State.RECEIVED).select_related("file")
    for paper in papers.order_by("pk"):
        if paper.file:
            binder.add(
                "papers",
                paper.file,
                document="",
                author=case.subject.masked_name if case.subject else "",
                title=labels.get(paper.name, paper.name),
                day=clock.local(paper.changed_at).date().isoformat(),
            )
    content, entries = binder.content, binder.entries
    content["course.pdf"] = registers.course(case, organ).pdf
    content["index.pdf"] = registers.index(entries, case, number, retention, organ).pdf
    content["index.json"] = json_bytes({"number": number, "entries": [asdict(entry) for entry in entries]})
    content["case.json"] = json_bytes(_case_data(case, number, retention))
    content["events.json"] = json_bytes(_events(case))
    content["letters.json"] = json_bytes(_letters(case))
    if case.procedure in _contributions:
        for name, value in _contributions[case.procedure](case):
            content[f"records/{name}"] = json_bytes(value)
    return binder


def _pages(file: StoredFile, data: bytes) -> int:
    """Pages of a scan; one for a picture, and for a file so damaged that nobody can count them (it is archived as
    it came)."""
    try:
        return page_count(data) if file.media_type == "application/pdf" else 1
    except ValueError:
        return 1


def _case_data(case: Case, number: str, retention: organs.Retention) -> dict[str, Any]:
    return {
        "archive_number": number,
        "number": case.number,
        "procedure": case.procedure,
        "instrument": case.declaration.instrument,
        "title": case.title,
        "stage": case.stage,
        "place": case.place.code,
        "parties": {party.relation: party.organisation.code for party in case.parties.select_related("organisation")},
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "head": case.head,
        "retention": {"years": retention.years, "words": retention.words, "basis": retention.basis},
        "limits": [
            {"name": row.name, "citation": row.citation, "started_on": row.started_on, "due": row.due,
             "ended_on": row.ended_on, "state": row.state}
            for row in case.limits.order_by("pk")
        ],
    }  # fmt: skip


def _events(case: Case) -> list[dict[str, Any]]:
    rows = []
    for event in case.events.select_related("payload").order_by("seq"):
        row: dict[str, Any] = {"body": event_body(event), "previous": event.previous, "digest": event.digest}
        payload = getattr(event, "payload", None)
        if payload is not None:
            row |= {"salt": payload.salt, "payload": payload.data}
        rows.append(row)
    return rows


def _letters(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "number": letter.number,
            "title": letter.title,
            "state": letter.state,
            "head": letter.head,
            "steps": [
                {"body": step_body(step), "previous": step.previous, "digest": step.digest}
                for step in letter.steps.order_by("seq")
            ],
        }
        for letter in case.letters.order_by("created_at")
    ]


def _bag_info(case: Case, number: str, organ: Organisation, retention: organs.Retention) -> Mapping[str, str]:
    return {
        "Source-Organization": organs.legal_name(organ),
        "External-Identifier": number,
        "External-Description": str(case.declaration.label),
        "Internal-Sender-Identifier": case.number,
        "Bagging-Date": clock.today().isoformat(),
        "Retention": retention.words,
    }
