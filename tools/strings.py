"""Untranslated strings: every message of the source has a Chinese translation, every translation a message.

Messages come from Python (gettext and its relatives) and from templates ({% trans %}, {% blocktrans %}).
Words in a template outside of these are reported too.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.template.base import Lexer, TokenType
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "zhengling"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
WORD = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,}")
VOID = {"br", "hr", "img", "input", "meta", "link"}
SPOKEN_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt"}

Key = tuple[str | None, str]  # (context, message)


@dataclass(frozen=True)
class Problem:
    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.text}"


def messages() -> Iterator[tuple[Key, Path, int]]:
    """Every message of the source with its place."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            yield from _extract(path, path.read_text())
    for path in templates():
        code = templatize(path.read_text(), origin=str(path))
        # What remains of the HTML is rows of X; without its indentation Python's tokenizer takes it.
        yield from _extract(path, "\n".join(line.lstrip() for line in code.splitlines()))


def templates() -> list[Path]:
    return sorted(p for p in SOURCE.rglob("templates/**/*") if p.suffix in {".html", ".txt", ".xml"})


def _extract(path: Path, code: str) -> Iterator[tuple[Key, Path, int]]:
    for line, found, _comments, context in extract("python", io.BytesIO(code.encode()), KEYWORDS):
        yield (context, found if isinstance(found, str) else found[0]), path, line


def bare_words(path: Path) -> Iterator[Problem]:
    """Words of a template that no translation can reach."""
    kept, inside = "", False
    for token in Lexer(path.read_text()).tokenize():
        name = token.contents.split()[0] if token.contents.split() else ""
        if token.token_type == TokenType.BLOCK and name in {"blocktrans", "blocktranslate", "comment"}:
            inside = True
        elif token.token_type == TokenType.BLOCK and name.startswith("end"):
            inside = inside and name not in {"endblocktrans", "endblocktranslate", "endcomment"}
        is_text = token.token_type == TokenType.TEXT and not inside
        kept += token.contents if is_text else "\n" * token.contents.count("\n")
    parser = _Words(path)
    parser.feed(kept)
    yield from parser.problems


class _Words(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.problems, self.silent = path, list[Problem](), list[str]()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        mute = tag in {"code", "script", "style"} or values.get("aria-hidden") == "true" or self.silent
        if mute and tag not in VOID:
            self.silent.append(tag)
        for name in SPOKEN_ATTRIBUTES & values.keys():
            self._look(values[name] or "")

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self._look(data)

    def _look(self, text: str) -> None:
        if WORD.search(text):
            self.problems.append(
                Problem(self.path, self.getpos()[0], f"not translatable: {text.strip()[:60]!r}")
            )


def catalogues() -> list[tuple[Path, Catalog]]:
    paths = sorted(SOURCE.glob("**/locale/zh_Hans/LC_MESSAGES/django.po"))
    return [(path, read_po(path.open("rb"), abort_invalid=True)) for path in paths]


def problems() -> Iterator[Problem]:
    used: dict[Key, tuple[Path, int]] = {}
    for key, path, line in messages():
        used.setdefault(key, (path, line))
    translated: dict[Key, object] = {}
    for path, catalogue in catalogues():
        for message in catalogue:
            if not message.id:
                continue
            message_id = message.id if isinstance(message.id, str) else message.id[0]
            key = (message.context, message_id)
            yield from _look_at(path, message, used)
            if translated.setdefault(key, message.string) != message.string:
                yield Problem(path, message.lineno or 0, f"translated otherwise elsewhere: {message_id!r}")
    for (context, text), (path, line) in used.items():
        if text and (context, text) not in translated:
            yield Problem(path, line, f"not translated: {text!r}")
    for path in templates():
        yield from bare_words(path)


def _look_at(path: Path, message: object, used: dict[Key, tuple[Path, int]]) -> Iterator[Problem]:
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string)
    line = message.lineno or 0
    if not all(strings):
        yield Problem(path, line, f"empty translation: {ids[0]!r}")
    if message.fuzzy:
        yield Problem(path, line, f"fuzzy: {ids[0]!r}")
    if (message.context, ids[0]) not in used:
        yield Problem(path, line, f"no longer used: {ids[0]!r}")
    for text in strings:
        if text and set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(ids[-1])):
            yield Problem(path, line, f"placeholders differ: {ids[0]!r}")


def main() -> int:
    found = list(problems())
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
