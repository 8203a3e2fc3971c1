"""From a kind, a template and data to what a layout prints; the same content becomes PDF and DOCX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

import segno

from zhengling.kernel.documents import organs
from zhengling.kernel.documents.kinds import LetterKind
from zhengling.kernel.documents.wording import chinese_date, fill, fill_line, plain
from zhengling.kernel.organisations.models import Organisation


@dataclass(frozen=True)
class Wording:
    """A template's text: title, body and foot lines."""

    title: str
    body: str
    foot: str = ""


@dataclass(frozen=True)
class Head:
    """What stands around the text. Empty values are not printed; `dated` and `printed_on` are not known in a draft."""

    organ: Organisation
    recipient: str = ""
    copies: str = ""
    number: str = ""
    signer: str = ""
    dated: date | None = None
    printed_on: date | None = None
    title: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def compose(kind: LetterKind, wording: Wording, data: Mapping[str, Any], head: Head) -> dict[str, Any]:
    """The content of a page: `title`, `organ`, `number`, `date`, `recipient`, `blocks`, `foot` and what the layout
    adds.

    `signer` is printed in official letters only, and only when given (letters upward, GB/T 9704-2012, 7.2.6).
    """
    name = organs.legal_name(head.organ)
    content: dict[str, Any] = {
        "title": title_of(kind, wording, data, head.title),
        "organ": name,
        "number": head.number,
        "date": chinese_date(head.dated) if head.dated else "　　　　年　月　日",
        "recipient": plain(head.recipient),
        "copies": plain(head.copies).rstrip("。"),
        "blocks": fill(wording.body, kind.placeholders, data),
        "foot": [
            fill_line(line, kind.placeholders, data) for line in wording.foot.splitlines() if line.strip()
        ],
        **head.extra,
    }
    match kind.layout:
        case "official":
            content["mark"] = name + "文件"
            content["signer"] = head.signer
            content["printer"] = name + "办公室"
            content["printed_on"] = chinese_date(head.printed_on) if head.printed_on else "　　　　年　月　日"
        case "sheet" if kind.series:
            content["mark"] = name
    codes = [placeholder for placeholder in kind.placeholders if placeholder.kind == "code"]
    content["qr"] = qr_svg(data[codes[0].name]) if codes and data.get(codes[0].name) else ""
    return content


def title_of(kind: LetterKind, wording: Wording, data: Mapping[str, Any], own: str = "") -> str:
    """The title with its values; a line break in the template stays one. `own` overrules the template."""
    lines = (own or wording.title).splitlines()
    return "\n".join(fill_line(line, kind.placeholders, data) for line in lines)


def qr_svg(address: str) -> str:
    buffer = BytesIO()
    segno.make(address, error="m").save(buffer, kind="svg", border=0, xmldecl=False)
    return buffer.getvalue().decode()


def qr_png(address: str) -> bytes:
    buffer = BytesIO()
    segno.make(address, error="m").save(buffer, kind="png", border=0, scale=8)
    return buffer.getvalue()
