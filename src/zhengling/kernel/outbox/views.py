"""The operator's page of deliveries that fail or were given up."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhengling.kernel.accounts.access import for_audience, holders_of
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.outbox import queries
from zhengling.kernel.outbox.models import Delivery
from zhengling.kernel.outbox.operations import replay

OPERATORS = holders_of("system_admin")


@for_audience(OPERATORS)
def deliveries(request: HttpRequest) -> HttpResponse:
    """What could not be delivered so far. Messages hold identifiers only."""
    page = Paginator(queries.troubled(), 50).get_page(request.GET.get("page"))
    return render(
        request,
        "outbox/deliveries.html",
        {"page": page, "waiting": queries.waiting(), "given_up": queries.dead().count()},
    )


@require_POST
@for_audience(OPERATORS)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try one given-up delivery again."""
    delivery = get_object_or_404(Delivery, pk=pk)
    if replay(delivery):
        record_access(actor_of(request), Action.CHANGE, "delivery", pk, ["replayed"], delivery.receiver)
        messages.success(request, _("It is tried again within seconds."))
    else:
        messages.warning(request, _("It had been delivered, or is being tried already."))
    return redirect("deliveries")
