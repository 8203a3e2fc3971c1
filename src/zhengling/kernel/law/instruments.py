"""The city's instruments as data: `city.yaml` and one `regulation.yaml` for each document of its gazette.

Every provision of a text stands here with its number, a heading and a summary in our own words, and a mark
that says what became of it: carried out (by what), being built (in which part of the work), or
organisational (why). Loading is strict: unknown or duplicate names, wrong types and impossible numbers are
errors. What a sound file may still lack is found by `zhengling law check`. Pure: files in, immutable values
out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path

from zhengling.kernel.law.citations import Citation, Place
from zhengling.kernel.law.limits import Limit


@dataclass(frozen=True)
class Text:
    """The same words in Chinese and English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """English for `en…`, Chinese otherwise."""
        return self.en if language.startswith("en") else self.zh


class Mark(StrEnum):
    """What became of a provision. Being built: something is missing; `by` lists what is there."""

    CARRIED_OUT = "carried_out"
    BEING_BUILT = "being_built"
    ORGANISATIONAL = "organisational"


class Form(StrEnum):
    """How an instrument is numbered: 第一条 (articles), 一、（一）1.(1) (plan), not at all (notice)."""

    ARTICLES = "articles"
    PLAN = "plan"
    NOTICE = "notice"


@dataclass(frozen=True)
class Reference:
    """Something of this system that carries a provision out: kind (`rule`, `act`, …) and name."""

    kind: str
    name: str


@dataclass(frozen=True)
class Reason:
    """Why a provision needs no code, or which part of the work (`issue`) builds it."""

    text: Text
    issue: int | None = None


@dataclass(frozen=True)
class Duty:
    """Who must do what the provision says, by when. `owners` are names as the text uses them."""

    owners: tuple[str, ...]
    limit: Limit | None


@dataclass(frozen=True)
class Provision:
    """One numbered place. Without `summary` it is only the heading over the places below it."""

    instrument: str
    place: Place
    division: int
    heading: Text
    summary: Text | None = None
    mark: Mark | None = None
    by: tuple[Reference, ...] = ()
    reason: Reason | None = None
    duties: tuple[Duty, ...] = ()
    note: Text | None = None

    @property
    def key(self) -> str:
        """The place's key, `10(2)`."""
        return self.place.key

    @property
    def citation(self) -> Citation:
        return Citation(self.instrument, self.place)

    @property
    def is_heading(self) -> bool:
        return self.summary is None


@dataclass(frozen=True)
class Division:
    """A chapter (第三章) or the part of a plan (三、)."""

    number: int
    heading: Text


@dataclass(frozen=True)
class Source:
    """A higher or earlier document an instrument rests on or replaces."""

    title: str
    document: str = ""


@dataclass(frozen=True)
class Expiry:
    """When an instrument ceases to apply; `presumed` when its own text does not say so."""

    on: date | None
    presumed: bool
    basis: Text


@dataclass(frozen=True)
class Instrument:
    """One document of the gazette with all its provisions in the order of the text."""

    key: str
    yzcr: str
    document: str
    form: Form
    service: str
    title: Text
    short_title: Text
    issuer: Text
    issued: date
    valid_from: date
    valid_from_basis: Text
    expiry: Expiry
    gazette_pages: tuple[int, int]
    parents: tuple[Source, ...]
    repeals: Text | None
    note: Text | None
    divisions: tuple[Division, ...]
    provisions: tuple[Provision, ...]
    path: Path = field(compare=False, repr=False, default=Path())
    unused_reasons: tuple[str, ...] = field(compare=False, repr=False, default=())

    @cached_property
    def by_key(self) -> Mapping[str, Provision]:
        return {provision.key: provision for provision in self.provisions}

    def provision(self, place: Place | str) -> Provision:
        """The provision at that place. Raises KeyError."""
        return self.by_key[place if isinstance(place, str) else place.key]

    def children(self, place: Place) -> tuple[Provision, ...]:
        """The provisions numbered directly below that place."""
        return tuple(provision for provision in self.provisions if provision.place.parent == place)

    def duties(self) -> tuple[tuple[Provision, Duty], ...]:
        return tuple((provision, duty) for provision in self.provisions for duty in provision.duties)

    def eid(self, place: Place) -> str:
        """Akoma Ntoso identifier of the place, with the chapter an article stands in."""
        provision = self.by_key.get(place.key)
        return place.eid(provision.division if provision and self.form is Form.ARTICLES else 0)

    def in_force(self, day: date) -> bool:
        """Whether the instrument applies on that day; a presumed expiry ends nothing by itself."""
        ends = None if self.expiry.presumed else self.expiry.on
        return self.valid_from <= day and (ends is None or day <= ends)


@dataclass(frozen=True)
class Section:
    """A section of the gazette (市政府文件) with the keys of its documents in printed order."""

    heading: Text
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Gazette:
    """One issue of the gazette: its numbers and the order of its contents page."""

    title: Text
    year: int
    issue: str
    cumulative: str
    permit: str
    effect: Text
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class City:
    """A city's law: its gazette and instruments, by key in the order of the contents page."""

    code: str
    name: Text
    gazette: Gazette
    instruments: Mapping[str, Instrument]
    series: Mapping[str, str]
    owners: Mapping[str, str]

    def instrument(self, key: str) -> Instrument:
        """By key, YZCR number or document number. Raises KeyError."""
        if key in self.instruments:
            return self.instruments[key]
        for instrument in self.instruments.values():
            if key in {instrument.yzcr, instrument.document}:
                return instrument
        raise KeyError(key)

    def service(self, name: str) -> tuple[Instrument, ...]:
        return tuple(item for item in self.instruments.values() if item.service == name)

    def provision(self, citation: Citation) -> Provision:
        """Raises KeyError when the instrument has no such place."""
        if citation.place is None:
            raise KeyError(citation.key)
        return self.instrument(citation.instrument).provision(citation.place)

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Title in either language -> key, for `citations.parse_citation`."""
        return {
            title: item.key
            for item in self.instruments.values()
            for title in (item.title.zh, item.title.en, item.short_title.zh, item.short_title.en)
        }

    def work_uri(self, instrument: Instrument) -> str:
        """FRBR work: /akn/cn-4311/act/notice/2021-12-21/yzbf-2021-23."""
        series, year, number = _document_number(instrument.document)
        return f"/akn/cn-{self.code[:4]}/act/notice/{instrument.issued}/{self.series[series]}-{year}-{number}"

    def uri(self, citation: Citation, language: str = "zho") -> str:
        """FRBR expression with the place as a portion: …/zho@2021-12-21/~chp_3__art_10."""
        instrument = self.instrument(citation.instrument)
        portion = f"/~{instrument.eid(citation.place)}" if citation.place else ""
        return f"{self.work_uri(instrument)}/{language}@{instrument.issued}{portion}"


def _document_number(document: str) -> tuple[str, int, int]:
    """永政办发〔2021〕23号 -> (永政办发, 2021, 23)."""
    series, rest = document.split("〔")
    year, number = rest.removesuffix("号").split("〕")
    return series, int(year), int(number)


@lru_cache(maxsize=4)
def load_city(path: Path) -> City:
    """The city in that folder, read once per process. Raises `reading.InvalidRegulation`."""
    from zhengling.kernel.law.reading import read_city

    return read_city(path)
