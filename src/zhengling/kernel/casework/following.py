"""Following a case without sign-in, by its number and check code (凭编号和查询码查询)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import EVERYBODY, for_audience
from zhengling.kernel.accounts.address import client_address
from zhengling.kernel.casework import course, panels
from zhengling.kernel.casework.models import Case, FollowAttempt

WINDOW = timedelta(minutes=15)
FAILURES = 10


class FollowForm(forms.Form):
    number = forms.CharField(label=_("Case number"), max_length=24)
    check_code = forms.CharField(
        label=_("Check code"), max_length=8, help_text=_("6 characters, on the receipt")
    )

    def clean_number(self) -> str:
        return str(self.cleaned_data["number"]).strip().upper()

    def clean_check_code(self) -> str:
        return str(self.cleaned_data["check_code"]).strip().upper()


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of number and check code: the case, or the page to show instead with its status."""

    case: Case | None
    context: dict[str, object]
    status: int = 200


@for_audience(EVERYBODY)
@never_cache
@sensitive_post_parameters("check_code")
def follow(request: HttpRequest, number: str = "") -> HttpResponse:
    """The form; sent with the right pair, where the case stands. A wrong number and a wrong code look the same."""
    if request.method != "POST":
        return render(request, "casework/follow.html", {"form": FollowForm(initial={"number": number})})
    asked = ask(request)
    context = asked.context | (standing(asked.case) if asked.case else {})
    return render(request, "casework/follow.html", context, status=asked.status)


def ask(request: HttpRequest) -> Asked:
    """Look at the pair a form sent. Failures count, and too many of them close the door for a while."""
    form = FollowForm(request.POST)
    context: dict[str, object] = {"form": form}
    if not form.is_valid():
        return Asked(None, context)
    origin = origin_of(request)
    if too_many(origin):
        return Asked(None, context | {"blocked": True}, 429)
    case = found(form.cleaned_data["number"], form.cleaned_data["check_code"])
    if case is None:
        FollowAttempt.objects.create(origin=origin, at=clock.now())
        return Asked(None, context | {"unknown": True}, 404)
    return Asked(case, context)


def found(number: str, check_code: str) -> Case | None:
    """The case, when number and code belong together. An unknown number takes the same comparison."""
    case = Case.objects.select_related("place").filter(number=number).first()
    expected = case.check_code if case else "-" * 6
    return case if hmac.compare_digest(expected.encode(), check_code.encode()) else None


def standing(case: Case) -> dict[str, object]:
    """What anybody with number and code may know: the course, the dates and what was sent to the applicant; no data
    and no names of officers."""
    return {
        "case": case,
        "declared": case.declaration,
        "happenings": [item for item in course.happenings(case) if item.moved_to],
        "limits": [item for item in course.running(case) if item.open],
        "panels": [(panel.template, panel.context(case)) for panel in panels.followed_panels()],
    }


def origin_of(request: HttpRequest) -> str:
    """The address as a keyed digest: enough to count, useless to keep."""
    return hmac.new(
        settings.SECRET_KEY.encode(), client_address(request).encode(), hashlib.sha256
    ).hexdigest()[:32]


def too_many(origin: str) -> bool:
    since = clock.now() - WINDOW
    return FollowAttempt.objects.filter(origin=origin, at__gte=since).count() >= FAILURES


def forget_attempts() -> int:
    """Delete attempts that no longer count; run daily."""
    return FollowAttempt.objects.filter(at__lt=clock.now() - WINDOW).delete()[0]
