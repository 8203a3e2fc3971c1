"""``zhengling accounts``: the first administrators of a new installation."""

from __future__ import annotations

import os

import click


@click.group()
def accounts() -> None:
    """Accounts of a new installation."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()


@accounts.command("first-admin")
@click.argument("username")
@click.option(
    "--role",
    type=click.Choice(["account_admin", "security_admin"]),
    default="account_admin",
    show_default=True,
    help="What the account administers; a city needs one of each, held by two persons.",
)
@click.option("--name", default="", help="The person's name; the username, if not given.")
def first_admin(username: str, role: str, name: str) -> None:
    """Open the first account with an administrative role and print its first password, once.

    Refused as soon as somebody holds the role: from then on accounts are opened and roles granted in the
    pages.
    """
    from zhengling.kernel.accounts.errors import AccountError
    from zhengling.kernel.accounts.founding import found_administrator

    try:
        user, password = found_administrator(username, name or username, role)
    except AccountError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"username        {user.username}")
    click.echo(f"first password  {password}")
    click.echo(
        "It is shown once, changed at the first sign-in, and followed by setting up the second factor."
    )
