"""`zhengling returns`: load the city's forms, open a period."""

from __future__ import annotations

import os

import click


@click.group()
def returns() -> None:
    """Returns (报表): forms and periods."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    import django

    django.setup()


@returns.command()
def load() -> None:
    """Load new versions of the city's forms; safe to run again."""
    from django.conf import settings

    from zhengling.kernel.returns.loading import load_forms

    click.echo(f"form versions added: {load_forms(settings.CITY / 'returns')}")


@returns.command("open")
@click.argument("key")
@click.argument("period")
def open_returns(key: str, period: str) -> None:
    """Open the returns of a PERIOD (2022-03, 2022Q1, 2022) of the form KEY for every unit."""
    from zhengling.kernel.casework.errors import CaseworkError
    from zhengling.kernel.returns.operations import open_period
    from zhengling.kernel.returns.periods import Period

    try:
        click.echo(f"returns opened: {open_period(key, Period.parse(period))}")
    except (ValueError, CaseworkError) as error:
        raise click.ClickException(str(error)) from error
