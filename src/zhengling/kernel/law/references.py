"""What a provision may point at: rules, acts, limits, pages and the rest, registered by those who define
them.

Each room registers its names when it is loaded (an app's `ready`, a procedure's declaration); the law's own
check reads them. A name is `<room>.<thing>`: `medical_aid.accept`, `medical.settle`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

KINDS = frozenset(
    {
        "account",
        "act",
        "form",
        "indicator",
        "letter",
        "limit",
        "notice",
        "page",
        "parameter",
        "register",
        "return",
        "rule",
    }
)

_known: dict[str, set[str]] = {}
_words: dict[tuple[str, str], object] = {}
_values: dict[tuple[str, str], object] = {}


def register(kind: str, *names: str) -> None:
    """Say that these things exist, each as `<room>.<thing>`. Raises ValueError for an unknown kind."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of reference; kinds are {', '.join(sorted(KINDS))}")
    _known.setdefault(kind, set()).update(names)


def describe(kind: str, words: Mapping[str, object]) -> None:
    """Register things with what each does, in one line: name -> words, which may be a lazy translation."""
    register(kind, *words)
    _words.update({(kind, name): text for name, text in words.items()})


def words_of(kind: str, name: str) -> str:
    """What the thing does, in the language of the reader; empty when nobody has said it."""
    return str(_words.get((kind, name), ""))


def describe_values(service: str, words: Mapping[str, object]) -> None:
    """Words for what a parameter can be: a choice by its name, the key of a table as ``<what it is by>.<key>``."""
    _values.update({(service, name): text for name, text in words.items()})


def value_words(service: str, name: str) -> str:
    """A choice or the key of a table in the language of the reader; as written when nobody has described it."""
    return str(_values.get((service, name), name.rpartition(".")[2]))


def known(kind: str) -> frozenset[str]:
    """The registered names of that kind."""
    return frozenset(_known.get(kind, ()))


def rules_in(services: Path) -> frozenset[str]:
    """Public functions of every service's `rules.py`, found without importing a compiler."""
    return frozenset(
        f"{path.parent.name}.{node.name}"
        for path in sorted(services.glob("*/rules.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    )
