"""Who may open a page: declared at the view, enforced there, read by the tests of every page with every
role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.accounts.roles import ROLES

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a page is for. `roles`: whoever holds one of them in any unit; what is shown is the query's
    matter."""

    signed_in: bool = True
    roles: frozenset[str] = frozenset()

    def admits(self, actor: Actor) -> bool:
        if not self.signed_in:
            return True
        if actor.user is None:
            return False
        return not self.roles or any(role in self.roles for role, _unit in actor.grants)


EVERYBODY = Audience(signed_in=False)
SIGNED_IN = Audience()
BUSINESS = Audience(roles=frozenset(name for name, role in ROLES.items() if role.business))


def holders_of(*roles: str) -> Audience:
    return Audience(roles=frozenset(roles))


def for_audience(audience: Audience) -> Callable[[View[P]], View[P]]:
    """Let in whom the audience admits: others are sent to sign in, or told whose page it is (403)."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = actor_of(request)
            if audience.admits(actor):
                return view(request, *args, **kwargs)
            if actor.user is None:
                return redirect_to_login(request.get_full_path())
            names = "、".join(str(ROLES[name].label) for name in sorted(audience.roles))
            raise PermissionDenied(_("this page is for: %(who)s") % {"who": names})

        guarded.audience = audience  # type: ignore[attr-defined]  # read by audience_of
        return guarded

    return decorate


def audience_of(view: object) -> Audience | None:
    """The declared audience of a view, None when it declares none."""
    audience = getattr(view, "audience", None)
    return audience if isinstance(audience, Audience) else None
