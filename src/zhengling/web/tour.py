"""Five steps through the demo city: one case from the village to paid money, and back to the article."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel.accounts.access import EVERYBODY, for_audience
from zhengling.kernel.accounts.demo import demo_sign_in
from zhengling.kernel.casework.models import Case

SESSION_KEY = "tour"


@dataclass(frozen=True, slots=True)
class Step:
    """`username` is whose eyes the step is seen with; `page` a URL name, ``case`` meaning the case of the tour."""

    title: str | Promise
    words: str | Promise
    username: str
    page: str
    arguments: tuple[str, ...] = ()


STEPS = (
    Step(
        _("The village files"),
        _(
            "A village cadre hands in the application for a patient who cannot come. The course is on the left, the"
            " file in the middle, the next lawful acts with their articles on the right."
        ),
        "demo-cadre",
        "case",
    ),
    Step(
        _("The township surveys, civil affairs recognises"),
        _(
            "Ten working days from acceptance, counted by the statutory calendar: open “Why this date?”. The two tests"
            " of article 6 are computed from the household survey; departing from them needs a written reason."
        ),
        "demo-reviewer",
        "case",
    ),
    Step(
        _("The county computes and decides"),
        _(
            "The engine proposes, an officer decides, a second person approves. Every line of the reckoning names its"
            " article; the receipt can be run again and comes out the same."
        ),
        "demo-county-approver",
        "case",
    ),
    Step(
        _("The money leaves through the books"),
        _(
            "Double entry in fen, by source. The cashier makes the batch, finance approves it, the bank answers, and"
            " the case takes its payment."
        ),
        "demo-finance",
        "funds-unit",
        ("431181",),
    ),
    Step(
        _("Back to the article"),
        _(
            "Which article says so? This one: what it orders, what carries it out, and what runs under it now."
        ),
        "demo-supervisor",
        "provision",
        ("YZCR-2021-01016", "10(3)"),
    ),
)


def tour_case() -> Case | None:
    """The first case that went all the way to paid money."""
    return (
        Case.objects.filter(procedure="medical_aid", stage__in=["paid", "closed", "archived"])
        .order_by("opened_at")
        .first()
    )


@for_audience(EVERYBODY)
@require_safe
def tour(request: HttpRequest) -> HttpResponse:
    """The five steps as a list."""
    if not settings.DEMO:
        raise Http404
    return render(request, "web/tour.html", {"steps": STEPS, "case": tour_case()})


@for_audience(EVERYBODY)
@require_POST
def tour_step(request: HttpRequest, number: int) -> HttpResponse:
    """Sign in as whoever the step is seen with and go to its page."""
    case = tour_case()
    if not settings.DEMO or case is None or not 1 <= number <= len(STEPS):
        raise Http404
    step = STEPS[number - 1]
    demo_sign_in(request, step.username)
    request.session[SESSION_KEY] = number
    if step.page == "case":
        return HttpResponseRedirect(reverse("case", args=[case.number]))
    return HttpResponseRedirect(reverse(step.page, args=[quote(part, safe="()") for part in step.arguments]))


@require_POST
@for_audience(EVERYBODY)
def tour_end(request: HttpRequest) -> HttpResponse:
    """Put the strip away."""
    request.session.pop(SESSION_KEY, None)
    return HttpResponseRedirect(reverse("home"))


@dataclass(frozen=True, slots=True)
class Strip:
    """Where the visitor is on the tour."""

    number: int
    step: Step
    following: int | None


def strip(request: HttpRequest) -> Strip | None:
    """The strip under the demo banner while a tour is on."""
    number = request.session.get(SESSION_KEY) if settings.DEMO and hasattr(request, "session") else None
    if not isinstance(number, int) or not 1 <= number <= len(STEPS):
        return None
    return Strip(number, STEPS[number - 1], number + 1 if number < len(STEPS) else None)
