"""Doing a write once: the same ``Idempotency-Key`` with the same request gets the same answer, at any time within
a week; with another request it is refused.

The key is reserved in the transaction of the write itself. A second request with it, however close behind, waits at
the unique pair (PostgreSQL) or for the write lock (SQLite) and then finds the answer. What was refused is kept as
well; only a fault of ours leaves the key free.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Annotated

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Header, Schema

from zhengling.kernel import clock
from zhengling.kernel.clients import problems
from zhengling.kernel.clients.bearer import caller
from zhengling.kernel.clients.models import IdempotencyRecord

KEPT_HEADERS = ("Content-Type", "Location", "ETag")

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,100}$",
        description="Your own name for this write, at most 100 visible ASCII characters; a UUID serves well.",
    ),
]


def created(answer: Schema, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """The answer of a write, in the form that can be kept."""
    body = json.dumps(answer.model_dump(mode="json"), ensure_ascii=False)
    response = HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
    for name, value in (headers or {}).items():
        response[name] = value
    return response


@transaction.atomic
def once(request: HttpRequest, key: str, work: Callable[[], HttpResponse]) -> HttpResponse:
    """Run `work` under the key, or give the answer it had. Raises `ProblemError` 422 for a key used otherwise."""
    digest = _digest(request)
    record, fresh = _reserve(request, key, digest)
    if not fresh:
        return _again(record, digest)
    try:
        with transaction.atomic():
            response = work()
    except Exception as error:
        if not problems.is_refusal(error):
            raise
        response = problems.of(request, error)
    record.status, record.body = response.status_code, response.content.decode()
    record.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    record.save()
    return response


def _digest(request: HttpRequest) -> str:
    """What makes two requests the same: method, address, expected version, body."""
    parts = [request.method or "", request.get_full_path(), request.headers.get("If-Match", "")]
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + request.body).hexdigest()


def _reserve(request: HttpRequest, key: str, digest: str) -> tuple[IdempotencyRecord, bool]:
    client = caller(request).client
    try:
        with transaction.atomic():
            made = IdempotencyRecord.objects.create(
                client=client, key=key, digest=digest, created_at=clock.now()
            )
            return made, True
    except IntegrityError:
        return IdempotencyRecord.objects.get(client=client, key=key), False


def _again(record: IdempotencyRecord, digest: str) -> HttpResponse:
    if record.digest != digest:
        raise problems.ProblemError(
            422,
            "key_reused",
            _("this Idempotency-Key was used for another request; take a new one"),
            errors={"Idempotency-Key": [_("used for another request")]},
        )
    response = HttpResponse(record.body, status=record.status)
    for name, value in record.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response
