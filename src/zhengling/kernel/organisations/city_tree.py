"""Builds the organisations of a city from its tables. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from zhengling.kernel.organisations.city_rows import Alias, KindRow, OrganisationRow, ZoneTownship
from zhengling.kernel.organisations.csv_tables import Faults, Line, items, period
from zhengling.kernel.organisations.unit_names import (
    ZONE_KINDS,
    organ_name,
    township_kind,
    village_kind,
    village_short_name,
)

_PLACEHOLDER = re.compile(r"\{(.*?)\}")


@dataclass(frozen=True)
class Context:
    """The tables that were read, what they refer to, and where findings go."""

    tables: Mapping[str, list[Line]]
    city: str
    sources: Mapping[str, str]
    kinds: Mapping[str, KindRow]
    faults: Faults

    def source(self, line: Line) -> str:
        """The text of a row's source; a table without that column has the source of its own name."""
        key = line.cells.get("source", line.file.removesuffix(".csv"))
        if key not in self.sources:
            self.faults.add(line, f"source {key!r} is not in sources.csv")
        return self.sources.get(key, "")

    def category(self, line: Line, kind: str) -> str:
        """The category of a kind; empty, and a finding, when kinds.csv does not have it."""
        if kind not in self.kinds:
            self.faults.add(line, f"kind {kind!r} is not in kinds.csv")
            return ""
        return self.kinds[kind].category


@dataclass(frozen=True, slots=True)
class Draft:
    """A row and the line it comes from."""

    line: Line
    row: OrganisationRow


def draft_organisations(context: Context, zone_townships: tuple[ZoneTownship, ...]) -> list[Draft]:
    """Every organisation the tables give, unchecked, in the order of the tables."""
    run_by_zone = {row.township_code: row.zone_code for row in zone_townships if row.valid_to is None}
    drafts = [
        *_city_and_counties(context),
        *_townships_and_villages(context, run_by_zone),
        *_departments(context),
        *_county_departments(context),
        *_groups(context),
    ]
    return _with_former_names(context, drafts)


def is_zone(county: Line) -> bool:
    """Whether a line of counties.csv is a zone (管理区、经开区)."""
    return county["kind"] in ZONE_KINDS


def _aliases(*names: str) -> tuple[Alias, ...]:
    return tuple(Alias(name) for name in dict.fromkeys(names) if name)


def _draft(
    context: Context,
    line: Line,
    level: str,
    parent: str | None,
    aliases: tuple[Alias, ...],
    **differing: str,
) -> Draft:
    """A row from the cells of a line; `differing` values stand for cells the line lacks or overrules."""
    cells = {**line.cells, **differing}
    start, end = period(line, context.faults)
    row = OrganisationRow(
        code=cells["code"],
        name=cells["name"],
        short_name=cells["short_name"],
        name_en=cells.get("name_en", ""),
        level=level,
        kind=cells["kind"],
        parent_code=parent,
        aliases=aliases,
        valid_from=start,
        valid_to=end,
        source=context.source(line),
    )
    return Draft(line, row)


def _city_and_counties(context: Context) -> Iterator[Draft]:
    for line in context.tables["city"]:
        aliases = _aliases(organ_name(line["kind"], line["name"]), *items(line, "aliases"))
        yield _draft(context, line, "city", None, aliases)
    for line in context.tables["counties"]:
        committee = f"{line['short_name']}管委会" if is_zone(line) else ""
        organ = organ_name(line["kind"], line["name"])
        aliases = _aliases(organ, committee, line["stem"], *items(line, "aliases"))
        yield _draft(context, line, "county", context.city, aliases)


def _townships_and_villages(context: Context, run_by_zone: Mapping[str, str]) -> Iterator[Draft]:
    """A township lies under the zone that runs it today, else under the county its code begins with."""
    for line in context.tables["townships"]:
        code, name, kind = line["code"], line["name"], township_kind(line["name"])
        parent = run_by_zone.get(code, code[:6])
        yield _draft(
            context, line, "township", parent, _aliases(organ_name(kind, name)), short_name=name, kind=kind
        )
    for line in context.tables["villages"]:
        name = line["name"]
        short, kind = village_short_name(name), village_kind(name)
        yield _draft(context, line, "village", line["code"][:9], (), short_name=short, kind=kind)


def _departments(context: Context) -> Iterator[Draft]:
    for line in context.tables["departments"]:
        kind, beneath = line["kind"], line["parent_kind"]
        level = "institution" if context.category(line, kind) == "institution" else "department"
        parent = f"{context.city}.{beneath}" if beneath else context.city
        yield _draft(
            context, line, level, parent, _aliases(*items(line, "aliases")), code=f"{context.city}.{kind}"
        )


def _groups(context: Context) -> Iterator[Draft]:
    for line in context.tables["groups"]:
        kind = line["kind"]
        if context.category(line, kind) not in {"group", ""}:
            context.faults.add(line, f"kind {kind!r} is not of the category group")
        aliases = _aliases(*items(line, "aliases"))
        yield _draft(context, line, "group", context.city, aliases, code=f"{context.city}.{kind}")


def _county_departments(context: Context) -> Iterator[Draft]:
    """A row of the pattern gives a department in every county (or zone); an override replaces its names."""
    overrides = {(line["unit"], line["kind"]): line for line in context.tables["county_department_overrides"]}
    given = set()
    for pattern in context.tables["county_departments"]:
        if pattern["units"] not in {"county", "zone"}:
            context.faults.add(pattern, f"units must be county or zone, not {pattern['units']!r}")
        for kind in items(pattern, "kinds", context.faults):
            if not context.category(pattern, kind):
                continue
            for unit in context.tables["counties"]:
                if is_zone(unit) == (pattern["units"] == "zone"):
                    key = (unit["code"], kind)
                    given.add(key)
                    yield _county_department(context, pattern, unit, kind, overrides.get(key))
    for key, line in overrides.items():
        if key not in given:
            context.faults.add(line, f"no pattern gives {key[0]!r} a department of kind {key[1]!r}")


def _county_department(
    context: Context, pattern: Line, unit: Line, kind: str, override: Line | None
) -> Draft:
    """The department of one kind in one unit. An overridden name keeps the usual one as an alias."""
    generic = context.kinds[kind]
    fields = {**unit.cells, "kind": generic.name, "kind_en": generic.name_en}
    usual = {
        column: _filled(context, pattern, column, fields) for column in ("name", "short_name", "name_en")
    }
    line = override or pattern
    names = {column: override[column] for column in usual} if override else usual
    aliases = _aliases(usual["name"]) if names["name"] != usual["name"] else ()
    return _draft(
        context, line, "department", unit["code"], aliases, code=f"{unit['code']}.{kind}", kind=kind, **names
    )


def _filled(context: Context, line: Line, column: str, fields: Mapping[str, str]) -> str:
    for placeholder in _PLACEHOLDER.findall(line[column]):
        if placeholder not in fields:
            context.faults.add(line, f"{column}: unknown placeholder {{{placeholder}}}")
    return _PLACEHOLDER.sub(lambda found: fields.get(found[1], found[0]), line[column])


def _with_former_names(context: Context, drafts: list[Draft]) -> list[Draft]:
    former: dict[str, list[Alias]] = defaultdict(list)
    codes = {draft.row.code for draft in drafts}
    for line in context.tables["former_names"]:
        context.source(line)
        if line["organisation"] not in codes:
            context.faults.add(line, f"no organisation has the code {line['organisation']!r}")
        former[line["organisation"]].append(Alias(line["name"], *period(line, context.faults)))
    return [
        Draft(draft.line, replace(draft.row, aliases=(*draft.row.aliases, *former.get(draft.row.code, ()))))
        for draft in drafts
    ]
