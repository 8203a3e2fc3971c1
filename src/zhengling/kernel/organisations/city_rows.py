"""What a city's organisation files hold, as immutable rows. Pure: no framework, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

# A responsibility of this kind lies with the unit itself: 人民政府, 管委会, 街道办事处.
GOVERNMENT = "government"


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of an organisation; without dates it is in use today."""

    name: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """One organisation (机构).

    `level` is city, county, township, village, department, institution or group. `kind` is the form of a unit
    (district, town, community) and the function of any other organisation (medical_insurance). A department's
    code is its unit's code and its kind, ``431102.medical_insurance``. Below counties `name_en` is empty.
    """

    code: str
    name: str
    short_name: str
    name_en: str
    level: str
    kind: str
    parent_code: str | None
    aliases: tuple[Alias, ...]
    valid_from: date | None
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A further or former code of an organisation; `scheme` is gb2260, statistics or internal."""

    organisation_code: str
    code: str
    scheme: str
    valid_from: date | None
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class ZoneTownship:
    """A township run by a zone (管理区) while the statistics list it under the county around it."""

    township_code: str
    zone_code: str
    valid_from: date | None
    valid_to: date | None
    confirmed: bool
    source: str


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """Resident population (常住人口) on the day of a census."""

    code: str
    census: date
    population: int
    source: str


@dataclass(frozen=True, slots=True)
class KindRow:
    """The function of an organisation: what the law calls it in general (医疗保障部门), in both languages.

    `category` is government, party, discipline, justice, vertical, mass, institution or group.
    """

    kind: str
    category: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """Who sits in a group, seats its office (办公室) or works with it."""

    group_code: str
    member_code: str
    role: str
    citation: str


@dataclass(frozen=True, slots=True)
class MatterRow:
    """A matter that is somebody's duty (事项)."""

    matter: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class ResponsibilityRow:
    """Whose a matter is (职责): the kind of organisation at a level, and the article that says so.

    `role` is lead (主责、牵头), joint (会同、参加) or invited (邀请). Several leads answer together.
    """

    matter: str
    level: str
    kind: str
    role: str
    citation: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class PostRow:
    """Who holds or held an office of an organisation (任职). `document` cites what says so.

    Without `valid_from` the first day is not known; it is never computed. Without `valid_to` the person holds it.
    """

    organisation_code: str
    title: str
    title_en: str
    holder: str
    valid_from: date | None
    valid_to: date | None
    document: str
    note: str
    note_en: str


@dataclass(frozen=True)
class CityOrganisations:
    """Everything the folder says. `organisations` is ordered so that a parent comes before its children."""

    organisations: tuple[OrganisationRow, ...]
    codes: tuple[CodeRow, ...]
    zone_townships: tuple[ZoneTownship, ...]
    population: tuple[PopulationRow, ...]
    kinds: Mapping[str, KindRow]
    sources_zh: Mapping[str, str]  # where a row comes from, English -> Chinese
    memberships: tuple[MembershipRow, ...]
    matters: Mapping[str, MatterRow]
    responsibilities: tuple[ResponsibilityRow, ...]
    posts: tuple[PostRow, ...]

    def at_level(self, level: str) -> tuple[OrganisationRow, ...]:
        return tuple(row for row in self.organisations if row.level == level)

    def current_code(self, code: str) -> str:
        """Today's code for a code of any date or scheme (431121 gives 431181). Raises LookupError."""
        if any(row.code == code for row in self.organisations):
            return code
        for row in self.codes:
            if row.code == code:
                return row.organisation_code
        raise LookupError(f"no organisation has or had the code {code}")

    def population_on(self, census: date) -> dict[str, int]:
        """Resident population in that census by code of county-level unit. Raises LookupError."""
        counties = {row.code for row in self.at_level("county")}
        found = {
            row.code: row.population
            for row in self.population
            if row.census == census and row.code in counties
        }
        if not found:
            raise LookupError(f"no census of {census}")
        return found
