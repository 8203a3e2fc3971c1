"""Every write about accounts: who may do it, what changes, and the announcement the record is made from."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.errors import AccountError, NotAllowedError
from zhengling.kernel.accounts.events import AccountAction, announce
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.accounts.passwords import first_password
from zhengling.kernel.accounts.roles import ROLES, SEPARATED, excluded, granting_role
from zhengling.kernel.language import official
from zhengling.kernel.organisations.models import Level, Organisation


def normalise_username(text: str) -> str:
    """One spelling for one account: narrow, small letters, no spaces around."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def check_username(text: str) -> str:
    """The normalised name. Raises `AccountError` for one that cannot be used."""
    name = normalise_username(text)
    if not re.fullmatch(r"[a-z0-9][a-z0-9._@-]{2,59}", name):
        raise AccountError(
            _("a username has 3 to 60 small letters, digits or . _ - @, and begins with a letter or digit")
        )
    return name


@transaction.atomic
def create_account(
    actor: Actor,
    username: str,
    full_name: str,
    organisation: Organisation,
    *,
    phone: str = "",
    email: str = "",
) -> tuple[User, str]:
    """An officer's account and its first password, which is shown once and must be changed at the first
    sign-in.

    An account administrator opens accounts for units inside his own. Raises `AccountError`.
    """
    _require(actor, "account_admin", organisation)
    user = _open(username, full_name, organisation=organisation, phone=phone, email=email)
    password = first_password()
    _set_password(user, password, handed_out=True)
    announce(actor, AccountAction.CREATED, user, organisation.name)
    return user, password


@transaction.atomic
def register_resident(username: str, full_name: str, password: str) -> User:
    """The account a resident opens for himself, with a password checked by the caller. Raises
    `AccountError`."""
    user = _open(username, full_name)
    _set_password(user, password, handed_out=False)
    announce(Actor(user=user), AccountAction.CREATED, user)
    return user


def _open(username: str, full_name: str, **fields: Any) -> User:
    if not full_name.strip():
        raise AccountError(_("the name is missing"))
    user = User(
        username=check_username(username), full_name=full_name.strip(), created_at=clock.now(), **fields
    )
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise AccountError(_("the username %(name)s is taken") % {"name": user.username}) from None
    return user


@transaction.atomic
def grant_role(
    actor: Actor,
    user: User,
    role: str,
    organisation: Organisation,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> RoleGrant:
    """Give the account a role in a unit, from today unless said otherwise. Raises `AccountError`.

    Business roles come from an account administrator, separated roles from a security administrator; each
    only inside the own unit and never for himself. Separated roles stand alone (GB/T 22239 8.1.4.2 d).
    """
    if role not in ROLES:
        raise AccountError(_("there is no role “%(role)s”") % {"role": role})
    start = valid_from or clock.today()
    if valid_to and valid_to < start:
        raise AccountError(_("the period ends before it begins"))
    _require(actor, granting_role(role), organisation)
    _not_himself(actor, user)
    # Two administrators who grant at once wait for each other here; the second sees what the first gave.
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if user.is_resident:
        raise AccountError(_("a resident's account holds no roles"))
    if not user.is_active:
        raise AccountError(_("the account is closed"))
    beside = user.grants.overlapping(start, valid_to)
    in_the_way = excluded(role, beside.values_list("role", flat=True))
    if in_the_way:
        raise AccountError(
            _("“%(role)s” cannot be held together with: %(others)s")
            % {
                "role": ROLES[role].label,
                "others": "、".join(str(ROLES[name].label) for name in sorted(in_the_way)),
            }
        )
    if beside.filter(role=role, organisation=organisation).exists():
        raise AccountError(_("the account holds this role in this unit already"))
    grant = RoleGrant.objects.create(
        user=user,
        role=role,
        organisation=organisation,
        valid_from=start,
        valid_to=valid_to,
        granted_by=actor.user,
    )
    announce(actor, AccountAction.GRANTED, user, _words(grant))
    return grant


@transaction.atomic
def revoke_role(actor: Actor, grant: RoleGrant) -> None:
    """Take the role back, at once. Raises `AccountError`."""
    _require(actor, granting_role(grant.role), grant.organisation)
    _not_himself(actor, grant.user)
    _revoke(actor, grant)


@transaction.atomic
def deactivate(actor: Actor, user: User) -> None:
    """Close the account: its sessions end, its roles are taken back, its name stays taken. Raises
    `AccountError`."""
    _may_manage(actor, user)
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if not user.is_active:
        raise AccountError(_("the account is closed"))
    for grant in user.grants.overlapping(clock.today(), None).select_related("organisation", "user"):
        _revoke(actor, grant)
    user.is_active = False
    user.save(update_fields=["is_active"])
    announce(actor, AccountAction.DEACTIVATED, user)


@transaction.atomic
def reactivate(actor: Actor, user: User) -> str:
    """Open a closed account again, without its former roles; returns its new first password."""
    _may_manage(actor, user)
    user.is_active = True
    password = first_password()
    _set_password(user, password, handed_out=True)
    announce(actor, AccountAction.REACTIVATED, user)
    return password


@transaction.atomic
def reset_password(actor: Actor, user: User) -> str:
    """A new first password for who forgot the old one; every session of the account ends."""
    _may_manage(actor, user)
    if not user.is_active:
        raise AccountError(_("the account is closed"))
    password = first_password()
    _set_password(user, password, handed_out=True)
    announce(actor, AccountAction.PASSWORD_RESET, user)
    return password


@transaction.atomic
def reset_second_factor(actor: Actor, user: User) -> None:
    """Remove the second factor of who lost the telephone; the next sign-in sets up a new one."""
    _may_manage(actor, user)
    Authenticator.objects.filter(user=user).delete()
    announce(actor, AccountAction.FACTOR_REMOVED, user)


@transaction.atomic
def unlock(actor: Actor, user: User) -> None:
    """Forget the failed sign-ins that locked the account."""
    _may_manage(actor, user)
    AccessAttempt.objects.filter(username=user.username).delete()
    announce(actor, AccountAction.UNLOCKED, user)


@transaction.atomic
def change_password(user: User, password: str) -> None:
    """The account's own new password, checked by the caller against the password rules."""
    _set_password(user, password, handed_out=False)
    announce(Actor(user=user), AccountAction.PASSWORD_CHANGED, user)


def _set_password(user: User, password: str, *, handed_out: bool) -> None:
    user.set_password(password)
    user.must_change_password = handed_out
    user.password_changed_at = clock.now()
    user.save()


def _revoke(actor: Actor, grant: RoleGrant) -> None:
    """The update itself looks at the row, so that of two revocations at once only one counts."""
    if not RoleGrant.objects.filter(pk=grant.pk, revoked_at=None).update(
        revoked_at=clock.now(), revoked_by=actor.user
    ):
        raise AccountError(_("the role has been taken back already"))
    announce(actor, AccountAction.REVOKED, grant.user, _words(grant))


def _words(grant: RoleGrant) -> str:
    until = f"—{grant.valid_to}" if grant.valid_to else ""
    return f"{official(ROLES[grant.role].label)}（{grant.organisation.name}，{grant.valid_from}{until}）"


def may_manage(actor: Actor, user: User) -> bool:
    try:
        _may_manage(actor, user)
    except AccountError:
        return False
    return True


def _may_manage(actor: Actor, user: User) -> None:
    """Who holds a separated role is managed by a security administrator, everybody else by an account
    administrator."""
    held = user.grants.overlapping(clock.today(), None).values_list("role", flat=True)
    _require(actor, "security_admin" if SEPARATED & set(held) else "account_admin", user.organisation)
    _not_himself(actor, user)


def _require(actor: Actor, role: str, organisation: Organisation | None) -> None:
    """Residents belong to the whole city, hence to its administrator. Raises `NotAllowedError`."""
    if actor.system:
        return
    units = actor.units(role)
    if organisation is None:
        if any(unit.level == Level.CITY for unit in units):
            return
    elif any(unit.covers(organisation) for unit in units):
        return
    where = organisation.label if organisation else _("the city")
    raise NotAllowedError(
        _("this belongs to: %(role)s of %(unit)s or of a unit above")
        % {"role": ROLES[role].label, "unit": where}
    )


def _not_himself(actor: Actor, user: User) -> None:
    if actor.user is not None and actor.user.pk == user.pk:
        raise NotAllowedError(_("nobody manages his own account; ask another administrator"))
