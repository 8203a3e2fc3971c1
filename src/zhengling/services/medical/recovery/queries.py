"""Reading recoveries: what is at issue, who is stopped, lists with their sums."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from zhengling.kernel.casework.models import Case, Event
from zhengling.kernel.funds.authority import readable
from zhengling.kernel.funds.models import Instalment, Ledger, Receivable
from zhengling.kernel.funds.receivable_queries import overdue_instalments, receivables
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person
from zhengling.kernel.supervision.scope import Scope
from zhengling.services.medical.models import Decision, Settlement
from zhengling.services.medical.recovery.models import Handover, Lead, Origin, Recovery, Stop
from zhengling.services.medical.stops import Stopped

CITATION = "YZCR-2021-01016/24"


def standing_decisions(about: Case) -> list[Decision]:
    """What a case was granted and that was not undone, in order."""
    return list(
        Decision.objects.filter(application=about.pk, reverses=None, reversed_by=None)
        .select_related("settlement")
        .order_by("order")
    )


def case_at_issue(origin: str, reference: str, seen: QuerySet[Case]) -> Case | None:
    """The aid case of a case number or settlement number, if it is among `seen` and was granted anything that stands."""
    if origin == Origin.SETTLEMENT:
        row = Settlement.objects.filter(setl_id=reference, released=False).first()
        found = seen.filter(pk=row.application_id).first() if row and row.application_id else None
    else:
        found = seen.filter(number=reference, procedure="medical_aid").first()
    return found if found and standing_decisions(found) else None


def decisions_of(
    person: Person, setl_ids: Collection[str], about: Case | None, county: Organisation
) -> list[Decision]:
    """Standing grants to a person by settlement number, of the case at issue or, without one, of the county."""
    where = Q(application=about.pk) if about else Q(application__case__place__path__startswith=county.path)
    rows = Decision.objects.filter(
        where, settlement__person=person, settlement__setl_id__in=setl_ids, reverses=None, reversed_by=None
    )
    return list(rows.select_related("settlement").order_by("order"))


def amount_at_issue(recovery: Recovery) -> int:
    """The whole of what the items were granted, in fen."""
    return sum(item.decision.maf_pay for item in recovery.items.select_related("decision"))


def decided_later(undone: Sequence[Decision]) -> list[str]:
    """Settlement numbers of grants that stand and rested on figures undone now: for an officer to look at (R18a)."""
    later = Q(pk__in=())
    for row in undone:
        later |= Q(benefit_year=row.benefit_year_id, order__gt=row.order)
    rows = Decision.objects.filter(later, reverses=None, reversed_by=None).order_by("order")
    return list(dict.fromkeys(rows.values_list("settlement__setl_id", flat=True)))


def proposed_parts(proposed: Event) -> list[tuple[date, int]]:
    """(day due, fen) of the instalments an event proposed."""
    rows = proposed.payload.data["instalments"]
    return [(date.fromisoformat(row["due"]), int(row["amount"])) for row in rows]


def stops(person: Person, day: date) -> list[Stopped]:
    """The stops in force against a person on a day (article 24)."""
    rows = Stop.objects.filter(Q(lifted_on=None) | Q(lifted_on__gt=day), person=person, since__lte=day)
    return [Stopped(row.ground, row.since, row.case.number, CITATION) for row in rows.select_related("case")]


# --- registers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A recovery with its money, in fen, and to whom it was handed over."""

    recovery: Recovery
    demanded: int
    received: int
    late: int
    next_due: date | None
    handed_over: str

    @property
    def outstanding(self) -> int:
        return self.demanded - self.received


def _at(rows: QuerySet[Any], stage: str) -> QuerySet[Any]:
    if stage in {"open", "closed"}:
        return rows.filter(case__closed_at__isnull=stage == "open")
    return rows.filter(case__stage=stage) if stage else rows


def recoveries(
    seen: QuerySet[Case], *, stage: str = "", overdue: bool = False, words: str = ""
) -> QuerySet[Recovery]:
    """Recoveries among the cases `seen`, newest first. `overdue`: only those with an instalment overdue."""
    rows = _at(Recovery.objects.filter(case__in=seen), stage)
    if overdue:
        late = overdue_instalments(Ledger.objects.all()).filter(receivable__origin_kind="case")
        ids = [UUID(key) for key in late.values_list("receivable__origin_id", flat=True)]
        rows = rows.filter(pk__in=ids)
    if words:
        rows = rows.filter(
            Q(case__number__icontains=words)
            | Q(about__number__icontains=words)
            | Q(person__name__icontains=words)
        )
    return rows.select_related("case", "person", "about").order_by("-case__opened_at", "-pk")


def with_money(rows: Iterable[Recovery]) -> list[Row]:
    """The recoveries with what was demanded and came back: two queries however many there are."""
    found = list(rows)
    keys = [str(row.pk) for row in found]
    claims = {
        row.origin_id: row
        for row in receivables(Ledger.objects.all()).filter(origin_kind="case", origin_id__in=keys)
    }
    handed: dict[UUID, list[str]] = {}
    for row in Handover.objects.filter(case__in=[row.pk for row in found]):
        handed.setdefault(row.case_id, []).append(row.organ)
    return [_row(row, claims.get(str(row.pk)), handed.get(row.pk, [])) for row in found]


def _row(recovery: Recovery, claim: Any, handed: Sequence[str]) -> Row:
    words = "、".join(handed)
    if claim is None:
        return Row(recovery, 0, 0, 0, None, words)
    due = claim.next_due if claim.outstanding else None
    return Row(recovery, claim.amount, claim.received, claim.late, due, words)


def recovery_totals(rows: QuerySet[Recovery]) -> dict[str, int]:
    """Sums over the whole list, in fen."""
    keys = [str(pk) for pk in rows.order_by().values_list("pk", flat=True)]
    claims = Receivable.objects.filter(origin_kind="case", origin_id__in=keys)
    sums = claims.aggregate(amount=Sum("amount"), received=Sum("received"))
    demanded, received = int(sums["amount"] or 0), int(sums["received"] or 0)
    return {"demanded": demanded, "received": received, "outstanding": demanded - received}


def leads(seen: QuerySet[Case], *, stage: str = "", kind: str = "", words: str = "") -> QuerySet[Lead]:
    """Supervision cases among the cases `seen`, newest first. A person's name is not searched."""
    rows = _at(Lead.objects.filter(case__in=seen), stage)
    if kind:
        rows = rows.filter(kind=kind)
    if words:
        named = Q(party__icontains=words) & ~Q(party_kind=Lead.PartyKind.PERSON)
        rows = rows.filter(Q(case__number__icontains=words) | named)
    return rows.select_related("case").order_by("-case__opened_at", "-pk")


def overdue(scope: Scope) -> QuerySet[Instalment]:
    """Instalments overdue in the books that the officer reads, for the morning page."""
    return overdue_instalments(readable(scope.actor)).filter(receivable__origin_kind="case")
