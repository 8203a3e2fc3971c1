"""``zhengling audit``: checking the record from outside the pages, for instance every night."""

from __future__ import annotations

import os
import sys

import click


@click.group()
def audit() -> None:
    """The audit record."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()


@audit.command()
@click.option(
    "--kept", default="", metavar="NUMBER:DIGEST", help="A head printed earlier and kept elsewhere."
)
def verify(kept: str) -> None:
    """Follow the chain of digests; exit code 1 and a line for each problem when it does not agree."""
    from zhengling.kernel.audit.operations import head, problems

    number, _colon, digest = kept.partition(":")
    if kept and not (number.isdecimal() and digest):
        raise click.BadParameter("write it as NUMBER:DIGEST", param_hint="--kept")
    found = 0
    for problem in problems((int(number), digest) if kept else None):
        found += 1
        click.echo(problem)
    end = head()
    click.echo(f"{end[0]} rows, head {end[0]}:{end[1]}")
    sys.exit(1 if found else 0)
