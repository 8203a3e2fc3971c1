"""`zhengling funds`: load the chart of accounts, prove the books."""

from __future__ import annotations

import os

import click


@click.group()
def funds() -> None:
    """The books of the units: accounts and proofs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    import django

    django.setup()


@funds.command()
def load() -> None:
    """Open the books of every unit and load the city's chart of accounts; safe to run again."""
    from zhengling.kernel.funds.chart import current_chart
    from zhengling.kernel.funds.chart import load as load_chart

    click.echo(f"accounts added: {load_chart(current_chart())}")


@funds.command()
def check() -> None:
    """Prove every unit's books from their lines; exit code 1 when something does not agree."""
    from zhengling.kernel.funds.models import Ledger
    from zhengling.kernel.funds.verify import problems

    found = False
    for ledger in Ledger.objects.select_related("unit"):
        for problem in problems(ledger):
            found = True
            click.echo(f"{ledger.unit.code} {ledger.unit.name}: {problem}", err=True)
        click.echo(f"{ledger.unit.code} {ledger.unit.name}: {ledger.entries} vouchers")
    if found:
        raise SystemExit(1)
