"""``zhengling organisations``: the city's units and posts after a change of its files."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.group()
def organisations() -> None:
    """The city's units and posts."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()


@organisations.command()
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the city's tables; default that of ZHENGLING_CITY.",
)
def load(folder: Path | None) -> None:
    """Bring units, names, duties and posts to what the city's files say; safe to run again.

    After an upgrade, before the servers start again. Units that left the files stay, because cases point to them.
    """
    from django.conf import settings

    from zhengling.kernel.organisations.csv_tables import CityFileError
    from zhengling.kernel.organisations.models import Incumbency
    from zhengling.kernel.organisations.operations import load_city

    try:
        units = load_city(folder or settings.CITY / "organisations")
    except CityFileError as error:
        raise click.ClickException("\n  ".join(["the files are refused", *error.faults])) from None
    click.echo(f"units: {units}, appointments to posts: {Incumbency.objects.count()}")
