"""The page of a case and the acts on it. Every decision is the operations'; here it is only shown and asked for."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from zhengling.kernel.accounts.access import SIGNED_IN, for_audience
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.casework import course, panels, queries
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.authority import role_words
from zhengling.kernel.casework.diagram import draw
from zhengling.kernel.casework.errors import CaseworkError, InvalidData, StaleCase
from zhengling.kernel.casework.forms import clean, form_class, storable
from zhengling.kernel.casework.labels import listed
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.casework.procedure import Act
from zhengling.kernel.identifiers import whole_number


def visible_case(request: HttpRequest, number: str) -> Case:
    """The case, if the reader may see it; for everybody else it does not exist."""
    cases = queries.visible(actor_of(request)).select_related(
        "subject", "place", "parent", "applicant", "filed_by"
    )
    return get_object_or_404(cases, number=number)


def file_of(case: Case, actor: Actor) -> dict[str, Any]:
    """What the page and its printed form show of a case."""
    happenings = course.happenings(case)
    papers = {paper.name: paper for paper in case.declaration.papers}
    return {
        "case": case,
        "actor": actor,
        "declared": case.declaration,
        "happenings": happenings,
        "recorded": [item for item in happenings if item.entries],
        "limits": course.running(case),
        "days": course.place_in_time(case),
        "papers": [(papers.get(row.name), row) for row in case.papers.select_related("file").order_by("pk")],
        "offspring": list(queries.visible(actor).filter(parent=case)),
        "parent": queries.visible(actor).filter(pk=case.parent_id).first() if case.parent_id else None,
        "panels": [(panel.template, panel.context(case)) for panel in panels.panels_for(case.procedure)],
    }


@for_audience(SIGNED_IN)
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Left the course, middle the file, right the lawful next acts."""
    found, actor = visible_case(request, number), actor_of(request)
    context = file_of(found, actor)
    next_acts, common = queries.next_acts(found, actor), queries.common_acts(found, actor)
    context |= {
        "next_acts": next_acts,
        "others": [item for item in next_acts if not item.mine],
        "common": common,
        "aside_acts": [name for name in common if name != "attach"],
        "diagram": draw(found.declaration, found.stage),
    }
    return render(request, "casework/case.html", context)


@for_audience(SIGNED_IN)
@require_safe
def printed(request: HttpRequest, number: str) -> HttpResponse:
    """The case on paper."""
    return render(
        request, "casework/case_print.html", file_of(visible_case(request, number), actor_of(request))
    )


@for_audience(SIGNED_IN)
@require_safe
def procedure(request: HttpRequest, name: str) -> HttpResponse:
    """A procedure by itself: its picture and its rows."""
    try:
        declared = procedures.get(name)
    except KeyError:
        raise Http404 from None
    acts = [
        {
            "act": row,
            "where": listed(declared.stage(stage).label for stage in row.stages),
            "to": declared.stage(row.to).label if row.to else "",
            "who": listed(dict.fromkeys(role_words(authority.role) for authority in row.by)),
            "citation": f"{declared.instrument}/{row.article}",
        }
        for row in declared.acts
    ]
    context = {"declared": declared, "diagram": draw(declared), "acts": acts}
    return render(request, "casework/procedure.html", context)


@for_audience(SIGNED_IN)
def opening(request: HttpRequest, name: str) -> HttpResponse:
    """The form that opens a case of a procedure, for procedures that persons open."""
    try:
        declared = procedures.get(name)
    except KeyError:
        raise Http404 from None
    if declared.opener is None:
        raise Http404
    first = declared.opening
    form = form_class(first.fields)(request.POST or None)
    context: dict[str, Any] = {
        "declared": declared,
        "form": form,
        "citation": f"{declared.instrument}/{first.article}",
    }
    status = 200
    if request.method == "POST":
        try:
            return back_to(request, declared.opener(actor_of(request), request.POST))
        except InvalidData as error:
            show_errors(form, error)
            status = error.status
        except CaseworkError as error:
            context["refusal"], status = error, error.status
    return render(request, "casework/opening.html", context, status=status)


def show_errors(form: Form, error: InvalidData) -> None:
    """Put what the operation found wrong beside the fields."""
    form.is_valid()
    for name, texts in error.errors.items():
        if name not in form.errors:
            form.add_error(name if name in form.fields else None, texts)


@for_audience(SIGNED_IN)
def act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """The form of one act, and doing it."""
    found, actor = visible_case(request, number), actor_of(request)
    try:
        declared = found.declaration.act(name)
    except StopIteration:
        raise Http404 from None
    if request.method == "POST":
        return _do(request, found, declared, actor)
    context = {"form": form_class(declared.fields)(), "version": found.version}
    return _act_page(request, found, declared, context)


def _do(request: HttpRequest, case: Case, declared: Act, actor: Actor) -> HttpResponse:
    version = request.POST.get("version", "")
    try:
        perform(case.pk, declared.name, actor, request.POST, version=whole_number(version))
    except StaleCase as error:
        if not _done_already(request, case, declared, actor):
            return _act_page(request, case, declared, _again(request, case, declared, error), error.status)
    except CaseworkError as error:
        return _act_page(request, case, declared, _again(request, case, declared, error), error.status)
    return back_to(request, case)


def _again(request: HttpRequest, case: Case, declared: Act, error: CaseworkError) -> dict[str, Any]:
    """The form with what was entered and what is wrong. A stale form keeps its version: reload and decide again."""
    form = form_class(declared.fields)(request.POST)
    if isinstance(error, InvalidData):
        show_errors(form, error)
        return {"form": form, "version": request.POST.get("version", "")}
    return {"form": form, "version": request.POST.get("version", ""), "refusal": error}


def _done_already(request: HttpRequest, case: Case, declared: Act, actor: Actor) -> bool:
    """Whether the event after the version that the form saw is this very act by this very person (a double click)."""
    version = whole_number(request.POST.get("version", ""))
    event = (
        case.events.filter(seq=version + 1).select_related("payload").first() if version is not None else None
    )
    if event is None or event.act != declared.name or event.actor_id != (actor.user and actor.user.pk):
        return False
    try:
        stored = storable(declared.fields, clean(declared.fields, request.POST))
    except InvalidData:
        return False
    return stored.items() <= course.payload(event).items()


def _act_page(
    request: HttpRequest, case: Case, declared: Act, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context |= {
        "case": case,
        "act": declared,
        "citation": f"{case.declaration.instrument}/{declared.article}",
        "action": reverse("case-act", args=[case.number, declared.name]),
        "legend": declared.label,
        "submit": declared.label,
        "hint": declared.hint,
    }
    return form_page(request, context, status)


def form_page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A form as a fragment for the case page, or as a page of its own where there is no script."""
    template = "casework/act_form.html" if request.headers.get("HX-Request") else "casework/act_page.html"
    return render(request, template, context, status=status)


def back_to(request: HttpRequest, case: Case) -> HttpResponse:
    """To the case page, after an act."""
    target = reverse("case", args=[case.number])
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)
