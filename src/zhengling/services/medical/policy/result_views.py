"""What a trial found: the reform's page with its progress, charts, export, cases touched, comparison, demand."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.casework.queries import visible
from zhengling.kernel.funds.models import Source
from zhengling.kernel.funds.pages import excel
from zhengling.services.medical.policy import charts, exports
from zhengling.services.medical.policy import demand as demands
from zhengling.services.medical.policy.authority import READERS, readable
from zhengling.services.medical.policy.models import Reform, Trial, Work
from zhengling.services.medical.policy.operations import latest_result
from zhengling.services.medical.policy.pages import asked_year, reform_page
from zhengling.services.medical.policy.queries import (
    changed_values,
    class_rows,
    county_rows,
    paired,
    stage_label,
)
from zhengling.services.medical.policy.results import Result

ROWS, CHOICES = 50, 100


def _reform(request: HttpRequest, pk: UUID) -> Reform:
    return get_object_or_404(readable(actor_of(request)), pk=pk)


def _tried(request: HttpRequest, pk: UUID) -> tuple[Trial, Result]:
    """The reform's result as it stands. Raises Http404 when there is none."""
    trial = latest_result(_reform(request, pk))
    if trial is None or trial.result is None:
        raise Http404
    return trial, Result.load(trial.result)


@for_audience(READERS)
@require_safe
def reform(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One reform: its changes, its state, its result."""
    return reform_page(request, _reform(request, pk))


@for_audience(READERS)
@require_safe
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far the trial is; the page loads itself again when it has ended."""
    found = _reform(request, pk)
    trial = found.trials.first()
    response = render(request, "medical_policy/progress.html", {"reform": found, "trial": trial})
    if trial is None or not trial.going:
        response["HX-Refresh"] = "true"
    return response


@for_audience(READERS)
@require_safe
def chart(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """A picture of the numbers that the tables name."""
    _trial, result = _tried(request, pk)
    if kind == "counties":
        svg = charts.outlay(county_rows(result, asked_year(request, result)))
    elif kind == "classes":
        svg = charts.outlay(class_rows(result, asked_year(request, result)))
    elif kind == "bands":
        bands = result.bands()
        svg = charts.gains(bands, [exports.band_label(band) for band in bands])
    else:
        raise Http404
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Cache-Control"] = "private, max-age=60"
    return response


@for_audience(READERS)
@require_safe
def export(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The result as an Excel file."""
    trial, result = _tried(request, pk)
    record_access(actor_of(request), Action.EXPORT, "reform", pk)
    sheet = exports.trial_sheet(trial, result, asked_year(request, result))
    return excel(f"{trial.reform.title}-{clock.today():%Y%m%d}", sheet)


@for_audience(READERS)
@require_safe
def cases(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The open cases that the reform would decide otherwise; a case leads on only for those who may see it."""
    trial, _result = _tried(request, pk)
    stage = request.GET.get("stage", "")
    rows = trial.touched.select_related("case", "case__place").order_by("pk")
    if stage:
        rows = rows.filter(stage=stage)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    seen = set(
        visible(actor_of(request))
        .filter(pk__in=[row.case_id for row in page.object_list])
        .values_list("pk", flat=True)
    )
    context = {
        "reform": trial.reform,
        "trial": trial,
        "page": page,
        "rows": [(row, stage_label(row.stage), row.case_id in seen) for row in page.object_list],
        "stage": stage_label(stage) if stage else "",
    }
    return render(request, "medical_policy/cases.html", context)


def _with_results(request: HttpRequest) -> list[Reform]:
    rows = readable(actor_of(request)).filter(trials__state=Work.DONE).distinct()
    return [row for row in rows[:CHOICES] if latest_result(row)]


def _chosen(request: HttpRequest, choices: list[Reform], name: str) -> Reform | None:
    """The reform named in the query. Raises Http404 for one that cannot be chosen."""
    key = request.GET.get(name, "")
    if not key:
        return None
    found = next((row for row in choices if str(row.pk) == key), None)
    if found is None:
        raise Http404
    return found


@for_audience(READERS)
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two reforms side by side."""
    choices = _with_results(request)
    left, right = (_chosen(request, choices, name) for name in ("left", "right"))
    context: dict[str, object] = {"choices": choices, "left": left, "right": right}
    if left and right:
        trials = [latest_result(row) for row in (left, right)]
        first, second = (Result.load(trial.result or {}) for trial in trials if trial)
        context |= {
            "sides": [
                (row, changed_values(row), trial, result.total())
                for row, trial, result in zip((left, right), trials, (first, second), strict=True)
            ],
            "same_population": len({trial.snapshot_id for trial in trials if trial}) == 1,
            "tables": [
                (_("By class"), paired(class_rows(first), class_rows(second))),
                (_("By unit"), paired(county_rows(first), county_rows(second))),
            ],
        }
    return render(request, "medical_policy/compare.html", context)


@for_audience(READERS)
@require_safe
def demand(request: HttpRequest) -> HttpResponse:
    """Articles 7 and 18: what the year will cost under the law and under a tried reform, against the money there is."""
    choices = _with_results(request)
    chosen = _chosen(request, choices, "reform") or (choices[0] if choices else None)
    trial = latest_result(chosen) if chosen else None
    year = clock.today().year
    context: dict[str, object] = {"choices": choices, "reform": chosen, "trial": trial, "year": year}
    base = demands.basis(trial.snapshot) if trial else None
    if trial and base:
        rows = demands.demand(Result.load(trial.result or {}), base, year)
        everything = demands.total(rows, _("All together"))
        context |= {"rows": rows, "total": everything, "basis": base, "sources": Source.choices}
        if request.GET.get("format") == "xlsx":
            record_access(actor_of(request), Action.EXPORT, "reform", trial.reform_id)
            return excel(f"{_('Demand')}-{year}", exports.demand_sheet([*rows, everything]))
    return render(request, "medical_policy/demand.html", context)
