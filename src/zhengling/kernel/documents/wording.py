"""The text of a template (模板): what the office writes, checked line by line, and filled with declared values.

The syntax is what a clerk can learn in a minute. Every line is a paragraph. ``{{ 申请人 }}`` is replaced by a value,
``{{ 金额|大写 }}`` by an amount in capital characters. A line that is nothing but ``{{ 材料清单 }}`` becomes a table
or, for a list of sentences, a paragraph each. In a form ``单位｜{{承办单位}}｜时限｜{{办理时限}}`` is a row of
labelled boxes, and a label with nothing after it a box to write in by hand. ``一、`` and ``（一）`` at the start of
a line make it a heading in the national layout (GB/T 9704-2012, 7.3.3). Values are put in once: braces inside a
value stay braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from zhengling.kernel.documents.amounts import in_capitals, yuan

Kind = Literal["text", "money", "date", "paragraphs", "table", "rows", "code"]
Block = dict[str, Any]
Code = Literal[
    "unknown",
    "unclosed",
    "not_alone",
    "no_table_here",
    "no_capitals",
    "missing",
    "unknown_form",
    "not_for_text",
    "no_boxes",
]

TOKEN = re.compile(r"\{\{\s*([^{}|]*?)\s*(?:\|\s*([^{}|]*?)\s*)?\}\}")
CAPITALS = "大写"
BOX = "｜"
BLOCKS = ("table", "paragraphs", "rows")  # kinds of values that stand on a line of their own
FIRST_LEVEL = re.compile(r"^[一二三四五六七八九十]+、")
SECOND_LEVEL = re.compile(r"^（[一二三四五六七八九十]+）")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table value. `width` is relative, `align` left, center or right."""

    name: str
    word: str
    width: int = 3
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value a template may show. `name` is its key in the data, `word` how the office writes it between braces.

    `money` is integer fen, `date` an ISO date, `paragraphs` a list of sentences or a text in lines, `table` a list
    of mappings by column name, `rows` the boxes of a form (`{label, value}` or, for a table in it, `{label, columns,
    rows}`), `code` an address drawn as QR code and not for the text. Data without a `required` value are refused; a
    template in which a `must_appear` word is missing is refused (the law asks for it in the letter).
    """

    name: str
    word: str
    kind: Kind = "text"
    sample: Any = ""
    required: bool = True
    must_appear: bool = False
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a template: `line` counts from 1, 0 is the text as a whole. `code` and `word` name it."""

    line: int
    code: Code
    word: str


class WrongData(ValueError):
    """Values missing, unknown or of the wrong shape; `names` lists them."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = list(names)


def problems(
    text: str, placeholders: Sequence[Placeholder], *, inline: bool = False, boxes: bool = False
) -> Iterator[Problem]:
    """What is wrong with a template's text; nothing when it can be filled.

    `inline` forbids tables and lists (titles, foot lines); `boxes` allows the boxes of a form.
    """
    by_word = {placeholder.word: placeholder for placeholder in placeholders}
    for number, line in enumerate(text.splitlines(), start=1):
        rest = TOKEN.sub("", line)
        if "{{" in rest or "}}" in rest:
            yield Problem(number, "unclosed", rest.strip()[:20])
        if BOX in line and not boxes:
            yield Problem(number, "no_boxes", BOX)
        for match in TOKEN.finditer(line):
            code = _fault(by_word.get(match[1]), match[2], alone=line.strip() == match[0], inline=inline)
            if code:
                yield Problem(number, code, match[2] if code == "unknown_form" else match[1])
    used = {match[1] for match in TOKEN.finditer(text)}
    if not inline:
        for placeholder in placeholders:
            if placeholder.must_appear and placeholder.word not in used:
                yield Problem(0, "missing", placeholder.word)


def _fault(placeholder: Placeholder | None, form: str | None, *, alone: bool, inline: bool) -> Code | None:
    if placeholder is None:
        return "unknown"
    if form and form != CAPITALS:
        return "unknown_form"
    if form and placeholder.kind != "money":
        return "no_capitals"
    if placeholder.kind == "code":
        return "not_for_text"
    if placeholder.kind in BLOCKS and inline:
        return "no_table_here"
    if placeholder.kind in BLOCKS and not alone:
        return "not_alone"
    return None


def check_data(placeholders: Sequence[Placeholder], data: Mapping[str, Any]) -> None:
    """Raises `WrongData` for a missing required, an unknown or a misshapen value."""
    known = {placeholder.name: placeholder for placeholder in placeholders}
    wrong = [name for name in data if name not in known]
    for name, placeholder in known.items():
        value = data.get(name)
        if value in (None, "", []):
            if placeholder.required:
                wrong.append(name)
        elif not _fits(placeholder, value):
            wrong.append(name)
    if wrong:
        raise WrongData(wrong)


def _fits(placeholder: Placeholder, value: Any) -> bool:
    match placeholder.kind:
        case "money":
            return isinstance(value, int) and not isinstance(value, bool)
        case "date":
            try:
                return bool(date.fromisoformat(value))
            except (TypeError, ValueError):
                return False
        case "paragraphs":
            return isinstance(value, str) or (
                isinstance(value, list) and all(isinstance(item, str) for item in value)
            )
        case "table":
            names = {column.name for column in placeholder.columns}
            return isinstance(value, list) and all(
                isinstance(row, Mapping) and set(row) <= names for row in value
            )
        case "rows":
            return isinstance(value, list) and all(
                isinstance(row, Mapping) and "label" in row for row in value
            )
        case _:
            return isinstance(value, str)


def fill_line(text: str, placeholders: Sequence[Placeholder], data: Mapping[str, Any]) -> str:
    """One line of text with its values; a title, a recipient, a foot line."""
    by_word = {placeholder.word: placeholder for placeholder in placeholders}

    def value(match: re.Match[str]) -> str:
        placeholder = by_word.get(match[1])
        return _words(placeholder, data.get(placeholder.name), match[2]) if placeholder else match[0]

    return TOKEN.sub(value, text)


def fill(text: str, placeholders: Sequence[Placeholder], data: Mapping[str, Any]) -> list[Block]:
    """The blocks of a template filled with `data`: paragraphs (`level`, `lead`, `text`) and tables (`columns`, `rows`).

    A line that is only a placeholder whose optional value is empty is left out.
    """
    by_word = {placeholder.word: placeholder for placeholder in placeholders}
    blocks: list[Block] = []
    for raw in text.splitlines():
        line = raw.strip()
        alone = TOKEN.fullmatch(line)
        placeholder = by_word.get(alone[1]) if alone else None
        if placeholder and data.get(placeholder.name) in (None, "", []):
            continue
        if placeholder and placeholder.kind in BLOCKS:
            blocks += _blocks(placeholder, data[placeholder.name])
        elif BOX in line:
            cells = [fill_line(cell, placeholders, data).strip() for cell in line.split(BOX)]
            blocks.append(boxes(list(zip(cells[::2], [*cells[1::2], ""], strict=False))))
        elif line:
            blocks.append(paragraph(fill_line(line, placeholders, data)))
    return blocks


def _blocks(placeholder: Placeholder, value: Any) -> list[Block]:
    match placeholder.kind:
        case "table":
            return [table(placeholder.columns, value)]
        case "rows":
            return form_blocks(value)
        case _:
            return [paragraph(item) for item in sentences(value) if item.strip()]


def sentences(value: str | Sequence[str]) -> list[str]:
    """Paragraphs as a list: a text that was typed into one box is split at its line ends."""
    return value.splitlines() if isinstance(value, str) else list(value)


def boxes(pairs: Sequence[tuple[str, str]]) -> Block:
    """One row of a form: labels and values side by side."""
    return {
        "kind": "boxes",
        "cells": [{"label": plain(label), "value": plain(value)} for label, value in pairs],
    }


def form_blocks(answers: Sequence[Mapping[str, Any]]) -> list[Block]:
    """The boxes of a filled form: short answers two to a row, long ones and tables across the whole width."""
    blocks: list[Block] = []
    waiting: tuple[str, str] | None = None
    for answer in answers:
        label, value = str(answer["label"]), str(answer.get("value", ""))
        short = "columns" not in answer and len(label) <= 14 and len(value) <= 16
        if short and waiting:
            blocks.append(boxes([waiting, (label, value)]))
            waiting = None
        elif short:
            waiting = (label, value)
        else:
            if waiting:
                blocks.append(boxes([waiting]))
                waiting = None
            if "columns" in answer:
                blocks.append(paragraph(label))
                names = [str(name) for name in answer["columns"]]
                columns = [Column(str(index), name) for index, name in enumerate(names)]
                blocks.append(
                    table(columns, [{str(i): cell for i, cell in enumerate(row)} for row in answer["rows"]])
                )
            else:
                blocks.append(boxes([(label, value)]))
    if waiting:
        blocks.append(boxes([waiting]))
    return blocks


def paragraph(text: str) -> Block:
    """A paragraph block; numbered headings get their lead (up to the first full stop) set apart."""
    text = plain(text)
    level = 1 if FIRST_LEVEL.match(text) else 2 if SECOND_LEVEL.match(text) else 0
    lead, stop, rest = text.partition("。")
    if not level:
        return {"kind": "paragraph", "level": 0, "lead": "", "text": text}
    return {
        "kind": "paragraph",
        "level": level,
        "lead": lead + (stop if rest else ""),
        "text": rest if rest else stop,
    }


def table(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Block:
    """A table block; cells are text."""
    return {
        "kind": "table",
        "columns": [{"label": c.word, "width": c.width, "align": c.align} for c in columns],
        "rows": [[plain(str(row.get(c.name, ""))) for c in columns] for row in rows],
    }


def plain(text: str) -> str:
    """Text for one line of print: control characters out, line ends and tabs to spaces."""
    return "".join(
        " " if char in "\n\r\t" else char for char in text if char >= " " or char in "\n\r\t"
    ).strip()


def chinese_date(day: date | str) -> str:
    """2022年2月10日: Arabic numerals, no leading zeros (GB/T 9704-2012, 7.3.5.5)."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.year}年{day.month}月{day.day}日"


def sample_data(placeholders: Sequence[Placeholder]) -> dict[str, Any]:
    """Plausible values for a preview."""
    return {placeholder.name: placeholder.sample for placeholder in placeholders if placeholder.sample != ""}


def _words(placeholder: Placeholder, value: Any, form: str | None) -> str:
    if value in (None, ""):
        return ""
    match placeholder.kind:
        case "money":
            return in_capitals(value) if form == CAPITALS else f"{yuan(value)}元"
        case "date":
            return chinese_date(value)
        case "paragraphs":
            return "；".join(plain(item) for item in sentences(value))
        case _:
            return plain(str(value))
