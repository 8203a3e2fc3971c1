"""Reading accounts: which ones an administrator manages, how they stand, who holds a role."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.organisations.models import Level, Organisation

ADMINISTRATORS = ("account_admin", "security_admin")
UNUSED_DAYS = 90


def administered(actor: Actor) -> QuerySet[User]:
    """Accounts the actor sees as administrator: if and only if their unit lies in a subtree in which the
    actor is account or security administrator; residents, if that subtree is the whole city."""
    units = actor.units(*ADMINISTRATORS)
    if not units:
        return User.objects.none()
    rules = [Q(organisation__path__startswith=unit.path) for unit in units]
    if any(unit.level == Level.CITY for unit in units):
        rules.append(Q(organisation=None))
    return User.objects.filter(reduce(or_, rules))


def grantable_units(actor: Actor, *roles: str) -> QuerySet[Organisation]:
    """Units inside those in which the actor holds one of `roles`."""
    units = actor.units(*roles)
    if not units:
        return Organisation.objects.none()
    return Organisation.objects.filter(reduce(or_, [Q(path__startswith=unit.path) for unit in units]))


def with_standing(accounts: QuerySet[User]) -> QuerySet[Any]:
    """Adds `current_grants` (a list), `has_factor` and `is_locked`; three queries for a page of any
    length."""
    grants = (
        RoleGrant.objects.overlapping(clock.today(), None).select_related("organisation").order_by("role")
    )
    return (
        accounts.select_related("organisation")
        .prefetch_related(Prefetch("grants", grants, to_attr="current_grants"))
        .annotate(has_factor=_has_factor(), is_locked=_is_locked())
    )


def _has_factor() -> Exists:
    return Exists(Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP))


def _is_locked() -> Exists:
    return Exists(_lockouts().filter(username=OuterRef("username")))


def _lockouts() -> QuerySet[AccessAttempt]:
    """Failed sign-ins, as axes counts them: by name and address, over the cooling-off time. In real time."""
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    attempts: QuerySet[AccessAttempt] = (
        AccessAttempt.objects.filter(attempt_time__gte=since)
        .values("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    )
    return attempts


def search(
    accounts: QuerySet[Any], *, words: str = "", unit: str = "", role: str = "", state: str = ""
) -> QuerySet[Any]:
    """Narrow a list: words in username or name, a unit's code with everything below it, a role held, a state
    (``active``, ``closed``, ``locked``, ``no_factor``, ``unused``)."""
    if words:
        accounts = accounts.filter(Q(username__icontains=words) | Q(full_name__icontains=words))
    if unit:
        top = Organisation.objects.filter(code=unit).first()
        accounts = accounts.filter(organisation__path__startswith=top.path) if top else accounts.none()
    if role:
        held = RoleGrant.objects.overlapping(clock.today(), None).filter(role=role, user=OuterRef("pk"))
        accounts = accounts.filter(Exists(held))
    match state:
        case "active":
            accounts = accounts.filter(is_active=True)
        case "closed":
            accounts = accounts.filter(is_active=False)
        case "locked":
            accounts = accounts.filter(_is_locked())
        case "no_factor":
            accounts = accounts.filter(~_has_factor(), is_active=True)
        case "unused":
            accounts = accounts.filter(unused())
    return accounts


def unused() -> Q:
    """Open accounts nobody has signed in to for 90 days, counted from their opening: surplus ones are to be
    closed (GB/T 22239 8.1.4.2 c). In real time, as sign-ins are."""
    since = timezone.now() - timedelta(days=UNUSED_DAYS)
    return Q(is_active=True) & (Q(last_login__lt=since) | Q(last_login=None, created_at__lt=since))


def holders(role: str, organisation: Organisation) -> QuerySet[User]:
    """Who holds the role in the unit today."""
    grants = RoleGrant.objects.valid_on(clock.today()).filter(
        role=role, organisation=organisation, user=OuterRef("pk")
    )
    return User.objects.filter(Exists(grants), is_active=True)


def demo_users() -> list[tuple[User, list[RoleGrant]]]:
    """The accounts of the demo city with their roles, city first, then by unit; residents last."""
    users = with_standing(User.objects.filter(is_demo=True, is_active=True))
    rows = [(user, user.current_grants) for user in users]
    return sorted(
        rows,
        key=lambda row: (row[0].organisation is None, getattr(row[0].organisation, "path", ""), row[0].pk),
    )
