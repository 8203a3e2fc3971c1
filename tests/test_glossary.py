"""The interface speaks the words of docs/glossary.md, and one message has one translation everywhere."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "zhengling"
ROW = re.compile(
    r"^\| (?P<zh>[^|]+) \| (?P<en>[^|]+) \| `(?P<code>\w+)` \| (?P<standard>[^|]+) \|$", re.MULTILINE
)
ROWS = [
    match.groupdict() for match in ROW.finditer((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def translations() -> dict[tuple[str | None, str], set[str]]:
    """(context, message) -> its translations in all catalogues."""
    found: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    for path in SOURCE.glob("**/locale/zh_Hans/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            for message in read_po(file, abort_invalid=True):
                if message.id:
                    name = message.id if isinstance(message.id, str) else message.id[0]
                    words = message.string if isinstance(message.string, str) else message.string[0]
                    found[message.context, name].add(words)
    return found


def test_the_glossary_names_each_word_once() -> None:
    assert len(ROWS) >= 120
    english = [row["en"].lower() for row in ROWS]
    assert sorted(english) == sorted(set(english))


def test_the_catalogues_use_the_words_of_the_glossary(translations) -> None:
    by_message: dict[str, set[str]] = defaultdict(set)
    for (context, message), words in translations.items():
        if context is None:
            by_message[message.lower()] |= words
    spoken = {row["en"]: by_message[row["en"].lower()] for row in ROWS if row["en"].lower() in by_message}
    assert len(spoken) >= 100
    # `档案 / 归档`: the thing and the act, one English word.
    agreed = {row["en"]: set(row["zh"].split(" / ")) for row in ROWS}
    assert {en: words for en, words in spoken.items() if words != agreed[en]} == {}


def test_one_message_has_one_translation(translations) -> None:
    assert {key: words for key, words in translations.items() if len(words) > 1} == {}


def test_every_name_of_the_glossary_stands_in_the_code() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for ending in ("py", "yaml")
        for path in SOURCE.rglob(f"*.{ending}")
        if "tests" not in path.parts
    )
    words = set(re.findall(r"\w+", code))
    assert [row["code"] for row in ROWS if row["code"] not in words] == []
