"""What the directory knows of a unit: from the database, and what only the city's files say (codes, census)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.accounts.models import RoleGrant
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.organisations.city_files import UNIT_LEVELS, load_organisations
from zhengling.kernel.organisations.city_rows import (
    GOVERNMENT,
    CityOrganisations,
    CodeRow,
    PopulationRow,
    ZoneTownship,
)
from zhengling.kernel.organisations.models import Alias, Incumbency, Level, Organisation, Post, Responsibility
from zhengling.kernel.organisations.queries import valid_on
from zhengling.kernel.organisations.unit_names import ZONE_KINDS


@lru_cache(maxsize=1)
def _files(folder: Path) -> CityOrganisations:
    return load_organisations(folder)


def files() -> CityOrganisations:
    """The city's files as they are installed; read once a process."""
    return _files(settings.CITY / "organisations")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for. `kind` is a kind, or ``category.mass`` for all kinds of a category."""

    words: str = ""
    level: str = ""
    kind: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.level or self.kind)


def in_being() -> QuerySet[Organisation]:
    """The units of today."""
    return Organisation.objects.filter(valid_on(clock.today()))


def search(wanted: Wanted) -> QuerySet[Organisation]:
    """Units of today whose name, other name, former name or code fits, in the order of the tree."""
    units = in_being().prefetch_related("aliases")
    if wanted.words:
        words = wanted.words
        named = Alias.objects.filter(organisation=OuterRef("pk"), name__contains=words)
        units = units.filter(
            Q(name__contains=words)
            | Q(short_name__contains=words)
            | Q(name_en__icontains=words)
            | Q(code__startswith=words)
            | Q(code__in=[row.organisation_code for row in files().codes if row.code == words])
            | Exists(named)
        )
    if wanted.level:
        units = units.filter(level=wanted.level)
    if wanted.kind:
        units = units.filter(kind__in=_kinds(wanted.kind))
    return units


def _kinds(kind: str) -> list[str]:
    category = kind.removeprefix("category.")
    if category == kind:
        return [kind]
    return [row.kind for row in files().kinds.values() if row.category == category]


@dataclass(frozen=True, slots=True)
class Found:
    """A unit in a list. `where` spells the units above it, `hit` is the other name that was looked for."""

    unit: Organisation
    where: str
    hit: Alias | None


def listed(units: Iterable[Organisation], words: str = "") -> list[Found]:
    """Units dressed for a list; one query for the names above all of them."""
    units = list(units)
    codes = {code for unit in units for code in _codes_above(unit)}
    labels = {unit.code: unit.label for unit in Organisation.objects.filter(code__in=codes)}
    return [
        Found(unit, " › ".join(labels[code] for code in _codes_above(unit)), _hit(unit, words))
        for unit in units
    ]


def _codes_above(unit: Organisation) -> list[str]:
    return unit.path.strip("/").split("/")[:-1]


def _hit(unit: Organisation, words: str) -> Alias | None:
    if not words or words in unit.name or words in unit.short_name:
        return None
    return next((alias for alias in unit.aliases.all() if words in alias.name), None)


def children(unit: Organisation) -> QuerySet[Organisation]:
    """What lies directly below a unit today; `has_below` says whether it opens further."""
    below = Organisation.objects.filter(parent=OuterRef("pk"))
    found: QuerySet[Organisation] = in_being().filter(parent=unit).annotate(has_below=Exists(below))
    return found


def above(unit: Organisation) -> list[Organisation]:
    """The units it lies in, the city first."""
    return list(Organisation.objects.filter(code__in=_codes_above(unit)).order_by("path"))


def codes_of(unit: Organisation) -> list[CodeRow]:
    """Further and former codes (代码沿革)."""
    return [row for row in files().codes if row.organisation_code == unit.code]


def population_of(unit: Organisation) -> list[PopulationRow]:
    """Residents by census, the newest first; empty for units the census files do not have."""
    rows = [row for row in files().population if row.code == unit.code]
    return sorted(rows, key=lambda row: row.census, reverse=True)


def newest_population() -> dict[str, int]:
    """Residents in the newest census of each unit that has one, by code."""
    return {row.code: row.population for row in sorted(files().population, key=lambda row: row.census)}


def zone_rows(unit: Organisation) -> list[ZoneTownship]:
    """Townships that a zone runs while the statistics list them elsewhere: of this zone, or this township itself."""
    return [row for row in files().zone_townships if unit.code in (row.township_code, row.zone_code)]


def posts_of(unit: Organisation) -> QuerySet[Post]:
    """Offices with their holders, who holds one today first."""
    holders = Incumbency.objects.order_by("-valid_to", "holder")
    return unit.posts.order_by("title").prefetch_related(Prefetch("incumbencies", holders))


def duties_of(unit: Organisation) -> list[Responsibility]:
    """Matters that are this unit's today or will be: by its kind at the level of the unit it belongs to.

    A zone that lacks a department answers itself (管委会) for what the department would do.
    """
    if unit.level in UNIT_LEVELS:
        level, kinds = unit.level, Q(kind=GOVERNMENT)
        if unit.kind in ZONE_KINDS:
            kinds |= ~Q(kind__in=unit.children.values("kind"))
    elif unit.parent and unit.parent.level in UNIT_LEVELS:
        level, kinds = unit.parent.level, Q(kind=unit.kind)
    else:
        return []
    open_ended = Q(valid_to=None) | Q(valid_to__gte=clock.today())
    # A matter may reach a unit by several kinds that it stands in for: once, with its first article.
    found: dict[tuple[str, str], Responsibility] = {}
    for row in Responsibility.objects.filter(kinds, open_ended, level=level).order_by("citation", "matter"):
        found.setdefault((row.matter, row.citation), row)
    return list(found.values())


def officers_of(unit: Organisation) -> list[tuple[str, list[str]]]:
    """Who holds which role in the unit today: (role, names). Names only."""
    names: dict[str, list[str]] = defaultdict(list)
    grants = RoleGrant.objects.valid_on(clock.today()).filter(organisation=unit, user__is_active=True)
    for role, name in grants.order_by("user__full_name").values_list("role", "user__full_name"):
        names[role].append(name)
    return [(role, names[role]) for role in ROLES if role in names]


def counted() -> dict[str, int]:
    """How many units of today each level has."""
    rows = in_being().order_by().values_list("level").annotate(n=Count("pk"))
    return dict.fromkeys(Level.values, 0) | dict(rows)
