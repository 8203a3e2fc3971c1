"""The auditor's page: one list of any kind of record of a county and period, samples of it, and both as files."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhengling.kernel.accounts.access import for_audience, holders_of
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.funds.pages import excel
from zhengling.services.medical.recovery import audit, exports
from zhengling.services.medical.recovery.forms import AuditForm, SampleForm

ROWS = 50


@for_audience(holders_of("auditor", "supervisor"))
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Cases, decisions, vouchers, batches, recoveries or differences, filtered, summed, sampled, exported."""
    actor = actor_of(request)
    form = AuditForm(request.GET, units=audit.units(actor))
    drawing = SampleForm(request.GET)
    context: dict[str, Any] = {"form": form, "drawing": drawing}
    if not form.is_valid():
        return render(request, "medical_recovery/audit.html", context)
    chosen = form.cleaned_data
    book = audit.BY_NAME[chosen["book"]]
    period = audit.Period(chosen["unit"], chosen["first"], chosen["last"])
    rows = audit.found(book, period, chosen["words"])
    population = audit.amounts(rows)
    drawn = drawing.cleaned_data if drawing.is_valid() and drawing.cleaned_data["size"] else None
    if drawn:
        keys = audit.sample(population, drawn["method"] or "random", drawn["size"], drawn["seed"])
        rows = rows.filter(pk__in=keys)
        wanted = set(keys)
        context |= {"drawn": drawn, "taken": sum(fen for key, fen in population if key in wanted)}
    if request.GET.get("format") == "xlsx":
        record_access(
            actor,
            Action.EXPORT,
            "medical_audit",
            period.unit.code,
            [book.name],
            f"{period.first} – {period.last}",
        )
        records = book.records(list(rows.order_by("pk")))
        name = f"{_('Audit')}-{period.unit.code}-{book.name}-{period.first}-{period.last}"
        return excel(name, exports.records_file(records, drawn))
    page = Paginator(rows.order_by(book.newest, "-pk"), ROWS).get_page(request.GET.get("page"))
    context |= {
        "book": book,
        "period": period,
        "page": page,
        "records": book.records(list(page.object_list)),
        "count": len(population),
        "total": sum(fen for _key, fen in population),
    }
    return render(request, "medical_recovery/audit.html", context)
