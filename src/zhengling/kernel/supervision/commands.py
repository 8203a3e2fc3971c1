"""`zhengling verify` and `zhengling seal`."""

from __future__ import annotations

import os
import sys

import click


@click.command()
def verify() -> None:
    """Prove that no event, checkpoint or book was changed; exit code 1 with every problem otherwise."""
    _start_django()
    from zhengling.kernel.supervision import integrity

    result = integrity.verify()
    for part, text in result.problems:
        click.echo(f"{part}: {text}")
    if result.found > len(result.problems):
        click.echo(f"and {result.found - len(result.problems)} more")
    click.echo(
        f"{result.cases} cases, {result.events} events, {result.checkpoints} checkpoints: "
        + (f"{result.found} problems" if result.found else "whole")
    )
    sys.exit(1 if result.found else 0)


@click.command()
def seal() -> None:
    """Write the heads of all cases to a checkpoint outside the database; prints its path."""
    _start_django()
    from zhengling.kernel.supervision import integrity

    try:
        click.echo(integrity.seal())
    except integrity.SealRefusedError as refused:
        raise click.ClickException(f"not sealed, an earlier checkpoint does not hold:\n{refused}") from None


def _start_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()
