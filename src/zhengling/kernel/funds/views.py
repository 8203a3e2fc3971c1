"""The pages of the books: balances, one unit, account book, vouchers, appropriations, year close."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.funds import closing, exports, operations, queries
from zhengling.kernel.funds.authority import readable
from zhengling.kernel.funds.forms import AppropriationForm, BookForm, ReasonForm, VoucherFilter
from zhengling.kernel.funds.models import Appropriation, Entry, Source, YearClose
from zhengling.kernel.funds.pages import (
    KEEPERS,
    READERS,
    attempt,
    excel,
    ledger_of,
    number,
    page,
    roles_at,
)

ROWS = 50


@for_audience(READERS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Balances by unit and source."""
    year = number(request.GET.get("year", ""), default=clock.today().year)
    source = request.GET.get("source", "")
    every = [
        row
        for row in queries.positions(readable(actor_of(request)), year)
        if not source or row.source == source
    ]
    found = every if request.GET.get("all") else [row for row in every if row.moved]
    if request.GET.get("format") == "xlsx":
        return excel(f"{_('Balances')}-{year}", exports.positions_file(found, year))
    return page(
        request,
        "funds/index.html",
        {
            "rows": found,
            "totals": queries.totals(found),
            "hidden": len(every) - len(found),
            "books": bool(every),
            "year": year,
            "years": range(clock.today().year, 2020, -1),
            "source": source,
            "sources": Source.choices,
        },
    )


@for_audience(READERS)
@require_safe
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit: its sources, the accounts of the year, what waits."""
    ledger = ledger_of(request, code)
    actor = actor_of(request)
    year = number(request.GET.get("year", ""), default=clock.today().year)
    trial = queries.trial_balance(ledger, year)
    if request.GET.get("format") == "xlsx":
        return excel(f"{ledger.unit.code}-{year}", exports.trial_balance_file(trial, year))
    positions = queries.positions([ledger], year)
    context = {
        "ledger": ledger,
        "year": year,
        "years": queries.years(ledger, clock.today()),
        "closed": YearClose.objects.filter(ledger=ledger, year=year).select_related("closed_by").first(),
        "positions": positions,
        "totals": queries.totals(positions),
        "trial": trial,
        "waiting": queries.waiting(ledger),
        "holds": roles_at(actor, ledger),
    }
    return page(request, "funds/unit.html", context)


@for_audience(READERS)
@require_safe
def book(request: HttpRequest, code: str) -> HttpResponse:
    """The account book (明细账)."""
    ledger = ledger_of(request, code)
    data = request.GET.copy()
    accounts = ledger.accounts.order_by("code")
    if not data.get("account"):
        data["account"] = str(accounts.values_list("pk", flat=True)[0])
    form = BookForm(data, ledger=ledger)
    first, last = form.period()
    if "account" not in form.cleaned_data:
        raise Http404
    found = queries.account_book(form.cleaned_data["account"], first, last)
    if request.GET.get("format") == "xlsx":
        return excel(
            f"{ledger.unit.code}-{found.account.code}-{first}-{last}", exports.account_book_file(found)
        )
    rows = Paginator(found.lines, ROWS).get_page(request.GET.get("page"))
    context = {"ledger": ledger, "form": form, "book": found, "page": rows, "first": first, "last": last}
    return page(request, "funds/book.html", context)


@for_audience(READERS)
@require_safe
def vouchers(request: HttpRequest, code: str) -> HttpResponse:
    """The journal: every entry of a period."""
    ledger = ledger_of(request, code)
    form = VoucherFilter(request.GET)
    first, last = form.period()
    chosen = form.cleaned_data
    rows = queries.vouchers(
        ledger, first=first, last=last, source=chosen.get("source", ""), words=chosen.get("words", "")
    )
    if request.GET.get("format") == "xlsx":
        whole = rows.prefetch_related("lines__account")
        return excel(f"{ledger.unit.code}-{first}-{last}", exports.vouchers_file(whole))
    context = {
        "ledger": ledger,
        "form": form,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "total": queries.sum_of(rows, "total"),
    }
    return page(request, "funds/vouchers.html", context)


@for_audience(READERS)
@require_safe
def voucher(request: HttpRequest, code: str, seq: int) -> HttpResponse:
    """One entry with its lines, its article and what it comes from."""
    ledger = ledger_of(request, code)
    entry = get_object_or_404(
        Entry.objects.select_related("reverses", "reversed_by").prefetch_related("lines__account"),
        ledger=ledger,
        seq=seq,
    )
    context = {
        "ledger": ledger,
        "entry": entry,
        "origin": queries.origin_link(entry),
        "total": sum(line.debit for line in entry.lines.all()),
    }
    return page(request, "funds/voucher.html", context)


@for_audience(READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def appropriations(request: HttpRequest, code: str) -> HttpResponse:
    """Money received: entered by a cashier, approved by a second person."""
    ledger = ledger_of(request, code)
    actor = actor_of(request)
    form = AppropriationForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        refusal = attempt(
            request,
            lambda: operations.enter_appropriation(ledger.pk, actor=actor, **form.cleaned_data),
            _("Entered; a second person approves it."),
        )
        if refusal is None:
            return redirect("funds-appropriations", code=code)
    year = number(request.GET.get("year", ""), default=clock.today().year)
    rows = Appropriation.objects.filter(ledger=ledger, year=year).select_related(
        "entered_by", "decided_by", "entry"
    )
    context = {
        "ledger": ledger,
        "form": form,
        "rows": rows,
        "total": queries.sum_of(rows.filter(state="posted"), "amount"),
        "year": year,
        "years": queries.years(ledger, clock.today()),
        "holds": roles_at(actor, ledger),
        "reason_form": ReasonForm(),
    }
    return page(request, "funds/appropriations.html", context, refusal)


@for_audience(KEEPERS)
@require_POST
def decide_appropriation(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    actor = actor_of(request)
    row = get_object_or_404(
        Appropriation.objects.select_related("ledger__unit"), pk=pk, ledger__in=readable(actor)
    )
    reason = request.POST.get("reason", "").strip()
    works = {
        "approve": lambda: operations.approve_appropriation(pk, actor),
        "refuse": lambda: operations.refuse_appropriation(pk, reason, actor),
        "reverse": lambda: operations.reverse_appropriation(pk, reason, actor),
    }
    if act not in works or (act != "approve" and not reason):
        raise Http404
    refusal = attempt(request, works[act], _("Done."))
    if refusal is None:
        return redirect("funds-appropriations", code=row.ledger.unit.code)
    return page(request, "funds/refused.html", {"ledger": row.ledger}, refusal)


@for_audience(READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def year(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """Year close: what stands in the way, the trial balance, and the act itself."""
    ledger = ledger_of(request, code)
    actor = actor_of(request)
    refusal = None
    if request.method == "POST":
        refusal = attempt(
            request, lambda: closing.close_year(ledger.pk, year, actor), _("%s is closed.") % year
        )
        if refusal is None:
            return redirect("funds-year", code=code, year=year)
    closed = YearClose.objects.filter(ledger=ledger, year=year)
    found = closed.select_related("closing", "opening", "closed_by").first()
    positions = queries.positions([ledger], year)
    context = {
        "ledger": ledger,
        "year": year,
        "years": queries.years(ledger, clock.today()),
        "closed": found,
        "obstacles": [] if found else list(closing.obstacles(ledger, year)),
        "trial": queries.trial_balance(ledger, year),
        "positions": positions,
        "totals": queries.totals(positions),
        "holds": roles_at(actor, ledger),
    }
    return page(request, "funds/year.html", context, refusal)
