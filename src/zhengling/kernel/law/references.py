"""What a provision may point at: rules, acts, limits, pages and the rest, registered by those who define them.

Each room registers its names when it is loaded (an app's `ready`, a procedure's declaration); the law's own check
reads them. A kind of which nothing is registered cannot be checked yet, which the check says.
"""

from __future__ import annotations

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


def register(kind: str, *names: str) -> None:
    """Say that these things exist, each as `<service or room>.<name>`. Raises ValueError for an unknown kind."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of reference; kinds are {', '.join(sorted(KINDS))}")
    _known.setdefault(kind, set()).update(names)


def known(kind: str) -> frozenset[str] | None:
    """The registered names of that kind; None when nothing of it is registered, so that nothing can be said."""
    return frozenset(_known[kind]) if _known.get(kind) else None
