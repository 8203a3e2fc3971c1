"""The API put together: which areas there are, which scope opens each, how errors look, what OpenAPI says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import JSONRenderer

from zhengling.kernel.accounts.access import EVERYBODY, for_audience
from zhengling.kernel.casework import api as casework
from zhengling.kernel.clients import problems
from zhengling.kernel.clients.bearer import Bearer
from zhengling.kernel.clients.problems import Problem, ProblemError
from zhengling.kernel.notices import api as notices
from zhengling.logs import fault
from zhengling.web.api import law, organisations

log = structlog.get_logger(__name__)

# The scope of a router's operations, where they do not name another.
AREAS: tuple[tuple[str, Router], ...] = (
    ("law:read", law.router),
    ("receipts:read", law.receipts),
    ("organisations:read", organisations.router),
    ("notices:read", notices.router),
    ("cases:read", casework.router),
    ("events:read", casework.events),
)

DESCRIPTION = """\
What the city's regulations say, the cases they carry and the events of their course.

Send `Authorization: Bearer <token>`; each area needs its scope. Every error is a problem (RFC 9457) with the
article that refuses, where one does. Writes need an `Idempotency-Key`. Lists go on with `cursor`. Words come in
Chinese, or in English with `Accept-Language: en`.
"""

# Every operation can answer these; those that write can also refuse by law, by medium and by size.
EVERYWHERE = (400, 401, 403, 404, 422, 429)
ON_WRITES = (409, 413, 415)


class ReadableJson(JSONRenderer):
    """Chinese as it is, not as escapes three times as long."""

    json_dumps_params = {"ensure_ascii": False}


class JsonOnly(Parser):
    """Bodies are JSON in UTF-8 and say so, and every text in them can be kept."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise ProblemError(415, "media_type", _("send the body as application/json"))
        try:
            body = json.loads(request.body)
            # Half a surrogate pair and NUL pass as JSON and break wherever they are written.
            json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            if _has_nul(body):
                raise ValueError
        except (ValueError, RecursionError):
            raise ProblemError(400, "not_json", _("the body is not valid JSON in UTF-8")) from None
        return body


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any("\0" in name or _has_nul(item) for name, item in value.items())
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


def known_query_only(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Refuse query parameters an operation does not know: a misspelt filter must not pass for no filter."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]  # ninja hands over the bound method
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }

    @wraps(run)
    def checked(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        unknown = {name: [_("there is no such parameter")] for name in request.GET if name not in known}
        if unknown:
            return problems.problem(
                request, 422, "schema", _("the request does not fit the schema"), errors=unknown
            )
        return run(request, **arguments)

    return checked


class Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of the function: short, unique across the API, and ours to keep."""
        return operation.view_func.__name__

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Ninja's own, with the errors of every operation and the scope it needs."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        schema["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        needed = scopes_by_operation()
        for path in schema["paths"].values():
            for method, operation in path.items():
                operation["security"] = [{Bearer.__name__: [needed[operation["operationId"]]]}]
                for status in EVERYWHERE + (ON_WRITES if method == "post" else ()):
                    title = str(problems.TITLES[status])
                    operation["responses"].setdefault(status, {"description": title, "content": content})
        return schema


def scopes_by_operation() -> dict[str, str]:
    """Operation -> the scope that opens it."""
    return {
        operation.view_func.__name__: next(
            (own.scope for own in operation.auth_callbacks if isinstance(own, Bearer)), scope
        )
        for scope, router in AREAS
        for view in router.path_operations.values()
        for operation in view.operations
    }


api = Api(
    title="Zhengling",
    version="1",
    description=DESCRIPTION,
    parser=JsonOnly(),
    renderer=ReadableJson(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-v1",
)
for scope, router in AREAS:
    router.add_decorator(known_query_only, mode="view")
    api.add_router("", router, auth=Bearer(scope))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    for item in error.errors:
        # ("body", "body", "data", "amount") -> data.amount; the name of our own argument says nothing.
        place = [str(part) for part in item["loc"][1:]]
        name = ".".join(place[1:] if item["loc"][0] == "body" and len(place) > 1 else place)
        errors.setdefault(name or str(item["loc"][0]), []).append(item["msg"])
    return problems.problem(request, 422, "schema", _("the request does not fit the schema"), errors=errors)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, _error: Http404) -> HttpResponse:
    return problems.problem(request, 404, "not_found", _("there is nothing here that this client may see"))


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own errors; what our parser said stands behind the one for bodies."""
    if isinstance(error.__cause__, ProblemError):
        return problems.of(request, error.__cause__)
    return problems.problem(request, error.status_code, "error", str(error))


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    return problems.problem(request, 413, "too_large", _("a body has at most 20 MB"))


@api.exception_handler(Exception)
def _other(request: HttpRequest, error: Exception) -> HttpResponse:
    """Refusals carry their own status and code; everything else is ours to mend and tells the caller nothing."""
    if problems.is_refusal(error):
        return problems.of(request, error)
    log.error(
        "api failed", page=str(request.resolver_match and request.resolver_match.url_name), error=fault(error)
    )
    return problems.problem(request, 500, "fault", _("something broke on our side; try again, then tell us"))


def schema() -> dict[str, Any]:
    """The OpenAPI 3.1 document, as it is served and kept in docs/openapi.json; in English for everybody."""
    with translation.override("en"):
        made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
    return made


@for_audience(EVERYBODY)
@never_cache
def openapi(request: HttpRequest) -> HttpResponse:
    """The document itself, open to everybody: it holds no data."""
    body = json.dumps(schema(), ensure_ascii=False)
    return HttpResponse(body, content_type="application/json; charset=utf-8")
