"""``zhengling archive``: checking packages needs no database and no settings."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def archive() -> None:
    """Archived files."""


@archive.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def verify(files: tuple[Path, ...]) -> None:
    """Check packages: every file against its digest, the index, and the chain of events. Exit code 1 for a fault."""
    from zhengling.kernel.documents.package import verify_package

    found = {str(path): verify_package(path) for path in files}
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    if any(found.values()):
        raise SystemExit(1)
