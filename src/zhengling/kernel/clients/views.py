"""Pages of client administration: list, one client with its tokens and webhooks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet, Sum
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import for_audience, holders_of
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.accounts.errors import AccountError
from zhengling.kernel.accounts.queries import ADMINISTRATORS
from zhengling.kernel.clients import operations, queries
from zhengling.kernel.clients.forms import ClientFilter, ClientForm, TokenForm, WebhookForm
from zhengling.kernel.clients.models import Client
from zhengling.kernel.clients.scopes import CLIENT_ROLES, SCOPES
from zhengling.kernel.outbox.queries import subscriptions_of
from zhengling.kernel.spreadsheets import attached

ADMINS = holders_of(*ADMINISTRATORS)


@for_audience(ADMINS)
def index(request: HttpRequest) -> HttpResponse:
    """The clients of the units this administrator manages."""
    form, rows = _listed(request)
    context = {
        "form": form,
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "totals": rows.aggregate(tokens=Sum("usable")),
    }
    return render(request, "clients/index.html", context)


@for_audience(ADMINS)
def export(request: HttpRequest) -> FileResponse:
    """The list as filtered, as an Excel file."""
    _form, rows = _listed(request)
    heading = [_("Client"), _("Unit"), _("Answers for it"), _("Valid tokens"), _("State")]
    lines = (
        (
            row.name,
            row.organisation.label,
            row.contact,
            row.usable,
            _("let in") if row.active else _("shut out"),
        )
        for row in rows
    )
    return attached(_("API clients"), heading, lines)


def _listed(request: HttpRequest) -> tuple[ClientFilter, QuerySet[Any]]:
    form = ClientFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    return form, queries.listed(actor_of(request), **chosen)


@for_audience(ADMINS)
def new(request: HttpRequest) -> HttpResponse:
    """Open a client."""
    actor = actor_of(request)
    form = ClientForm(actor, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            client = operations.create_client(actor, **form.cleaned_data)
        except AccountError as error:
            form.add_error(None, str(error))
        else:
            return redirect("client", pk=client.pk)
    return render(request, "clients/new.html", {"form": form}, status=422 if form.errors else 200)


def _administered(request: HttpRequest, pk: int) -> Client:
    return get_object_or_404(queries.administered(actor_of(request)), pk=pk)


@for_audience(ADMINS)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One client: its unit, tokens and webhooks."""
    return _detail(request, _administered(request, pk), TokenForm(), WebhookForm())


def _detail(
    request: HttpRequest, client: Client, token_form: TokenForm, webhook_form: WebhookForm
) -> HttpResponse:
    context = {
        "client": client,
        "roles": [CLIENT_ROLES[name].label for name in client.roles],
        "tokens": client.tokens.select_related("issued_by").order_by("-issued_at"),
        "scopes": SCOPES,
        "webhooks": subscriptions_of(client.name),
        "today": clock.today(),
        "token_form": token_form,
        "webhook_form": webhook_form,
    }
    wrong = token_form.errors or webhook_form.errors
    return render(request, "clients/detail.html", context, status=422 if wrong else 200)


@require_POST
@for_audience(ADMINS)
@never_cache
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a token; the answer is the only page that ever shows it."""
    client = _administered(request, pk)
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            _token, text = operations.issue_token(actor_of(request), client, **form.cleaned_data)
        except AccountError as error:
            form.add_error(None, str(error))
        else:
            return render(request, "clients/secret.html", {"client": client, "secret": text, "kind": "token"})
    return _detail(request, client, form, WebhookForm())


@require_POST
@for_audience(ADMINS)
def revoke(request: HttpRequest, pk: int, token_pk: int) -> HttpResponse:
    """Refuse one token from now on."""
    client = _administered(request, pk)
    token = get_object_or_404(client.tokens.select_related("client__organisation"), pk=token_pk)
    try:
        operations.revoke_token(actor_of(request), token)
    except AccountError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The token is refused from now on."))
    return redirect("client", pk=pk)


@require_POST
@for_audience(ADMINS)
@never_cache
def add_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a webhook; the answer is the only page that ever shows its secret."""
    client = _administered(request, pk)
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            _hook, secret = operations.add_webhook(actor_of(request), client, **form.cleaned_data)
        except AccountError as error:
            form.add_error(None, str(error))
        else:
            return render(
                request, "clients/secret.html", {"client": client, "secret": secret, "kind": "webhook"}
            )
    return _detail(request, client, TokenForm(), form)


@require_POST
@for_audience(ADMINS)
def end_webhook(request: HttpRequest, pk: int, hook_pk: UUID) -> HttpResponse:
    """Call one webhook no more."""
    client = _administered(request, pk)
    hook = get_object_or_404(subscriptions_of(client.name), pk=hook_pk)
    operations.end_webhook(actor_of(request), client, hook)
    messages.success(request, _("The webhook is called no more."))
    return redirect("client", pk=pk)


@require_POST
@for_audience(ADMINS)
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Shut a client out, or let it in again."""
    client = _administered(request, pk)
    active = request.POST.get("active") == "1"
    operations.set_active(actor_of(request), client, active=active)
    messages.success(request, _("The client is let in.") if active else _("The client is shut out."))
    return redirect("client", pk=pk)
