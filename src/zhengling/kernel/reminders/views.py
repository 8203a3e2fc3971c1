"""The page of one's own reminders."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from zhengling.kernel.accounts.access import SIGNED_IN, for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.reminders import queries
from zhengling.kernel.reminders.models import Reminder
from zhengling.kernel.reminders.operations import put_away


@for_audience(SIGNED_IN)
def index(request: HttpRequest) -> HttpResponse:
    """Open reminders, newest first, of one kind if asked."""
    rows = queries.open_for(actor_of(request))
    kind = request.GET.get("kind", "")
    if kind in Reminder.Kind.values:
        rows = rows.filter(kind=kind)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(
        request, "reminders/index.html", {"page": page, "kinds": Reminder.Kind.choices, "kind": kind}
    )


@require_POST
@for_audience(SIGNED_IN)
def away(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put one of one's own reminders away."""
    actor = actor_of(request)
    put_away(get_object_or_404(queries.open_for(actor), pk=pk), actor)
    return redirect("reminders")
