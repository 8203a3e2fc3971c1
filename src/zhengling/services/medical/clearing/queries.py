"""What is not cleared yet, and what stands in the way of clearing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet, Sum

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework import queries as casework
from zhengling.kernel.exchange.models import Difference
from zhengling.kernel.funds.models import Ledger
from zhengling.kernel.funds.queries import positions
from zhengling.services.medical.clearing.models import FundingRequest, Statement
from zhengling.services.medical.models import Decision, Settlement

ADVANCED = (Settlement.Channel.ONE_STOP, Settlement.Channel.PLATFORM)
PLATFORM_SETTLEMENTS = "medical.platform_settlements"


def uncleared(before: date) -> QuerySet[Decision]:
    """Decisions on money that institutions advanced, settled before the day, on no statement yet. What an application was
    granted on such a settlement goes to the person; where assistance paid nothing, nothing was advanced."""
    return Decision.objects.exclude(maf_pay=0).filter(
        cleared_in=None,
        application=None,
        settlement__channel__in=ADVANCED,
        settlement__institution__isnull=False,
        settlement__unit__isnull=False,
        settlement__setl_time__lt=clock.at(before, 0),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one unit would owe one institution, in fen."""

    unit_id: int
    institution_id: int
    unit: str
    institution: str
    lines: int
    amount: int


def waiting(before: date, units: Sequence[int] | None = None) -> list[Waiting]:
    """Uncleared decisions by unit and institution; one query."""
    rows = uncleared(before)
    if units is not None:
        rows = rows.filter(settlement__unit__in=units)
    found = (
        rows.values(
            unit_id=F("settlement__unit"),
            institution_id=F("settlement__institution"),
            unit=F("settlement__unit__name"),
            institution=F("settlement__institution__organisation__name"),
        )
        .annotate(lines=Count("pk"), amount=Sum("maf_pay"))
        .order_by("unit_id", "institution_id")
    )
    return [Waiting(**row) for row in found]


def settlements_in_dispute(statement: Statement) -> list[str]:
    """Settlement numbers on the statement, not fully deducted, whose difference with the platform is open."""
    numbers = statement.lines.exclude(deducted=F("claimed"), claimed__gt=0).values(
        "decision__settlement__setl_id"
    )
    return list(
        Difference.objects.filter(
            data_set=PLATFORM_SETTLEMENTS, state=Difference.State.OPEN, subject__in=numbers
        )
        .order_by("subject")
        .values_list("subject", flat=True)
        .distinct()
    )


def statements(actor: Actor) -> QuerySet[Statement]:
    """Statements whose case the actor sees."""
    return Statement.objects.filter(case__in=casework.visible(actor)).select_related(
        "case", "unit", "institution__organisation"
    )


def requests(actor: Actor) -> QuerySet[FundingRequest]:
    return FundingRequest.objects.filter(case__in=casework.visible(actor)).select_related("case", "unit")


def owed_to_institutions(units: Iterable[int]) -> dict[int, int]:
    """Unit -> fen approved for institutions and not paid yet; one query."""
    rows = Statement.objects.filter(unit__in=list(units), case__stage="payment").order_by().values("unit")
    return {row["unit"]: row["fen"] for row in rows.annotate(fen=Sum(F("claimed") - F("deducted")))}


@dataclass(frozen=True, slots=True)
class Holding:
    """One unit's one-stop account: what is left in it, and what is approved for institutions; fen."""

    ledger: Ledger
    held: int
    owed: int


def one_stop_accounts(ledgers: Iterable[Ledger]) -> list[Holding]:
    """Units that hold or owe anything; a few queries however many units there are."""
    books = {ledger.pk: ledger for ledger in ledgers}
    held: dict[int, int] = defaultdict(int)
    for row in positions(books.values(), clock.today().year):
        held[row.ledger.pk] += row.one_stop
    owed = owed_to_institutions(books)
    rows = (Holding(ledger, held[pk], owed.get(pk, 0)) for pk, ledger in books.items())
    return [row for row in rows if row.held or row.owed]


def held_by_source(unit_id: int) -> tuple[dict[str, int], int]:
    """({source: fen that may still leave the special account}, fen in the one-stop account) of one unit."""
    rows = positions(Ledger.objects.filter(pk=unit_id), clock.today().year)
    return {row.source: row.available for row in rows}, sum(row.one_stop for row in rows)


def expense_of(line_benefit: str) -> str:
    """The expense account of a kind of benefit."""
    return "expense.inpatient" if line_benefit == "inpatient" else "expense.outpatient"


def totals(rows: QuerySet[Statement]) -> dict[str, int]:
    """Column sums of a list of statements, fen."""
    sums = rows.order_by().aggregate(
        unpaid=Sum(F("claimed") - F("deducted"), filter=Q(case__stage="payment")),
        payable=Sum(F("claimed") - F("deducted")),
        all_claimed=Sum("claimed"),
        all_deducted=Sum("deducted"),
    )
    return {name: int(value or 0) for name, value in sums.items()}
