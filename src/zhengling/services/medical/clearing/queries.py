"""What is not cleared yet, and what stands in the way of clearing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet, Sum

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework import queries as casework
from zhengling.kernel.exchange.models import Difference
from zhengling.kernel.funds.ledger import available
from zhengling.kernel.funds.models import Ledger, Route, Source
from zhengling.services.medical.clearing.models import FundingRequest, Statement
from zhengling.services.medical.models import Decision, Settlement

ADVANCED = (Settlement.Channel.ONE_STOP, Settlement.Channel.PLATFORM)
PLATFORM_SETTLEMENTS = "medical.platform_settlements"


def uncleared(before: date) -> QuerySet[Decision]:
    """Decisions on money that institutions advanced, decided or settled before the day, on no statement yet."""
    return Decision.objects.filter(
        cleared_in=None,
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


def owed_to_institutions(unit_id: int) -> int:
    """Fen approved for institutions of the unit and not paid yet."""
    rows = Statement.objects.filter(unit=unit_id, case__stage="payment").aggregate(
        fen=Sum(F("claimed") - F("deducted"))
    )
    return int(rows["fen"] or 0)


def one_stop_balances(ledgers: QuerySet[Ledger]) -> list[tuple[Ledger, int, int]]:
    """(ledger, available in the one-stop account, approved for institutions) of units that have either."""
    found = []
    for ledger in ledgers:
        held = sum(available(ledger, source, Route.ONE_STOP) for source in Source.values)
        owed = owed_to_institutions(ledger.pk)
        if held or owed:
            found.append((ledger, held, owed))
    return found


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
