"""The pages of returns: my lists, one return with its cells and next acts, the cases behind a cell, Excel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel.accounts.access import for_audience, holders_of
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.casework.forms import MoneyField
from zhengling.kernel.returns import authority, exports, figures, operations, queries
from zhengling.kernel.returns.declaration import Typed
from zhengling.kernel.returns.errors import ReturnRefused
from zhengling.kernel.returns.models import Return, ReturnForm
from zhengling.kernel.returns.presentation import tables, written
from zhengling.kernel.spreadsheets import MEDIA_TYPE, attached

READERS = holders_of("clerk", "reviewer", "approver", "supervisor", "auditor")
ROWS = 50
EXPORTED = 20_000
TABS = ("make", "decide", "all")


@for_audience(READERS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What I make, what I decide, and everything I may read."""
    lists = _lists(actor_of(request))
    counts = {name: lists[name].count() for name in ("make", "decide")}
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        tab = next((name for name in ("make", "decide") if counts[name]), "all")
    rows = _filtered(request, lists[tab])
    states = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    periods = list(lists[tab].order_by("-period").values_list("period", flat=True).distinct()[:24])
    context = {
        "tab": tab,
        "counts": counts,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "forms": {row.key: row.title for row in ReturnForm.objects.order_by("key", "version")}.items(),
        "periods": periods,
        "states": Return.State.choices,
        "by_state": [(label, states[value]) for value, label in Return.State.choices if value in states],
        "chosen": request.GET,
    }
    return render(request, "returns/index.html", context)


@for_audience(READERS)
@require_safe
def export(request: HttpRequest) -> FileResponse:
    """The list as filtered, as an Excel file."""
    lists = _lists(actor_of(request))
    rows = _filtered(request, lists.get(request.GET.get("tab", ""), lists["all"]))
    heading = [_("Unit"), _("Form"), _("Period"), _("State"), _("Due"), _("Filled in by")]
    lines = (
        (
            row.unit.label,
            row.form.title,
            row.period_label,
            row.get_state_display(),
            row.due,
            row.maker.full_name if row.maker else "",
        )
        for row in rows[:EXPORTED].iterator(chunk_size=1000)
    )
    return attached(_("Returns"), heading, lines)


def _lists(actor: Actor) -> dict[str, QuerySet[Return]]:
    return {
        "make": queries.to_make(actor),
        "decide": queries.to_decide(actor),
        "all": authority.readable(actor),
    }


def _filtered(request: HttpRequest, rows: QuerySet[Return]) -> QuerySet[Return]:
    for name in ("key", "period", "state"):
        if request.GET.get(name):
            rows = rows.filter(**{name: request.GET[name]})
    words = request.GET.get("words", "").strip()
    return rows.filter(Q(unit__name__icontains=words) | Q(unit__code=words)) if words else rows


def _readable(request: HttpRequest, pk: UUID) -> Return:
    return get_object_or_404(authority.readable(actor_of(request)), pk=pk)


@for_audience(READERS)
@require_safe
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _page(request, _readable(request, pk))


def _page(request: HttpRequest, row: Return, refusal: CaseworkError | None = None) -> HttpResponse:
    """The return with its cells, findings and next acts; with a refusal on top, and its status, if there is one."""
    actor, language, declaration = actor_of(request), get_language() or "", row.form.declaration
    lower = [] if row.lowest else list(queries.lower_returns(row))
    context = {
        "row": row,
        "declaration": declaration,
        "tables": tables(declaration, row.figures, language),
        "typing": row.editable and row.lowest and authority.makes(actor, row) and _has_typed(row),
        "findings": _findings(row, language) if row.computed_at else [],
        "stale": row.editable and queries.stale(row),
        "lower": lower,
        "accepted": sum(item.state in operations.DONE for item in lower),
        "steps": row.steps.all(),
        "next_steps": queries.next_steps(row, actor),
        "decider": authority.deciding_unit(row),
        "replaced_by": Return.objects.filter(corrects=row).first(),
        "notes": [note.in_language(language) for note in declaration.notes],
        "refusal": refusal,
        "paper": "print-a3" if declaration.paper == "A3" else "print-a4-landscape",
    }
    return render(request, "returns/return.html", context, status=refusal.status if refusal else 200)


def _has_typed(row: Return) -> bool:
    return any(isinstance(formula, Typed) for formula in row.form.declaration.formulas.values())


def _findings(row: Return, language: str) -> list[dict[str, Any]]:
    declaration = row.form.declaration
    return [
        {
            "refuses": item.refuses,
            "message": item.check.message.in_language(language),
            "cells": [
                (
                    declaration.name_of(cell, language),
                    written(row.figures.get(cell), declaration.format_of(cell)),
                )
                for cell in item.cells
            ],
        }
        for item in figures.findings(declaration, row.figures)
    ]


@for_audience(READERS)
@require_safe
def cell(request: HttpRequest, pk: UUID, cell: str) -> HttpResponse:
    """The cases behind a cell, and what each lower unit contributes to it."""
    row = _readable(request, pk)
    declaration, language = row.form.declaration, get_language() or ""
    if cell not in declaration.formulas:
        raise Http404
    behind = queries.cases_behind(row, cell, actor_of(request))
    form = declaration.format_of(cell)
    counted = [] if row.lowest else list(queries.lower_returns(row).filter(pk__in=row.sources))
    context = {
        "row": row,
        "name": declaration.name_of(cell, language),
        "value": written(row.figures.get(cell), form),
        "page": Paginator(behind.cases, ROWS).get_page(request.GET.get("page")),
        "total": behind.total,
        "hidden": behind.total - behind.cases.count(),
        "lower": [(item, written(item.figures.get(cell), form)) for item in counted],
        "cell": cell,
    }
    return render(request, "returns/cell.html", context)


@for_audience(READERS)
@require_safe
def excel(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _readable(request, pk)
    lower = [] if row.lowest else list(queries.lower_returns(row))
    name = f"{row.form.title}-{row.unit.short_name}-{row.period}.xlsx"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(
        exports.workbook(row, lower), content_type=MEDIA_TYPE, headers={"Content-Disposition": disposition}
    )


@for_audience(holders_of(*authority.MAKERS, *authority.DECIDERS))
@require_POST
def act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """One act on a return."""
    row = _readable(request, pk)
    try:
        work = _work(request, row, act, actor_of(request))
        result = work()
    except CaseworkError as error:
        return _page(request, _readable(request, pk), error)
    messages.success(request, _("Done."))
    return redirect("return", pk=result.pk if isinstance(result, Return) else pk)


def _work(request: HttpRequest, row: Return, act: str, actor: Actor) -> Callable[[], object]:
    """The operation behind the act. Raises Http404 for an unknown one."""
    reason = request.POST.get("reason", "")
    given = request.POST.get("revision", "")
    revision = int(given) if given.isascii() and given.isdigit() else None
    works: dict[str, Callable[[], object]] = {
        "compute": lambda: operations.compute(row.pk, actor, revision=revision),
        "save": lambda: operations.type_in(row.pk, _typed(request, row), actor, revision=revision),
        "submit": lambda: operations.submit(
            row.pk, actor, note=request.POST.get("note", ""), revision=revision
        ),
        "accept": lambda: operations.accept(row.pk, actor),
        "send_back": lambda: operations.send_back(row.pk, reason, actor),
        "lock": lambda: operations.lock_period(row.pk, actor),
        "correct": lambda: operations.correct(row.pk, reason, actor),
    }
    if act not in works:
        raise Http404
    return works[act]


def _typed(request: HttpRequest, row: Return) -> dict[str, int | None]:
    """The typed cells of the form, in fen or counts. Raises `ReturnRefused` naming the cell that is no number."""
    declaration = row.form.declaration
    values: dict[str, int | None] = {}
    for cell, formula in declaration.formulas.items():
        if not isinstance(formula, Typed) or cell not in request.POST:
            continue
        money = declaration.format_of(cell) == "money"
        field = MoneyField(required=False) if money else forms.IntegerField(min_value=0, required=False)
        try:
            values[cell] = field.clean(request.POST[cell])
        except forms.ValidationError as error:
            name = declaration.name_of(cell, get_language() or "")
            raise ReturnRefused(f"{name}：{'；'.join(error.messages)}") from error
    return values
