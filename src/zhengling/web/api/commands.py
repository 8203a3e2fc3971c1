"""`zhengling api`: clients, tokens, and the OpenAPI document."""

from __future__ import annotations

import json
import os

import click

from zhengling.kernel.clients import commands


@click.group()
def api() -> None:
    """Systems that speak to the API, their tokens, and what the API offers."""


api.add_command(commands.client)
api.add_command(commands.token)


@api.command()
def schema() -> None:
    """Print the OpenAPI document; docs/openapi.json holds it."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()
    from zhengling.web.api.assembly import schema as document

    click.echo(json.dumps(document(), ensure_ascii=False, indent=1))
