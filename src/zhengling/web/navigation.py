"""The main navigation: one literal table. An entry is shown to whoever may open its page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.roles import ROLES

BUSINESS = frozenset(name for name, role in ROLES.items() if role.business)


@dataclass(frozen=True, slots=True)
class Entry:
    """A link by its URL name. `roles` empty: for everybody; else for whoever holds one of them anywhere.

    `under` are further beginnings of addresses that belong to the entry; `residents`: for who signed in without a role.
    """

    label: str | Promise
    url: str
    roles: frozenset[str] = frozenset()
    under: tuple[str, ...] = ()
    residents: bool = False


ENTRIES = (
    Entry(_("Gazette"), "home", under=("/law/",)),
    Entry(_("Notices"), "notices"),
    Entry(_("Follow"), "follow"),
    Entry(_("Units"), "organisations"),
    Entry(_("Workbench"), "workbench", BUSINESS),
    Entry(_("My cases"), "workbench", residents=True),
    Entry(_("Today"), "supervision-today", BUSINESS),
    Entry(
        _("Medical assistance"),
        "medical",
        frozenset({"clerk", "reviewer", "approver", "cashier", "policy_officer", "supervisor", "auditor"}),
    ),
    Entry(
        _("Letters"),
        "letters",
        frozenset({"clerk", "reviewer", "approver", "secretary", "supervisor", "auditor"}),
    ),
    Entry(_("Funds"), "funds", frozenset({"cashier", "approver", "supervisor", "auditor"})),
    Entry(_("Data exchange"), "exchange", frozenset({"reviewer", "approver", "supervisor", "auditor"})),
    Entry(_("Returns"), "returns", frozenset({"clerk", "reviewer", "approver", "supervisor", "auditor"})),
    Entry(_("Supervision"), "supervision", frozenset({"supervisor", "auditor", "approver"})),
    Entry(_("What if"), "policy-reforms", frozenset({"policy_officer", "approver", "supervisor", "auditor"})),
    Entry(_("Integrity"), "integrity", frozenset({"supervisor", "auditor", "audit_admin"})),
    Entry(_("Official text"), "gazette", frozenset({"policy_officer", "system_admin"})),
    Entry(_("Accounts"), "accounts", frozenset({"account_admin", "security_admin"})),
    Entry(_("API clients"), "clients", frozenset({"account_admin", "security_admin"})),
    Entry(_("Deliveries"), "deliveries", frozenset({"system_admin"})),
    Entry(_("Audit record"), "audit", frozenset({"audit_admin"})),
)


def entries_for(actor: Actor) -> list[Entry]:
    """The entries this actor sees, in order."""
    held = {role for role, _unit in actor.grants}
    resident = actor.user is not None and not held
    return [e for e in ENTRIES if e.roles & held or (resident if e.residents else not e.roles)]
