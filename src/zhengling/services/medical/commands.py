"""`zhengling medical ...`. The web framework is not started, the database not opened."""

from __future__ import annotations

import os
from pathlib import Path

import click

from zhengling.configuration import CITIES

FILE = click.Path(path_type=Path, dir_okay=False)


def city_parameters() -> Path:
    """The medical parameters of the city that this installation serves."""
    return CITIES / os.environ.get("ZHENGLING_CITY", "yongzhou") / "medical" / "parameters.yaml"


@click.group()
def medical() -> None:
    """Medical assistance (医疗救助)."""


@medical.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--output", metavar="OUT", type=FILE, required=True, help="Where to write; .csv, .parquet or .xlsx."
)
@click.option(
    "--parameters",
    "parameters_file",
    metavar="FILE",
    type=FILE,
    help="Instead of the city's parameters.yaml.",
)
@click.option("--errors", metavar="FILE", type=FILE, help="Write all row errors to this CSV file.")
@click.option(
    "--engine", type=click.Choice(["local"]), default="local", help="Where to compute: on this machine."
)
def settle(
    source: Path, output: Path, parameters_file: Path | None, errors: Path | None, engine: str
) -> None:
    """Settle the file IN (.csv, .parquet, .xlsx): what assistance each settlement gets, with the articles.

    OUT is the input with the results added, or is not written at all: then the rows that are wrong are listed
    and the exit code is 2.
    """
    from zhengling.kernel.law.parameters import ParameterError, load_parameters
    from zhengling.services.medical.bulk import settle_file
    from zhengling.services.medical.bulk_errors import BadRowsError, UnusableFileError

    try:
        parameters = load_parameters(parameters_file or city_parameters())
        summary = settle_file(source, output, parameters, errors)
    except (UnusableFileError, ParameterError) as problem:
        click.echo(f"Error: {problem}", err=True)
        raise SystemExit(2) from problem
    except OSError as error:
        raise click.ClickException(f"{error.strerror}: {error.filename or output}") from error
    except BadRowsError as bad:
        for line, column, reason in bad.log.first:
            click.echo(f"line {line}: {column + ' ' if column else ''}{reason}", err=True)
        hidden = bad.log.total - len(bad.log.first)
        where = f", all in {errors}" if errors else "; --errors FILE lists all" if hidden else ""
        more = f"{hidden} more{where}. " if hidden else ""
        click.echo(f"{more}{bad.log.total} errors in {source}; {output} was not written.", err=True)
        raise SystemExit(2) from bad
    money = f"{_yuan(summary.base)} counted, {_yuan(summary.paid)} medical assistance"
    click.echo(f"{summary.rows:,} settlements: {money}; written to {output}.")


def _yuan(fen: int) -> str:
    return f"￥{fen // 100:,}.{fen % 100:02d}"
