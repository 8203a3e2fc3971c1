"""The archive: closed files, their packages, and handing them over."""

from __future__ import annotations

from io import BytesIO

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet, Sum
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import SIGNED_IN, for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.casework import queries as casework
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.documents import queries, registers
from zhengling.kernel.documents.archive import archive_case, transfer_files
from zhengling.kernel.documents.forms import ArchiveFilter, cleaned
from zhengling.kernel.documents.models import ArchivedFile, Transfer
from zhengling.kernel.identifiers import whole_number
from zhengling.kernel.spreadsheets import MEDIA_TYPE, spreadsheet

PAGE = 30


def _filtered(request: HttpRequest) -> tuple[ArchiveFilter, QuerySet[ArchivedFile]]:
    form = ArchiveFilter(request.GET)
    wanted = cleaned(form)
    rows = queries.archived(actor_of(request))
    if wanted.get("where"):
        rows = rows.filter(transfer__isnull=wanted["where"] == "here")
    if wanted.get("year"):
        rows = rows.filter(case__closed_at__year=wanted["year"])
    if wanted.get("q"):
        rows = rows.filter(Q(number__icontains=wanted["q"]) | Q(title__icontains=wanted["q"]))
    return form, rows.order_by("-archived_at", "-pk")


@for_audience(SIGNED_IN)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form, rows = _filtered(request)
    context = {
        "form": form,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "totals": rows.aggregate(pages=Sum("pages"), bytes=Sum("size")),
        "may_transfer": bool(actor.units("secretary")),
        "transfers": Transfer.objects.filter(pk__in=rows.values("transfer"))
        .select_related("organ")
        .order_by("-created_at")[:10],
    }
    return render(request, "documents/archive.html", context)


@for_audience(SIGNED_IN)
@require_safe
def export(request: HttpRequest) -> FileResponse:
    """The list as filtered, as an Excel file."""
    _form, rows = _filtered(request)
    headings = [
        _("Archive number"),
        _("Title"),
        _("Case"),
        _("Unit"),
        _("Kept for"),
        _("Destroy after"),
        _("Number of pages"),
        _("Archived on"),
        _("Handed over"),
    ]
    lines = (
        (
            row.number,
            row.title,
            row.case.number,
            row.organ.label,
            row.retention,
            row.destroy_after,
            row.pages,
            row.archived_at,
            row.transfer.number if row.transfer else "",
        )
        for row in rows.iterator(chunk_size=1000)
    )
    file = BytesIO(spreadsheet(headings, lines, title=_("Archive")))
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{_('Archive')}-{clock.today():%Y%m%d}.xlsx",
        content_type=MEDIA_TYPE,
    )


@for_audience(SIGNED_IN)
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close the file of a case."""
    actor = actor_of(request)
    case = get_object_or_404(casework.visible(actor), number=number)
    try:
        made = archive_case(case, actor)
    except CaseworkError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The file is closed: %(number)s") % {"number": made.number})
    return redirect("case", number=number)


@for_audience(SIGNED_IN)
@require_safe
def package(request: HttpRequest, pk: int) -> FileResponse:
    """The package as a ZIP file."""
    found = get_object_or_404(queries.archived(actor_of(request)), pk=pk)
    subject = found.case.subject_id or found.case_id
    record_access(actor_of(request), "export", "person", subject, ["archive_package"], found.number)
    return FileResponse(found.package.open("rb"), as_attachment=True, filename=f"{found.case.number}.zip")


@for_audience(SIGNED_IN)
@require_POST
def hand_over(request: HttpRequest) -> HttpResponse:
    """Hand the chosen files over to the city archive."""
    actor = actor_of(request)
    keys = [key for text in request.POST.getlist("file") if (key := whole_number(text)) is not None]
    try:
        batch = transfer_files(list(queries.archived(actor).filter(pk__in=keys)), actor)
    except CaseworkError as error:
        messages.error(request, str(error))
        return redirect("archive")
    messages.success(
        request, _("Handed over as %(number)s; print the list below.") % {"number": batch.number}
    )
    return redirect("archive-transfer", pk=batch.pk)


@for_audience(SIGNED_IN)
@require_safe
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """One handing over with its list."""
    found = _transfer(request, pk)
    context = {"transfer": found, "files": found.files.select_related("case").order_by("number")}
    return render(request, "documents/transfer.html", context)


@for_audience(SIGNED_IN)
@require_safe
def transfer_list(request: HttpRequest, pk: int, ending: str) -> FileResponse:
    """The list of a handing over, as Excel or PDF."""
    found = _transfer(request, pk)
    name = f"{_('Transfer list')}-{found.number}.{ending}"
    if ending == "xlsx":
        file = BytesIO(registers.handover_workbook(found))
        return FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA_TYPE)
    return FileResponse(BytesIO(registers.handover(found).pdf), filename=name)


def _transfer(request: HttpRequest, pk: int) -> Transfer:
    mine = queries.archived(actor_of(request)).exclude(transfer=None).values("transfer")
    return get_object_or_404(
        Transfer.objects.filter(pk__in=mine).select_related("organ", "created_by"), pk=pk
    )
