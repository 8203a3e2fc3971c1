"""The morning page (今日必办): what has to be done today in the officer's units, section by section.

A section is one query and one way to make a line of its rows; the number of queries does not depend on the
number of cases. Services add sections of their own in their AppConfig.ready.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.models import Task, TimeLimit
from zhengling.kernel.documents.amounts import yuan
from zhengling.kernel.documents.models import Letter
from zhengling.kernel.exchange.models import Expectation
from zhengling.kernel.exchange.queries import awaited as awaited_files
from zhengling.kernel.funds.authority import readable
from zhengling.kernel.funds.hooks import CASE
from zhengling.kernel.funds.models import Payable, PaymentBatch
from zhengling.kernel.people.masking import mask_name
from zhengling.kernel.returns.authority import readable as readable_returns
from zhengling.kernel.returns.models import Return
from zhengling.kernel.supervision import lines
from zhengling.kernel.supervision.board import soon_until
from zhengling.kernel.supervision.lines import Line
from zhengling.kernel.supervision.models import UrgingOrder
from zhengling.kernel.supervision.scope import Scope

SHOWN = 20  # lines of a section on the page; the rest is one click away


@dataclass(frozen=True, slots=True)
class Section:
    """`rows` come the most pressing first, with everything `line` reads; `empty` says that all is done."""

    name: str
    label: str | Promise
    empty: str | Promise
    rows: Callable[[Scope], QuerySet[Any]]
    line: Callable[[Any], Line]
    late: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """A section with how many rows it has and the first of them."""

    section: Section
    count: int
    lines: list[Line]

    @property
    def more(self) -> int:
        return self.count - len(self.lines)


def running(scope: Scope) -> QuerySet[TimeLimit]:
    """Running limits that units of the scope hold and can miss, the earliest due first."""
    return (
        TimeLimit.objects.filter(scope.on("holder"), state=TimeLimit.State.RUNNING, waits=False)
        .select_related("case", "case__place", "holder")
        .order_by("due", "pk")
    )


def due_today(scope: Scope) -> QuerySet[TimeLimit]:
    return running(scope).filter(due=clock.today())


def overdue(scope: Scope) -> QuerySet[TimeLimit]:
    return running(scope).filter(due__lt=clock.today())


def on_desks(scope: Scope) -> QuerySet[Task]:
    """Open tasks of units of the scope, without copies, the earliest due first."""
    return (
        Task.objects.filter(scope.on("organisation"), done_at=None)
        .exclude(kind=Task.Kind.COPY)
        .select_related("case", "organisation")
        .order_by("due", "pk")
    )


def once(rows: QuerySet[Task]) -> QuerySet[Task]:
    """One of the open tasks that a unit has of a case, so that the case stands on a list once."""
    earlier = Task.objects.filter(
        case=OuterRef("case"), organisation=OuterRef("organisation"), done_at=None, pk__lt=OuterRef("pk")
    )
    return rows.filter(~Exists(earlier.exclude(kind=Task.Kind.COPY)))


def returned(scope: Scope) -> QuerySet[Task]:
    return once(on_desks(scope).filter(returned=True))


def urged(scope: Scope) -> QuerySet[Task]:
    return once(on_desks(scope).filter(urged_at__isnull=False)).order_by("urged_at", "pk")


def posting_stages() -> set[tuple[str, str]]:
    """(procedure, stage) at which an act starts a minimum period on the board: a list waits to be posted."""
    found = set()
    for declared in procedures.every():
        posting = {act for limit in declared.limits if limit.waits for act in limit.starts}
        for act in declared.acts:
            if act.name in posting:
                found |= {(declared.name, stage) for stage in act.stages}
    return found


def to_post(scope: Scope) -> QuerySet[Task]:
    stages = posting_stages()
    if not stages:
        return Task.objects.none()
    wanted = reduce(or_, (Q(case__procedure=procedure, name=stage) for procedure, stage in sorted(stages)))
    return on_desks(scope).filter(wanted, kind=Task.Kind.STAGE)


def to_take_down(scope: Scope) -> QuerySet[TimeLimit]:
    """Minimum periods that have run out, so that the next step is lawful."""
    return (
        TimeLimit.objects.filter(
            scope.on("holder"),
            state=TimeLimit.State.RUNNING,
            waits=True,
            provisional=False,
            next_step_earliest__lte=clock.today(),
        )
        .select_related("case", "case__place", "holder")
        .order_by("due", "pk")
    )


def to_sign(scope: Scope) -> QuerySet[Letter]:
    """Letters that wait for the signature of a unit of the scope, the oldest first."""
    rows = Letter.objects.filter(scope.on("organ"), state=Letter.State.SIGN)
    return rows.select_related("organ", "case").order_by("created_at", "pk")


def _letter_line(row: Letter) -> Line:
    number = row.number or (row.case.number if row.case else "")
    url = reverse("letter", args=[row.pk])
    return Line(number, row.title, url, row.organ, what=row.get_state_display(), desk=row.organ.label)


def to_pay(scope: Scope) -> QuerySet[Payable]:
    """What the books that the officer reads still owe, the earliest due first."""
    rows = Payable.objects.filter(
        ledger__in=readable(scope.actor).order_by().values("pk"),
        state__in=[Payable.State.OPEN, Payable.State.RETURNED],
    )
    return rows.select_related("ledger__unit").order_by(F("due").asc(nulls_last=True), "pk")


def _payable_line(row: Payable) -> Line:
    of_case = row.origin_kind == CASE
    books = reverse("funds-payables", args=[row.ledger.unit.code])
    url = reverse("case", args=[row.reference]) if of_case else books
    payee = mask_name(row.payee) if row.person_id else row.payee
    unit = row.ledger.unit
    title = f"{payee} ￥{yuan(row.amount)}"
    return Line(
        row.reference,
        title,
        url,
        unit,
        case=UUID(row.origin_id) if of_case else None,
        what=row.get_state_display(),
        due=row.due,
        any_limit=True,
    )


def to_approve(scope: Scope) -> QuerySet[PaymentBatch]:
    """Payment batches that wait for the second person."""
    rows = PaymentBatch.objects.filter(
        ledger__in=readable(scope.actor).order_by().values("pk"), state=PaymentBatch.State.SUBMITTED
    )
    return (
        rows.select_related("ledger__unit")
        .annotate(total=Sum("payments__amount"))
        .order_by("created_at", "pk")
    )


def _batch_line(row: Any) -> Line:
    unit, url = row.ledger.unit, reverse("funds-batch", args=[row.pk])
    title = f"￥{yuan(row.total or 0)}"
    return Line(row.number, title, url, unit, what=row.get_state_display(), desk=unit.label)


def to_hand_in(scope: Scope) -> QuerySet[Return]:
    """Returns that were sent back, or fall due within the next working days, the earliest due first."""
    soon = Q(due__lte=soon_until(clock.today()))
    rows = readable_returns(scope.actor).filter(
        Q(state=Return.State.RETURNED) | Q(state=Return.State.DRAFT) & soon
    )
    return rows.select_related("unit", "form").order_by(F("due").asc(nulls_last=True), "unit__path", "pk")


def _return_line(row: Return) -> Line:
    title = f"{row.form.title} · {row.period_label}"
    state = row.get_state_display()
    url = reverse("return", args=[row.pk])
    return Line(row.period, title, url, row.unit, what=state, desk=row.unit.label, due=row.due)


def awaited(scope: Scope) -> QuerySet[Expectation]:
    """Files that should have come from other systems, the longest awaited first."""
    return awaited_files(scope.actor)


def _awaited_line(row: Expectation) -> Line:
    declared = row.declaration
    url = reverse("exchange-set", args=[row.data_set])
    desk = str(declared.keeper)
    return Line(row.period, str(declared.label), url, row.unit, desk=desk, due=row.due)


def to_answer(scope: Scope) -> QuerySet[UrgingOrder]:
    rows = UrgingOrder.objects.filter(scope.on("to"), state=UrgingOrder.State.ISSUED)
    return rows.select_related("to", "issuer").order_by("respond_by", "pk")


def _order_line(row: UrgingOrder) -> Line:
    url = reverse("urging-order", args=[row.pk])
    return Line(row.number, row.words, url, row.to, desk=row.to.label, due=row.respond_by)


_sections: list[Section] = [
    Section("due_today", _("Due today"), _("Nothing falls due today."), due_today, lines.of_limit),
    Section("overdue", _("Overdue"), _("Nothing is overdue."), overdue, lines.of_limit, late=True),
    Section("returned", _("Returned"), _("Nothing has been sent back."), returned, lines.of_task),
    Section("to_sign", _("To be signed"), _("No letter waits for a signature."), to_sign, _letter_line),
    Section("to_post", _("To be posted"), _("No list waits for the notice board."), to_post, lines.of_task),
    Section(
        "to_take_down",
        _("Public period over"),
        _("No public period has run out."),
        to_take_down,
        lines.of_limit,
    ),
    Section("to_pay", _("To be paid"), _("Nothing waits to be paid."), to_pay, _payable_line),
    Section(
        "to_approve",
        _("Payment batches to approve"),
        _("No payment batch waits for approval."),
        to_approve,
        _batch_line,
    ),
    Section(
        "to_hand_in",
        _("Returns to hand in"),
        _("No return is due or was sent back."),
        to_hand_in,
        _return_line,
    ),
    Section(
        "awaited",
        _("Files overdue"),
        _("Every file that was due has come."),
        awaited,
        _awaited_line,
        late=True,
    ),
    Section("urged", _("Urged"), _("Nobody has urged anything."), urged, lines.of_task),
    Section(
        "to_answer",
        _("Urging orders to answer"),
        _("No urging order waits for an answer."),
        to_answer,
        _order_line,
        late=True,
    ),
]


def register_morning_section(section: Section) -> None:
    """Add a section to everybody's morning page; called by a service's AppConfig.ready."""
    if section not in _sections:
        _sections.append(section)


def sections() -> tuple[Section, ...]:
    return tuple(_sections)


def section(name: str) -> Section:
    """Raises KeyError."""
    return {item.name: item for item in _sections}[name]


def filled(scope: Scope, shown: int = SHOWN) -> list[Filled]:
    """Every section for the scope: two queries a section and two for all desks and limits."""
    drafts = [
        (item, item.rows(scope).order_by().count(), [item.line(row) for row in item.rows(scope)[:shown]])
        for item in _sections
    ]
    dressed = iter(lines.dressed([line for _item, _count, found in drafts for line in found]))
    return [Filled(item, count, [next(dressed) for _line in found]) for item, count, found in drafts]
