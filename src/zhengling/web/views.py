"""The shell's own pages and buttons."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.views.decorators.http import require_POST

from zhengling.kernel.accounts.access import EVERYBODY, for_audience
from zhengling.web import demo
from zhengling.web.context import LARGE_COOKIE
from zhengling.web.requests import next_url


@for_audience(EVERYBODY)
@require_POST
def large_text(request: HttpRequest) -> HttpResponse:
    """Switch large text on or off (大字模式)."""
    response = HttpResponseRedirect(next_url(request))
    if request.COOKIES.get(LARGE_COOKIE) == "1":
        response.delete_cookie(LARGE_COOKIE)
    else:
        response.set_cookie(
            LARGE_COOKIE, "1", max_age=365 * 24 * 3600, samesite="Lax", secure=request.is_secure()
        )
    return response


@for_audience(EVERYBODY)
@require_POST
def demo_clock(request: HttpRequest) -> HttpResponse:
    """Move the demo city's day."""
    if not settings.DEMO:
        raise Http404
    try:
        demo.step(request.POST.get("step", ""))
    except ValueError:
        return HttpResponseBadRequest()
    return HttpResponseRedirect(next_url(request))
