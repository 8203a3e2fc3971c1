"""Pages of recovery and supervision beside the generic case pages: registers, opening, who reported."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import for_audience, holders_of
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.casework import queries as casework
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.models import Case
from zhengling.kernel.funds.pages import excel
from zhengling.kernel.funds.queries import sum_of
from zhengling.kernel.funds.receivable_queries import of_origin
from zhengling.services.medical import stops
from zhengling.services.medical.recovery import exports, queries, supervision
from zhengling.services.medical.recovery.forms import LeadFilter, PurposeForm, RecoveryFilter

ROWS = 50
READERS = holders_of("clerk", "reviewer", "approver", "cashier", "supervisor", "auditor")


@for_audience(READERS)
@require_safe
def recoveries(request: HttpRequest) -> HttpResponse:
    """The register of recoveries with what was demanded, what came back and what is late."""
    form = RecoveryFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = queries.recoveries(casework.visible(actor_of(request)), **chosen)
    if request.GET.get("format") == "xlsx":
        return excel(_("Recoveries"), exports.recoveries_file(queries.with_money(rows)))
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": queries.with_money(page.object_list),
        "totals": queries.recovery_totals(rows),
        "may_open": actor_of(request).holds("reviewer"),
    }
    return render(request, "medical_recovery/recoveries.html", context)


@for_audience(READERS)
@require_safe
def leads(request: HttpRequest) -> HttpResponse:
    """The register of supervision cases."""
    form = LeadFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = queries.leads(casework.visible(actor_of(request)), **chosen)
    if request.GET.get("format") == "xlsx":
        return excel(_("Supervision of the fund"), exports.leads_file(rows))
    actor = actor_of(request)
    context = {
        "form": form,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "total": sum_of(rows, "amount"),
        "may_enter": actor.holds("reviewer") or actor.holds("clerk"),
    }
    return render(request, "medical_recovery/leads.html", context)


@for_audience(holders_of("reviewer", "approver"))
@require_http_methods(["GET", "HEAD", "POST"])
def reporter(request: HttpRequest, number: str) -> HttpResponse:
    """Who reported, for a purpose that is recorded. Only for officers of the department that has the case."""
    actor = actor_of(request)
    case = get_object_or_404(
        casework.visible(actor),
        number=number,
        procedure="medical_supervision",
        medical_lead__reporter__isnull=False,
    )
    form = PurposeForm(request.POST or None)
    context: dict[str, Any] = {"case": case, "form": form}
    status = 200
    if form.is_valid():
        try:
            context["found"] = supervision.reveal_reporter(case, actor, form.cleaned_data["purpose"])
        except CaseworkError as error:
            context["refusal"], status = error, error.status
    return render(request, "medical_recovery/reporter.html", context, status=status)


# --- panels of the case page ----------------------------------------------------------------------------------------


def recovery_panel(case: Case) -> dict[str, Any]:
    """What is at issue, what was demanded and came back, the stop, what was handed over and decided elsewhere."""
    recovery = case.medical_recovery
    claim = of_origin("case", str(case.pk)).first()
    return {
        "recovery": recovery,
        "items": recovery.items.select_related("decision__settlement", "decision__application__case"),
        "at_issue": queries.amount_at_issue(recovery),
        "claim": claim,
        "plan": _plan(claim) if claim else [],
        "slips": list(claim.repayments.all()) if claim else [],
        "stop": getattr(case, "medical_stop", None),
        "handovers": case.medical_handovers.all(),
        "sanctions": case.medical_sanctions.all(),
    }


def _plan(claim: Any) -> list[dict[str, Any]]:
    """The instalments in force, each with whether the money received covers it."""
    parts = [part for part in claim.instalments.all() if part.plan == claim.plan]
    return [{"part": part, "paid": claim.received >= part.upto} for part in parts]


def supervision_panel(case: Case) -> dict[str, Any]:
    """The lead, the referrals with their answers, the measures."""
    lead = case.medical_lead
    return {
        "lead": lead,
        "reported": hasattr(lead, "reporter"),
        "measures": case.medical_measures.all(),
        "handovers": case.medical_handovers.all(),
        "referrals": case.offspring.filter(procedure="medical_referral"),
    }


def stop_panel(case: Case) -> dict[str, Any]:
    """What an aid case's officers must know: assistance of the patient was stopped (article 24)."""
    application = case.medical_application
    return {"stops": stops.standing(application.person, clock.today())}
