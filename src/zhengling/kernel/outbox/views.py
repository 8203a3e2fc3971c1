"""The operator's page of deliveries that fail or were given up."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet, Sum
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhengling.kernel.accounts.access import for_audience, holders_of
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.outbox import queries
from zhengling.kernel.outbox.forms import DeliveryFilter
from zhengling.kernel.outbox.models import Delivery
from zhengling.kernel.outbox.operations import replay
from zhengling.kernel.spreadsheets import attached

OPERATORS = holders_of("system_admin")
EXPORTED = 50_000


@for_audience(OPERATORS)
def deliveries(request: HttpRequest) -> HttpResponse:
    """What could not be delivered so far. Messages hold identifiers only."""
    form, rows = _listed(request)
    context = {
        "form": form,
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "totals": rows.aggregate(attempts=Sum("attempts")),
        "waiting": queries.waiting(),
        "given_up": queries.dead().count(),
    }
    return render(request, "outbox/deliveries.html", context)


@for_audience(OPERATORS)
def export(request: HttpRequest) -> FileResponse:
    """The list as filtered, as an Excel file."""
    _form, rows = _listed(request)
    heading = [
        _("Event"), _("Number"), _("Time"), _("Receiver"), _("Attempts"), _("What went wrong"), _("Next attempt"),
        _("not delivered"),
    ]  # fmt: skip
    lines = (
        (
            row.message.type,
            row.message.subject,
            row.message.at,
            row.receiver,
            row.attempts,
            row.last_error,
            row.next_at,
            row.dead_at,
        )
        for row in rows[:EXPORTED].iterator(chunk_size=1000)
    )
    return attached(_("Deliveries"), heading, lines)


def _listed(request: HttpRequest) -> tuple[DeliveryFilter, QuerySet[Delivery]]:
    form = DeliveryFilter(request.GET)
    return form, queries.troubled(**(form.cleaned_data if form.is_valid() else {}))


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
