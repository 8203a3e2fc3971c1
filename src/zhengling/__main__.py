"""The one command line. Sub-commands are imported when they are called, so that a calculator does not start the web framework."""

from __future__ import annotations

from importlib import import_module

import click

# name on the command line -> "module:command"; a room's commands live in its own commands.py
COMMANDS = {
    "accounts": "zhengling.kernel.accounts.commands:accounts",
    "api": "zhengling.web.api.commands:api",
    "archive": "zhengling.kernel.documents.commands:archive",
    "audit": "zhengling.kernel.audit.commands:audit",
    "due": "zhengling.kernel.workdays.commands:due",
    "export": "zhengling.web.commands:export",
    "funds": "zhengling.kernel.funds.commands:funds",
    "law": "zhengling.kernel.law.commands:law",
    "medical": "zhengling.services.medical.commands:medical",
    "organisations": "zhengling.kernel.organisations.commands:organisations",
    "people": "zhengling.kernel.people.commands:people",
    "policy": "zhengling.services.medical.policy.commands:policy",
    "returns": "zhengling.kernel.returns.commands:returns",
    "run": "zhengling.web.commands:run",
    "seal": "zhengling.kernel.supervision.commands:seal",
    "verify": "zhengling.kernel.supervision.commands:verify",
    "workdays": "zhengling.kernel.workdays.commands:workdays",
    "worker": "zhengling.web.commands:worker",
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="zhengling")
def main() -> None:
    """Zhengling (政令): a city's regulations as one running system."""


if __name__ == "__main__":
    main()
