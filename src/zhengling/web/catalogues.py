"""Compiling the translation catalogues (.po to .mo) with Babel, because a bare machine has no msgfmt."""

from __future__ import annotations

import os
from pathlib import Path

from zhengling.configuration import PACKAGE


def compile_catalogues(root: Path = PACKAGE) -> int:
    """Compile every catalogue below `root` that is newer than its .mo. Returns how many were."""
    compiled = 0
    for source in sorted(root.glob("**/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            _compile(source, target)
            compiled += 1
    return compiled


def _compile(source: Path, target: Path) -> None:
    # Babel is imported only when there is work: it takes a tenth of a second.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    # Written beside and moved over, so that a process that reads it meanwhile sees a whole file.
    partial = target.with_suffix(f".{os.getpid()}.partial")
    with partial.open("wb") as file:
        write_mo(file, catalogue)
    partial.replace(target)
