"""The result of a trial as a sheet: totals, counties, classes, county by class, bands; amounts in yuan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from zhengling.kernel.funds.models import Source
from zhengling.kernel.spreadsheets import spreadsheet, yuan
from zhengling.services.medical.policy import wording
from zhengling.services.medical.policy.demand import Demand
from zhengling.services.medical.policy.models import Trial
from zhengling.services.medical.policy.queries import changed_values, class_rows, county_rows
from zhengling.services.medical.policy.results import Band, Figures, Result


def heading() -> list[str]:
    return [
        _("Group"), _("Of"), _("Person-years"), _("Assisted before"), _("Assisted after"), _("Outlay before"),
        _("Outlay after"), _("Difference"), _("Winners"), _("Won"), _("Losers"), _("Lost"),
    ]  # fmt: skip


def cells(figures: Figures) -> list[object]:
    return [
        figures.person_years,
        figures.assisted_before,
        figures.assisted_after,
        yuan(figures.before),
        yuan(figures.after),
        yuan(figures.difference),
        figures.winners,
        yuan(figures.won),
        figures.losers,
        yuan(figures.lost),
    ]


def trial_sheet(trial: Trial, result: Result, year: int | None) -> bytes:
    return spreadsheet(heading(), rows(trial, result, year), title=trial.reform.title)


def rows(trial: Trial, result: Result, year: int | None) -> Iterator[Sequence[object]]:
    """What the page shows and every county by class, then what was changed and what it rests on."""
    yield [_("All together"), "", *cells(result.total(year))]
    counties = county_rows(result, year)
    yield from ([_("Unit"), row.label, *cells(row.figures)] for row in counties)
    yield from ([_("Class"), row.label, *cells(row.figures)] for row in class_rows(result, year))
    labels = {row.unit.code: row.label for row in counties if row.unit}
    for (code, number), figures in result.by_county_and_class(year).items():
        if figures.person_years:
            label = labels.get(code, wording.elsewhere())
            yield [label, wording.class_label(number), *cells(figures)]
    yield [_("Unchanged"), "", result.unchanged]
    yield from (
        [_("Change of a person-year"), band_label(band), band.persons, "", "", "", "", yuan(band.amount)]
        for band in result.bands()
        if band.persons
    )
    yield from (
        [_("Changed"), value.label, value.before, value.after, value.citation]
        for value in changed_values(trial.reform)
    )
    yield [_("Population"), trial.snapshot.get_origin_display(), trial.snapshot.digest]
    yield [_("Law"), trial.law, _("Software"), trial.code_version]


def band_label(band: Band) -> str:
    """Words for a band: “500 to 1,000 yuan more”."""
    over, up_to = f"{band.over // 100:,}", f"{(band.up_to or 0) // 100:,}"
    if band.up_to is None:
        text = _("over %(over)s yuan more") if band.sign > 0 else _("over %(over)s yuan less")
        return text % {"over": over}
    text = _("%(over)s to %(up_to)s yuan more") if band.sign > 0 else _("%(over)s to %(up_to)s yuan less")
    return text % {"over": over, "up_to": up_to}


def demand_sheet(demands: list[Demand]) -> bytes:
    """Demand by unit against the money by source."""
    sources = [str(label) for _source, label in Source.choices]
    head = [
        _("Unit"), _("Under the law"), _("Under the reform"), _("Difference"), *sources,
        _("Money together"), _("Short under the law"), _("Short under the reform"),
    ]  # fmt: skip
    lines = [
        [
            row.label,
            yuan(row.before),
            yuan(row.after),
            yuan(row.after - row.before),
            *(yuan(row.money[source]) if row.money else _("no data") for source in Source.values),
            yuan(row.funds),
            *(
                _("no data") if short is None else yuan(short)
                for short in (row.short_before, row.short_after)
            ),
        ]
        for row in demands
    ]
    return spreadsheet(head, lines, title=_("Demand"))
