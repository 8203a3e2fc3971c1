"""What the funds pages share: who is let in, the ledger asked for, refusals shown where they happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header

from zhengling.kernel.accounts.access import holders_of
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.funds.authority import holds, readable
from zhengling.kernel.funds.models import Ledger, PaymentBatch
from zhengling.kernel.spreadsheets import MEDIA_TYPE

READERS = holders_of("cashier", "approver", "supervisor", "auditor")
KEEPERS = holders_of("cashier", "approver")


def ledger_of(request: HttpRequest, code: str) -> Ledger:
    """The ledger of a unit the actor may read; 404 for every other, known or not."""
    return get_object_or_404(readable(actor_of(request)), unit__code=code)


def batch_of(request: HttpRequest, pk: Any) -> PaymentBatch:
    rows = PaymentBatch.objects.select_related("ledger__unit", "maker", "approver")
    return get_object_or_404(rows, pk=pk, ledger__in=readable(actor_of(request)))


def roles_at(actor: Actor, ledger: Ledger) -> dict[str, bool]:
    """Which of the keepers' roles the actor holds here, for the templates."""
    return {role: holds(actor, ledger, role) for role in ("cashier", "approver")}


def attempt(request: HttpRequest, work: Callable[[], object], done: str) -> CaseworkError | None:
    """Do it and say so on the next page; or give back why it was refused."""
    try:
        work()
    except CaseworkError as error:
        return error
    messages.success(request, done)
    return None


def page(
    request: HttpRequest, template: str, context: dict[str, Any], refusal: CaseworkError | None = None
) -> HttpResponse:
    """The page, with the refusal on top of it and its status when something was refused."""
    return render(
        request, template, {**context, "refusal": refusal}, status=refusal.status if refusal else 200
    )


def excel(name: str, content: bytes) -> HttpResponse:
    return download(f"{name}.xlsx", content, MEDIA_TYPE)


def download(name: str, content: bytes, media_type: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=media_type, headers=headers)


def number(text: str, *, default: int) -> int:
    """A year from a query string. Raises Http404 for what is none."""
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) != 4:
        raise Http404
    return int(text)
