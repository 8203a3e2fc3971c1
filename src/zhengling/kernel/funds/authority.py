"""Who may keep a unit's books: cashiers prepare, approvers decide, supervisors and auditors read.

A role counts when it is held in the unit itself or in one of its offices that the city's chart names (finance
and healthcare security for article 21); a cashier of another department has no business with these books.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.funds.chart import current_chart
from zhengling.kernel.funds.errors import NotYourLedger
from zhengling.kernel.funds.models import Ledger
from zhengling.kernel.organisations.models import Organisation

KEEPERS = ("cashier", "approver")


def domain(unit: Organisation) -> str:
    """The path of the unit whose books an officer of `unit` serves: the unit above for an office, else the
    unit."""
    if unit.kind in current_chart().offices:
        return unit.path.rstrip("/").rpartition("/")[0] + "/"
    return unit.path


def holds(actor: Actor, ledger: Ledger, role: str) -> bool:
    return any(
        held == role and domain(unit) == ledger.unit.path for (held, _pk), unit in actor.grants.items()
    )


def require(actor: Actor, ledger: Ledger, role: str) -> None:
    """Raises `NotYourLedger` naming who may, unless the actor holds `role` at this ledger."""
    if not holds(actor, ledger, role):
        raise NotYourLedger(
            _("this belongs to: %(unit)s, %(role)s") % {"unit": ledger.unit.label, "role": ROLES[role].label}
        )


def require_person(actor: Actor) -> User:
    """The user behind the actor; raises `NotYourLedger` for a program."""
    if actor.user is None:
        raise NotYourLedger(_("a person decides this, not a program"))
    return actor.user


def second_person(actor: Actor, first: User | None, message: str) -> None:
    """The four-eyes rule: raises `NotYourLedger` for whoever did the first half, and for a program."""
    if require_person(actor) == first:
        raise NotYourLedger(message)


def readable(actor: Actor) -> QuerySet[Ledger]:
    """Ledgers the actor may read: if and only if the actor keeps them, or they lie below a unit the actor
    supervises or audits."""
    rows = Ledger.objects.select_related("unit")
    if actor.system:
        return rows
    rule = Q(pk__in=())
    for (role, _pk), unit in actor.grants.items():
        if role in KEEPERS:
            rule |= Q(unit__path=domain(unit))
        elif ROLES[role].reads_subtree:
            rule |= Q(unit__path__startswith=domain(unit))
    return rows.filter(rule)
