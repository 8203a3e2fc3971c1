"""From the decisions of this system to a population file: one pass, in the order in which they were accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, TruncDate

from zhengling.kernel import clock
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.services.medical.models import Decision, Identity
from zhengling.services.medical.policy.population import (
    BATCH,
    CLASS_1,
    CLASS_2,
    COLUMNS,
    GROUPS,
    IDENTITIES,
    NO_GROUP,
    RECOGNISED,
    About,
    PopulationWriter,
)
from zhengling.services.medical.terms import BENEFITS, EXCLUSIONS

Beat = Callable[[], None]
ELSEWHERE = ""  # the county of persons without a place in the city


def write(path: Path, beat: Beat) -> None:
    """Write what was decided and not reversed. `beat` is called after every batch and may raise."""
    counties = list(
        Organisation.objects.filter(level=Level.COUNTY).order_by("path").values_list("code", flat=True)
    )
    places = {code: number for number, code in enumerate([*counties, ELSEWHERE])}
    about = About((*counties, ELSEWHERE), "register", clock.today().isoformat())
    with PopulationWriter(path, about) as file:
        batch: dict[str, list[int]] = {name: [] for name in COLUMNS}
        person, held = -1, None
        year = 0
        for row in _decisions().iterator(chunk_size=5000):
            fresh = row["person"] != held or row["year"] != year
            if row["person"] != held:
                person += 1
            held, year = row["person"], row["year"]
            if fresh and len(batch["base"]) >= BATCH:
                file.write(batch)
                batch = {name: [] for name in COLUMNS}
                beat()
            for name, value in _values(row, person, places).items():
                batch[name].append(value)
        file.write(batch)


def _decisions() -> QuerySet[Decision, Any]:
    """Decisions with the identity behind their class: the most favourable one valid on the settlement's day."""
    first = Q(kind__in=[Identity.Kind.EXTREME_POVERTY, Identity.Kind.ORPHAN, Identity.Kind.UNATTENDED_CHILD])
    kind = (
        Identity.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=OuterRef("day")),
            person=OuterRef("benefit_year__person"),
            valid_from__lte=OuterRef("day"),
        )
        .annotate(rank=Case(When(first, then=Value(0)), default=Value(1), output_field=IntegerField()))
        .order_by("rank", "pk")
        .values("kind")[:1]
    )
    return (
        Decision.objects.filter(reverses=None, reversed_by=None, settlement__benefit__in=BENEFITS)
        .annotate(day=TruncDate("settlement__setl_time", tzinfo=clock.SHANGHAI))
        .order_by("benefit_year__person", "benefit_year__year", "order")
        .values(
            "assistance_class",
            "veteran",
            person=F("benefit_year__person"),
            year=F("benefit_year__year"),
            kind=Subquery(kind),
            place=Coalesce(
                "application__case__place__path",
                "benefit_year__person__household_register__path",
                "benefit_year__person__residence__path",
                Value(""),
            ),
            benefit=F("settlement__benefit"),
            exclusion=F("settlement__exclusion"),
            base=F("settlement__inscp_scp_amt")
            + F("settlement__also_counted")
            - F("settlement__paid_before_assistance"),
        )
    )


def _values(row: Mapping[str, Any], person: int, places: dict[str, int]) -> dict[str, int]:
    county = next((code for code in row["place"].split("/") if code and code in places), ELSEWHERE)
    exclusion = row["exclusion"]
    return {
        "person": person,
        "year": row["year"],
        "county": places[county],
        "group": GROUPS.index(_group(row["assistance_class"], row["kind"])),
        "veteran": int(bool(row["veteran"])),
        "benefit": BENEFITS[row["benefit"]],
        "exclusion": EXCLUSIONS.index(exclusion) + 1 if exclusion else 0,
        "base": row["base"],
    }


def _group(assistance_class: int, kind: str | None) -> str:
    if assistance_class == 3:
        return RECOGNISED
    if assistance_class == 0:
        return NO_GROUP
    if kind in IDENTITIES:
        return str(kind)
    return CLASS_1 if assistance_class == 1 else CLASS_2
