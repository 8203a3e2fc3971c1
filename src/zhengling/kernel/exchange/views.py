"""The pages of data sets and files: what stands where, upload with its report, taking over, sending."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhengling.kernel.accounts.access import BUSINESS, for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.exchange import authority, operations, queries, sheets, tables
from zhengling.kernel.exchange.forms import SendForm, UploadForm
from zhengling.kernel.exchange.models import Exchange
from zhengling.kernel.exchange.pages import data_set_of, excel, page
from zhengling.kernel.exchange.presentation import totals_of

ROWS = 50
ACTS = {"take-over": operations.take_over, "drop": operations.drop, "retry": operations.requeue}


@for_audience(BUSINESS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every data set: who keeps it, the last exchange, what is open, what is awaited."""
    rows = queries.overview(actor_of(request))
    context = {
        "rows": rows,
        "open": sum(row.open for row in rows),
        "late": sum(row.late for row in rows),
        "waiting": sum(row.waiting for row in rows),
        "amount": sum(row.amount for row in rows),
    }
    return page(request, "exchange/index.html", context)


@for_audience(BUSINESS)
@require_safe
def awaited(request: HttpRequest) -> HttpResponse:
    """Files that are overdue by their rhythm: who is late with what."""
    rows = queries.awaited(actor_of(request))
    found = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    return page(request, "exchange/awaited.html", {"page": found})


@for_audience(BUSINESS)
@require_safe
def data_set(request: HttpRequest, name: str) -> HttpResponse:
    """One data set: its units, its files, its columns."""
    actor, found = actor_of(request), data_set_of(request, name)
    rows = queries.exchanges(actor, found)
    context = {
        "data_set": found,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "places": queries.places(actor, found),
        "serves": authority.served_units(actor, found).exists(),
        "columns": [(column, sheets.kind_words(column)) for column in found.columns],
        "open": queries.at_stake(queries.visible_differences(actor).filter(data_set=name, state="open")),
    }
    return page(request, "exchange/data_set.html", context)


@for_audience(BUSINESS)
@require_safe
def template(request: HttpRequest, name: str) -> HttpResponse:
    """The empty file with its columns explained."""
    found = data_set_of(request, name)
    return excel(str(found.label), sheets.template(found))


@for_audience(BUSINESS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, name: str) -> HttpResponse:
    """Bring a file: it is checked at once and taken over only after somebody has looked at the report."""
    actor, found = actor_of(request), data_set_of(request, name)
    units = authority.served_units(actor, found)
    if found.take is None or not units:
        raise Http404
    form = UploadForm(request.POST or None, request.FILES or None, data_set=found, units=units)
    refusal = None
    if request.method == "POST" and form.is_valid():
        given, sent = form.cleaned_data, form.cleaned_data["file"]
        try:
            made = operations.receive(
                actor,
                found,
                given["unit"],
                name=sent.name,
                content=sent.read(tables.MAX_BYTES + 1),
                period=given["period"],
                declared=form.declared(),
            )
            return redirect("exchange-file", pk=made.pk)
        except CaseworkError as error:
            refusal = error
    context = {
        "data_set": found,
        "form": form,
        "columns": [(column, sheets.kind_words(column)) for column in found.columns],
    }
    return page(request, "exchange/upload.html", context, refusal)


@for_audience(BUSINESS)
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, name: str) -> HttpResponse:
    """Make the file for the other side and download it; what was sent is on record."""
    actor, found = actor_of(request), data_set_of(request, name)
    units = authority.served_units(actor, found)
    if found.give is None or not units:
        raise Http404
    form = SendForm(request.POST or None, data_set=found, units=units)
    refusal = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made, content = operations.send(actor, found, given["unit"], given["period"], sheets.sheet_file)
            return excel(made.file_name, content)
        except CaseworkError as error:
            refusal = error
    return page(request, "exchange/send.html", {"data_set": found, "form": form}, refusal)


@for_audience(BUSINESS)
@require_safe
def file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One file: its report before it is taken over, what it led to afterwards."""
    return _file_page(request, pk)


def _file_page(request: HttpRequest, pk: UUID, refusal: CaseworkError | None = None) -> HttpResponse:
    actor = actor_of(request)
    row = get_object_or_404(queries.visible_exchange(actor), pk=pk)
    declared, found = row.declaration, queries.found_by(row)
    context = {
        "exchange": row,
        "data_set": declared,
        "serves": authority.serves(actor, declared, row.unit),
        "own": actor.user is not None and actor.user == row.by,
        "totals": totals_of(declared, row.totals, row.declared),
        "problems": row.problems[:ROWS],
        "found": [(item, number) for item in declared.mismatches if (number := found.get(item.name))],
    }
    return page(request, "exchange/file.html", context, refusal)


@for_audience(BUSINESS)
@require_safe
def state(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far the worker is; the page asks again until it is done, then loads itself anew."""
    row = get_object_or_404(queries.visible_exchange(actor_of(request)), pk=pk)
    response = render(request, "exchange/progress.html", {"exchange": row})
    if row.state != Exchange.State.QUEUED:
        response["HX-Refresh"] = "true"
    return response


@for_audience(BUSINESS)
@require_safe
def problems(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything that is wrong in the file, cell by cell."""
    row = get_object_or_404(queries.visible_exchange(actor_of(request)), pk=pk)
    return excel(f"{row.file_name}-{_('problems')}", sheets.problems_file(row))


@for_audience(BUSINESS)
@require_POST
def act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Take a checked file over, give it up, or try a failed one again."""
    row = get_object_or_404(queries.visible_exchange(actor_of(request)), pk=pk)
    if act not in ACTS:
        raise Http404
    try:
        ACTS[act](actor_of(request), row.pk)
    except CaseworkError as error:
        return _file_page(request, pk, error)
    said = {
        "take-over": _("The worker takes the file over."),
        "drop": _("The file was given up and deleted."),
        "retry": _("The worker goes on where it stopped."),
    }
    messages.success(request, said[act])
    return redirect("exchange-file", pk=pk)
