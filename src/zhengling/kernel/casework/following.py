"""Following a case without sign-in, by its number and check code (凭编号和查询码查询)."""

from __future__ import annotations

import hashlib
import hmac
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
from zhengling.kernel.casework import course
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


@for_audience(EVERYBODY)
@never_cache
@sensitive_post_parameters("check_code")
def follow(request: HttpRequest, number: str = "") -> HttpResponse:
    """The form; sent with the right pair, where the case stands. A wrong number and a wrong code look the same."""
    form = FollowForm(request.POST or None, initial={"number": number})
    context: dict[str, object] = {"form": form}
    status = 200
    if request.method == "POST" and form.is_valid():
        origin = origin_of(request)
        if too_many(origin):
            context["blocked"], status = True, 429
        elif case := found(form.cleaned_data["number"], form.cleaned_data["check_code"]):
            context |= standing(case)
        else:
            FollowAttempt.objects.create(origin=origin, at=clock.now())
            context["unknown"], status = True, 404
    return render(request, "casework/follow.html", context, status=status)


def found(number: str, check_code: str) -> Case | None:
    """The case, when number and code belong together. An unknown number takes the same comparison."""
    case = Case.objects.select_related("place").filter(number=number).first()
    expected = case.check_code if case else "-" * 6
    return case if hmac.compare_digest(expected.encode(), check_code.encode()) else None


def standing(case: Case) -> dict[str, object]:
    """What anybody with number and code may know: the course and the dates, no data and no names."""
    return {
        "case": case,
        "declared": case.declaration,
        "happenings": [item for item in course.happenings(case) if item.moved_to],
        "limits": [item for item in course.running(case) if item.open],
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
