"""The page of one reform, shared by those who read it and those who were refused something on it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.services.medical.policy.authority import DECIDER, DRAFTER
from zhengling.services.medical.policy.exports import band_label
from zhengling.services.medical.policy.forms import RefusalForm, SubmitForm, TrialForm, snapshot_label
from zhengling.services.medical.policy.models import Reform, Trial
from zhengling.services.medical.policy.operations import latest_result
from zhengling.services.medical.policy.queries import (
    changed_values,
    class_rows,
    county_rows,
    kind_rows,
    stage_rows,
)
from zhengling.services.medical.policy.results import Result

ACTS_SHOWN = 30


def reform_page(
    request: HttpRequest,
    reform: Reform,
    *,
    refusal: CaseworkError | None = None,
    trial_form: TrialForm | None = None,
    submit_form: SubmitForm | None = None,
    refusal_form: RefusalForm | None = None,
) -> HttpResponse:
    """Left what changes and what can be done, right what it would cost."""
    actor = actor_of(request)
    trial = reform.trials.select_related("snapshot").first()
    shown = latest_result(reform)
    drafts = actor.holds(DRAFTER, reform.unit_id)
    decides = (
        actor.holds(DECIDER, reform.unit_id)
        and actor.user is not None
        and actor.user.pk != reform.drafted_by_id
    )
    context = {
        "reform": reform,
        "values": changed_values(reform),
        "trial": trial,
        "shown": shown,
        "refusal": refusal,
        "drafts": drafts,
        "decides": decides,
        "waits_for_other": reform.state == Reform.State.SUBMITTED and not decides,
        "trial_form": trial_form or TrialForm(),
        "submit_form": submit_form or SubmitForm(),
        "refusal_form": refusal_form or RefusalForm(),
        "steps": reform.steps.order_by("-id")[:ACTS_SHOWN],
        **(result_context(request, shown) if shown else {}),
    }
    status = refusal.status if refusal else 200
    if any(form and form.errors for form in (trial_form, submit_form, refusal_form)):
        status = 422
    return render(request, "medical_policy/reform.html", context, status=status)


def result_context(request: HttpRequest, trial: Trial) -> dict[str, object]:
    """The tables of a result, for the year asked for or all years together."""
    result = Result.load(trial.result or {})
    year = asked_year(request, result)
    bands = [band for band in result.bands() if band.persons]
    return {
        "result": result,
        "year": year,
        "years": result.years,
        "total": result.total(year),
        "counties": county_rows(result, year),
        "classes": class_rows(result, year),
        "kinds": kind_rows(result, year),
        "bands": [(band, band_label(band)) for band in bands],
        "stages": stage_rows(trial, result),
        "population": snapshot_label(trial.snapshot),
    }


def asked_year(request: HttpRequest, result: Result) -> int | None:
    """``?year=``: one of the population's years, or None for all. Raises Http404 for another."""
    text = request.GET.get("year", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:6]) in result.years):
        raise Http404
    return int(text)
