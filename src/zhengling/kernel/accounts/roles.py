"""Roles (角色): what a person may do in a unit. Procedures name roles, never persons.

Administrative roles exclude each other and every business role: who manages accounts does not see cases, who
manages security does not manage the system, who audits changes nothing (三员分立, GB/T 22239 8.1.4.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    label: str | Promise
    business: bool = True
    second_factor: bool = False
    reads_subtree: bool = False


ROLES: dict[str, Role] = {
    role.name: role
    for role in [
        Role("cadre", _("village cadre")),
        Role("clerk", _("clerk")),
        Role("reviewer", _("reviewer")),
        Role("approver", _("approver"), second_factor=True),
        Role("secretary", _("document secretary")),
        Role("cashier", _("cashier")),
        Role("policy_officer", _("policy officer"), second_factor=True),
        Role("supervisor", _("supervisor"), reads_subtree=True),
        Role("auditor", _("auditor (reads only)"), reads_subtree=True, second_factor=True),
        Role("account_admin", _("account administrator"), business=False, second_factor=True),
        Role("system_admin", _("system administrator"), business=False, second_factor=True),
        Role("security_admin", _("security administrator"), business=False, second_factor=True),
        Role("audit_admin", _("audit administrator"), business=False, second_factor=True),
    ]
}

# No account holds two of these, nor one of these beside a business role.
SEPARATED = frozenset({name for name, role in ROLES.items() if not role.business} | {"auditor"})


def excluded(role: str, held: Iterable[str]) -> set[str]:
    """Which of the roles `held` cannot stand beside `role` in one account."""
    others = set(held) - {role}
    return others if role in SEPARATED else others & SEPARATED


def granting_role(role: str) -> str:
    """Who hands the role out: business roles the account administrator, separated ones the security
    administrator."""
    return "security_admin" if role in SEPARATED else "account_admin"
