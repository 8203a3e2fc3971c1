"""Reading what has to come back: receivables with what is due next and what is late, instalments overdue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from zhengling.kernel import clock
from zhengling.kernel.funds.models import Instalment, Ledger, Receivable


def receivables(
    ledgers: Iterable[Ledger], *, state: str = "", source: str = "", words: str = ""
) -> QuerySet[Any]:
    """What is to come back to units, oldest first, each with its next due day (`next_due`) and the fen overdue
    today (`late`). State ``overdue`` narrows to those with an overdue instalment."""
    parts = Q(instalments__plan=F("plan"), instalments__upto__gt=F("received"))
    today = clock.today()
    rows = Receivable.objects.filter(ledger__in=ledgers).annotate(
        next_due=Min("instalments__due", filter=parts),
        late=Greatest(
            Coalesce(Max("instalments__upto", filter=parts & Q(instalments__due__lt=today)), 0)
            - F("received"),
            0,
        ),
    )
    if state == "overdue":
        rows = rows.filter(state=Receivable.State.OPEN, next_due__lt=today)
    elif state:
        rows = rows.filter(state=state)
    if source:
        rows = rows.filter(source=source)
    if words:
        rows = rows.filter(Q(reference__icontains=words) | Q(debtor__icontains=words))
    return rows.select_related("ledger__unit").order_by("created_at", "id")


def overdue_instalments(ledgers: QuerySet[Ledger]) -> QuerySet[Instalment]:
    """Instalments in force whose day is past and that the money received does not cover, the oldest first."""
    return (
        Instalment.objects.filter(
            receivable__ledger__in=ledgers.order_by().values("pk"),
            receivable__state=Receivable.State.OPEN,
            plan=F("receivable__plan"),
            upto__gt=F("receivable__received"),
            due__lt=clock.today(),
        )
        .select_related("receivable__ledger__unit")
        .order_by("due", "pk")
    )


def of_origin(kind: str, key: str) -> QuerySet[Any]:
    """The receivables of one origin, a case for instance, with what is due next and what is late."""
    rows = receivables(Ledger.objects.all()).filter(origin_kind=kind, origin_id=key)
    return rows.prefetch_related("instalments", "repayments__entry", "repayments__entered_by")
