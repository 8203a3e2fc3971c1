"""The pages of clearing: what waits, statements, the one-stop account; panels of the two procedures."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import BUSINESS, for_audience, holders_of
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.models import Case
from zhengling.kernel.funds.authority import readable
from zhengling.kernel.funds.models import Source
from zhengling.kernel.funds.pages import excel
from zhengling.kernel.spreadsheets import spreadsheet, yuan
from zhengling.services.medical.clearing import operations, prints, queries
from zhengling.services.medical.clearing.forms import StatementFilter
from zhengling.services.medical.clearing.models import Statement
from zhengling.services.medical.desk import Figure, Tile

ROWS = 50
SHOWN = 200  # lines of a statement on its page; all of them stand in the file
READERS = holders_of("clerk", "reviewer", "approver", "cashier", "supervisor", "auditor")


def figures(actor: Actor) -> list[Figure]:
    rows = queries.statements(actor)
    return [
        Figure(_("statements under way"), rows.filter(case__closed_at=None).count()),
        Figure(_("to be paid"), queries.totals(rows)["unpaid"], fen=True),
    ]


TILE = Tile(
    label=gettext_lazy("Clearing with institutions"),
    summary=gettext_lazy("Statements for what institutions advanced, and the money for them."),
    url="medical-clearing",
    citation="YZCR-2021-01016/16",
    roles=READERS.roles,
    figures=figures,
    rank=60,
)


@for_audience(READERS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Statements with filter, totals and export; what is not on a statement yet; the one-stop accounts."""
    actor = actor_of(request)
    stages = [(stage.name, str(stage.label)) for stage in procedures.get(operations.CLEARING).stages]
    form = StatementFilter(request.GET, stages=stages)
    rows = queries.statements(actor)
    if form.is_valid():
        chosen = form.cleaned_data
        rows = rows.filter(period=chosen["period"]) if chosen["period"] else rows
        rows = rows.filter(case__stage=chosen["stage"]) if chosen["stage"] else rows
        if chosen["institution"]:
            rows = rows.filter(institution__organisation__name__contains=chosen["institution"])
    if request.GET.get("format") == "xlsx":
        return excel(_("Clearing statements"), _list_file(rows))
    ledgers = readable(actor)
    units = list(ledgers.values_list("unit_id", flat=True))
    context = {
        "form": form,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "totals": queries.totals(rows),
        "waiting": queries.waiting(clock.today().replace(day=1), units),
        "balances": queries.one_stop_accounts(ledgers),
        "requests": queries.requests(actor)[:10],
    }
    return render(request, "medical_clearing/index.html", context)


def _list_file(rows: Iterable[Statement]) -> bytes:
    heading = [
        _("Number"),
        _("Month"),
        _("Unit"),
        _("Institution"),
        _("Claimed"),
        _("Deducted"),
        _("To be paid"),
        _("State"),
    ]
    lines = [
        [
            row.case.number,
            row.period,
            row.unit.label,
            row.institution.organisation.label,
            *map(yuan, (row.claimed, row.deducted, row.payable)),
            row.case.stage_label,
        ]
        for row in rows
    ]
    return spreadsheet(heading, lines, widths=(18, 10, 18, 28, 16, 16, 16, 20))


@for_audience(BUSINESS)
@require_safe
def statement_file(request: HttpRequest, number: str) -> HttpResponse:
    """The reconciliation file of one statement; the download is on record."""
    actor = actor_of(request)
    statement = get_object_or_404(queries.statements(actor), case__number=number)
    record_access(actor, Action.EXPORT, "statement", number, ["setl_id", "amounts"], number)
    return excel(number, prints.reconciliation_file(statement))


def statement_panel(case: Case) -> dict[str, object]:
    """What the page of a statement shows: its lines, what is disputed with the platform, what the account holds."""
    statement = case.statement
    lines = statement.lines.select_related("decision__settlement")
    return {
        "statement": statement,
        "lines": lines[:SHOWN],
        "more": max(lines.count() - SHOWN, 0),
        "disputed": set(queries.settlements_in_dispute(statement)),
        "held": queries.held_by_source(statement.unit_id)[1],
    }


def funding_panel(case: Case) -> dict[str, object]:
    """What the page of a request shows: amounts by source beside what each source holds."""
    request = case.funding_request
    available, held = queries.held_by_source(request.unit_id)
    rows = [
        (Source(source), fen, available.get(source, 0)) for source, fen in sorted(request.amounts.items())
    ]
    return {"request": request, "rows": rows, "held": held}
