"""Who acts: a user with the roles valid on the day, or the system. Operations take an `Actor`, never a
request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

from zhengling.kernel import clock
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.organisations.models import Organisation


@dataclass(frozen=True)
class Actor:
    """`user` is None for the system (schedules, time limits) and for an anonymous resident."""

    user: User | None = None
    system: bool = False
    # An API client acts for its unit with the roles its token carries.
    client: str = ""
    client_grants: tuple[tuple[str, int], ...] = ()

    @cached_property
    def grants(self) -> dict[tuple[str, int], Organisation]:
        """(role, organisation id) -> organisation, for every grant valid today. One query."""
        if self.client_grants:
            units = Organisation.objects.in_bulk([pk for _role, pk in self.client_grants])
            return {grant: units[grant[1]] for grant in self.client_grants}
        if self.user is None or not self.user.is_active:
            return {}
        rows = RoleGrant.objects.valid_on(clock.today()).filter(user=self.user).select_related("organisation")
        return {(row.role, row.organisation_id): row.organisation for row in rows}

    @property
    def name(self) -> str:
        if self.system:
            return "system"
        return self.user.full_name if self.user else self.client

    def holds(self, role: str, organisation_id: int | None = None) -> bool:
        """Whether the role is held in that unit (in any, when none is named)."""
        if organisation_id is None:
            return any(held == role for held, _ in self.grants)
        return (role, organisation_id) in self.grants

    def units(self, *roles: str) -> list[Organisation]:
        """Units in which one of `roles` is held (any business role when none is named)."""
        wanted = set(roles) or {name for name, role in ROLES.items() if role.business}
        return list({unit.pk: unit for (role, _), unit in self.grants.items() if role in wanted}.values())

    def subtrees(self) -> list[str]:
        """Paths below which this actor reads every case (supervisors and auditors)."""
        return [unit.path for (role, _), unit in self.grants.items() if ROLES[role].reads_subtree]


SYSTEM = Actor(system=True)


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request; the same object however often it is asked for: grants are read once."""
    candidate = getattr(request, "user", None)
    user = candidate if isinstance(candidate, User) else None
    actor: Actor | None = getattr(request, "_actor", None)
    if actor is None or actor.user != user:
        actor = Actor(user=user)
        request._actor = actor  # type: ignore[attr-defined]  # the request is the cache's natural home
    return actor
