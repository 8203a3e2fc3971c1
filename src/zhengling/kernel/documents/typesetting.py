"""Typesetting: a layout and data become a PDF/A-2b. One compiler lives as long as the process.

Data travel as JSON and are set as text: no string is ever built into markup, so that whatever a person types is
printed and never executed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from zhengling.kernel.documents.fonts import Fonts, FontUse, installed
from zhengling.kernel.documents.kinds import Layout

LAYOUTS = Path(__file__).parent / "layouts"
_lock = Lock()


@dataclass(frozen=True, slots=True)
class SealPlace:
    """Where the middle of the seal goes: page from 1, millimetres from the upper left corner."""

    page: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Typeset:
    """`fonts` says what was used for what; `seal` is where a seal belongs, None for layouts without a signature."""

    pdf: bytes
    fonts: tuple[FontUse, ...]
    pages: int
    seal: SealPlace | None

    @property
    def substituted(self) -> tuple[FontUse, ...]:
        return tuple(use for use in self.fonts if use.substituted)


def typeset(
    layout: Layout, content: Mapping[str, Any], made: date, *, system_fonts: bool = True, draft: str = ""
) -> Typeset:
    """Set `content` (see compose.py) in a layout.

    `made` is the document's date; `draft` is printed across each page.
    """
    fonts = installed(system_fonts)
    pdf, places = _compile(layout, _with_date(content, made, draft), fonts)
    seal = SealPlace(places[0]["page"], places[0]["x"], places[0]["y"]) if places else None
    return Typeset(pdf, fonts.uses, page_count(pdf), seal)


def pictures(
    layout: Layout, content: Mapping[str, Any], made: date, *, draft: str = "", ppi: int = 96
) -> list[bytes]:
    """The same pages as PNG images, for showing them in a page."""
    with _lock:
        compiler = _compiler(True, installed().paths)
        inputs = _inputs(_with_date(content, made, draft), installed())
        path = str(LAYOUTS / f"{layout}.typ")
        pages = compiler.compile(input=path, format="png", ppi=ppi, sys_inputs=inputs)
    return [pages] if isinstance(pages, bytes) else list(pages or [])


def _with_date(content: Mapping[str, Any], made: date, draft: str) -> dict[str, Any]:
    date_parts = [made.year, made.month, made.day]
    return {**content, "made": date_parts, "draft": bool(draft), "draft_words": draft}


def _inputs(data: Mapping[str, Any], fonts: Fonts) -> dict[str, str]:
    return {
        "content": json.dumps(data, ensure_ascii=False),
        "faces": json.dumps(fonts.faces(), ensure_ascii=False),
    }


def draw_stamp(organ: str, made: date, *, system_fonts: bool = True) -> bytes:
    """A PDF of 42 mm x 42 mm with the demonstration seal of an organ."""
    data = _with_date({"organ": organ, "title": organ}, made, "")
    return _compile("stamp", data, installed(system_fonts))[0]


def page_count(pdf: bytes) -> int:
    """Pages of a PDF. Raises ValueError for bytes that are none."""
    from io import BytesIO

    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        return int(PdfFileReader(BytesIO(pdf), strict=False).root["/Pages"]["/Count"])
    except (PdfError, KeyError, ValueError, OSError) as error:
        raise ValueError(f"not a readable PDF: {error}") from error


def _compile(layout: str, data: Mapping[str, Any], fonts: Fonts) -> tuple[bytes, list[dict[str, Any]]]:
    # Compiling and asking where the seal goes are two calls on one compiler: no other letter may come between.
    with _lock:
        compiler = _compiler(fonts.system, fonts.paths)
        path = str(LAYOUTS / f"{layout}.typ")
        pdf = compiler.compile(
            input=path, format="pdf", pdf_standards="a-2b", sys_inputs=_inputs(data, fonts)
        )
        places = json.loads(compiler.query("<seal>", field="value"))
    assert isinstance(pdf, bytes)
    return pdf, places


@cache
def _compiler(system: bool, paths: tuple[str, ...]) -> typst.Compiler:
    return typst.Compiler(root=str(LAYOUTS), font_paths=list(paths), ignore_system_fonts=not system)


PERSONAL_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)1[3-9]\d{9}(?!\d)")


def personal_numbers(content: Any) -> list[str]:
    """Identity and mobile numbers anywhere in what is about to be printed (for lists that hang in public)."""
    return PERSONAL_NUMBER.findall(json.dumps(content, ensure_ascii=False))
