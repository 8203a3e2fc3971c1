"""What may happen in any procedure: handing over, urging, taking back, adding scans; and reading a scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel.accounts.access import SIGNED_IN, for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.accounts.models import User
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.casework import operations, queries
from zhengling.kernel.casework.errors import ActRefused, CaseworkError, StaleCase
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.views import back_to, form_page, visible_case
from zhengling.kernel.files.operations import FileRefused, store
from zhengling.kernel.identifiers import whole_number

SHOWN_IN_PAGE = {"image/jpeg", "image/png", "application/pdf"}


class TransferForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=_("colleague"))
    reason = forms.CharField(label=_("reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, colleagues: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues


class UrgeForm(forms.Form):
    words = forms.CharField(label=_("words"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


class NoForm(forms.Form):
    """A step that asks for nothing but its confirmation."""


class PaperForm(forms.Form):
    paper = forms.ChoiceField(label=_("paper"))
    file = forms.FileField(label=_("scan or photo"))


def version_of(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return whole_number(text)


@dataclass(frozen=True, slots=True)
class Step:
    """A common act as a form: the name of its URL, its words, and what the form says above the fields."""

    name: str
    label: str | Promise
    hint: str | Promise = ""


TRANSFER = Step(
    "transfer", _("Hand over"), _("The colleague holds the same role in your unit. The time limits go on.")
)
URGE = Step("urge", _("Urge"), _("Whoever has the case on the desk sees it marked as urged."))
RECALL = Step(
    "recall", _("Take back"), _("Your last act is undone; both it and its taking back stay in the course.")
)
ATTACH = Step("attach", _("Add a scan"))


def _page(
    request: HttpRequest, case: Case, step: Step, form: forms.Form, error: CaseworkError | None = None
) -> HttpResponse:
    context = {
        "case": case,
        "form": form,
        "version": request.POST.get("version") or case.version,
        "action": reverse(f"case-{step.name}", args=[case.number]),
        "legend": step.label,
        "submit": step.label,
        "hint": step.hint,
        "refusal": error,
    }
    status = error.status if error else 422 if form.is_bound else 200
    return form_page(request, context, status)


@for_audience(SIGNED_IN)
def transfer(request: HttpRequest, number: str) -> HttpResponse:
    """Hand the task over to a colleague with the same role in the same unit (转办)."""
    case, actor = visible_case(request, number), actor_of(request)
    form = TransferForm(request.POST or None, colleagues=queries.colleagues(case, actor))
    if request.method == "POST" and form.is_valid():
        try:
            operations.transfer(
                case.pk,
                actor,
                form.cleaned_data["to"],
                form.cleaned_data["reason"],
                version=version_of(request),
            )
        except CaseworkError as error:
            return _page(request, case, TRANSFER, form, error)
        return back_to(request, case)
    return _page(request, case, TRANSFER, form)


@for_audience(SIGNED_IN)
def urge(request: HttpRequest, number: str) -> HttpResponse:
    """Urge whoever has the case on the desk (催办)."""
    case, actor = visible_case(request, number), actor_of(request)
    form = UrgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.urge(case.pk, actor, form.cleaned_data["words"])
        except CaseworkError as error:
            return _page(request, case, URGE, form, error)
        return back_to(request, case)
    return _page(request, case, URGE, form)


@for_audience(SIGNED_IN)
def recall(request: HttpRequest, number: str) -> HttpResponse:
    """Take back one's own last act (撤回)."""
    case, actor = visible_case(request, number), actor_of(request)
    if request.method == "POST":
        try:
            operations.recall(case.pk, actor, version=version_of(request))
        except StaleCase as error:
            last = case.events.order_by("-seq").first()
            if not (last and last.act == "recall" and last.actor_id == (actor.user and actor.user.pk)):
                return _page(request, case, RECALL, NoForm(request.POST), error)
        except CaseworkError as error:
            return _page(request, case, RECALL, NoForm(request.POST), error)
        return back_to(request, case)
    return _page(request, case, RECALL, NoForm())


@for_audience(SIGNED_IN)
@require_POST
def attach(request: HttpRequest, number: str) -> HttpResponse:
    """Add a scan to a paper of the case."""
    case, actor = visible_case(request, number), actor_of(request)
    form = PaperForm(request.POST, request.FILES)
    field = form.fields["paper"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(paper.name, paper.label) for paper in case.declaration.papers]
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            operations.check_may_attach(case, actor)
            file = store(upload.name, upload, actor.user)
            operations.attach(case.pk, form.cleaned_data["paper"], file, actor)
        except FileRefused as refused:
            return _page(request, case, ATTACH, form, ActRefused(str(refused)))
        except CaseworkError as error:
            return _page(request, case, ATTACH, form, error)
        return back_to(request, case)
    return _page(request, case, ATTACH, form)


@for_audience(SIGNED_IN)
@require_safe
def scan(request: HttpRequest, number: str, pk: int) -> FileResponse:
    """The scan of a paper: pictures and PDF in the page, everything else as a download. Opening one is recorded."""
    case = visible_case(request, number)
    row = get_object_or_404(case.papers.select_related("file"), pk=pk)
    if row.file is None:
        raise Http404
    kind = row.file.media_type
    record_access(actor_of(request), Action.REVEAL, "case", case.number, [row.name])
    response = FileResponse(
        row.file.blob.open("rb"),
        as_attachment=kind not in SHOWN_IN_PAGE,
        filename=row.file.name,
        content_type=kind,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
