"""Templates: versions of an office's wording, edited with a preview."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel.accounts.access import SIGNED_IN, for_audience
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.casework.errors import CaseworkError, InvalidData
from zhengling.kernel.documents import kinds, queries, rendering
from zhengling.kernel.documents.compose import Wording
from zhengling.kernel.documents.forms import TemplateFilter, TemplateForm, cleaned, drafting_units
from zhengling.kernel.documents.models import Template
from zhengling.kernel.documents.template_store import (
    EDITORS,
    active_template,
    check_wording,
    save_template,
    use_version,
)
from zhengling.kernel.documents.views import _data_uri, unit_of_code
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.spreadsheets import attached


@for_audience(SIGNED_IN)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Which wording each kind of letter has in my units."""
    form, lines = _listed(request)
    own = sum(bool(active and active.organ_id) for _kind, _unit, active in lines)
    return render(request, "documents/templates.html", {"form": form, "lines": lines, "own": own})


@for_audience(SIGNED_IN)
@require_safe
def export(request: HttpRequest) -> FileResponse:
    """The list as filtered, as an Excel file."""
    _form, lines = _listed(request)
    heading = [_("Kind"), _("Unit"), _("In use"), _("Whose"), _("Since")]
    rows = (
        (
            kind.label,
            unit.label,
            active.version if active else _("none"),
            active.organ.label if active and active.organ else _("the city's") if active else "",
            active.created_at if active else None,
        )
        for kind, unit, active in lines
    )
    return attached(_("Templates"), heading, rows)


Line = tuple[kinds.LetterKind, Organisation, Template | None]


def _listed(request: HttpRequest) -> tuple[TemplateFilter, list[Line]]:
    units = drafting_units(actor_of(request), ())
    form = TemplateFilter(units, request.GET)
    wanted = cleaned(form)
    return form, [
        (kind, unit, _active(kind.name, unit))
        for unit in units
        for kind in kinds.every()
        if wanted.get("unit") in {None, "", unit.code} and wanted.get("kind") in {None, "", kind.name}
    ]


@for_audience(SIGNED_IN)
def template(request: HttpRequest, name: str, code: str) -> HttpResponse:
    """One kind's wording in one unit: edit, preview, versions."""
    actor, unit, kind = actor_of(request), unit_of_code(code), _kind(name)
    if unit not in actor.units():
        raise Http404
    current = _active(name, unit)
    editor = unit in actor.units(*EDITORS)
    shown = current.wording if current else Wording("", "")
    initial = {"title": shown.title, "body": shown.body, "foot": shown.foot}
    form = TemplateForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"kind": kind, "unit": unit, "current": current, "form": form, "editor": editor}
    status = 200
    if request.method == "POST":
        if not editor:
            raise PermissionDenied
        answer = _submitted(request, form, kind, unit, actor)
        if isinstance(answer, HttpResponse):
            return answer
        shown, status = answer
    context["pages"] = [_data_uri(page) for page in rendering.sample_pictures(kind, shown, unit)]
    context["previewed"] = request.method == "POST" and status == 200
    context["fonts"] = rendering.font_report()
    context["versions"] = queries.templates_of(actor).filter(
        kind=name, organ__in=[unit]
    ) | queries.templates_of(actor).filter(kind=name, organ=None)
    return render(request, "documents/template.html", context, status=status)


def _submitted(
    request: HttpRequest, form: TemplateForm, kind: kinds.LetterKind, unit: Organisation, actor: Actor
) -> HttpResponse | tuple[Wording, int]:
    """Save and go on, or the wording to show with the status: 200 for a preview, 422 for faults."""
    if not form.is_valid():
        return Wording("", ""), 422
    text = form.cleaned_data
    wording = Wording(
        text["title"].strip(), text["body"].replace("\r\n", "\n"), text["foot"].replace("\r\n", "\n")
    )
    try:
        check_wording(kind, wording)
        if request.POST.get("do") == "save":
            made = save_template(kind.name, unit, wording, text["note"], actor)
            messages.success(request, _("Version %(n)s is in use from now on.") % {"n": made.version})
            return redirect("letter-template", name=kind.name, code=unit.code)
    except InvalidData as error:
        for field, texts in error.errors.items():
            form.add_error(field, texts)
        return wording, 422
    return wording, 200


@for_audience(SIGNED_IN)
@require_safe
def sample(request: HttpRequest, name: str, code: str) -> FileResponse:
    """The wording in use, filled with plausible values, as PDF."""
    unit, kind = unit_of_code(code), _kind(name)
    current = _active(name, unit)
    if current is None or unit not in actor_of(request).units():
        raise Http404
    file = BytesIO(rendering.render_sample(kind, current.wording, unit).pdf)
    return FileResponse(file, filename=f"{kind.label}.pdf")


@for_audience(SIGNED_IN)
@require_POST
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to an earlier version."""
    found = get_object_or_404(queries.templates_of(actor_of(request)).exclude(organ=None), pk=pk)
    try:
        use_version(found, actor_of(request))
    except CaseworkError as error:
        raise PermissionDenied(str(error)) from error
    assert found.organ is not None
    messages.success(request, _("Version %(n)s is in use from now on.") % {"n": found.version})
    return redirect("letter-template", name=found.kind, code=found.organ.code)


def _kind(name: str) -> kinds.LetterKind:
    try:
        return kinds.get(name)
    except KeyError:
        raise Http404 from None


def _active(name: str, unit: Organisation) -> Template | None:
    try:
        return active_template(name, unit)
    except CaseworkError:
        return None
