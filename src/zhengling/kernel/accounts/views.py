"""Pages of account administration: list, one account, new ones singly and from Excel, the review list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from zhengling.kernel import clock
from zhengling.kernel.accounts import forms, loading, operations, queries
from zhengling.kernel.accounts.access import for_audience, holders_of
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.accounts.errors import AccountError
from zhengling.kernel.accounts.events import AccountAction, announce
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.accounts.passwords import must_change
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.language import official
from zhengling.kernel.spreadsheets import MEDIA_TYPE, spreadsheet

ADMINISTRATORS = holders_of(*queries.ADMINISTRATORS)
ACCOUNT_ADMINS = holders_of("account_admin")

SIGNER = "accounts.loading"
SIGNED_SECONDS = 3600

# What an administrator does to an account by one button: the name in the address -> operation, and what is said
# after. An operation that returns a text returns a first password, which is shown once.
ACTS: dict[str, tuple[Callable[[Actor, User], str | None], Any]] = {
    "unlock": (operations.unlock, gettext_lazy("The account is unlocked.")),
    "reset-password": (operations.reset_password, ""),
    "reset-factor": (
        operations.reset_second_factor,
        gettext_lazy("The second factor is removed; a new one is set up at the next sign-in."),
    ),
    "close": (operations.deactivate, gettext_lazy("The account is closed and its roles are taken back.")),
    "reopen": (operations.reactivate, ""),
}


def _listed(request: HttpRequest) -> tuple[QuerySet[Any], forms.FilterForm]:
    form = forms.FilterForm(request.GET or None)
    rows = queries.with_standing(queries.administered(actor_of(request))).order_by(
        "organisation__path", "username"
    )
    if form.is_valid():
        rows = queries.search(rows, **form.cleaned_data)
    return rows, form


@for_audience(ADMINISTRATORS)
def accounts(request: HttpRequest) -> HttpResponse:
    """The accounts this administrator manages."""
    rows, form = _listed(request)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    opens = actor_of(request).holds("account_admin")
    return render(request, "accounts/index.html", {"page": page, "form": form, "opens": opens})


@for_audience(ADMINISTRATORS)
def review(request: HttpRequest) -> HttpResponse:
    """The list for the periodic review of accounts, as Excel, with what to look at in each row."""
    rows, _form = _listed(request)
    actor = actor_of(request)
    assert actor.user is not None
    heading = [
        _("username"), _("name"), _("unit"), _("state"), _("roles"), _("opened"), _("last sign-in"),
        _("password set"), _("second factor"), _("to look at"),
    ]  # fmt: skip
    lines = [
        [
            user.username,
            user.full_name,
            user.organisation.label if user.organisation else _("resident"),
            _("in use") if user.is_active else _("deactivated"),
            "；".join(_grant_words(grant) for grant in user.current_grants),
            user.created_at,
            user.last_login,
            user.password_changed_at,
            _("yes") if user.has_factor else _("no"),
            "；".join(_to_look_at(user)),
        ]
        for user in rows
    ]
    announce(
        actor, AccountAction.EXPORTED, actor.user, official(gettext_lazy("%(n)s accounts"), n=len(lines))
    )
    content = spreadsheet(heading, lines, widths=(18, 12, 28, 8, 50, 18, 18, 18, 10, 40))
    return _download(content, f"accounts-{clock.today()}.xlsx")


def _grant_words(grant: RoleGrant) -> str:
    until = f"–{grant.valid_to.isoformat()}" if grant.valid_to else ""
    return f"{ROLES[grant.role].label}（{grant.organisation.label} {grant.valid_from.isoformat()}{until}）"


def _to_look_at(user: Any) -> list[str]:
    """Signs that an account is surplus or weak (GB/T 22239 8.1.4.2 c)."""
    held = {grant.role for grant in user.current_grants}
    signs = {
        _("never signed in"): user.is_active and user.last_login is None,
        _("holds no role"): user.is_active and not held and not user.is_resident,
        _("its role needs a second factor and none is set up"): not user.has_factor
        and any(ROLES[role].second_factor for role in held),
        _("password due to be changed"): user.is_active and must_change(user),
        _("locked"): user.is_locked,
        _("its unit has ended"): user.is_active
        and user.organisation is not None
        and user.organisation.valid_to is not None
        and user.organisation.valid_to < clock.today(),
    }
    return [words for words, found in signs.items() if found]


@for_audience(ACCOUNT_ADMINS)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Open one account; the answer is the slip with its first password."""
    actor = actor_of(request)
    form = forms.AccountForm(actor, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, password = operations.create_account(actor, **form.cleaned_data)
        except AccountError as error:
            form.add_error(None, str(error))
        else:
            return _handout(request, [loading.Opened(user, password)])
    return render(request, "accounts/new.html", {"form": form}, status=422 if form.errors else 200)


@for_audience(ADMINISTRATORS)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its standing, its roles now and before, and what may be done."""
    user = _administered(request, pk)
    initial = {"organisation": user.organisation.code} if user.organisation else {}
    return _account(request, user, forms.GrantForm(actor_of(request), initial=initial))


def _administered(request: HttpRequest, pk: int) -> User:
    user: User = get_object_or_404(queries.with_standing(queries.administered(actor_of(request))), pk=pk)
    return user


def _account(request: HttpRequest, user: User, form: forms.GrantForm) -> HttpResponse:
    history = user.grants.select_related("organisation", "granted_by", "revoked_by").order_by(
        "-valid_from", "-pk"
    )
    context = {
        "account": user,
        "history": history,
        "today": clock.today(),
        "form": form,
        "may_manage": operations.may_manage(actor_of(request), user),
        "owes_password": must_change(user),
    }
    return render(request, "accounts/detail.html", context, status=422 if form.errors else 200)


@require_POST
@for_audience(ADMINISTRATORS)
@never_cache
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One of `ACTS` on one account."""
    if name not in ACTS:
        raise Http404
    user = _administered(request, pk)
    operation, said = ACTS[name]
    try:
        password = operation(actor_of(request), user)
    except AccountError as error:
        messages.error(request, str(error))
        return redirect("account", pk=pk)
    if password:
        return _handout(request, [loading.Opened(user, password)])
    messages.success(request, str(said))
    return redirect("account", pk=pk)


@require_POST
@for_audience(ADMINISTRATORS)
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant a role to one account."""
    actor = actor_of(request)
    user = _administered(request, pk)
    form = forms.GrantForm(actor, request.POST)
    if form.is_valid():
        try:
            operations.grant_role(actor, user, **form.cleaned_data)
        except AccountError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The role is granted."))
            return redirect("account", pk=pk)
    return _account(request, user, form)


@require_POST
@for_audience(ADMINISTRATORS)
def revoke(request: HttpRequest, pk: int, grant_pk: int) -> HttpResponse:
    """Take one role back from one account."""
    user = _administered(request, pk)
    found = get_object_or_404(user.grants.select_related("organisation", "user"), pk=grant_pk)
    try:
        operations.revoke_role(actor_of(request), found)
    except AccountError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The role is taken back."))
    return redirect("account", pk=pk)


@for_audience(ACCOUNT_ADMINS)
@never_cache
def load(request: HttpRequest) -> HttpResponse:
    """Open accounts from Excel in two steps: the report on every row, then the good rows when asked to."""
    actor = actor_of(request)
    if request.method == "POST" and "rows" in request.POST:
        return _apply(request, actor)
    form = forms.UploadForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "columns": list(loading.COLUMNS.values())}
    if request.method == "POST" and form.is_valid():
        report = loading.precheck(form.cleaned_data["file"], actor)
        rows = [row.plain() for row in report.rows]
        # The checked rows travel through the page, signed for this administrator: nothing is kept half-way.
        signed = (
            signing.dumps({"by": request.user.pk, "rows": rows}, salt=SIGNER, compress=True) if rows else ""
        )
        context |= {"report": report, "signed": signed}
    return render(request, "accounts/load.html", context)


def _apply(request: HttpRequest, actor: Actor) -> HttpResponse:
    try:
        checked = signing.loads(request.POST["rows"], salt=SIGNER, max_age=SIGNED_SECONDS)
    except signing.BadSignature:
        checked = {"by": None}
    if checked["by"] != request.user.pk:
        messages.error(request, _("The checked list is too old; upload the file again."))
        return HttpResponseRedirect(reverse("accounts_load"))
    rows = [loading.Row(**{**row, "roles": tuple(row["roles"])}) for row in checked["rows"]]
    opened, problems = loading.load_accounts(rows, actor)
    return _handout(request, opened, problems)


@for_audience(ACCOUNT_ADMINS)
def load_template(request: HttpRequest) -> HttpResponse:
    """The empty Excel list."""
    return _download(loading.template(), "accounts.xlsx")


def _handout(
    request: HttpRequest, opened: list[loading.Opened], problems: list[loading.Problem] | None = None
) -> HttpResponse:
    """The slips with first passwords, printed once and stored nowhere."""
    response = render(request, "accounts/handout.html", {"opened": opened, "problems": problems or []})
    response.headers["Cache-Control"] = "no-store"
    return response


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
