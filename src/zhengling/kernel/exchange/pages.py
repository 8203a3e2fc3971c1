"""What the exchange pages share: who is let in, the data set asked for, refusals shown where they happened."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.exchange import authority
from zhengling.kernel.exchange.declaration import DataSet, find
from zhengling.kernel.spreadsheets import MEDIA_TYPE


def data_set_of(request: HttpRequest, name: str) -> DataSet:
    """The data set, if the actor reads any of it; 404 for every other, known or not."""
    try:
        found = find(name)
    except KeyError:
        raise Http404 from None
    if not authority.paths(actor_of(request), found):
        raise Http404
    return found


def page(
    request: HttpRequest, template: str, context: dict[str, Any], refusal: CaseworkError | None = None
) -> HttpResponse:
    """The page, with the refusal on top of it and its status when something was refused."""
    status = refusal.status if refusal else 200
    return render(request, template, {**context, "refusal": refusal}, status=status)


def excel(name: str, content: bytes) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}.xlsx") or "attachment"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=MEDIA_TYPE, headers=headers)
