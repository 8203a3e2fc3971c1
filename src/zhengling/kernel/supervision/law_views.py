"""The article matrix, and the proof that nothing was changed."""

from __future__ import annotations

from collections import Counter

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhengling.kernel.accounts.access import BUSINESS, for_audience, holders_of
from zhengling.kernel.law import queries as law
from zhengling.kernel.law.instruments import Instrument
from zhengling.kernel.spreadsheets import attached
from zhengling.kernel.supervision import articles as article_rows
from zhengling.kernel.supervision import integrity as proofs
from zhengling.kernel.supervision.models import Verification
from zhengling.kernel.supervision.queries import instrument_counts, recent_tallies

PROVERS = holders_of("supervisor", "auditor", "audit_admin")
RUNS = 10


@for_audience(BUSINESS)
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    """Every instrument with the state of its provisions and what is going on under it."""
    held = recent_tallies()
    rows = []
    for instrument in law.city().instruments.values():
        marks = Counter(provision.mark for provision in instrument.provisions if provision.mark)
        shares = [(mark, label, marks[mark]) for mark, label in article_rows.MARKS.items()]
        rows.append((instrument, shares, instrument_counts(instrument, held)))
    return render(request, "supervision/articles.html", {"rows": rows, "marks": article_rows.MARKS})


@for_audience(BUSINESS)
@require_safe
def matrix(request: HttpRequest, key: str) -> HttpResponse:
    """The provisions of one instrument by what carries them out."""
    instrument, held = _instrument(key), recent_tallies()
    wanted = request.GET.get("mark", "")
    every = article_rows.matrix(instrument, held)
    marks = Counter(line.provision.mark for line in every)
    context = {
        "instrument": instrument,
        "columns": [label for label, _kinds in article_rows.COLUMNS.values()],
        "lines": [line for line in every if not wanted or line.provision.mark == wanted],
        "marks": [(mark, label, marks[mark]) for mark, label in article_rows.MARKS.items() if marks[mark]],
        "number": len(every),
        "wanted": wanted,
        "total": instrument_counts(instrument, held),
    }
    return render(request, "supervision/matrix.html", context)


def _instrument(key: str) -> Instrument:
    try:
        return law.instrument(key)
    except KeyError:
        raise Http404 from None


@for_audience(BUSINESS)
@require_safe
def export_matrix(request: HttpRequest, key: str) -> FileResponse:
    """The matrix as an Excel file."""
    instrument = _instrument(key)
    language = get_language() or ""
    heading = [
        _("Place"), _("Heading"), _("State"),
        *(str(label) for label, _kinds in article_rows.COLUMNS.values()),
        _("Cases waiting"), _("Acts done"), _("Limits running"), _("Overdue"), _("Met"), _("Ended late"),
    ]  # fmt: skip
    cells = (
        [
            line.place,
            line.provision.heading.in_language(language),
            line.mark,
            *("、".join(carrier.label for carrier in column) for column in line.columns),
            line.counts.cases,
            line.counts.acts,
            line.counts.running,
            line.counts.overdue,
            line.counts.met,
            line.counts.missed,
        ]
        for line in article_rows.matrix(instrument, recent_tallies())
    )
    return attached(_("Article matrix"), heading, cells)


@for_audience(PROVERS)
@require_safe
def integrity(request: HttpRequest) -> HttpResponse:
    """What the last verifications found, and the checkpoints that lie outside the database."""
    # By key, which is made by the real clock: in the demo city worker and command line live on different days.
    runs = list(Verification.objects.order_by("-pk")[:RUNS])
    last = runs[0] if runs else None
    problems = [(proofs.PARTS.get(part, part), text) for part, text in last.problems] if last else []
    found = Counter(part for part, _text in last.problems) if last else Counter[str]()
    context = {
        "last": last,
        "runs": runs,
        "problems": problems,
        "parts": [(label, found[part]) for part, label in proofs.PARTS.items()],
        "checkpoints": proofs.checkpoints(),
    }
    return render(request, "supervision/integrity.html", context)
