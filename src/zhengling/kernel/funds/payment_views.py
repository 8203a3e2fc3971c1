"""The pages of paying: what is owed, batches, the bank's answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhengling.kernel.accounts.access import for_audience
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.funds import batches, exports, operations, queries, replies
from zhengling.kernel.funds.authority import readable
from zhengling.kernel.funds.bankfiles import MEDIA_TYPES, Answer, current_bank
from zhengling.kernel.funds.forms import (
    AnswerForm,
    BatchForm,
    PayableFilter,
    ReasonForm,
    ReplyForm,
    SourceForm,
)
from zhengling.kernel.funds.ledger import available
from zhengling.kernel.funds.models import Ledger, Payable, Payment, PaymentBatch, Source
from zhengling.kernel.funds.pages import (
    KEEPERS,
    READERS,
    attempt,
    batch_of,
    download,
    excel,
    ledger_of,
    page,
    roles_at,
)
from zhengling.kernel.funds.sheets import MAX_BYTES

ROWS = 100


@for_audience(READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def payables(request: HttpRequest, code: str) -> HttpResponse:
    """What is owed, by due date; the chosen rows go into a batch."""
    ledger = ledger_of(request, code)
    actor = actor_of(request)
    refusal = None
    if request.method == "POST":
        try:
            made = _make_batch(request, ledger, actor)
            return redirect("funds-batch", pk=made.pk)
        except CaseworkError as error:
            refusal = error
    form = PayableFilter(request.GET if request.GET else {"state": "waiting"})
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = queries.payables(ledger, **{name: str(value) for name, value in chosen.items()})
    if request.GET.get("format") == "xlsx":
        return excel(f"{ledger.unit.code}-{_('Payables')}", exports.payables_file(queries.with_due(rows)))
    shown = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {
        "ledger": ledger,
        "form": form,
        "batch_form": BatchForm(),
        "source_form": SourceForm(),
        "page": shown,
        "rows": queries.with_due(shown.object_list),
        "total": queries.sum_of(rows, "amount"),
        "held": [(Source(source), available(ledger, source)) for source in Source.values],
        "holds": roles_at(actor, ledger),
    }
    return page(request, "funds/payables.html", context, refusal)


def _make_batch(request: HttpRequest, ledger: Ledger, actor: Actor) -> PaymentBatch:
    form = BatchForm(request.POST)
    if not form.is_valid():
        raise Http404
    key = form.cleaned_data["bank_format"]
    return batches.create(
        ledger.pk,
        _ids(request, "payable"),
        route=current_bank().format(key).route,
        bank_format=key,
        actor=actor,
    )


def _ids(request: HttpRequest, name: str) -> list[UUID]:
    try:
        return [UUID(text) for text in request.POST.getlist(name)]
    except ValueError:
        raise Http404 from None


@for_audience(KEEPERS)
@require_POST
def change_source(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let another source bear one debt."""
    actor = actor_of(request)
    row = get_object_or_404(Payable.objects.select_related("ledger__unit"), pk=pk, ledger__in=readable(actor))
    form = SourceForm(request.POST)
    if not form.is_valid():
        raise Http404
    refusal = attempt(
        request,
        lambda: operations.change_source(pk, form.cleaned_data["source"], actor),
        _("%(payment)s is borne by another source now.") % {"payment": row.reference},
    )
    if refusal is None:
        return redirect("funds-payables", code=row.ledger.unit.code)
    return page(request, "funds/refused.html", {"ledger": row.ledger}, refusal)


@for_audience(READERS)
@require_safe
def batches_of(request: HttpRequest, code: str) -> HttpResponse:
    """The batches of a unit."""
    ledger = ledger_of(request, code)
    state = request.GET.get("state", "")
    rows = queries.batches(ledger)
    if state in PaymentBatch.State.values:
        rows = rows.filter(state=state)
    context = {
        "ledger": ledger,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "state": state,
        "states": PaymentBatch.State.choices,
        "total": queries.sum_of(rows, "total"),
    }
    return page(request, "funds/batches.html", context)


@for_audience(READERS)
@require_safe
def batch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One batch: its payments, its course, what can be done now."""
    return _batch_page(request, batch_of(request, pk))


def _batch_page(
    request: HttpRequest, found: PaymentBatch, refusal: CaseworkError | None = None, **more: Any
) -> HttpResponse:
    actor = actor_of(request)
    split = batches.source_split(found)
    payments = found.payments.select_related("payable").exclude(state=Payment.State.REMOVED)
    context = {
        "batch": found,
        "ledger": found.ledger,
        "payments": payments,
        "split": [(Source(source), fen, available(found.ledger, source)) for source, fen in split.items()],
        "total": sum(split.values()),
        "steps": found.steps.all(),
        "overrides": found.overrides.select_related("approved_by"),
        "next_steps": queries.next_steps(found, actor),
        "layout": current_bank().format(found.bank_format),
        "reason_form": ReasonForm(),
        "reply_form": ReplyForm(),
        "answer_form": AnswerForm(),
        "holds": roles_at(actor, found.ledger),
        "lacking": getattr(refusal, "shortfalls", {}),
        **more,
    }
    return page(request, "funds/batch.html", context, refusal)


@for_audience(KEEPERS)
@require_POST
def act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """One act on a batch."""
    found = batch_of(request, pk)
    actor = actor_of(request)
    if act == "export":
        return _export(request, found, actor)
    work = _work(request, found, act, actor)
    refusal = attempt(request, work, _("Done."))
    if refusal is None:
        return redirect("funds-batch", pk=pk)
    return _batch_page(request, batch_of(request, pk), refusal)


def _work(request: HttpRequest, found: PaymentBatch, act: str, actor: Actor) -> Callable[[], object]:
    """The operation behind the act. Raises Http404 for an unknown act or a missing reason or file."""
    reason = request.POST.get("reason", "").strip()
    file = request.FILES.get("file")
    if act in {"cancel", "send_back", "withdraw"} and not reason:
        raise Http404
    if act == "import" and file is None:
        raise Http404
    works: dict[str, Callable[[], object]] = {
        "submit": lambda: batches.submit(found.pk, actor),
        "cancel": lambda: batches.cancel(found.pk, reason, actor),
        "take_out": lambda: batches.take_out(found.pk, _numbers(request, "payment"), actor),
        "approve": lambda: batches.approve(found.pk, actor, override_reason=reason),
        "send_back": lambda: batches.send_back(found.pk, reason, actor),
        "withdraw": lambda: batches.withdraw(found.pk, reason, actor),
        "import": lambda: (
            replies.import_reply(found.pk, str(file.name), file.read(MAX_BYTES + 1), actor) if file else None
        ),
    }
    if act not in works:
        raise Http404
    return works[act]


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [int(text) for text in request.POST.getlist(name) if text.isascii() and text.isdigit()]


def _export(request: HttpRequest, found: PaymentBatch, actor: Actor) -> HttpResponse:
    try:
        name, content = batches.export(found.pk, actor)
    except CaseworkError as error:
        return _batch_page(request, batch_of(request, found.pk), error)
    return download(name, content, MEDIA_TYPES[current_bank().format(found.bank_format).file])


@for_audience(KEEPERS)
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """What the bank says of one payment, entered by hand."""
    payment = get_object_or_404(Payment.objects.select_related("batch"), pk=pk)
    found = batch_of(request, payment.batch_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _batch_page(request, found, answer_form=form, answering=payment.pk)
    said = form.cleaned_data
    row = Answer(
        line=1,
        seq=payment.seq,
        amount=payment.amount,
        outcome=said["outcome"],
        reason=said["reason"],
        reference=said["reference"],
        batch=found.number,
    )
    refusal = attempt(request, lambda: replies.take(found.pk, [row], actor_of(request)), _("Done."))
    if refusal is None:
        return redirect("funds-batch", pk=found.pk)
    return _batch_page(request, batch_of(request, found.pk), refusal)


@for_audience(KEEPERS)
@require_POST
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the origin of a payment once more."""
    payment = get_object_or_404(Payment, pk=pk)
    found = batch_of(request, payment.batch_id)
    refusal = attempt(request, lambda: replies.tell_again(pk, actor_of(request)), _("The case has followed."))
    if refusal is None:
        return redirect("funds-batch", pk=found.pk)
    return _batch_page(request, found, refusal)
