"""Finding clients and tokens."""

from __future__ import annotations

import hmac
from functools import reduce
from operator import or_

from django.db.models import Count, Q, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.queries import ADMINISTRATORS
from zhengling.kernel.clients.models import Client, Token
from zhengling.kernel.clients.operations import MARK, digest_of


def token_of(text: str) -> Token | None:
    """The valid token with this text: not revoked, not ended, its client let in. One query."""
    mark, _sep, rest = text.partition("_")
    prefix, _sep, secret = rest.partition("_")
    if mark != MARK or not prefix.isascii() or not secret:
        return None
    token = (
        Token.objects.select_related("client__organisation")
        .filter(prefix=prefix[:12], revoked_at=None, expires_on__gte=clock.today(), client__active=True)
        .first()
    )
    return token if token and hmac.compare_digest(token.digest, digest_of(text)) else None


def actor_for(client: Client) -> Actor:
    """Who acts when the client calls: its unit's roles, in no person's name."""
    return Actor(
        client=client.name, client_grants=tuple((role, client.organisation_id) for role in client.roles)
    )


def listed(actor: Actor, *, q: str = "", state: str = "") -> QuerySet[Client]:
    """The clients the actor manages by name, each with the number of its valid tokens as `usable`."""
    usable = Q(tokens__revoked_at=None, tokens__expires_on__gte=clock.today())
    rows = administered(actor).annotate(usable=Count("tokens", filter=usable)).order_by("name")
    if words := q.strip():
        rows = rows.filter(
            Q(name__icontains=words) | Q(organisation__name__icontains=words) | Q(contact__icontains=words)
        )
    return rows.filter(active=state == "in") if state else rows


def administered(actor: Actor) -> QuerySet[Client]:
    """Clients the actor manages: if and only if their unit lies in a subtree in which the actor is account or
    security administrator."""
    units = actor.units(*ADMINISTRATORS)
    if not units:
        return Client.objects.none()
    below = reduce(or_, [Q(organisation__path__startswith=unit.path) for unit in units])
    return Client.objects.filter(below).select_related("organisation")
