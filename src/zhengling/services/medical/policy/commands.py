"""`zhengling policy ...`: populations for what-ifs."""

from __future__ import annotations

import os
from pathlib import Path

import click

from zhengling.configuration import CITIES

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def policy() -> None:
    """What-ifs of medical assistance (医疗救助政策试算)."""


@policy.command()
@click.option("--person-years", type=click.IntRange(1, 100_000_000), required=True, help="How many.")
@click.option("--seed", type=click.IntRange(0), default=2022, show_default=True, help="Another seed, others.")
@click.option("--year", type=click.IntRange(2000, 2100), default=2021, show_default=True)
@click.option("--output", type=FILE, required=True, help="Where to write.")
def population(person_years: int, seed: int, year: int, output: Path) -> None:
    """Make up a population: nobody in it exists. The same numbers give the same file. Needs no database."""
    from zhengling.services.medical.policy import generator

    weights = generator.weights_of(CITIES / os.environ.get("ZHENGLING_CITY", "yongzhou"))
    generator.generate(output, person_years, seed, year, weights)
    click.echo(f"{person_years:,} person-years of {year}, seed {seed}; written to {output}.")


@policy.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def add(file: Path) -> None:
    """Let reforms be tried on the population in FILE, which is copied."""
    _django()
    from zhengling.services.medical.policy.operations import adopt_file
    from zhengling.services.medical.policy.population import UnusablePopulation

    try:
        row = adopt_file(file)
    except UnusablePopulation as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{row.person_years:,} person-years, {row.rows:,} settlements; digest {row.digest[:12]}.")


@policy.command()
def snapshot() -> None:
    """Take a snapshot of what this system has decided, without waiting for the worker."""
    _django()
    from zhengling.services.medical.policy.trials import take_snapshot

    row = take_snapshot()
    click.echo(f"{row.person_years:,} person-years, {row.rows:,} settlements; digest {row.digest[:12]}.")


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()
