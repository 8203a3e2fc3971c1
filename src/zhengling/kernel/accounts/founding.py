"""The first administrators: whoever runs the installation opens them, because nobody is there yet to do it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.accounts.errors import AccountError
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.accounts.operations import create_account, grant_role
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.organisations.models import Level, Organisation


@transaction.atomic
def found_administrator(username: str, full_name: str, role: str) -> tuple[User, str]:
    """The account with `role` for the whole city, and its first password. Raises `AccountError` when the role
    is held by an account that can sign in, or the city's organisations are not loaded."""
    # The city's row is the lock: of two founders at once the second sees the first.
    city = Organisation.objects.select_for_update().filter(level=Level.CITY).first()
    if city is None:
        raise AccountError(_("the organisations of the city are not loaded yet"))
    held = RoleGrant.objects.overlapping(clock.today(), None).filter(
        role=role, organisation=city, user__is_active=True, user__is_demo=False
    )
    if held.exists():
        raise AccountError(
            _("“%(role)s” is held already; open further accounts in the pages") % {"role": ROLES[role].label}
        )
    user, password = create_account(SYSTEM, username, full_name, city)
    grant_role(SYSTEM, user, role, city)
    return user, password
