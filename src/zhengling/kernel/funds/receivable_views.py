"""The page of what has to come back to a unit. Booking and agreeing are acts of the case that demands it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhengling.kernel.accounts.access import for_audience
from zhengling.kernel.funds import exports, queries
from zhengling.kernel.funds.forms import ReceivableFilter
from zhengling.kernel.funds.pages import READERS, excel, ledger_of, page
from zhengling.kernel.funds.receivable_queries import receivables as found_receivables

ROWS = 50


@for_audience(READERS)
@require_safe
def receivables(request: HttpRequest, code: str) -> HttpResponse:
    """Receivables of the unit with what came in, what is outstanding and what is overdue."""
    ledger = ledger_of(request, code)
    form = ReceivableFilter(request.GET or {"state": "open"})
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = found_receivables([ledger], **{name: str(value) for name, value in chosen.items()})
    if request.GET.get("format") == "xlsx":
        return excel(f"{ledger.unit.code}-{_('Receivables')}", exports.receivables_file(rows))
    demanded, received = queries.sum_of(rows, "amount"), queries.sum_of(rows, "received")
    context = {
        "ledger": ledger,
        "form": form,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "demanded": demanded,
        "received": received,
        "outstanding": demanded - received,
    }
    return page(request, "funds/receivables.html", context)
