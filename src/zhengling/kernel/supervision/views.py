"""The morning page, the board with its lists and charts, and scorecards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import BUSINESS, for_audience
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.casework.models import TimeLimit
from zhengling.kernel.law.queries import cite
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.spreadsheets import attached
from zhengling.kernel.supervision import board as boards
from zhengling.kernel.supervision import charts, lines, morning, scorecards
from zhengling.kernel.supervision.authority import issuing_unit
from zhengling.kernel.supervision.forms import BoardFilter, PeriodForm, UrgeForm, first_words
from zhengling.kernel.supervision.scope import Scope

PAGE = 50
EXPORTED = 50_000


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list, and whether this reader may urge it."""

    line: lines.Line
    urgeable: bool = False


def rows_for(actor: Actor, found: Iterable[lines.Line]) -> list[Row]:
    return [Row(line, _urgeable(actor, line)) for line in found]


def _urgeable(actor: Actor, line: lines.Line) -> bool:
    limit = line.limit
    if limit is None or limit.waits or limit.state != TimeLimit.State.RUNNING:
        return False
    return limit.holder_id == line.unit.pk and issuing_unit(actor, line.unit) is not None


def any_urgeable(rows: Iterable[Row]) -> bool:
    """Whether the list needs its urging buttons at all."""
    return any(row.urgeable for row in rows)


# --- the morning page -------------------------------------------------------------------------------------------


@for_audience(BUSINESS)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """What has to be done today. The number of queries does not depend on the number of cases."""
    actor = actor_of(request)
    scope = Scope.of(actor)
    found = morning.filled(scope)
    sections = [(item, rows, any_urgeable(rows)) for item in found for rows in [rows_for(actor, item.lines)]]
    context = {
        "sections": sections,
        "scope": scope,
        "waiting": sum(item.count for item in found),
        "today": clock.today(),
    }
    return render(request, "supervision/today.html", context)


@for_audience(BUSINESS)
@require_safe
def section(request: HttpRequest, name: str) -> HttpResponse:
    """One section of the morning page, all of it."""
    actor = actor_of(request)
    try:
        found = morning.section(name)
    except KeyError:
        raise Http404 from None
    page = Paginator(found.rows(Scope.of(actor)), PAGE).get_page(request.GET.get("page"))
    rows = rows_for(actor, lines.dressed([found.line(row) for row in page.object_list]))
    context = {
        "section": found,
        "page": page,
        "rows": rows,
        "urge": any_urgeable(rows),
        "urge_form": urge_form(),
    }
    return render(request, "supervision/section.html", context)


def urge_form() -> UrgeForm:
    """The form of an order with its usual words and day."""
    return UrgeForm(initial={"words": first_words(), "respond_by": boards.soon_until(clock.today())})


# --- the board --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """What a request to the board asks for."""

    scope: Scope
    unit: Organisation | None
    form: BoardFilter
    chosen: boards.Filters

    @property
    def seen(self) -> Scope:
        """The part of the officer's scope that is looked at."""
        return self.scope.below(self.unit) if self.unit else self.scope


def _view(request: HttpRequest) -> View:
    """Raises Http404 for a unit outside of the officer's scope: for this reader it does not exist."""
    scope = Scope.of(actor_of(request))
    code = request.GET.get("unit", "")
    unit = get_object_or_404(scope.units(), code=code) if code else None
    form = BoardFilter(request.GET, _choices(scope, unit))
    return View(scope, unit, form, form.filters())


def _choices(scope: Scope, unit: Organisation | None) -> list[Organisation]:
    """The units of the filter: the tops of the scope, those directly below them, and the one looked at."""
    wanted = Q(parent__in=scope.over) | Q(pk__in=[top.pk for top in scope.tops])
    if unit:
        wanted |= Q(pk=unit.pk)
    return list(scope.units().filter(wanted))


SORTS = {
    "unit": lambda row: row.unit.path,
    "open": lambda row: row.tally.open,
    "soon": lambda row: row.tally.soon,
    "overdue": lambda row: row.tally.overdue,
    "longest": lambda row: row.tally.longest,
    "share": lambda row: -1 if row.tally.share is None else row.tally.share,
}


def _sorted(rows: list[boards.Row], sort: str) -> list[boards.Row]:
    key = SORTS.get(sort.removeprefix("-"))
    return sorted(rows, key=key, reverse=sort.startswith("-")) if key else rows


@for_audience(BUSINESS)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """All services on one board, down from the city to the township."""
    view = _view(request)
    found = boards.board(view.scope, view.unit, view.chosen)
    context = {
        "board": found,
        "rows": _sorted(found.rows, request.GET.get("sort", "")),
        "form": view.form,
        "chosen": view.chosen,
        "months": found.months,
        "late_rows": sorted(
            (row for row in found.rows if row.tally.overdue), key=lambda row: -row.tally.overdue
        ),
        "filtered": bool(request.GET),
    }
    return render(request, "supervision/board.html", context)


@for_audience(BUSINESS)
@require_safe
def chart(request: HttpRequest, kind: str) -> HttpResponse:
    """A picture of the numbers that the board names in words."""
    view = _view(request)
    if kind == "shares":
        svg = charts.shares(boards.months(boards.numbers(view.seen, view.chosen), view.chosen))
    elif kind == "overdue":
        svg = charts.overdue(boards.board(view.scope, view.unit, view.chosen).rows)
    else:
        raise Http404
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Cache-Control"] = "private, max-age=60"
    return response


@for_audience(BUSINESS)
@require_safe
def export_board(request: HttpRequest) -> FileResponse:
    """The board as an Excel file, with the total in its last row."""
    view = _view(request)
    found = boards.board(view.scope, view.unit, view.chosen)
    heading = [
        _("Unit"), _("Code"), _("Open"), _("Due in 3 working days"), _("Overdue"), _("Longest overdue, days"),
        _("Ended on time"), _("Not on time"), _("On time, %"), _("Without a time limit"),
    ]  # fmt: skip
    rows = [
        [row.unit.label + (f"（{_('itself')}）" if row.itself else ""), row.unit.code, *_numbers(row.tally)]
        for row in found.rows
    ]
    return attached(_("Board"), heading, [*rows, [_("All rows together"), "", *_numbers(found.total)]])


def _numbers(tally: boards.Tally) -> list[object]:
    return [
        tally.open,
        tally.soon,
        tally.overdue,
        tally.longest,
        tally.on_time,
        tally.late,
        _("no data") if tally.share is None else tally.share,
        tally.untimed,
    ]


# --- the lists behind the numbers -------------------------------------------------------------------------------


def _lines(name: str, rows: Iterable[Any]) -> Iterator[lines.Line]:
    make = lines.of_task if name == "untimed" else lines.of_limit
    return (make(row) for row in rows)


@for_audience(BUSINESS)
@require_safe
def listed(request: HttpRequest, name: str) -> HttpResponse:
    """The cases that a number of the board counts; the tabs name the other numbers of the same selection."""
    if name not in boards.LISTS:
        raise Http404
    view, actor = _view(request), actor_of(request)
    total = boards.numbers(view.seen, view.chosen).total
    paginator = Paginator(boards.behind(name, view.seen, view.chosen).values_list("pk", flat=True), PAGE)
    paginator.count = getattr(total, name)
    page = paginator.get_page(request.GET.get("page"))
    rows = rows_for(actor, lines.dressed(list(_lines(name, boards.by_key(name, list(page.object_list))))))
    context = {
        "name": name,
        "tabs": [(key, label, getattr(total, key)) for key, label in boards.LISTS.items()],
        "total": total,
        "unit": view.unit,
        "form": view.form,
        "chosen": view.chosen,
        "page": page,
        "rows": rows,
        "urge": any_urgeable(rows),
        "urge_form": urge_form(),
    }
    return render(request, "supervision/list.html", context)


@for_audience(BUSINESS)
@require_safe
def export_list(request: HttpRequest, name: str) -> FileResponse:
    """The list as filtered, as an Excel file."""
    if name not in boards.LISTS:
        raise Http404
    view = _view(request)
    found = boards.joined(name, boards.behind(name, view.seen, view.chosen))[:EXPORTED]
    heading = [
        _("Number"), _("Matter"), _("Procedure"), _("Stage"), _("Responsible unit"), _("Time limit"),
        _("Article"), _("Statutory"), _("Started on"), _("Due"), _("State"), _("Ended on"), _("Days late"),
    ]  # fmt: skip
    made = _lines(name, found.iterator(chunk_size=1000))
    return attached(str(boards.LISTS[name]), heading, (_cells(line) for line in made))


def _cells(line: lines.Line) -> list[object]:
    cells: list[object] = [line.number, line.title, line.procedure_label, line.what, line.unit.label]
    limit = line.limit
    if limit is None:
        return cells
    end: date = limit.ended_on or clock.today()
    return [
        *cells,
        line.limit_label,
        cite(limit.citation, get_language() or "zh"),
        _("yes") if limit.statutory else _("no"),
        limit.started_on,
        limit.due,
        limit.get_state_display(),
        limit.ended_on,
        max((end - limit.due).days, 0) if limit.state != TimeLimit.State.PAUSED else 0,
    ]


# --- scorecards -------------------------------------------------------------------------------------------------


@for_audience(BUSINESS)
@require_safe
def scorecard(request: HttpRequest, code: str) -> HttpResponse:
    """How one unit kept its time limits in a period."""
    scope = Scope.of(actor_of(request))
    unit = get_object_or_404(scope.units().select_related("parent"), code=code)
    first, last = scorecards.default_period(clock.today())
    given = {key: value for key, value in request.GET.items() if value}
    form = PeriodForm({"since": first, "until": last, **given})
    since, until = (
        (form.cleaned_data["since"], form.cleaned_data["until"]) if form.is_valid() else (first, last)
    )
    card = scorecards.scorecard(scope.below(unit), unit, boards.Filters(since, until))
    return render(
        request,
        "supervision/scorecard.html",
        {"card": card, "unit": unit, "around": unit.parent or unit, "form": form},
    )
