"""Numbers without gaps: one row per organ, series and year, locked while the next number is taken."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.casework.errors import ActRefused
from zhengling.kernel.documents import organs
from zhengling.kernel.documents.models import Letter, Series, TakenNumber
from zhengling.kernel.organisations.models import Organisation


@transaction.atomic
def take_number(organ: Organisation, series: str, year: int, letter: Letter | None = None) -> TakenNumber:
    """The next number of the series. It belongs to the caller's transaction: rolled back, it is free again.

    The row is found or inserted first and locked then, so that on PostgreSQL two first letters of a year wait for
    each other; on SQLite the transaction itself already holds the write lock.
    """
    Series.objects.get_or_create(organ=organ, name=series, year=year)
    counter = Series.objects.select_for_update().get(organ=organ, name=series, year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return TakenNumber.objects.create(
        series=counter,
        number=counter.last,
        text=organs.number_text(organ, series, year, counter.last),
        letter=letter,
        taken_at=clock.now(),
    )


def void_number(taken: TakenNumber, reason: str) -> None:
    """Record that a number will not be used (作废); nobody gets it again. Raises `ActRefused` without a reason."""
    if not reason.strip():
        raise ActRefused(_("a number is voided with a reason"))
    if taken.voided_at:
        raise ActRefused(_("%(number)s is void already") % {"number": taken.text})
    taken.voided_at, taken.void_reason = clock.now(), reason.strip()
    taken.save(update_fields=["voided_at", "void_reason"])


def gaps(organ: Organisation, series: str, year: int) -> list[int]:
    """Numbers up to the last one that nobody holds; empty when all is well."""
    counter = Series.objects.filter(organ=organ, name=series, year=year).first()
    if counter is None:
        return []
    held = set(counter.numbers.values_list("number", flat=True))
    return [number for number in range(1, counter.last + 1) if number not in held]
