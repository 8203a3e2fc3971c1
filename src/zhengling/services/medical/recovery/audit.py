"""The auditor's reading of a county and a period (审计查阅), article 4(11): every kind of record as one list, and samples of it.

Nothing is written here. A record is a line with its amount, its article and the page behind it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from django.db.models import Case as Switch
from django.db.models import Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.models import Case
from zhengling.kernel.funds.models import Entry, Payable, Payment, PaymentBatch, Receivable
from zhengling.kernel.funds.queries import purpose_label
from zhengling.kernel.law.models import DecisionReceipt
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.services.medical.models import Application, Decision
from zhengling.services.medical.operations import AID
from zhengling.services.medical.procedures import INSTRUMENT
from zhengling.services.medical.recovery.models import Recovery


@dataclass(frozen=True, slots=True)
class Period:
    """What is looked at: a county from `first` to `last`, both included."""

    unit: Organisation
    first: date
    last: date

    def moments(self, field: str) -> Q:
        return Q(
            **{
                f"{field}__gte": clock.at(self.first, 0),
                f"{field}__lt": clock.at(self.last + timedelta(days=1), 0),
            }
        )

    def below(self, field: str) -> Q:
        return Q(**{f"{field}__startswith": self.unit.path})


@dataclass(frozen=True, slots=True)
class Record:
    """One line: `amount` in fen, `proof` a digest or number to check it by."""

    key: str
    day: date
    number: str
    what: str
    amount: int
    citation: str
    url: str
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """A kind of record. `rows` carry `fen`; `search` are the fields in which words are looked for,
    `newest` the order of the page."""

    name: str
    label: str | Promise
    rows: Callable[[Period], QuerySet[Any]]
    records: Callable[[Sequence[Any]], list[Record]]
    search: tuple[str, ...]
    newest: str


def units(actor: Actor) -> QuerySet[Organisation]:
    """Counties the actor audits or supervises, by their place in the tree."""
    rule = Q(pk__in=())
    for path in actor.subtrees():
        rule |= Q(path__startswith=path)
    return Organisation.objects.filter(rule, level=Level.COUNTY).order_by("path")


def found(book: Book, period: Period, words: str) -> QuerySet[Any]:
    """The rows of a book in a period that hold the words."""
    rows = book.rows(period)
    if words:
        rule = Q(pk__in=())
        for field in book.search:
            rule |= Q(**{f"{field}__icontains": words})
        rows = rows.filter(rule)
    return rows


def amounts(rows: QuerySet[Any]) -> list[tuple[Any, int]]:
    """(key, fen) of every row, in the order of keys: what a sample is drawn from and a sum is made of."""
    return [(key, int(fen or 0)) for key, fen in rows.order_by("pk").values_list("pk", "fen")]


# --- samples --------------------------------------------------------------------------------------------------------

METHODS: dict[str, str | Promise] = {
    "random": _("each record with the same chance"),
    "by_amount": _("each fen with the same chance"),
    "largest": _("the largest amounts"),
}


def sample(population: Sequence[tuple[Any, int]], method: str, size: int, seed: str) -> list[Any]:
    """Keys of at most `size` records; the same population, method, size and seed always give the same ones.

    ``random`` draws records without putting back. ``by_amount`` lays the amounts end to end and takes every n-th fen
    from a drawn start (monetary-unit sampling): what is larger than the step is always in. ``largest`` needs no seed.
    """
    drawn = random.Random(seed)
    if method == "largest":
        ordered = sorted(population, key=lambda row: (-abs(row[1]), str(row[0])))
        return [key for key, _fen in ordered[:size]]
    if method == "random":
        return [key for key, _fen in drawn.sample(list(population), min(size, len(population)))]
    sums = list(accumulate(abs(fen) for _key, fen in population))
    if not sums or not sums[-1] or size <= 0:
        return []
    start = drawn.randrange(sums[-1])
    marks = sorted((start + part * sums[-1] // size) % sums[-1] for part in range(size))
    chosen, place = [], 0
    for mark in marks:
        while sums[place] <= mark:
            place += 1
        chosen.append(population[place][0])
    return list(dict.fromkeys(chosen))


# --- the books ------------------------------------------------------------------------------------------------------


def _day(moment: Any) -> date:
    return clock.local(moment).date()


def _case_url(number: str) -> str:
    return reverse("case", args=[number])


def _cases(period: Period) -> QuerySet[Any]:
    rows = Case.objects.filter(
        period.below("place__path"), period.moments("opened_at"), procedure__startswith="medical_"
    )
    return rows.annotate(fen=Coalesce(Sum("medical_application__decisions__maf_pay"), 0))


def _case_records(rows: Sequence[Case]) -> list[Record]:
    return [
        Record(
            str(row.pk),
            _day(row.opened_at),
            row.number,
            f"{row.declaration.label} · {row.stage_label}",
            row.fen,  # type: ignore[attr-defined]  # annotated by _cases
            f"{row.declaration.instrument}/{row.declaration.stage(row.stage).article}",
            _case_url(row.number),
            row.head[:16],
        )
        for row in rows
    ]


def _decisions(period: Period) -> QuerySet[Any]:
    here = period.below("application__case__place__path") | Q(application=None) & period.below(
        "settlement__person__residence__path"
    )
    rows = Decision.objects.filter(here, period.moments("decided_at"))
    return rows.annotate(fen=F("maf_pay")).select_related("settlement", "application__case")


def _decision_records(rows: Sequence[Decision]) -> list[Record]:
    receipts = DecisionReceipt.objects.filter(digest__in={row.receipt for row in rows})
    places = {row.digest: row.steps[-1]["citation"] for row in receipts if row.steps}
    return [
        Record(
            str(row.pk),
            _day(row.decided_at),
            row.settlement.setl_id,
            f"{row.settlement.get_benefit_display()} · {row.settlement.hospital}",
            row.maf_pay,
            f"{INSTRUMENT}/{'24' if row.reverses_id else places.get(row.receipt, '10')}",
            _case_url(row.application.case.number) if row.application else "",
            row.receipt[:16],
        )
        for row in rows
    ]


def _entries(period: Period) -> QuerySet[Any]:
    rows = Entry.objects.filter(ledger=period.unit.pk, date__range=(period.first, period.last))
    return rows.annotate(fen=Sum("lines__debit")).select_related("ledger__unit")


def _entry_records(rows: Sequence[Entry]) -> list[Record]:
    return [
        Record(
            str(row.pk),
            row.date,
            str(row.seq),
            f"{purpose_label(row)} {row.description}",
            row.fen,  # type: ignore[attr-defined]  # annotated by _entries
            row.citation,
            reverse("funds-voucher", args=[row.ledger.unit.code, row.seq]),
            row.digest[:16],
        )
        for row in rows
    ]


def _batches(period: Period) -> QuerySet[Any]:
    live = ~Q(payments__state=Payment.State.REMOVED)
    rows = PaymentBatch.objects.filter(period.moments("created_at"), ledger=period.unit.pk)
    return rows.annotate(
        fen=Sum("payments__amount", filter=live), count=Count("payments", filter=live)
    ).select_related("ledger__unit", "maker", "approver")


def _batch_records(rows: Sequence[PaymentBatch]) -> list[Record]:
    return [
        Record(
            str(row.pk),
            _day(row.created_at),
            row.number,
            " · ".join(
                str(word)
                for word in (
                    row.get_state_display(),
                    row.maker and row.maker.full_name,
                    row.approver and row.approver.full_name,
                )
                if word
            ),
            row.fen or 0,  # type: ignore[attr-defined]  # annotated by _batches
            f"{INSTRUMENT}/21",
            reverse("funds-batch", args=[row.pk]),
            row.file_digest[:16],
        )
        for row in rows
    ]


def _recoveries(period: Period) -> QuerySet[Any]:
    rows = Recovery.objects.filter(period.below("case__place__path"), period.moments("case__opened_at"))
    return rows.annotate(fen=Coalesce(F("amount"), 0)).select_related("case", "about")


def _recovery_records(rows: Sequence[Recovery]) -> list[Record]:
    return [
        Record(
            str(row.pk),
            _day(row.case.opened_at),
            row.case.number,
            " · ".join([str(row.case.stage_label), *([row.about.number] if row.about else [])]),
            row.amount or 0,
            f"{INSTRUMENT}/24",
            _case_url(row.case.number),
            row.case.head[:16],
        )
        for row in rows
    ]


def _differences(period: Period) -> QuerySet[Any]:
    """Aid cases of the period in which granted, booked, paid and demanded back do not add up.

    Difference = paid or to be paid, less what stands granted, less what was demanded back; fen.
    """
    wrong = [
        (pk, fen)
        for pk, fen in _balance_of_cases(
            Application.objects.filter(period.below("case__place__path"), period.moments("case__opened_at"))
        )
        if fen
    ]
    rows = Application.objects.filter(pk__in=[pk for pk, _fen in wrong]).select_related("case")
    return rows.annotate(fen=Switch(*(When(pk=pk, then=Value(fen)) for pk, fen in wrong), default=Value(0)))


def _balance_of_cases(rows: QuerySet[Application]) -> Iterable[tuple[Any, int]]:
    granted = dict(rows.annotate(sum=Coalesce(Sum("decisions__maf_pay"), 0)).values_list("pk", "sum"))
    booked = _by_case(
        Payable.objects.filter(origin_kind="case", purpose=AID).exclude(state=Payable.State.CANCELLED)
    )
    back: dict[Any, int] = {}
    demanded = _by_case(
        Receivable.objects.filter(origin_kind="case").exclude(state=Receivable.State.CANCELLED)
    )
    for pk, about in Recovery.objects.filter(about__in=granted).values_list("pk", "about"):
        back[about] = back.get(about, 0) + demanded.get(str(pk), 0)
    for pk, sum_granted in granted.items():
        yield pk, booked.get(str(pk), 0) - sum_granted - back.get(pk, 0)


def _by_case(rows: QuerySet[Any]) -> dict[str, int]:
    return dict(rows.values_list("origin_id").annotate(fen=Sum("amount")).order_by())


def _difference_records(rows: Sequence[Any]) -> list[Record]:
    return [
        Record(
            str(row.pk),
            _day(row.case.opened_at),
            row.case.number,
            str(row.case.stage_label),
            row.fen,
            f"{INSTRUMENT}/21",
            _case_url(row.case.number),
        )
        for row in rows
    ]


BOOKS = (
    Book("cases", _("cases"), _cases, _case_records, ("number", "title"), "-opened_at"),
    Book(
        "decisions",
        _("decisions"),
        _decisions,
        _decision_records,
        ("settlement__setl_id", "settlement__hospital"),
        "-decided_at",
    ),
    Book("entries", _("vouchers"), _entries, _entry_records, ("description",), "-seq"),
    Book("batches", _("payment batches"), _batches, _batch_records, ("maker__full_name",), "-created_at"),
    Book(
        "recoveries",
        _("recoveries"),
        _recoveries,
        _recovery_records,
        ("case__number", "about__number"),
        "-case__opened_at",
    ),
    Book(
        "differences",
        _("differences"),
        _differences,
        _difference_records,
        ("case__number",),
        "-case__opened_at",
    ),
)
BY_NAME = {book.name: book for book in BOOKS}
