"""Which printed paragraph is which provision: the print laid beside our map of the same document.

The map leads. It knows how many paragraphs and sentences a place has, so that a page break inside a
paragraph does not make two of it; where print and map cannot be brought together, the report says so and
nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from zhengling.kernel.law.citations import Place, Unit
from zhengling.kernel.law.gazette_text import Node, PrintedDocument, is_heading, sentences, tidy
from zhengling.kernel.law.instruments import City, Form, Instrument


@dataclass(frozen=True)
class Wording:
    """The printed words of one provision (its key within the instrument)."""

    instrument: str
    provision: str
    wording: str


@dataclass
class Report:
    """What the import found: `missing` provisions have no words, `unplaced` words no provision."""

    matched: list[Wording] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    explanations: dict[str, str] = field(default_factory=dict)


def match(documents: Sequence[PrintedDocument], city: City) -> Report:
    """Lay each document beside the instrument of its number."""
    report = Report()
    for document in documents:
        try:
            instrument = city.instrument(document.number)
        except KeyError:
            report.problems.append(
                f"document {document.number or 'without number'} is not in the city's gazette"
            )
            continue
        if any(item.instrument == instrument.key for item in report.matched):
            report.problems.append(
                f"document {document.number} stands in the text twice; the first one is taken"
            )
            continue
        _Match(instrument, report).document(document)
        if document.explanation:
            report.explanations[instrument.key] = document.explanation
    return report


class _Match:
    def __init__(self, instrument: Instrument, report: Report) -> None:
        self.instrument = instrument
        self.report = report
        self.found: dict[str, str] = {}
        self.below_heading: dict[str, str] = {}  # own words of places whose heading has a line of its own
        self.order = [provision.place for provision in instrument.provisions]

    def document(self, document: PrintedDocument) -> None:
        root = document.root
        preamble = [text for text in self._without_title(root.paragraphs) if text]
        if self.instrument.form is Form.NOTICE:
            self._paragraphs((), preamble, len(self.order))
        elif "序言" in self.instrument.by_key:
            self._put(Place(((Unit.PREAMBLE, 1),)), "".join(preamble))
        elif preamble:
            self._unplaced("before the first number", "".join(preamble))
        for child in root.children:
            self._node(child, Place(((child.unit or Unit.PART, child.number),)))
        self._sentences()
        report = self.report
        for provision in self.instrument.provisions:
            if provision.key in self.found:
                report.matched.append(
                    Wording(self.instrument.key, provision.key, tidy(self.found[provision.key]))
                )
            elif not provision.is_heading:
                report.missing.append(provision.citation.key)

    def _node(self, node: Node, place: Place) -> None:
        before, after = self._expected_paragraphs(place)
        last = node.last()
        if after and node.children:
            # What follows the last point belongs to the place itself.
            cut = max(1, len(last.paragraphs) - after)
            tail, last.paragraphs = last.paragraphs[cut:], last.paragraphs[:cut]
        else:
            tail = []
        own = self._joined(place, node.paragraphs, before)
        if before:
            self._paragraphs(place.steps, own, before)
        if after:
            # Without numbered paragraphs before the points, the place's own words are the first one.
            self._paragraphs(place.steps, tail, after, start=max(before, 1) + 1)
        self._put(place, "\n".join([*filter(None, [node.heading]), *own, *tail]))
        if node.heading:
            self.below_heading[place.key] = "".join(own)
        for child in node.children:
            assert child.unit is not None
            below = Place((*place.steps, (child.unit, child.number)))
            if below.key not in self.instrument.by_key:
                below = self._below_paragraph(place, child) or below
            self._node(child, below)

    def _joined(self, place: Place, printed: list[str], expected: int) -> list[str]:
        """The place's own paragraphs, those put together that a page break tore apart.

        One is expected: all belong to it. Several: they are joined where the sentences the map counts in
        each say so.
        """
        if not printed or "\t" in printed[0] or len(printed) == expected:
            return printed
        if expected <= 1:
            return ["".join(printed)]
        joined, rest = [], list(printed)
        for number in range(1, expected + 1):
            paragraph = Place((*place.steps, (Unit.PARAGRAPH, number)))
            wanted = sum(item.unit is Unit.SENTENCE and item.parent == paragraph for item in self.order)
            text = ""
            while rest and (not text or len(sentences(text)) < wanted):
                text += rest.pop(0)
            joined.append(text)
        return printed if rest or not all(joined) else joined

    def _expected_paragraphs(self, place: Place) -> tuple[int, int]:
        """How many numbered paragraphs of the place the map has before and after the points below it."""
        below = [
            item for item in self.order if item.steps[: len(place.steps)] == place.steps and item != place
        ]
        before = after = 0
        points = False
        for item in below:
            unit = item.steps[len(place.steps)][0]
            if unit is Unit.PARAGRAPH and len(item.steps) == len(place.steps) + 1:
                before, after = (before, after + 1) if points else (before + 1, after)
            elif unit is not Unit.SENTENCE and unit is not Unit.PARAGRAPH:
                points = True
        return before, after

    def _below_paragraph(self, place: Place, child: Node) -> Place | None:
        """`25:2(1)` for the first point of article 25 whose points stand under its second paragraph."""
        assert child.unit is not None
        for number in range(1, 10):
            below = Place((*place.steps, (Unit.PARAGRAPH, number), (child.unit, child.number)))
            if below.key in self.instrument.by_key:
                return below
        return None

    def _paragraphs(
        self, steps: tuple[tuple[Unit, int], ...], texts: Sequence[str], expected: int, start: int = 1
    ) -> None:
        if len(texts) != expected:
            where = Place(steps).key if steps else "the document"
            self.report.problems.append(
                f"{self.instrument.key}/{where}: {len(texts)} paragraphs printed, {expected} in the map"
            )
            return
        for number, text in enumerate(texts, start):
            self._put(Place((*steps, (Unit.PARAGRAPH, number))), text)

    def _put(self, place: Place, text: str) -> None:
        if place.key in self.instrument.by_key:
            if text:
                self.found[place.key] = text
        elif text and not any(other.startswith(place.key) for other in self.instrument.by_key):
            self._unplaced(place.key, text)

    def _unplaced(self, where: str, text: str) -> None:
        self.report.unplaced.append(f"{self.instrument.key}/{where}: {text[:40]}")

    def _sentences(self) -> None:
        """Give the numbered sentences of a place their words."""
        wanted: dict[Place, int] = {}
        for place in self.order:
            if place.unit is Unit.SENTENCE:
                parent = Place(place.steps[:-1])
                wanted[parent] = max(wanted.get(parent, 0), place.number)
        for parent, count in wanted.items():
            text = self.below_heading.get(parent.key)
            found = sentences(self.found.get(parent.key, "") if text is None else text)
            if text is None and len(found) == count + 1 and is_heading(found[0]):
                found = found[1:]
            if len(found) != count:
                self.report.problems.append(
                    f"{self.instrument.key}/{parent.key}: {len(found)} sentences printed, {count} in the map"
                )
                continue
            for number, sentence in enumerate(found, 1):
                self.found[Place((*parent.steps, (Unit.SENTENCE, number))).key] = sentence

    def _without_title(self, paragraphs: Sequence[str]) -> list[str]:
        """The paragraphs before the first number without the title that stands above them."""
        title, text = _letters(self.instrument.title.zh), list(paragraphs)
        if self.instrument.form is Form.NOTICE or not text or not _letters(text[0]).startswith(title):
            return text
        rest = text[0]
        for position in range(len(rest) + 1):
            if _letters(rest[:position]) == title:
                return [rest[position:].lstrip(" )）"), *text[1:]]
        return text


def _letters(text: str) -> str:
    return re.sub(r"[^\w]", "", text)
