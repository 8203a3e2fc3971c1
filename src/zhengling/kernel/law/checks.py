"""`zhengling law check`: is the map complete, does everything it points at exist, is every sentence our own?

Pure apart from reading the files it is told of. Errors stop the build; warnings say what cannot be checked
yet.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zhengling.kernel.law import references
from zhengling.kernel.law.citations import InvalidCitation, Place, Unit, parse_place
from zhengling.kernel.law.instruments import City, Form, Instrument, Mark, Provision, Text
from zhengling.kernel.law.parameters import ParameterError, load_parameters

RUN_LENGTH = 16  # equal characters that make a copy
DOCUMENT = re.compile(r"[\u4e00-\u9fff]{2,6}〔\d{4}〕\d+号")
YZCR = re.compile(r"[A-Z]+-\d{4}-\d{5}")


@dataclass(frozen=True)
class Finding:
    """`where` is a citation key or a file; `error` findings make the check fail."""

    error: bool
    where: str
    message: str

    def __str__(self) -> str:
        return f"{'error' if self.error else 'warning'}: {self.where}: {self.message}"


def check(city: City, folder: Path, printed: Iterable[str] = ()) -> list[Finding]:
    """Every finding about the city's law; nothing may be copied from the texts `printed`."""
    findings: list[Finding] = []
    runs = _runs(printed)
    for instrument in city.instruments.values():
        findings += _numbers(instrument)
        findings += _rows(instrument)
        for provision in instrument.provisions:
            findings += _marks(instrument, provision)
            findings += _duties(city, provision)
        findings += (
            _error(instrument.key, f"reason {name!r} is not used") for name in instrument.unused_reasons
        )
        findings += _copies(instrument, runs)
    used = {owner for item in city.instruments.values() for _, duty in item.duties() for owner in duty.owners}
    findings += (
        _error("owners.yaml", f"{name} owes nothing: remove it") for name in city.owners if name not in used
    )
    findings += _references(city, folder)
    findings += _parameters(city, folder)
    return findings


def _error(where: str, message: str) -> Finding:
    return Finding(True, where, message)


def _numbers(instrument: Instrument) -> Iterator[Finding]:
    if not DOCUMENT.fullmatch(instrument.document):
        yield _error(instrument.key, f"{instrument.document} is not written like 永政办发〔2021〕23号")
    if instrument.yzcr and not YZCR.fullmatch(instrument.yzcr):
        yield _error(instrument.key, f"{instrument.yzcr} is not written like YZCR-2021-01016")
    if instrument.valid_from < instrument.issued:
        yield _error(instrument.key, "it is in force before it was issued")
    if instrument.expiry.on and instrument.expiry.on < instrument.valid_from:
        yield _error(instrument.key, "it expires before it is in force")
    chapters = [division.number for division in instrument.divisions]
    if chapters != list(range(1, len(chapters) + 1)):
        yield _error(instrument.key, f"chapters are numbered {chapters}")


def _rows(instrument: Instrument) -> Iterator[Finding]:
    """Numbers of a row follow each other from 1, and what they stand in is there too."""
    last: dict[tuple[Place | None, Unit], int] = {}
    parts = {division.number for division in instrument.divisions} if instrument.form is Form.PLAN else set()
    for provision in instrument.provisions:
        place, parent = provision.place, provision.place.parent
        row = (parent, place.unit)
        expected = last.get(row, 0) + 1
        first_is_own_text = place.unit is Unit.PARAGRAPH and expected == 1 and place.number == 2
        if place.number != expected and not (first_is_own_text and _has_words(instrument, parent)):
            yield _error(provision.citation.key, f"number {expected} of its row is missing before it")
        last[row] = place.number
        if (
            parent
            and parent.key not in instrument.by_key
            and not (parent.unit is Unit.PART and parent.number in parts)
        ):
            yield _error(provision.citation.key, f"{parent.key} itself is missing")
        if (
            instrument.form is Form.PLAN
            and place.outer is Unit.PART
            and place.steps[0][1] != provision.division
        ):
            yield _error(provision.citation.key, f"it stands under chapter {provision.division}")


def _has_words(instrument: Instrument, place: Place | None) -> bool:
    return place is not None and place.key in instrument.by_key and not instrument.provision(place).is_heading


def _marks(instrument: Instrument, provision: Provision) -> Iterator[Finding]:
    where = provision.citation.key
    if provision.is_heading:
        if not instrument.children(provision.place):
            yield _error(where, "it has neither a summary nor anything below it")
        if provision.mark or provision.by or provision.duties or provision.reason:
            yield _error(where, "a heading carries no mark and no duty; give it a summary")
        return
    match provision.mark:
        case None:
            yield _error(where, "it has no mark: carried_out, being_built or organisational")
        case Mark.CARRIED_OUT if not provision.by:
            yield _error(where, "carried out by what? Name it under `by`")
        case Mark.CARRIED_OUT if provision.reason:
            yield _error(where, "what is carried out needs no reason")
        case Mark.BEING_BUILT if not provision.reason:
            yield _error(where, "being built in which part? Name it under `reason`")
        case Mark.ORGANISATIONAL if not provision.reason:
            yield _error(where, "organisational why? Name it under `reason`")
        case Mark.ORGANISATIONAL if provision.by:
            yield _error(where, "what is organisational is not carried out by anything here")


def _duties(city: City, provision: Provision) -> Iterator[Finding]:
    where = provision.citation.key
    for duty in provision.duties:
        if not duty.owners:
            yield _error(where, "a duty without owner")
        if duty.limit is None:
            yield _error(where, "a duty without limit; write 'none stated' where the text states none")
        for owner in duty.owners:
            if owner not in city.owners:
                yield _error(where, f"{owner} is not in owners.yaml")


def _references(city: City, folder: Path) -> Iterator[Finding]:
    """What is named under `by` exists. A room that has registered nothing of a kind cannot be checked yet."""
    known = {kind: set(references.known(kind)) for kind in references.KINDS}
    for path in sorted(folder.glob("*/parameters.yaml")):
        known["parameter"] |= {f"{path.parent.name}.{name}" for name in _parameter_names(path)}
    rooms = {(kind, name.split(".")[0]) for kind, names in known.items() for name in names}
    unchecked: Counter[str] = Counter()
    for instrument in city.instruments.values():
        for provision in instrument.provisions:
            for reference in provision.by:
                room = reference.name.split(".")[0]
                if reference.name in known[reference.kind]:
                    continue
                if (reference.kind, room) in rooms:
                    yield _error(provision.citation.key, f"there is no {reference.kind} {reference.name}")
                else:
                    unchecked[f"{reference.kind} {room}.*"] += 1
    for names, count in sorted(unchecked.items()):
        yield Finding(False, names, f"nothing like this is registered; references not checked: {count}")


def _parameter_names(path: Path) -> list[str]:
    try:
        return list(load_parameters(path).parameters)
    except ParameterError:
        return []  # reported by _parameters


def _parameters(city: City, folder: Path) -> Iterator[Finding]:
    """Every place a parameter cites exists in the instrument of its file."""
    for path in sorted(folder.glob("*/parameters.yaml")):
        where = f"{path.parent.name}/parameters.yaml"
        try:
            parameters = load_parameters(path)
            instrument = city.instrument(parameters.instrument)
        except ParameterError as error:
            yield _error(where, str(error))
            continue
        except KeyError:
            yield _error(where, f"{parameters.instrument} is not in the city's gazette")
            continue
        for parameter in parameters.parameters.values():
            for article in parameter.articles:
                try:
                    instrument.provision(parse_place(article))
                except (KeyError, InvalidCitation):
                    yield _error(
                        where, f"{parameter.name} cites {article}, which {instrument.key} does not have"
                    )


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _runs(printed: Iterable[str]) -> frozenset[str]:
    texts = [_plain(text) for text in printed]
    return frozenset(
        text[start : start + RUN_LENGTH] for text in texts for start in range(len(text) - RUN_LENGTH + 1)
    )


def _copies(instrument: Instrument, runs: frozenset[str]) -> Iterator[Finding]:
    """No run of the gazette's own words stands in our summaries; titles are facts and may be equal."""
    if not runs:
        return
    for where, text in _own_words(instrument):
        plain = _plain(text.zh)
        for start in range(len(plain) - RUN_LENGTH + 1):
            if plain[start : start + RUN_LENGTH] in runs:
                run = plain[start : start + RUN_LENGTH]
                yield _error(where, f"copied from the gazette: {run}; say it in our own words")
                break


def _own_words(instrument: Instrument) -> Iterator[tuple[str, Text]]:
    for provision in instrument.provisions:
        for text in (provision.heading, provision.summary, provision.note):
            if text:
                yield provision.citation.key, text
        if provision.reason:
            yield provision.citation.key, provision.reason.text
    for text in (instrument.note, instrument.repeals, instrument.expiry.basis, instrument.valid_from_basis):
        if text:
            yield instrument.key, text
