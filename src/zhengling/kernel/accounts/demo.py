"""Signing in to the demo city by one click on a role: where the demo is on, for requests of this machine
only."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhengling.kernel.accounts.access import EVERYBODY, for_audience
from zhengling.kernel.accounts.adapters import BACKEND, AccountAdapter
from zhengling.kernel.accounts.address import from_this_machine
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.queries import demo_users


def _demo_only(request: HttpRequest) -> None:
    if not settings.DEMO:
        raise Http404
    if not from_this_machine(request):
        raise PermissionDenied(_("the demo signs in by one click and is served on this machine only"))


@for_audience(EVERYBODY)
def demo(request: HttpRequest) -> HttpResponse:
    """The demo accounts as buttons, by unit and role."""
    _demo_only(request)
    return render(request, "accounts/demo.html", {"rows": demo_users()})


@require_POST
@for_audience(EVERYBODY)
def demo_sign_in(request: HttpRequest, username: str) -> HttpResponse:
    """Sign in as one demo account, without a password; refused for any other account."""
    _demo_only(request)
    user = get_object_or_404(User, username=username, is_demo=True, is_active=True)
    login(request, user, backend=BACKEND)
    return HttpResponseRedirect(AccountAdapter(request).get_login_redirect_url(request))
