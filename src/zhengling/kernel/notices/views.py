"""Public pages of notices: list, one notice, objection, Atom feed."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import EVERYBODY, for_audience
from zhengling.kernel.accounts.actors import SYSTEM, actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.notices import operations, queries
from zhengling.kernel.notices.forms import ObjectionForm
from zhengling.kernel.notices.models import Notice
from zhengling.kernel.spreadsheets import MEDIA_TYPE, spreadsheet


def _found(request: HttpRequest) -> tuple[QuerySet[Notice], str, str]:
    """Notices that fit the filters, with the filters."""
    rows = queries.public(clock.today())
    kind, words = request.GET.get("kind", ""), request.GET.get("q", "").strip()
    if kind in Notice.Kind.values:
        rows = rows.filter(kind=kind)
    if words:
        rows = rows.filter(title__icontains=words)
    return rows, kind, words


@for_audience(EVERYBODY)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The list as an Excel file; the rows of the notices stay on their pages."""
    heading = [_("Title"), _("Kind"), _("Organ"), _("Posted on"), _("Open until")]
    cells = (
        (row.title, row.get_kind_display(), row.organ.label, row.posted_on, row.closes_on)
        for row in _found(request)[0][:5000]
    )
    content = spreadsheet(heading, cells, title=_("Public notices"), widths=(50, 12, 24, 14, 14))
    return HttpResponse(
        content,
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="notices.xlsx"'},
    )


@for_audience(EVERYBODY)
def index(request: HttpRequest) -> HttpResponse:
    rows, kind, words = _found(request)
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "kinds": Notice.Kind.choices,
        "kind": kind,
        "words": words,
        "today": clock.today(),
    }
    return render(request, "notices/index.html", context)


@for_audience(EVERYBODY)
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    notice = get_object_or_404(queries.public(clock.today()), pk=pk)
    return render(request, "notices/detail.html", {"notice": notice, "today": clock.today()})


@for_audience(EVERYBODY)
def objection(request: HttpRequest, pk: UUID, row: str) -> HttpResponse:
    """Object to one row; the answer names the case number and check code to follow it by."""
    notice = get_object_or_404(queries.public(clock.today()), pk=pk)
    found = next((item for item in notice.rows if item["key"] == row), None)
    context = {"notice": notice, "row": found, "form": ObjectionForm(request.POST or None)}
    form = context["form"]
    if found and request.method == "POST" and isinstance(form, ObjectionForm) and form.is_valid():
        actor = actor_of(request)
        try:
            # Everybody may object; only a resident who signs in has the case on his own pages.
            by = actor if actor.user and actor.user.is_resident else SYSTEM
            context["case"] = operations.object_to(notice, row, form.cleaned_data, by)
        except CaseworkError as error:
            context["refusal"] = error
    return render(request, "notices/objection.html", context, status=200 if found else 404)


@for_audience(EVERYBODY)
def feed(request: HttpRequest) -> HttpResponse:
    """Atom feed of the newest notices: titles and links only, no rows."""
    atom = Atom1Feed(
        title="政令 公示公告",
        link=request.build_absolute_uri(reverse("notices")),
        description="",
        feed_url=request.build_absolute_uri(),
        language="zh-CN",
    )
    for notice in queries.public(clock.today())[:50]:
        atom.add_item(
            title=notice.title,
            link=request.build_absolute_uri(reverse("notice", args=[notice.pk])),
            description=notice.lead,
            unique_id=f"urn:uuid:{notice.pk}",
            pubdate=clock.at(notice.posted_on),
            updateddate=notice.created_at,
            author_name=notice.organ.name,
        )
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
