"""Loads a city's organisations (机构) from its folder: units, departments, groups, population, duties. Pure.

The tables and their columns are in `TABLES`; docs/organisations.md says how to fill them. Nothing is half
loaded: either all the folder says is in order, or `CityFileError` lists every fault by file and line.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from zhengling.kernel.organisations.city_checks import checked_tree, overlap
from zhengling.kernel.organisations.city_rows import (
    GOVERNMENT,
    CityOrganisations,
    CodeRow,
    KindRow,
    MatterRow,
    MembershipRow,
    OrganisationRow,
    PopulationRow,
    PostRow,
    ResponsibilityRow,
    ZoneTownship,
)
from zhengling.kernel.organisations.city_tree import Context, draft_organisations, is_zone
from zhengling.kernel.organisations.csv_tables import Faults, Line, day, items, period, read_table

TABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sources": ("key", "text", "text_zh"),
        "kinds": ("kind", "category", "name", "name_en"),
        "city": ("code", "name", "short_name", "name_en", "kind", "aliases", "source"),
        "counties": ("code", "name", "short_name", "stem", "name_en", "kind", "aliases", "source"),
        "townships": ("code", "name"),
        "villages": ("code", "name"),
        "codes": ("organisation", "code", "scheme", "valid_from", "valid_to", "source"),
        "former_names": ("organisation", "name", "valid_from", "valid_to", "source"),
        "zone_townships": ("township", "zone", "valid_from", "valid_to", "confirmed", "source"),
        "population": ("code", "census", "population", "source"),
        "departments": (
            *("kind", "parent_kind", "name", "short_name", "name_en"),
            *("aliases", "valid_from", "valid_to", "source"),
        ),
        "county_departments": (
            *("units", "kinds", "name", "short_name", "name_en"),
            *("valid_from", "valid_to", "source"),
        ),
        "county_department_overrides": (
            *("unit", "kind", "name", "short_name", "name_en"),
            *("valid_from", "valid_to", "source"),
        ),
        "groups": ("kind", "name", "short_name", "name_en", "aliases", "valid_from", "valid_to", "source"),
        "group_members": ("group", "level", "kinds", "role", "citation"),
        "matters": ("matter", "name", "name_en"),
        "responsibilities": ("matter", "level", "role", "kinds", "citation", "valid_from", "valid_to"),
        "posts": (
            *("organisation", "title", "title_en", "holder", "valid_from", "valid_to"),
            *("document", "note", "note_en"),
        ),
    }
)
CATEGORIES = frozenset(
    {"government", "party", "discipline", "justice", "vertical", "mass", "institution", "group"}
)
SCHEMES = frozenset({"gb2260", "statistics", "internal"})
MEMBER_ROLES = frozenset({"office", "member", "cooperating"})
DUTY_ROLES = frozenset({"lead", "joint", "invited"})
UNIT_LEVELS = frozenset({"city", "county", "township", "village"})

_CITATION = re.compile(r"[^/\s]+(?:/[^/\s]+)?")  # an instrument and, mostly, a place in it
_Row = TypeVar("_Row")


def load_organisations(path: Path) -> CityOrganisations:
    """Everything the folder `path` says of a city's organisations. Raises `CityFileError` with all faults."""
    faults = Faults()
    tables = {name: read_table(path / f"{name}.csv", columns, faults) for name, columns in TABLES.items()}
    if len(tables["city"]) != 1:
        faults.add_at("city.csv", 1, f"one city is expected, {len(tables['city'])} are given")
    faults.raise_if_any()  # what follows would only repeat what is already known to be unreadable

    context = Context(
        tables=tables,
        city=tables["city"][0]["code"],
        sources=_keyed(tables["sources"], "key", lambda line: line["text"], faults),
        kinds=_keyed(tables["kinds"], "kind", lambda line: _kind(line, faults), faults),
        faults=faults,
    )
    zone_townships = tuple(_zone_townships(context))
    organisations = checked_tree(context, draft_organisations(context, zone_townships))
    carriers = _carriers(organisations)
    matters = _keyed(tables["matters"], "matter", _matter, faults)
    city = CityOrganisations(
        organisations=organisations,
        codes=tuple(_codes(context, organisations)),
        zone_townships=zone_townships,
        population=tuple(_population(context)),
        kinds=context.kinds,
        sources_zh=MappingProxyType({line["text"]: line["text_zh"] for line in tables["sources"]}),
        memberships=tuple(_memberships(context, carriers)),
        matters=matters,
        responsibilities=tuple(_responsibilities(context, matters, carriers)),
        posts=tuple(_posts(context, organisations)),
    )
    faults.raise_if_any()
    return city


def _keyed(
    lines: list[Line], column: str, value: Callable[[Line], _Row], faults: Faults
) -> Mapping[str, _Row]:
    found: dict[str, _Row] = {}
    for line in lines:
        if not line[column] or line[column] in found:
            faults.add(line, f"{column} {line[column]!r} is empty or given twice")
        found[line[column]] = value(line)
    return MappingProxyType(found)


def _one_of(line: Line, column: str, allowed: frozenset[str], faults: Faults) -> None:
    if line[column] not in allowed:
        faults.add(line, f"{column} must be one of {', '.join(sorted(allowed))}, not {line[column]!r}")


def _kind(line: Line, faults: Faults) -> KindRow:
    _one_of(line, "category", CATEGORIES, faults)
    return KindRow(line["kind"], line["category"], line["name"], line["name_en"])


def _matter(line: Line) -> MatterRow:
    return MatterRow(line["matter"], line["name"], line["name_en"])


def _codes(context: Context, organisations: tuple[OrganisationRow, ...]) -> Iterator[CodeRow]:
    current = {row.code for row in organisations}
    seen: set[str] = set()
    for line in context.tables["codes"]:
        _one_of(line, "scheme", SCHEMES, context.faults)
        if line["organisation"] not in current:
            context.faults.add(line, f"no organisation has the code {line['organisation']!r}")
        if line["code"] in current | seen:
            context.faults.add(line, f"code {line['code']} is already in use")
        seen.add(line["code"])
        start, end = period(line, context.faults)
        yield CodeRow(line["organisation"], line["code"], line["scheme"], start, end, context.source(line))


def _zone_townships(context: Context) -> Iterator[ZoneTownship]:
    townships = {line["code"] for line in context.tables["townships"]}
    zones = {line["code"] for line in context.tables["counties"] if is_zone(line)}
    periods: dict[str, list[tuple[date | None, date | None]]] = defaultdict(list)
    for line in context.tables["zone_townships"]:
        _one_of(line, "confirmed", frozenset({"yes", "no"}), context.faults)
        if line["township"] not in townships:
            context.faults.add(line, f"no township has the code {line['township']!r}")
        if line["zone"] not in zones:
            context.faults.add(line, f"no zone has the code {line['zone']!r}")
        days = period(line, context.faults)
        if any(overlap(days, other) for other in periods[line["township"]]):
            context.faults.add(line, f"township {line['township']} is under two zones at one time")
        periods[line["township"]].append(days)
        yield ZoneTownship(
            line["township"], line["zone"], *days, line["confirmed"] == "yes", context.source(line)
        )


def _population(context: Context) -> Iterator[PopulationRow]:
    """The counts of a census; those of the counties must make the city's total to the person."""
    counties = {line["code"] for line in context.tables["counties"]}
    totals: dict[date, tuple[Line, int]] = {}
    sums: Counter[date] = Counter()
    seen: set[tuple[str, date]] = set()
    for line in context.tables["population"]:
        census = day(line, "census", context.faults)
        if line["code"] not in counties | {context.city}:
            context.faults.add(line, f"{line['code']!r} is neither the city nor a county or zone")
        if not line["population"].isdecimal():
            context.faults.add(line, f"population {line['population']!r} is not a number of persons")
        if not line["census"]:
            context.faults.add(line, "the day of the census is missing")
        if census is None or not line["population"].isdecimal():
            continue
        if (line["code"], census) in seen:
            context.faults.add(line, f"{line['code']} is counted twice in the census of {census}")
        seen.add((line["code"], census))
        persons = int(line["population"])
        if line["code"] == context.city:
            totals[census] = (line, persons)
        else:
            sums[census] += persons
        yield PopulationRow(line["code"], census, persons, context.source(line))
    for census, (line, persons) in totals.items():
        if sums[census] != persons:
            context.faults.add(line, f"the counties sum to {sums[census]}, the city counts {persons}")
    for census in sums.keys() - totals.keys():
        context.faults.add_at("population.csv", 1, f"the city's total of the census of {census} is missing")


def _carriers(organisations: tuple[OrganisationRow, ...]) -> dict[tuple[str, str], list[str]]:
    """(level of the unit, kind) → codes of the departments of that kind, one for each unit that has one."""
    unit_level = {row.code: row.level for row in organisations if row.level in UNIT_LEVELS}
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in organisations:
        level = unit_level.get(row.parent_code or "")
        if level and row.level not in UNIT_LEVELS:
            found[level, row.kind].append(row.code)
    return found


def _memberships(context: Context, carriers: Mapping[tuple[str, str], list[str]]) -> Iterator[MembershipRow]:
    groups = {line["kind"]: f"{context.city}.{line['kind']}" for line in context.tables["groups"]}
    seen: set[tuple[str, str]] = set()
    for line in context.tables["group_members"]:
        _one_of(line, "role", MEMBER_ROLES, context.faults)
        _check_citation(context, line)
        if line["group"] not in groups:
            context.faults.add(line, f"group {line['group']!r} is not in groups.csv")
            continue
        for kind in items(line, "kinds", context.faults):
            members = carriers.get((line["level"], kind), [])
            if not members:
                context.faults.add(line, f"there is no {kind!r} at level {line['level']!r}")
            for member in members:
                if (line["group"], member) in seen:
                    context.faults.add(line, f"{member} is already in the group")
                seen.add((line["group"], member))
                yield MembershipRow(groups[line["group"]], member, line["role"], line["citation"])


def _responsibilities(
    context: Context, matters: Mapping[str, MatterRow], carriers: Mapping[tuple[str, str], list[str]]
) -> Iterator[ResponsibilityRow]:
    """Every duty must find somebody: at county level a department of that kind in each county.

    A zone may lack one: its management committee (管委会) then answers itself.
    """
    counties = {line["code"] for line in context.tables["counties"] if not is_zone(line)}
    periods: dict[tuple[str, str, str], list[tuple[date | None, date | None]]] = defaultdict(list)
    for line in context.tables["responsibilities"]:
        _one_of(line, "role", DUTY_ROLES, context.faults)
        _one_of(line, "level", UNIT_LEVELS, context.faults)
        _check_citation(context, line)
        if line["matter"] not in matters:
            context.faults.add(line, f"matter {line['matter']!r} is not in matters.csv")
        days = period(line, context.faults)
        for kind in items(line, "kinds", context.faults):
            found = {code.partition(".")[0] for code in carriers.get((line["level"], kind), [])}
            lacking = counties - found if line["level"] == "county" else {context.city} - found
            if kind != GOVERNMENT and lacking:
                context.faults.add(line, f"{min(lacking)} has no department of kind {kind!r}")
            key = (line["matter"], line["level"], kind)
            if any(overlap(days, other) for other in periods[key]):
                context.faults.add(line, f"{kind!r} is given the matter twice at one time")
            periods[key].append(days)
            yield ResponsibilityRow(
                line["matter"], line["level"], kind, line["role"], line["citation"], *days
            )
    for line in context.tables["matters"]:
        if line["matter"] not in {matter for matter, _, _ in periods}:
            context.faults.add(line, f"nobody is responsible for {line['matter']!r}")


def _posts(context: Context, organisations: tuple[OrganisationRow, ...]) -> Iterator[PostRow]:
    """Who holds which office. One office may have several holders (副职), one person each only once at a time."""
    codes = {row.code for row in organisations}
    english: dict[tuple[str, str], str] = {}
    periods: dict[tuple[str, str, str], list[tuple[date | None, date | None]]] = defaultdict(list)
    for line in context.tables["posts"]:
        _check_citation(context, line, "document")
        if line["organisation"] not in codes:
            context.faults.add(line, f"no organisation has the code {line['organisation']!r}")
        for column in ("title", "title_en", "holder"):
            if not line[column]:
                context.faults.add(line, f"{column} is empty")
        office = (line["organisation"], line["title"])
        if english.setdefault(office, line["title_en"]) != line["title_en"]:
            context.faults.add(line, f"{line['title']} was called {english[office]!r} before")
        days = period(line, context.faults)
        if any(overlap(days, other) for other in periods[*office, line["holder"]]):
            context.faults.add(line, f"{line['holder']} holds the office twice at one time")
        periods[*office, line["holder"]].append(days)
        yield PostRow(
            line["organisation"],
            line["title"],
            line["title_en"],
            line["holder"],
            days[0],
            days[1],
            line["document"],
            line["note"],
            line["note_en"],
        )


def _check_citation(context: Context, line: Line, column: str = "citation") -> None:
    if not _CITATION.fullmatch(line[column]):
        context.faults.add(line, f"{column} {line[column]!r} is not like YZCR-2021-01016/4(5)")
