"""``zhengling people``: keeping personal data at rest."""

from __future__ import annotations

import os

import click


@click.group()
def people() -> None:
    """Personal data at rest."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()


@people.command()
def reseal() -> None:
    """Seal everything with the newest key of ZHENGLING_FIELD_KEYS; afterwards older keys may be dropped."""
    from zhengling.kernel.people.resealing import reseal as run

    click.echo(f"{run()} rows sealed anew")
