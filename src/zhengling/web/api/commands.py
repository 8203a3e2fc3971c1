"""`zhengling api`: clients, tokens, and the OpenAPI document."""

from __future__ import annotations

import json
import os

import click

from zhengling.kernel.clients import commands


@click.group()
@click.pass_context
def api(context: click.Context) -> None:
    """Systems that speak to the API, their tokens, and what the API offers."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()
    if context.invoked_subcommand != "schema":
        from zhengling.web import demo

        # A token of the demo city counts its days from that city's day.
        demo.apply()


api.add_command(commands.client)
api.add_command(commands.token)


@api.command()
def schema() -> None:
    """Print the OpenAPI document; docs/openapi.json holds it."""
    from zhengling.web.api.assembly import schema as document

    click.echo(json.dumps(document(), ensure_ascii=False, indent=1))
