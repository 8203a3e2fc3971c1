"""A department's list against the marks we hold (数据比对), as plain values: what differs, and what of it is new.

Articles 4(5), 4(7)-(9) say whose each list is, article 13 that the county marks the persons. Nothing here decides:
a finding is a task for an officer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Person = Any  # whatever identifies a person
Key = tuple[Person, str]  # person and kind of mark


NOBODY: Mapping[Any, date] = {}


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of the list. `code` is the kind with its detail; `alias`: its name, masked, where it is not the one
    we know."""

    person: Person
    code: str
    row: int
    since: date | None = None
    until: date | None = None
    evidence: str = ""
    deceased_on: date | None = None
    alias: str = ""

    @property
    def key(self) -> Key:
        return self.person, self.code.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Held:
    """One mark that holds on the day of the comparison. `here`: recognised in the unit whose list this is; `starts`:
    first days of the marks of this kind before it, which the list may still name."""

    person: Person
    code: str
    valid_from: date
    valid_to: date | None = None
    evidence: str = ""
    here: bool = True
    starts: frozenset[date] = frozenset()

    @property
    def key(self) -> Key:
        return self.person, self.code.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: what each side says, and the day that is proposed for settling it."""

    kind: str
    key: Key
    ours: Mapping[str, Any]
    theirs: Mapping[str, Any]
    row: int = 0
    on: date | None = None


def compare(
    claims: Sequence[Claim],
    held: Iterable[Held],
    first: date,
    *,
    dead: Mapping[Person, date] = NOBODY,
    over: Mapping[Key, date] = NOBODY,
) -> list[Finding]:
    """Every difference between a whole list and the marks of its kinds.

    `first`: the first day of the list's period; `dead`: persons whose death we know; `over`: the last day of marks that
    have ended. Several rows that hold for one key are a duplicate, and the first of them is compared.
    """
    listed: dict[Key, Claim] = {}
    repeated: dict[Key, list[Claim]] = {}
    # Rows whose time is over stand behind those that hold, and double nothing.
    for claim in sorted(claims, key=lambda claim: _over(claim, first)):
        if claim.key in listed and _over(claim, first):
            continue
        if claim.key in listed:
            repeated.setdefault(claim.key, [listed[claim.key]]).append(claim)
        else:
            listed[claim.key] = claim
    marks = {mark.key: mark for mark in held}
    found = [_duplicate(rows) for rows in repeated.values()]
    found += [
        finding
        for key, claim in listed.items()
        if (finding := _one(claim, marks.get(key), first, dead.get(claim.person), over.get(key)))
    ]
    found += [_ended(mark, first) for key, mark in marks.items() if mark.here and key not in listed]
    return found


def _one(
    claim: Claim, mark: Held | None, first: date, died: date | None, ended: date | None
) -> Finding | None:
    """What one row says that we do not; the gravest difference only, the rest shows once that is settled."""
    if claim.alias:
        return Finding(
            "conflicting", claim.key, _kept(mark), {"psn_name": claim.alias, **_said(claim)}, claim.row
        )
    if claim.deceased_on or died:
        if claim.deceased_on == died and (mark is None or mark.valid_to):
            return None
        ours = {**_kept(mark), "deceased_on": _text(died)}
        return Finding("deceased", claim.key, ours, _said(claim), claim.row, claim.deceased_on or died)
    if (mark is None or not mark.here) and _over(claim, first):
        return None
    if mark is None:
        day = claim.since or first
        # A mark of this kind that has ended is not opened again from before its end.
        day = max(day, ended + timedelta(days=1)) if ended else day
        return Finding("new", claim.key, {}, _said(claim), claim.row, day)
    if not mark.here:
        return Finding("elsewhere", claim.key, _kept(mark), _said(claim), claim.row)
    if _same(claim, mark):
        return None
    return Finding("changed", claim.key, _kept(mark), _said(claim), claim.row, first)


def _over(claim: Claim, first: date) -> bool:
    return claim.until is not None and claim.until < first


def _same(claim: Claim, mark: Held) -> bool:
    """What the list leaves empty it does not say."""
    return (
        claim.code == mark.code
        and claim.since in {None, mark.valid_from, *mark.starts}
        and claim.until in {None, mark.valid_to}
        and claim.evidence in {"", mark.evidence}
    )


def _duplicate(rows: list[Claim]) -> Finding:
    said = {"category": "、".join(dict.fromkeys(row.code for row in rows))}
    numbers = "、".join(str(row.row) for row in rows)
    return Finding("duplicate", rows[0].key, {}, {**said, "rows": numbers}, rows[0].row)


def _ended(mark: Held, first: date) -> Finding:
    """Not on the list: it has ended, at the latest with the day before the list's period."""
    return Finding("ended", mark.key, _kept(mark), {}, 0, max(mark.valid_from, first - timedelta(days=1)))


def _said(claim: Claim) -> dict[str, Any]:
    values = {
        "category": claim.code,
        "since": _text(claim.since),
        "until": _text(claim.until),
        "evidence": claim.evidence,
        "deceased_on": _text(claim.deceased_on),
    }
    return {name: value for name, value in values.items() if value}


def _kept(mark: Held | None) -> dict[str, Any]:
    if mark is None:
        return {}
    values = {
        "category": mark.code,
        "since": _text(mark.valid_from),
        "until": _text(mark.valid_to),
        "evidence": mark.evidence,
    }
    return {name: value for name, value in values.items() if value}


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
