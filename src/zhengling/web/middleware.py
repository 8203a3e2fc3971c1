from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import translation

from zhengling.web import demo

Next = Callable[[HttpRequest], HttpResponse]


class DemoClockMiddleware:
    """Lets every request of the demo city live on the city's stated day."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        demo.apply()
        return self.get_response(request)


class LanguageMiddleware:
    """The language the reader chose, kept in a cookie; Chinese until then, whatever the browser prefers."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class NulMiddleware:
    """Refuses requests with a NUL character in address, cookies or form: PostgreSQL keeps none, and no reader means
    one. Bodies of the API are read by its own parser (web/api/assembly.py)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if any("\0" in text for text in _texts(request)):
            raise BadRequest("a NUL character")
        return self.get_response(request)


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    yield from request.COOKIES.values()
    sent = [request.GET]
    if request.method == "POST" and not request.path_info.startswith("/api/"):
        try:
            sent.append(request.POST)
        except UnreadablePostError:
            raise BadRequest("the form broke off") from None
    for values in sent:
        for name, texts in values.lists():
            yield name
            yield from texts
