"""Citations: which article says so, as a key for data, as text for readers, as an identifier for other
systems.

A *place* is a position inside one instrument; a *citation* is an instrument with a place. Keys are short
and say by themselves how the instrument is numbered:

==========  ================  ============================  ================================
key         Chinese           English                       Akoma Ntoso eId
==========  ================  ============================  ================================
10(2)       第十条第（二）项  Article 10(2)                 art_10__para_1__point_2
14:2        第十四条第二款    Article 14, paragraph 2       art_14__para_2
18.1        第十八条第一句    Article 18, sentence 1        art_18__span_1
二(一)1(3)  二（一）1（3）    Part 2, section 1, item 1(3)  sec_2__subsec_1__para_1__point_3
四2:2       四2第二段         Part 4, item 2, paragraph 2   sec_4__para_2__subpara_2
:2          第二段            Paragraph 2                   para_2
附件一      附件一            Annex, list 1                 att_1
序言        序言              Preamble                      preamble
==========  ================  ============================  ================================

Identifiers follow the Akoma Ntoso naming convention 1.0 (条 article, 款 paragraph, 项 point, 目 indent; in
plans 一、section, （一）subsection, 1. paragraph, (1) point). Pure: plain values in, plain values out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from zhengling.kernel.law.numerals import CHARACTERS, from_chinese, to_chinese


class InvalidCitation(ValueError):
    """The text names no place that an instrument could have."""


class Unit(Enum):
    """A level of numbering; the value is its name in identifiers (Akoma Ntoso naming convention)."""

    PREAMBLE = ("preamble",)
    ANNEX = ("annex", "att")
    ARTICLE = ("article", "art")
    PARAGRAPH = ("paragraph", "para")
    POINT = ("point", "point")
    SUBPOINT = ("subpoint", "indent")
    PART = ("part", "sec")
    SECTION = ("section", "subsec")
    ITEM = ("item", "para")
    SUBITEM = ("subitem", "point")
    SENTENCE = ("sentence", "span")

    @property
    def english(self) -> str:
        return str(self.value[0])

    @property
    def eid(self) -> str:
        return str(self.value[-1])


@dataclass(frozen=True)
class Place:
    """A position inside an instrument: (unit, number) pairs from the outside in. Never empty."""

    steps: tuple[tuple[Unit, int], ...]

    @property
    def key(self) -> str:
        return "".join(_key_part(unit, number) for unit, number in self.steps)

    @property
    def parent(self) -> Place | None:
        """The next larger place; None at the top."""
        return Place(self.steps[:-1]) if len(self.steps) > 1 else None

    @property
    def unit(self) -> Unit:
        return self.steps[-1][0]

    @property
    def number(self) -> int:
        return self.steps[-1][1]

    @property
    def outer(self) -> Unit:
        return self.steps[0][0]

    def zh(self) -> str:
        """第十条第（二）项 in rules; 二（一）1（3） in plans."""
        plan = self.outer in {Unit.PART, Unit.PARAGRAPH, Unit.PREAMBLE}
        return "".join(_zh_part(unit, number, plan) for unit, number in self.steps)

    def en(self) -> str:
        text = ""
        for unit, number in self.steps:
            part = _en_part(unit, number)
            text += part if not text or part[0] in "(." else f", {part}"
        return text[0].upper() + text[1:]

    def eid(self, chapter: int = 0) -> str:
        """The element's identifier; `chapter` is the one the article stands in, 0 where there are none."""
        parts = [f"chp_{chapter}"] if chapter and self.outer is Unit.ARTICLE else []
        previous: Unit | None = None
        for unit, number in self.steps:
            if unit is Unit.PREAMBLE:
                parts.append("preamble")
                continue
            if unit is Unit.POINT and previous is Unit.ARTICLE:
                parts.append("para_1")  # an article without numbered paragraphs has one
            name = "subpara" if unit is Unit.PARAGRAPH and self.outer is Unit.PART else unit.eid
            parts.append(f"{name}_{number}")
            previous = unit
        return "__".join(parts)

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True)
class Citation:
    """An instrument, by its key `YZCR-2021-01016`, and a place in it (None: the whole of it)."""

    instrument: str
    place: Place | None = None

    @property
    def key(self) -> str:
        return f"{self.instrument}/{self.place.key}" if self.place else self.instrument

    def zh(self, title: str) -> str:
        """《永州市医疗救助实施细则》第十条第（二）项."""
        return f"《{title}》{self.place.zh() if self.place else ''}"

    def en(self, title: str) -> str:
        return f"{title}, {self.place.en()}" if self.place else title

    def __str__(self) -> str:
        return self.key


def _key_part(unit: Unit, number: int) -> str:
    match unit:
        case Unit.PREAMBLE:
            return "序言"
        case Unit.ANNEX:
            return f"附件{to_chinese(number)}"
        case Unit.PART:
            return to_chinese(number)
        case Unit.SECTION:
            return f"({to_chinese(number)})"
        case Unit.PARAGRAPH:
            return f":{number}"
        case Unit.POINT | Unit.SUBITEM:
            return f"({number})"
        case Unit.SENTENCE:
            return f".{number}"
        case _:
            return str(number)


def _zh_part(unit: Unit, number: int, plan: bool) -> str:
    match unit:
        case Unit.PREAMBLE:
            return "序言"
        case Unit.ANNEX:
            return f"附件{to_chinese(number)}"
        case Unit.ARTICLE:
            return f"第{to_chinese(number)}条"
        case Unit.PARAGRAPH:
            return f"第{to_chinese(number)}{'段' if plan else '款'}"
        case Unit.POINT:
            return f"第（{to_chinese(number)}）项"
        case Unit.SUBPOINT:
            return f"第{number}目"
        case Unit.PART:
            return to_chinese(number)
        case Unit.SECTION:
            return f"（{to_chinese(number)}）"
        case Unit.SUBITEM:
            return f"（{number}）"
        case Unit.SENTENCE:
            return f"第{to_chinese(number)}句"
        case _:
            return str(number)


def _en_part(unit: Unit, number: int) -> str:
    match unit:
        case Unit.PREAMBLE:
            return "preamble"
        case Unit.ANNEX:
            return f"annex, list {number}"
        case Unit.POINT | Unit.SUBITEM:
            return f"({number})"
        case Unit.SUBPOINT:
            return f".{number}"
        case _:
            return f"{unit.english} {number}"


_CN = rf"[{CHARACTERS}]+"
_N = rf"(?:\d+|{_CN})"

#  (pattern, units of its groups): keys first, then the readers' forms. Brackets are half-width by then,
# blanks gone.
_ARTICLE_UNITS = (Unit.ARTICLE, Unit.PARAGRAPH, Unit.POINT, Unit.SUBPOINT, Unit.SENTENCE)
_PLAN_UNITS = (Unit.PART, Unit.SECTION, Unit.ITEM, Unit.SUBITEM, Unit.PARAGRAPH, Unit.SENTENCE)
_FORMS: tuple[tuple[re.Pattern[str], tuple[Unit, ...]], ...] = tuple(
    (re.compile(pattern), units)
    for pattern, units in (
        (r"(\d+)(?::(\d+))?(?:\((\d+)\)(\d+)?)?(?:\.(\d+))?", _ARTICLE_UNITS),
        (rf"({_CN})(?:\(({_CN})\))?(\d+)?(?:\((\d+)\))?(?::(\d+))?(?:\.(\d+))?", _PLAN_UNITS),
        (
            rf"第({_N})条(?:第({_N})款)?(?:第\(?({_N})\)?项)?(?:第\(?({_N})\)?目)?(?:第({_N})句)?",
            _ARTICLE_UNITS,
        ),
        (
            rf"({_CN})、?(?:\(({_CN})\))?(?:(\d+)\.?)?(?:\((\d+)\))?(?:第({_N})段)?(?:第({_N})句)?",
            _PLAN_UNITS,
        ),
        (
            r"[Aa]rticle(\d+)(?:,paragraph(\d+))?(?:\((\d+)\)(?:\.(\d+))?)?(?:,sentence(\d+))?",
            _ARTICLE_UNITS,
        ),
        (
            r"[Pp]art(\d+)(?:,section(\d+))?(?:,item(\d+))?(?:\((\d+)\))?(?:,paragraph(\d+))?(?:,sentence(\d+))?",
            _PLAN_UNITS,
        ),
        (rf"附件({_CN})", (Unit.ANNEX,)),
        (r"[Aa]nnex,list(\d+)", (Unit.ANNEX,)),
        (r":(\d+)(?:\.(\d+))?", (Unit.PARAGRAPH, Unit.SENTENCE)),
        (rf"第({_N})段(?:第({_N})句)?", (Unit.PARAGRAPH, Unit.SENTENCE)),
        (r"[Pp]aragraph(\d+)(?:,sentence(\d+))?", (Unit.PARAGRAPH, Unit.SENTENCE)),
    )
)
_HALF_WIDTH = str.maketrans("（）：．，", "():.,", " \t\n\u3000")


def _number(text: str) -> int:
    number = int(text) if text.isdecimal() else from_chinese(text)
    if not 1 <= number <= 999:
        raise InvalidCitation(f"{number} is no number of a provision")
    return number


def parse_place(text: str) -> Place:
    """The place that a key, a Chinese or an English form names; full- and half-width brackets are equal.

    Raises InvalidCitation.
    """
    plain = text.translate(_HALF_WIDTH)
    if plain in {"序言", "Preamble", "preamble"}:
        return Place(((Unit.PREAMBLE, 1),))
    for pattern, units in _FORMS:
        match = pattern.fullmatch(plain)
        if match:
            try:
                steps = tuple(
                    (unit, _number(group)) for unit, group in zip(units, match.groups(), strict=True) if group
                )
            except ValueError as error:
                raise InvalidCitation(f"{text!r}: {error}") from error
            return Place(steps)
    raise InvalidCitation(f"{text!r} names no article, point, part, section or paragraph")


def parse_citation(text: str, titles: Mapping[str, str] | None = None) -> Citation:
    """`YZCR-2021-01016/10(2)`, `《永州市医疗救助实施细则》第十条第（二）项` or `<English title>, Article
    10(2)`.

    `titles` maps titles (without 《》) to instrument keys. Raises InvalidCitation.
    """
    titles = titles or {}
    text = text.strip()
    title_zh = re.fullmatch(r"《(.+)》(.*)", text)
    if title_zh:
        title, place = title_zh.groups()
        if title not in titles:
            raise InvalidCitation(f"no instrument has the title 《{title}》")
        return Citation(titles[title], parse_place(place) if place else None)
    for title, key in titles.items():
        if text == title:
            return Citation(key)
        if text.startswith(f"{title}, "):
            return Citation(key, parse_place(text.removeprefix(f"{title}, ")))
    instrument, slash, place = text.partition("/")
    if not re.fullmatch(r"[A-Z]+-\d{4}-\d+", instrument):
        raise InvalidCitation(f"{text!r} does not begin with the key of an instrument, like YZCR-2021-01016")
    return Citation(instrument, parse_place(place) if slash else None)
