"""Pages of medical assistance beside the generic case pages: estimate, application, household survey on a phone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import BUSINESS, EVERYBODY, SIGNED_IN, for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.casework import queries as casework
from zhengling.kernel.casework.errors import CaseworkError, InvalidData
from zhengling.kernel.casework.forms import form_class
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import check_may_attach, perform
from zhengling.kernel.casework.views import show_errors
from zhengling.kernel.law import queries as law
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.law.traces import Trace
from zhengling.kernel.people.errors import PersonError
from zhengling.services.medical import desk, explain, operations, prints, procedures
from zhengling.services.medical.forms import EstimateForm


def trace_rows(trace: Trace) -> list[dict[str, object]]:
    """A trace for the page: words in the reader's language, the value by its unit, the citation."""
    english = (get_language() or "").startswith("en")
    return [
        {
            "label": explain.QUANTITIES[step.quantity][0 if english else 1],
            "value": step.value,
            "unit": step.unit,
            "formula": step.formula if english else explain.CHINESE.get(step.formula, step.formula),
            "citation": f"{procedures.INSTRUMENT}/{step.citation}",
        }
        for step in trace.steps
    ]


@for_audience(BUSINESS)
@require_safe
def desk_page(request: HttpRequest) -> HttpResponse:
    """Every part of medical assistance that the officer works with, and what waits in it."""
    actor = actor_of(request)
    tiles = [{"tile": tile, "figures": tile.figures(actor)} for tile in desk.tiles_for(actor)]
    return render(request, "medical/desk.html", {"tiles": tiles})


@for_audience(EVERYBODY)
def estimate(request: HttpRequest) -> HttpResponse:
    """Articles 9-12 for a stated case, without sign-in; every line names its article."""
    form = EstimateForm(request.GET or None)
    context: dict[str, object] = {"form": form}
    if request.GET and form.is_valid():
        given = form.cleaned_data
        result = explain.estimate(
            parameters_for("medical").on(clock.today()),
            assistance_class=given["assistance_class"],
            veteran=given["veteran"],
            severely_disabled=given["severely_disabled"],
            inpatient_cost=given["inpatient_cost"] or 0,
            special_outpatient_cost=given["special_outpatient_cost"] or 0,
        )
        context |= {
            "result": result,
            "inpatient": trace_rows(result.inpatient.trace),
            "special": trace_rows(result.special_outpatient.trace)
            if given["special_outpatient_cost"]
            else [],
            "further": trace_rows(result.trace),
        }
    return render(request, "medical/estimate.html", context)


@for_audience(SIGNED_IN)
def apply(request: HttpRequest) -> HttpResponse:
    """The application (article 14), by the resident or by a cadre or clerk for somebody."""
    form = form_class(procedures.APPLY)(request.POST or None)
    status = 200
    refusal: CaseworkError | None = None
    if request.method == "POST":
        try:
            case = operations.apply(actor_of(request), request.POST)
            return redirect(reverse("case", args=[case.number]))
        except InvalidData as error:
            show_errors(form, error)
            status = error.status
        except CaseworkError as error:
            status, refusal = error.status, error
    return render(request, "medical/apply.html", {"form": form, "refusal": refusal}, status=status)


@for_audience(SIGNED_IN)
def survey(request: HttpRequest, number: str) -> HttpResponse:
    """The household survey on a phone: kept on the device while there is no network, sent when it is back."""
    case = get_object_or_404(casework.visible(actor_of(request)), number=number, procedure="medical_aid")
    form = form_class(procedures.SURVEY)()
    return render(request, "medical/survey.html", {"case": case, "form": form})


@for_audience(SIGNED_IN)
def send_survey(request: HttpRequest, number: str) -> JsonResponse:
    """Takes a survey from the phone page. Sent twice, it is stored once and both times answered as taken."""
    case = get_object_or_404(casework.visible(actor_of(request)), number=number, procedure="medical_aid")
    key = request.POST.get("device_key", "")
    stored = getattr(case.medical_application, "survey", None)
    if key and stored and stored.device_key == key:
        return JsonResponse({"taken": True})
    try:
        perform(case.pk, "survey", actor_of(request), request.POST)
    except InvalidData as error:
        return JsonResponse({"errors": error.errors}, status=error.status)
    except CaseworkError as error:
        return JsonResponse({"message": str(error)}, status=error.status)
    return JsonResponse({"taken": True})


@for_audience(SIGNED_IN)
@require_safe
def form_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The filled application, to be signed on paper and scanned back; for whoever filed it or has it on the desk."""
    actor = actor_of(request)
    case = get_object_or_404(casework.visible(actor), number=number, procedure="medical_aid")
    try:
        check_may_attach(case, actor)
        form = prints.application_form(case, actor)
    except (CaseworkError, PersonError) as error:
        raise PermissionDenied(str(error)) from None
    return _pdf(form.pdf, f"{number}.pdf")


@for_audience(BUSINESS)
@require_safe
def poster_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The list of the quarter for the board, A4 or A3."""
    case = get_object_or_404(casework.visible(actor_of(request)), number=number, procedure="medical_list")
    return _pdf(
        prints.poster(case.medical_list, "a3" if request.GET.get("size") == "a3" else "a4").pdf,
        f"{number}.pdf",
    )


def _pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def list_panel(case: Case) -> dict[str, object]:
    """What the page of a list case shows: its rows, the poster, the public notice."""
    row = case.medical_list
    return {
        "list": row,
        "items": row.items.select_related("application__case"),
        "notice": case.notices.first(),
    }


@for_audience(EVERYBODY)
@require_safe
def survey_worker(_request: HttpRequest) -> HttpResponse:
    """The service worker of the survey page, served beside it so that it may answer for it without a network."""
    path = finders.find("medical/survey-worker.js")
    return HttpResponse(Path(str(path)).read_bytes(), content_type="text/javascript")


def basis(places: Iterable[str]) -> list[dict[str, str]]:
    """The provisions a decision rests on, with the official wording where it was imported, else our summary."""
    wordings = law.wordings(procedures.INSTRUMENT)
    language = get_language() or ""
    rows = []
    for place in dict.fromkeys(places):
        provision = law.provision(f"{procedures.INSTRUMENT}/{place}")
        words = wordings.get(provision.key) or (
            provision.summary.in_language(language) if provision.summary else ""
        )
        rows.append({"citation": f"{procedures.INSTRUMENT}/{place}", "words": words})
    return rows


def panel(case: Case) -> dict[str, object]:
    """What the case page shows in the middle: recognition, proposal or decision, each figure with its article."""
    application = case.medical_application
    proposal = case.events.filter(act="propose").select_related("payload").order_by("-seq").first()
    plan = proposal.payload.data.get("plan", []) if proposal else []
    return {
        "application": application,
        "recognition": getattr(application, "recognition", None),
        "survey": getattr(application, "survey", None),
        "settlements": application.settlements.all(),
        "proposal": proposal,
        "plan": [{**line, "steps": _steps(line["trace"])} for line in plan],
        "basis": basis(place for line in plan for place in line["places"]),
        "total": proposal.payload.data.get("total", 0) if proposal else None,
        "decided": application.decisions.exists(),
    }


def _steps(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    from zhengling.kernel.law.traces import trace_from_data

    return trace_rows(trace_from_data(rows))
