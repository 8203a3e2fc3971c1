"""The pages of differences: the list with its totals, one in full, the decision on one or many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel.accounts.access import BUSINESS, for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.exchange import authority, operations, queries, sheets
from zhengling.kernel.exchange.declaration import Outcome
from zhengling.kernel.exchange.forms import DecisionForm, DifferenceFilter
from zhengling.kernel.exchange.models import Difference
from zhengling.kernel.exchange.pages import data_set_of, excel, page
from zhengling.kernel.exchange.presentation import compared, summary

ROWS = 100
EXPORTED = 100_000


@for_audience(BUSINESS)
@require_safe
def listed(request: HttpRequest, name: str) -> HttpResponse:
    """Differences of a data set by kind, state, period and unit; those to be settled when nothing is chosen."""
    actor, found = actor_of(request), data_set_of(request, name)
    every = queries.visible_differences(actor).filter(data_set=name)
    given = request.GET if "state" in request.GET else {**request.GET.dict(), "state": "open"}
    form = DifferenceFilter(
        given,
        data_set=found,
        units=authority.read_units(actor, found),
        periods=queries.periods_of(every),
    )
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = queries.narrowed(every, **{key: str(value) for key, value in chosen.items()})
    total = queries.at_stake(rows)
    if request.GET.get("format") == "xlsx":
        content = sheets.differences_file(rows[:EXPORTED], total)
        record_access(actor, Action.EXPORT, "differences", name, ["person"], _("list of differences"))
        return excel(f"{found.label}-{_('differences')}", content)
    shown = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {
        "data_set": found,
        "form": form,
        "page": shown,
        "rows": [(row, summary(row)) for row in shown.object_list],
        "count": total[0],
        "amount": total[1],
        "serves": authority.served_units(actor, found).exists(),
    }
    return page(request, "exchange/differences.html", context)


@for_audience(BUSINESS)
@require_safe
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One difference: both sides, its article, how it may end or how it ended."""
    actor = actor_of(request)
    row = get_object_or_404(queries.visible_differences(actor), pk=pk)
    earlier = Difference.objects.filter(
        data_set=row.data_set, unit=row.unit, kind=row.kind, matter=row.matter
    ).exclude(pk=row.pk)
    if row.person_id:
        record_access(actor, Action.VIEW, "person", row.person_id, ["name"], row.data_set)
    may = row.state == Difference.State.OPEN and authority.serves(actor, row.declaration, row.unit)
    context = {
        "difference": row,
        "pairs": compared(row),
        "earlier": earlier.order_by("-found_at"),
        "form": DecisionForm(outcomes=list(row.mismatch.outcomes), initial={"on": row.on}) if may else None,
    }
    return page(request, "exchange/difference.html", context)


@for_audience(BUSINESS)
@require_POST
def decide(request: HttpRequest, name: str) -> HttpResponse:
    """Choose an outcome for one or many, look at what would be refused, then do it."""
    actor, found = actor_of(request), data_set_of(request, name)
    rows = list(queries.visible_differences(actor).filter(data_set=name, pk__in=_ids(request)))
    step = request.POST.get("step", "choose")
    data = None if step == "choose" else request.POST
    form = DecisionForm(data, outcomes=_common(rows))
    worded = [(row, summary(row)) for row in rows]
    context: dict[str, Any] = {"data_set": found, "chosen": rows, "form": form}
    if step == "choose" or not form.is_valid():
        return page(request, "exchange/decide.html", context)
    given = form.cleaned_data
    arguments = ([row.pk for row in rows], given["outcome"], given["reason"], given.get("on"))
    outcome = form.outcomes[given["outcome"]]
    context |= {"outcome": outcome, "reason": given["reason"], "on": given.get("on")}
    if step == "check":
        refused = dict(operations.foresee(actor, *arguments))
        results = [(row, text, refused.get(row.pk, "")) for row, text in worded]
        context |= {"results": results, "ready": [row for row, _text, why in results if not why]}
        return page(request, "exchange/decide_check.html", context)
    _settled, refused_now = operations.decide_many(actor, *arguments)
    if len(rows) == 1 and not refused_now:
        return redirect("exchange-difference", pk=rows[0].pk)
    why = dict(refused_now)
    context |= {"results": [(row, text, why.get(row.pk, "")) for row, text in worded]}
    return page(request, "exchange/decide_result.html", context)


def _ids(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(text) for text in request.POST.getlist("difference")]
    except ValueError:
        raise Http404 from None


def _common(rows: Sequence[Difference]) -> list[Outcome]:
    """The outcomes that every one of them may have."""
    if not rows:
        return []
    shared = set.intersection(*({item.name for item in row.mismatch.outcomes} for row in rows))
    return [item for item in rows[0].mismatch.outcomes if item.name in shared]
