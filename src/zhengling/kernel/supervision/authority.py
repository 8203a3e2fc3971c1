"""Who may urge, answer and close. Pages and operations ask the same functions."""

from __future__ import annotations

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.supervision.models import UrgingOrder

ANSWERING = tuple(name for name, role in ROLES.items() if role.business and name != "auditor")


def issuing_unit(actor: Actor, to: Organisation) -> Organisation | None:
    """The unit in whose name the actor may urge `to`: the nearest above it where the actor is supervisor."""
    above = [unit for unit in actor.units("supervisor") if unit.covers(to) and unit.pk != to.pk]
    return max(above, key=lambda unit: len(unit.path), default=None)


def may_answer(actor: Actor, order: UrgingOrder) -> bool:
    """Anybody with a business role in the unit that was urged, auditors excepted."""
    return any(actor.holds(role, order.to_id) for role in ANSWERING)


def may_close(actor: Actor, order: UrgingOrder) -> bool:
    """A supervisor of the unit that issued the order, or of one above it."""
    return any(unit.covers(order.issuer) for unit in actor.units("supervisor"))
