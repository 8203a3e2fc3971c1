"""Files that are due by their rhythm (应报文件): written down when their period begins, met by the file that comes."""

from __future__ import annotations

from datetime import timedelta

from zhengling.kernel import clock
from zhengling.kernel.exchange import rhythm
from zhengling.kernel.exchange.declaration import every
from zhengling.kernel.exchange.models import Exchange, Expectation
from zhengling.kernel.jobs.operations import scheduled
from zhengling.kernel.organisations.models import Organisation


def meet(exchange: Exchange) -> None:
    """What was awaited up to this file's period has come. Periods of one rhythm sort as text."""
    Expectation.objects.filter(
        data_set=exchange.data_set, unit=exchange.unit, period__lte=exchange.period, met_at=None
    ).update(met_at=clock.now(), exchange=exchange)


@scheduled("exchange.expect", "daily")
def expect() -> int:
    """Write down which files are due; returns how many are new. What has come before it was awaited counts."""
    new = 0
    for data_set in every():
        if not data_set.rhythm or data_set.since is None:
            continue
        begun = [
            (unit, first)
            for unit in Organisation.objects.filter(level__in=data_set.levels)
            if (first := data_set.since(unit))
        ]
        held = set(Expectation.objects.filter(data_set=data_set.name).values_list("unit", "period"))
        rows = [
            Expectation(
                data_set=data_set.name,
                unit=unit,
                period=period,
                due=rhythm.last_day(data_set.rhythm, period) + timedelta(days=data_set.grace),
            )
            for unit, first in begun
            for period in rhythm.periods(data_set.rhythm, first, clock.today())
            if (unit.pk, period) not in held
        ]
        Expectation.objects.bulk_create(rows, ignore_conflicts=True)
        new += len(rows)
        # Where files come in, what is sent back to their keeper meets nothing.
        state = Exchange.State.APPLIED if data_set.received else Exchange.State.SENT
        done = Exchange.objects.filter(data_set=data_set.name, state=state)
        for exchange in done.filter(unit__in={row.unit_id for row in rows}) if rows else []:
            meet(exchange)
    return new
