"""Urging orders: issuing by one click, reading, answering, closing, printing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import BUSINESS, for_audience, holders_of
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.identifiers import whole_number
from zhengling.kernel.spreadsheets import attached
from zhengling.kernel.supervision import authority, lines, operations, queries
from zhengling.kernel.supervision.board import soon_until
from zhengling.kernel.supervision.forms import AnswerForm, CloseForm, OrderFilter, UrgeForm, first_words
from zhengling.kernel.supervision.models import UrgingOrder
from zhengling.kernel.supervision.printing import typeset_order
from zhengling.kernel.supervision.scope import Scope
from zhengling.kernel.supervision.views import EXPORTED, PAGE

SUPERVISORS = holders_of("supervisor")
REFUSALS_SHOWN = 5


@for_audience(SUPERVISORS)
@require_POST
def urge(request: HttpRequest) -> HttpResponse:
    """Urge one row (`only`) or the ticked ones (`limits`); without words the usual ones are sent."""
    only = request.POST.get("only", "")
    chosen = [only] if only else request.POST.getlist("limits")
    form = UrgeForm(
        {
            "words": request.POST.get("words") or first_words(),
            "respond_by": request.POST.get("respond_by") or soon_until(clock.today()),
        }
    )
    if not chosen:
        messages.warning(request, _("Tick at least one case to urge."))
    elif not form.is_valid():
        for texts in form.errors.values():
            messages.error(request, " ".join(str(text) for text in texts))
    else:
        return _urge(
            request, [pk for text in chosen if (pk := whole_number(text)) is not None], form.cleaned_data
        )
    return _back(request)


def _urge(request: HttpRequest, limits: list[int], given: dict[str, Any]) -> HttpResponse:
    try:
        done = operations.urge(limits, actor_of(request), given["words"], given["respond_by"])
    except CaseworkError as error:
        messages.error(request, str(error))
        return _back(request)
    for limit, refusal in done.refused[:REFUSALS_SHOWN]:
        messages.warning(request, f"{limit.case.number}：{refusal}")
    if len(done.refused) > REFUSALS_SHOWN:
        hidden = len(done.refused) - REFUSALS_SHOWN
        words = ngettext("%(n)s more was not urged.", "%(n)s more were not urged.", hidden)
        messages.warning(request, words % {"n": hidden})
    for order in done.orders:
        sent = _("Order %(number)s has gone to %(unit)s.") % {"number": order.number, "unit": order.to.label}
        messages.success(request, sent)
    if len(done.orders) == 1:
        return redirect("urging-order", done.orders[0].pk)
    return redirect("urging-orders") if done.orders else _back(request)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()})
    return HttpResponseRedirect(target if safe else reverse("supervision-list", args=["overdue"]))


def _found(request: HttpRequest) -> tuple[OrderFilter, QuerySet[Any]]:
    form = OrderFilter(request.GET)
    rows = queries.visible_orders(Scope.of(actor_of(request))).annotate(number_of_matters=Count("matters"))
    if form.is_valid():
        rows = rows.filter(form.condition())
    return form, rows.order_by("-issued_at", "-pk")


@for_audience(BUSINESS)
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Orders to and from the units of the officer's scope."""
    form, rows = _found(request)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request, "supervision/orders.html", {"page": page, "form": form, "filtered": bool(request.GET)}
    )


@for_audience(BUSINESS)
@require_safe
def export_orders(request: HttpRequest) -> FileResponse:
    """The list of orders as an Excel file."""
    _form, rows = _found(request)
    heading = [
        _("Number"), _("Ordered by"), _("Addressed to"), _("Cases"), _("What is demanded"), _("Sent on"), _("Answer until"),
        _("State"), _("Answered on"), _("Answer"), _("Closed on"), _("Finding"),
    ]  # fmt: skip
    cells = (
        [
            row.number,
            row.issuer.label,
            row.to.label,
            row.number_of_matters,
            row.words,
            row.issued_at,
            row.respond_by,
            row.get_state_display(),
            row.answered_at,
            row.answer,
            row.closed_at,
            row.finding,
        ]
        for row in rows[:EXPORTED].iterator(chunk_size=1000)
    )
    return attached(_("Urging orders"), heading, cells)


def _order(request: HttpRequest, pk: UUID) -> UrgingOrder:
    """The order, if the reader may see it; for everybody else it does not exist."""
    return get_object_or_404(queries.visible_orders(Scope.of(actor_of(request))), pk=pk)


@for_audience(BUSINESS)
@require_safe
def order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One order: what is demanded, about which cases, and what became of it."""
    return _page(request, _order(request, pk))


def _page(request: HttpRequest, found: UrgingOrder, status: int = 200, **forms: Any) -> HttpResponse:
    actor = actor_of(request)
    matters = list(found.matters.select_related("case", "limit__case", "limit__holder", "case__place"))
    shown = lines.dressed([lines.of_limit(row.limit) for row in matters])
    state = UrgingOrder.State
    context = {
        "order": found,
        "matters": list(zip(matters, shown, strict=True)),
        "may_answer": found.state == state.ISSUED and authority.may_answer(actor, found),
        "may_close": found.state != state.CLOSED and authority.may_close(actor, found),
        "answer_form": AnswerForm(),
        "close_form": CloseForm(),
        **forms,
    }
    return render(request, "supervision/order.html", context, status=status)


Write = Callable[[UUID, Actor, str], UrgingOrder]


def _write(
    request: HttpRequest, pk: UUID, write: Write, form: AnswerForm | CloseForm, name: str
) -> HttpResponse:
    """Do it and show the order, or show the order with what is wrong."""
    found = _order(request, pk)
    kind = f"{'answer' if name == 'answer' else 'close'}_form"
    if not form.is_valid():
        return _page(request, found, 422, **{kind: form})
    try:
        write(found.pk, actor_of(request), form.cleaned_data[name])
    except CaseworkError as error:
        return _page(request, found, error.status, **{kind: form, "refusal": error})
    return redirect("urging-order", found.pk)


@for_audience(BUSINESS)
@require_POST
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _write(request, pk, operations.answer, AnswerForm(request.POST), "answer")


@for_audience(SUPERVISORS)
@require_POST
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _write(request, pk, operations.close, CloseForm(request.POST), "finding")


@for_audience(BUSINESS)
@require_safe
def pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The order on paper."""
    found = _order(request, pk)
    try:
        made = typeset_order(found)
    except CaseworkError as error:
        return _page(request, found, error.status, refusal=error)
    response = HttpResponse(made.pdf, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename=order-{found.pk}.pdf"
    return response
