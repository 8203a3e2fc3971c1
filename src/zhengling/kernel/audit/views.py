"""The audit administrator's pages. Reading the record is itself recorded."""

from __future__ import annotations

from itertools import islice

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import for_audience, holders_of
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.audit import operations, queries
from zhengling.kernel.audit.forms import FilterForm
from zhengling.kernel.audit.models import Access, Action
from zhengling.kernel.audit.words import fields_in_words
from zhengling.kernel.language import official
from zhengling.kernel.spreadsheets import MEDIA_TYPE, spreadsheet

AUDITORS = holders_of("audit_admin")
EXPORT_LIMIT = 50_000
SHOWN_PROBLEMS = 50


def _found(request: HttpRequest) -> tuple[QuerySet[Access], FilterForm, str]:
    """Rows, form, and the filter in words for the record."""
    form = FilterForm(request.GET or None)
    rows = queries.readable(actor_of(request))
    if not form.is_valid():
        return rows, form, ""
    return queries.search(rows, **form.cleaned_data), form, _in_words(form)


def _in_words(form: FilterForm) -> str:
    """The filter as the record keeps it."""
    actions = dict(form.fields["action"].choices)  # type: ignore[attr-defined]  # a ChoiceField
    chosen = [
        f"{official(form.fields[name].label)}：{official(actions.get(value, value))}"
        for name, value in form.cleaned_data.items()
        if value and name != "failed"
    ]
    if form.cleaned_data["failed"]:
        chosen.append(official(form.fields["failed"].label))
    return "；".join(chosen)


@for_audience(AUDITORS)
def audit(request: HttpRequest) -> HttpResponse:
    """The record, newest first."""
    rows, form, words = _found(request)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    rows_shown = list(page.object_list)
    names = queries.account_names(rows_shown)
    shown = [
        (
            row,
            names.get(row.subject_id, row.subject_id) if row.subject_kind == "account" else row.subject_id,
            fields_in_words(row.fields),
        )
        for row in rows_shown
    ]
    operations.record_access(actor_of(request), Action.AUDIT_READ, "audit", page.number, purpose=words)
    return render(request, "audit/index.html", {"page": page, "rows": shown, "form": form})


@for_audience(AUDITORS)
def export(request: HttpRequest) -> HttpResponse:
    """The rows found, as Excel (the newest 50,000)."""
    rows, _form, words = _found(request)
    found = list(rows[:EXPORT_LIMIT])
    count = official(gettext_lazy("%(n)s rows"), n=len(found))
    operations.record_access(
        actor_of(request), Action.EXPORT, "audit", purpose="；".join(filter(None, [count, words]))
    )
    heading = [
        _("number"), _("time"), _("username"), _("name"), _("unit"), _("address"), _("action"), _("succeeded"),
        _("kind of subject"), _("subject"), _("fields"), _("purpose"), _("digest"),
    ]  # fmt: skip
    lines = [
        [
            row.seq,
            row.at,
            row.user.username if row.user else row.client,
            row.user.full_name if row.user else "",
            row.user.organisation.label if row.user and row.user.organisation else "",
            row.address,
            row.get_action_display(),
            _("yes") if row.succeeded else _("no"),
            row.subject_kind,
            row.subject_id,
            fields_in_words(row.fields),
            row.purpose,
            row.digest,
        ]
        for row in found
    ]
    response = HttpResponse(spreadsheet(heading, lines), content_type=MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{clock.today()}.xlsx"'
    return response


@require_POST
@for_audience(AUDITORS)
def verify(request: HttpRequest) -> HttpResponse:
    """Follow the chain from its first row and say what does not agree."""
    wrong = list(islice(operations.problems(), SHOWN_PROBLEMS))
    operations.record_access(actor_of(request), Action.AUDIT_VERIFIED, "audit", succeeded=not wrong)
    count, digest = operations.head()
    return render(request, "audit/verify.html", {"problems": wrong, "count": count, "digest": digest})
