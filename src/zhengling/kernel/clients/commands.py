"""`zhengling api client …` and `zhengling api token …`: what the administrators' page does, from a terminal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click


class ClientCommand(click.Command):
    """Turns our refusals into one clear line. The group above it has started the framework."""

    def invoke(self, ctx: click.Context) -> Any:
        from zhengling.kernel.accounts.errors import AccountError

        try:
            return super().invoke(ctx)
        except AccountError as error:
            raise click.ClickException(str(error)) from None


@click.group()
def client() -> None:
    """Systems that speak to the API."""


@client.command("create", cls=ClientCommand)
@click.argument("name")
@click.option("--unit", required=True, help="Code of the unit the client acts for.")
@click.option("--role", "roles", multiple=True, help="Role it acts with there; may be given several times.")
@click.option("--contact", required=True, help="Who answers for it.")
def create(name: str, unit: str, roles: tuple[str, ...], contact: str) -> None:
    """Open a client."""
    from zhengling.kernel.accounts.actors import SYSTEM
    from zhengling.kernel.clients.operations import create_client
    from zhengling.kernel.organisations.models import Organisation

    found = Organisation.objects.filter(code=unit).first()
    if found is None:
        raise click.ClickException(f"there is no unit with the code {unit}")
    made = create_client(SYSTEM, name, found, roles, contact)
    click.echo(f"{made.name} acts for {found.name} as {', '.join(made.roles) or 'nobody: it only reads'}")


@click.group()
def token() -> None:
    """Their tokens."""


@token.command("issue", cls=ClientCommand)
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="May be given several times.")
@click.option("--days", default=90, show_default=True, help="How long it lasts; at most 366.")
def issue(name: str, scopes: tuple[str, ...], days: int) -> None:
    """Print a new token for the client NAME. It is shown this once and kept nowhere."""
    from zhengling.kernel import clock
    from zhengling.kernel.accounts.actors import SYSTEM
    from zhengling.kernel.clients.operations import issue_token

    made, text = issue_token(SYSTEM, _client(name), scopes, clock.today() + timedelta(days=days))
    click.echo(text)
    click.echo(f"ends after {made.expires_on}; opens {', '.join(made.scopes)}", err=True)


@token.command("list", cls=ClientCommand)
@click.argument("name")
def tokens(name: str) -> None:
    """The tokens of the client NAME."""
    for row in _client(name).tokens.order_by("issued_at"):
        state = "revoked" if row.revoked_at else f"ends after {row.expires_on}"
        click.echo(f"{row.prefix}  {state}  {' '.join(row.scopes)}")


@token.command("revoke", cls=ClientCommand)
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Refuse the token with this PREFIX from now on."""
    from zhengling.kernel.accounts.actors import SYSTEM
    from zhengling.kernel.clients.models import Token
    from zhengling.kernel.clients.operations import revoke_token

    found = Token.objects.select_related("client__organisation").filter(prefix=prefix).first()
    if found is None:
        raise click.ClickException(f"there is no token {prefix}")
    revoke_token(SYSTEM, found)
    click.echo(f"{prefix} is refused from now on")


def _client(name: str) -> Any:
    from zhengling.kernel.clients.models import Client

    found = Client.objects.select_related("organisation").filter(name=name).first()
    if found is None:
        raise click.ClickException(f"there is no client {name}")
    return found
