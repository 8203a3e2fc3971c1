"""Errors of the API as RFC 9457 problem details: what happened, under which article, what to do next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema

MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: _("The request cannot be read"),
    401: _("No valid token"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("This address does not know the method"),
    409: _("Refused"),
    413: _("Too large"),
    415: _("This media type is not taken"),
    422: _("The data are not right"),
    429: _("Too many requests"),
    500: _("Something broke on our side"),
}


class Problem(Schema):
    """RFC 9457. `citation` is the provision that refuses, as in `/law/provisions/{citation}`."""

    type: str = Field(examples=["urn:zhengling:problem:refused"])
    title: str
    status: int
    detail: str
    instance: str
    citation: str = ""
    errors: dict[str, list[str]] = Field({}, description="Messages by field")


class ProblemError(Exception):
    """Raised anywhere below an operation of the API; its text is the detail."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: object,
        *,
        errors: Mapping[str, Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(str(detail))
        self.status, self.code = status, code
        self.errors, self.headers = dict(errors or {}), dict(headers or {})


def is_refusal(error: Exception) -> bool:
    """Whether the error is an answer to the caller: it has a status of 4xx and a code, as all our refusals do."""
    return 400 <= getattr(error, "status", 500) < 500 and hasattr(error, "code")


def of(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer that a refusal gives."""
    return problem(
        request,
        getattr(error, "status", 500),
        getattr(error, "code", "error"),
        str(error),
        citation=getattr(error, "citation", ""),
        errors=getattr(error, "errors", None),
        headers=getattr(error, "headers", None),
    )


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    *,
    citation: str = "",
    errors: Mapping[str, Sequence[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    content = Problem(
        type=f"urn:zhengling:problem:{code}",
        title=str(TITLES.get(status, HTTPStatus(status).phrase)),
        status=status,
        detail=detail,
        instance=request.path,
        citation=citation,
        errors={name: list(texts) for name, texts in (errors or {}).items()},
    )
    body = json.dumps(content.model_dump(), ensure_ascii=False)
    response = HttpResponse(body, status=status, content_type=MEDIA_TYPE)
    for name, value in (headers or {}).items():
        response[name] = value
    return response


class ProblemMiddleware:
    """Under ``/api/`` every error is a problem, also those Django answers itself (no such address, wrong method,
    a body too large), and words come in the language that ``Accept-Language`` prefers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        language = get_language_from_request(request)
        with override(language):
            response = self.get_response(request)
            if response.status_code >= 400 and response.headers.get("Content-Type") != MEDIA_TYPE:
                response = _translated(request, response)
        response.headers["Content-Language"] = language
        # What one token may see, no proxy keeps for another.
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["Accept-Language"])
        return response


def _translated(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The same refusal as a problem; headers such as Allow stay."""
    status = response.status_code
    code = HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
    title = str(TITLES.get(status, HTTPStatus(status).phrase))
    kept = {name: value for name, value in response.items() if name.lower() in {"allow", "retry-after"}}
    return problem(request, status, code, title, headers=kept)
