"""How far an officer may look: the own units, and everything below the units he supervises or audits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from django.db.models import Q, QuerySet

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.organisations.models import Organisation

SUBTREE_ROLES = tuple(name for name, role in ROLES.items() if role.reads_subtree)


@dataclass(frozen=True, slots=True)
class Scope:
    """`over` are the tops of whole subtrees, none below another; `own` the single units outside of them."""

    over: tuple[Organisation, ...] = ()
    own: tuple[Organisation, ...] = ()
    actor: Actor = field(default_factory=Actor, compare=False)

    @classmethod
    def of(cls, actor: Actor) -> Scope:
        """An empty scope (falsy) for whoever holds no business role."""
        heads = sorted(actor.units(*SUBTREE_ROLES), key=lambda unit: unit.path)
        over: list[Organisation] = []
        for unit in heads:
            if not any(top.covers(unit) for top in over):
                over.append(unit)
        own = sorted(actor.units(), key=lambda unit: unit.path)
        outside = (unit for unit in own if not any(top.covers(unit) for top in over))
        return cls(tuple(over), tuple(outside), actor)

    def __bool__(self) -> bool:
        return bool(self.over or self.own)

    @property
    def tops(self) -> tuple[Organisation, ...]:
        return (*self.over, *self.own)

    def covers(self, unit: Organisation) -> bool:
        """Whether the officer may look at that unit."""
        return any(top.covers(unit) for top in self.over) or any(own.pk == unit.pk for own in self.own)

    def below(self, unit: Organisation) -> Scope:
        """The part of the scope at and below a unit that it covers."""
        whole = any(top.covers(unit) for top in self.over)
        return replace(self, over=(unit,), own=()) if whole else replace(self, over=(), own=(unit,))

    def units(self) -> QuerySet[Organisation]:
        """Every unit of the scope. One condition, decided in SQL."""
        wanted = Q(pk__in=[unit.pk for unit in self.own])
        for top in self.over:
            wanted |= Q(path__startswith=top.path)
        return Organisation.objects.filter(wanted)

    def on(self, field: str) -> Q:
        """Rows whose `field`, a reference to a unit, lies in the scope.

        The tree has one root, so whoever looks over the root looks at every unit; saying it plainly lets the
        database walk its date indexes.
        """
        if any(top.parent_id is None for top in self.over):
            return Q(**{f"{field}__isnull": False})
        return Q(**{f"{field}__in": self.units().order_by().values("pk")})
