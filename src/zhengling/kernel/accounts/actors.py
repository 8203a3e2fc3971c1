"""Who acts: a user with the roles valid on the day, or the system itself. Operations take an `Actor`, never a request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

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
        today = clock.today()
        rows = RoleGrant.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=today), user=self.user, valid_from__lte=today
        ).select_related("organisation")
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
