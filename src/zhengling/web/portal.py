"""The house seen from the street: the gazette's contents, its documents, each provision and what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import EVERYBODY, for_audience
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.limits import RUNNING
from zhengling.kernel.casework.models import Case, TimeLimit
from zhengling.kernel.law import queries as law
from zhengling.kernel.law.instruments import Form, Instrument, Mark, Provision
from zhengling.kernel.law.numerals import to_chinese
from zhengling.web.carriers import Parameters, refer

MARKS: dict[Mark, str | Promise] = {
    Mark.CARRIED_OUT: _("carried out"),
    Mark.BEING_BUILT: _("being built"),
    Mark.ORGANISATIONAL: _("organisational"),
}


@dataclass(frozen=True, slots=True)
class Service:
    """Something the reader can do here, by the name of its URL."""

    label: str | Promise
    words: str | Promise
    url: str
    icon: str


SERVICES = (
    Service(
        _("What help could I expect?"),
        _("an estimate of medical assistance, with the article for each line"),
        "medical-estimate",
        "money",
    ),
    Service(
        _("Apply for medical assistance"),
        _("class 3: serious hardship through the cost of illness"),
        "medical-apply",
        "paper",
    ),
    Service(
        _("Is my premium subsidised?"),
        _("at which rate, by which article; with your account"),
        "medical-premium-mine",
        "money",
    ),
    Service(_("Public notices"), _("lists of the quarter; objections are taken here"), "notices", "bell"),
    Service(_("Follow a case"), _("with its number and check code, without sign-in"), "follow", "search"),
)


@dataclass(frozen=True, slots=True)
class Live:
    """What is going on under a provision or an instrument at this moment."""

    running: int = 0
    overdue: int = 0


def live_limits() -> dict[str, Live]:
    """Running time limits by the provision that sets them. One query."""
    rows = (
        TimeLimit.objects.filter(state__in=RUNNING)
        .order_by()
        .values("citation")
        .annotate(
            n=Count("pk"), late=Count("pk", filter=Q(due__lt=clock.today(), state=TimeLimit.State.RUNNING))
        )
    )
    return {row["citation"]: Live(row["n"], row["late"]) for row in rows}


def open_cases() -> Counter[str]:
    """Open cases by the instrument of their procedure. One query."""
    instruments = {declared.name: declared.instrument for declared in procedures.every()}
    counted: Counter[str] = Counter()
    rows = Case.objects.filter(closed_at=None).order_by().values_list("procedure").annotate(n=Count("pk"))
    for name, number in rows:
        if name in instruments:
            counted[instruments[name]] += number
    return counted


def by_mark(instrument: Instrument) -> list[tuple[Mark, str | Promise, int]]:
    """How many provisions have each mark."""
    counted = Counter(provision.mark for provision in instrument.provisions if provision.mark)
    return [(mark, label, counted[mark]) for mark, label in MARKS.items() if counted[mark]]


@for_audience(EVERYBODY)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The contents page of the gazette, with the state of each document, and what one can do here."""
    city, cases, limits = law.city(), open_cases(), live_limits()
    sections = [
        {
            "heading": section.heading,
            "documents": [
                {
                    "instrument": instrument,
                    "marks": by_mark(instrument),
                    "cases": cases[key],
                    "overdue": sum(live.overdue for at, live in limits.items() if at.startswith(f"{key}/")),
                }
                for key in section.documents
                for instrument in [city.instrument(key)]
            ],
        }
        for section in city.gazette.sections
    ]
    context = {
        "city": city,
        "gazette": city.gazette,
        "sections": sections,
        "services": SERVICES,
        "demo": settings.DEMO,
    }
    return render(request, "web/home.html", context)


@for_audience(EVERYBODY)
@require_safe
def instrument(request: HttpRequest, key: str) -> HttpResponse:
    """One document: its provisions with our summary, their mark and what carries them out."""
    found = _instrument(key)
    wanted = request.GET.get("mark", "")
    limits, wordings, parameters = live_limits(), law.wordings(found.key), Parameters()
    rows = [
        {
            "provision": provision,
            "place": place_text(provision),
            "division": provision.division,
            "division_text": division_text(found, provision.division),
            "mark": MARKS.get(provision.mark) if provision.mark else "",
            "by": refer(provision.by, parameters),
            "wording": wordings.get(provision.key, ""),
            "live": limits.get(provision.citation.key),
        }
        for provision in found.provisions
        if not wanted or provision.mark == wanted
    ]
    context = {
        "instrument": found,
        "rows": rows,
        "marks": by_mark(found),
        "wanted": wanted,
        "total": sum(not provision.is_heading for provision in found.provisions),
        "has_wording": bool(wordings),
    }
    return render(request, "web/instrument.html", context)


@for_audience(EVERYBODY)
@require_safe
def provision(request: HttpRequest, key: str, place: str) -> HttpResponse:
    """One provision: what it says in our words, the official wording when imported, what became of it."""
    found = _instrument(key)
    try:
        here = found.provision(place)
    except KeyError:
        raise Http404 from None
    number = found.provisions.index(here)
    around = (
        found.provisions[max(number - 1, 0) : number] or (None,),
        found.provisions[number + 1 : number + 2] or (None,),
    )
    context = {
        "instrument": found,
        "provision": here,
        "place": place_text(here),
        "mark": MARKS.get(here.mark) if here.mark else "",
        "wording": law.wording(here.citation),
        "by": refer(here.by, Parameters()),
        "below": [(child, place_text(child)) for child in found.children(here.place)],
        "earlier": around[0][0],
        "later": around[1][0],
        "live": live_limits().get(here.citation.key),
        "uri": law.city().uri(here.citation),
        "owners": law.city().owners,
    }
    return render(request, "web/provision.html", context)


def _instrument(key: str) -> Instrument:
    try:
        return law.instrument(key)
    except KeyError:
        raise Http404 from None


def division_text(instrument: Instrument, number: int) -> str:
    """第三章 and the chapter's heading; in a plan 三、."""
    division = next((item for item in instrument.divisions if item.number == number), None)
    if division is None:
        return ""
    english = (get_language() or "").startswith("en")
    chapter = instrument.form is Form.ARTICLES
    if english:
        start = f"Chapter {number}: " if chapter else f"Part {number}: "
    else:
        start = f"第{to_chinese(number)}章　" if chapter else f"{to_chinese(number)}、"
    return start + division.heading.in_language("en" if english else "zh")


def place_text(provision: Provision) -> str:
    """第十条第（二）项 or Article 10(2)."""
    english = (get_language() or "").startswith("en")
    return provision.place.en() if english else provision.place.zh()
