"""Reading reforms, their results and populations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum

from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.decisions import INSTRUMENT
from zhengling.services.medical.models import Benefit
from zhengling.services.medical.policy import wording
from zhengling.services.medical.policy.changes import differences
from zhengling.services.medical.policy.models import Reform, Trial
from zhengling.services.medical.policy.operations import both_laws
from zhengling.services.medical.policy.results import Figures, Result
from zhengling.services.medical.terms import BENEFITS

PROCEDURE = "medical_aid"


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One changed value in words."""

    label: str
    before: str
    after: str
    citation: str
    reading: str


def changed_values(reform: Reform) -> list[ChangedValue]:
    """What the reform changes, value by value."""
    return [
        ChangedValue(
            wording.label(found.parameter, found.key),
            wording.value(found.parameter, found.before),
            wording.value(found.parameter, found.after),
            f"{INSTRUMENT}/{found.place}",
            found.parameter.reading,
        )
        for found in differences(*both_laws(reform))
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a result table."""

    label: str
    figures: Figures
    unit: Organisation | None = None


def county_rows(result: Result, year: int | None = None) -> list[Row]:
    """Every unit of the population in the order of the city's table; persons of no known county last."""
    units = {unit.code: unit for unit in Organisation.objects.filter(code__in=result.counties)}
    rows = []
    for code, figures in result.by_county(year).items():
        unit = units.get(code)
        if unit or figures.person_years:
            rows.append(Row(unit.label if unit else code or wording.elsewhere(), figures, unit))
    return rows


def class_rows(result: Result, year: int | None = None) -> list[Row]:
    return [
        Row(wording.class_label(number), figures)
        for number, figures in result.by_class(year).items()
        if number or figures.person_years
    ]


@dataclass(frozen=True, slots=True)
class StageRow:
    """Open cases at a stage: how many there are, how many the reform changes, and by how much (fen)."""

    stage: str
    label: str
    open: int
    touched: int
    before: int
    after: int


def stage_rows(trial: Trial, result: Result) -> list[StageRow]:
    """Open cases by stage in the order of the procedure, as they stood when the trial ended."""
    touched: dict[str, Mapping[str, Any]] = {
        row["stage"]: row
        for row in trial.touched.values("stage")
        .annotate(n=Count("pk"), old=Sum("before"), new=Sum("after"))
        .order_by()
    }
    nothing: Mapping[str, Any] = {"n": 0, "old": 0, "new": 0}
    rows = []
    for stage in procedures.get(PROCEDURE).stages:
        if result.open.get(stage.name):
            found = touched.get(stage.name, nothing)
            rows.append(
                StageRow(
                    stage.name,
                    str(stage.label),
                    result.open[stage.name],
                    found["n"],
                    found["old"],
                    found["new"],
                )
            )
    return rows


def stage_label(stage: str) -> str:
    """A stage of the aid procedure in words; as written when the procedure no longer has it."""
    known = {found.name: str(found.label) for found in procedures.get(PROCEDURE).stages}
    return known.get(stage, stage)


def kind_rows(result: Result, year: int | None = None) -> list[tuple[str, int, int]]:
    """Outlay before and after by kind of benefit."""
    labels = [str(Benefit(name).label) for name in BENEFITS]
    return [
        (label, before, after) for label, (before, after) in zip(labels, result.by_benefit(year), strict=True)
    ]


def paired(left: list[Row], right: list[Row]) -> list[tuple[str, Figures | None, Figures | None]]:
    """The rows of two results by their label."""
    first, second = ({row.label: row.figures for row in rows} for rows in (left, right))
    return [(label, first.get(label), second.get(label)) for label in dict.fromkeys([*first, *second])]
