"""Every write about API clients: opening, tokens, webhooks. Each is noted in the audit record."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.errors import AccountError, NotAllowedError
from zhengling.kernel.accounts.queries import ADMINISTRATORS
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.clients.models import Client, IdempotencyRecord, Token
from zhengling.kernel.clients.scopes import CLIENT_ROLES, SCOPES
from zhengling.kernel.identifiers import opaque
from zhengling.kernel.jobs.operations import scheduled
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.outbox import operations as outbox
from zhengling.kernel.outbox.models import Subscription

MARK = "zl"
PREFIX_LENGTH = 8
# No token outlives this; renewing one is a decision that somebody takes again.
LONGEST = timedelta(days=366)
# How long the answer of a write is kept for whoever asks again with the same key.
ANSWERS_KEPT = timedelta(days=7)


@transaction.atomic
def create_client(
    actor: Actor, name: str, organisation: Organisation, roles: Sequence[str], contact: str
) -> Client:
    """A client that acts for `organisation`. Raises `AccountError`."""
    _require(actor, organisation)
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{2,59}", name):
        raise AccountError(_("a client's name has 3 to 60 small letters, digits, dots or hyphens"))
    unknown = set(roles) - set(CLIENT_ROLES)
    if unknown:
        raise AccountError(
            _("a client cannot have the role: %(roles)s") % {"roles": ", ".join(sorted(unknown))}
        )
    try:
        with transaction.atomic():
            client = Client.objects.create(
                name=name,
                organisation=organisation,
                roles=sorted(set(roles)),
                contact=contact,
                created_at=clock.now(),
                created_by=actor.user,
            )
    except IntegrityError:
        raise AccountError(_("there is a client of this name already")) from None
    record_access(actor, Action.ENTER, "api_client", client.name, ["roles"], organisation.code)
    return client


@transaction.atomic
def set_active(actor: Actor, client: Client, *, active: bool) -> None:
    """Let the client in, or shut it out at once with all its tokens and webhooks. Raises `AccountError`."""
    _require(actor, client.organisation)
    Client.objects.filter(pk=client.pk).update(active=active)
    if not active:
        for subscription in Subscription.objects.filter(client=client.name, active=True):
            outbox.unsubscribe(subscription)
    record_access(actor, Action.CHANGE, "api_client", client.name, ["active"], str(active).lower())


@transaction.atomic
def issue_token(actor: Actor, client: Client, scopes: Sequence[str], expires_on: date) -> tuple[Token, str]:
    """A token and its text, which is shown once and kept nowhere. Raises `AccountError`."""
    _require(actor, client.organisation)
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise AccountError(_("choose scopes among: %(scopes)s") % {"scopes": ", ".join(SCOPES)})
    if not clock.today() <= expires_on <= clock.today() + LONGEST:
        raise AccountError(_("a token ends within a year from today"))
    if not client.active:
        raise AccountError(_("the client is shut out"))
    prefix = opaque(PREFIX_LENGTH)
    text = f"{MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        client=client,
        prefix=prefix,
        digest=digest_of(text),
        scopes=sorted(set(scopes)),
        expires_on=expires_on,
        issued_at=clock.now(),
        issued_by=actor.user,
    )
    record_access(actor, Action.ENTER, "api_token", prefix, token.scopes, client.name)
    return token, text


@transaction.atomic
def revoke_token(actor: Actor, token: Token) -> None:
    """Refuse the token from now on. Raises `AccountError`."""
    _require(actor, token.client.organisation)
    if not Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now()):
        raise AccountError(_("the token has been revoked already"))
    record_access(actor, Action.CHANGE, "api_token", token.prefix, ["revoked"], token.client.name)


@transaction.atomic
def add_webhook(actor: Actor, client: Client, url: str, types: Sequence[str]) -> tuple[Subscription, str]:
    """A webhook for the client and its secret, shown once. Raises `AccountError`."""
    _require(actor, client.organisation)
    if not client.active:
        raise AccountError(_("the client is shut out"))
    try:
        subscription, secret = outbox.subscribe(client.name, url, types)
    except outbox.SubscriptionError as error:
        raise AccountError(str(error)) from None
    record_access(actor, Action.ENTER, "api_webhook", subscription.pk, types, client.name)
    return subscription, secret


@transaction.atomic
def end_webhook(actor: Actor, client: Client, subscription: Subscription) -> None:
    """Call the webhook no more. Raises `AccountError`."""
    _require(actor, client.organisation)
    outbox.unsubscribe(subscription)
    record_access(actor, Action.CHANGE, "api_webhook", subscription.pk, ["active"], client.name)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _require(actor: Actor, organisation: Organisation) -> None:
    if actor.system or any(unit.covers(organisation) for unit in actor.units(*ADMINISTRATORS)):
        return
    raise NotAllowedError(
        _("API clients of %(unit)s are managed by its account or security administrators, or those above")
        % {"unit": organisation.label}
    )


@scheduled("clients.forget_answers", "daily", hour=3)
def forget_answers() -> None:
    """Drop answers older than a week; they may show what their client was allowed to see then."""
    IdempotencyRecord.objects.filter(created_at__lt=clock.now() - ANSWERS_KEPT).delete()
