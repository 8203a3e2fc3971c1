"""The page of one's own reminders."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import SIGNED_IN, for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.reminders import queries
from zhengling.kernel.reminders.forms import ReminderFilter
from zhengling.kernel.reminders.models import Reminder
from zhengling.kernel.reminders.operations import put_away
from zhengling.kernel.spreadsheets import attached

EXPORTED = 20_000


@for_audience(SIGNED_IN)
def index(request: HttpRequest) -> HttpResponse:
    """Open reminders, newest first, of one kind if asked."""
    form, rows = _listed(request)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    totals = rows.order_by().aggregate(overdue=Count("pk", filter=Q(limit__due__lt=clock.today())))
    return render(request, "reminders/index.html", {"page": page, "form": form, "totals": totals})


@for_audience(SIGNED_IN)
def export(request: HttpRequest) -> FileResponse:
    """The list as filtered, as an Excel file; names masked as on the page."""
    _form, rows = _listed(request)
    heading = [_("Kind"), _("Number"), _("Person"), _("Unit"), _("Due"), _("Since")]
    lines = (
        (
            row.get_kind_display(),
            row.case.number,
            row.case.subject.masked_name if row.case.subject else "",
            row.organisation.label,
            row.limit.due if row.limit else None,
            row.created_at,
        )
        for row in rows[:EXPORTED].iterator(chunk_size=1000)
    )
    return attached(_("Reminders"), heading, lines)


def _listed(request: HttpRequest) -> tuple[ReminderFilter, QuerySet[Reminder]]:
    form = ReminderFilter(request.GET)
    rows = queries.open_for(actor_of(request))
    chosen = form.cleaned_data if form.is_valid() else {}
    if chosen.get("kind"):
        rows = rows.filter(kind=chosen["kind"])
    if words := chosen.get("q", "").strip():
        rows = rows.filter(case__number__icontains=words)
    return form, rows


@require_POST
@for_audience(SIGNED_IN)
def away(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put one of one's own reminders away."""
    actor = actor_of(request)
    put_away(get_object_or_404(queries.open_for(actor), pk=pk), actor)
    return redirect("reminders")
