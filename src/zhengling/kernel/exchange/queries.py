"""Reading the exchanges: what every data set stands at, files, differences with what they put at stake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.exchange import authority
from zhengling.kernel.exchange.declaration import DataSet
from zhengling.kernel.exchange.models import Difference, Exchange, Expectation

DONE = (Exchange.State.APPLIED, Exchange.State.SENT)
WAITING = (Exchange.State.CHECKED, Exchange.State.QUEUED, Exchange.State.FAILED)


@dataclass(frozen=True, slots=True)
class Standing:
    """One data set as the reader sees it. `late`: periods awaited past their day; `next_due`: the day of the next."""

    data_set: DataSet
    last: Exchange | None
    waiting: int
    open: int
    amount: int
    late: int
    next_due: date | None


def overview(actor: Actor) -> list[Standing]:
    """Every data set of which the actor reads anything; five queries however many there are."""
    sets = authority.readable_sets(actor)
    rule = authority.readable(actor)
    last = _last(rule)
    waiting = _grouped(Exchange.objects.filter(rule, state__in=WAITING), n=Count("pk"))
    differences = _grouped(
        Difference.objects.filter(rule, state=Difference.State.OPEN), n=Count("pk"), fen=Sum("amount")
    )
    today = clock.today()
    awaited = _grouped(
        Expectation.objects.filter(rule, met_at=None),
        late=Count("pk", filter=Q(due__lt=today)),
        coming=Min("due", filter=Q(due__gte=today)),
    )
    return [
        Standing(
            data_set=item,
            last=last.get(item.name),
            waiting=waiting.get(item.name, {}).get("n", 0),
            open=differences.get(item.name, {}).get("n", 0),
            amount=differences.get(item.name, {}).get("fen", 0),
            late=awaited.get(item.name, {}).get("late", 0),
            next_due=awaited.get(item.name, {}).get("coming"),
        )
        for item in sets
    ]


def _grouped(rows: QuerySet[Any], **sums: Any) -> dict[str, dict[str, Any]]:
    return {row["data_set"]: row for row in rows.order_by().values("data_set").annotate(**sums)}


def _last(rule: Q) -> dict[str, Exchange]:
    """The newest exchange that was carried through, by data set."""
    done = Exchange.objects.filter(rule, state__in=DONE)
    newest = done.order_by().values("data_set").annotate(at=Max("at"))
    wanted = Q(pk__in=())
    for row in newest:
        wanted |= Q(data_set=row["data_set"], at=row["at"])
    return {row.data_set: row for row in done.filter(wanted).select_related("unit").order_by("pk")}


def exchanges(actor: Actor, data_set: DataSet) -> QuerySet[Exchange]:
    """Files in and out that the actor may read, newest first."""
    return Exchange.objects.filter(authority.reads(actor, data_set)).select_related("unit")


def visible_exchange(actor: Actor) -> QuerySet[Exchange]:
    return Exchange.objects.filter(authority.readable(actor)).select_related("unit", "by", "applied_by")


def visible_differences(actor: Actor) -> QuerySet[Difference]:
    return Difference.objects.filter(authority.readable(actor)).select_related("unit", "person", "exchange")


def awaited(actor: Actor, data_set: DataSet | None = None) -> QuerySet[Expectation]:
    """Files that have not come although their day is over, the longest awaited first."""
    rule = authority.reads(actor, data_set) if data_set else authority.readable(actor)
    return Expectation.objects.filter(rule, met_at=None, due__lt=clock.today()).select_related("unit")


@dataclass(frozen=True, slots=True)
class Place:
    """One unit of a data set: its last file, what is open, what is late."""

    code: str
    label: str
    last: Exchange | None
    open: int
    late: int
    next_due: date | None


def places(actor: Actor, data_set: DataSet) -> list[Place]:
    """The units of the data set that the actor reads; four queries."""
    units = list(authority.read_units(actor, data_set).order_by("path"))
    done = Exchange.objects.filter(data_set=data_set.name, unit__in=units, state__in=DONE)
    newest = {row.unit_id: row for row in done.order_by("at", "pk")}
    differences = Difference.objects.filter(data_set=data_set.name, state=Difference.State.OPEN)
    opened = dict(differences.order_by().values_list("unit").annotate(n=Count("pk")))
    today = clock.today()
    expected: dict[int, dict[str, Any]] = {
        row["unit"]: dict(row)
        for row in Expectation.objects.filter(data_set=data_set.name, met_at=None)
        .order_by()
        .values("unit")
        .annotate(late=Count("pk", filter=Q(due__lt=today)), coming=Min("due", filter=Q(due__gte=today)))
    }
    return [
        Place(
            unit.code,
            unit.label,
            newest.get(unit.pk),
            opened.get(unit.pk, 0),
            expected.get(unit.pk, {}).get("late", 0),
            expected.get(unit.pk, {}).get("coming"),
        )
        for unit in units
    ]


def narrowed(
    rows: QuerySet[Difference], *, unit: str = "", kind: str = "", state: str = "", period: str = ""
) -> QuerySet[Difference]:
    """Differences by unit code, kind, state and the period of the file that showed them first."""
    chosen = {"unit__code": unit, "kind": kind, "state": state, "exchange__period": period}
    return rows.filter(**{name: value for name, value in chosen.items() if value})


def periods_of(rows: QuerySet[Difference]) -> list[str]:
    return sorted(set(rows.order_by().values_list("exchange__period", flat=True)) - {""}, reverse=True)


def at_stake(rows: QuerySet[Difference]) -> tuple[int, int]:
    """(how many, fen)"""
    found = rows.order_by().aggregate(n=Count("pk"), fen=Sum("amount"))
    return found["n"], found["fen"] or 0


def by_kind(rows: QuerySet[Difference]) -> dict[str, int]:
    return dict(rows.order_by().values_list("kind").annotate(n=Count("pk")))


def found_by(exchange: Exchange) -> dict[str, int]:
    """How many differences of each kind the file showed, first or again."""
    seen = Difference.objects.filter(Q(exchange=exchange) | Q(seen=exchange))
    return by_kind(seen)
