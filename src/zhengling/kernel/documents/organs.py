"""How organs name themselves in signatures and numbers (机关代字), and the city's retention table.

All of it is data of the city: ``documents/organs.yaml`` and ``documents/retention.yaml`` in its folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings

from zhengling.kernel.law.reading import Fields, read_yaml
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.kernel.organisations.unit_names import organ_name

PERMANENT = 0


@dataclass(frozen=True)
class Codes:
    places: dict[str, str]
    kinds: dict[str, str]
    organs: dict[str, str]
    series: dict[str, str]
    remedies: tuple[tuple[date, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long files of a procedure are kept: `years` (0 for permanent), counted from the year after closing."""

    label: str
    code: str
    years: int
    basis: str

    @property
    def words(self) -> str:
        return f"{self.years}年" if self.years else "永久"

    @property
    def mark(self) -> str:
        """As it stands in an archive number (DA/T 13): Y or D30."""
        return f"D{self.years}" if self.years else "Y"

    def destroy_after(self, closed_on: date) -> date | None:
        """The last day of keeping; None for permanent files."""
        return date(closed_on.year + self.years, 12, 31) if self.years else None


class NoRetention(LookupError):
    """The city's table has no period for these files, so they cannot be archived."""


def legal_name(organ: Organisation) -> str:
    """祁阳市医疗保障局; for a place, the name of its government: 祁阳市黎家坪镇人民政府."""
    name = organ_name(organ.kind, organ.name) or organ.name
    return organ.parent.name + name if organ.level == Level.TOWNSHIP and organ.parent else name


def code_of(organ: Organisation) -> str:
    """机关代字, 永医保. An organ the table does not cover is numbered with its short name."""
    codes = _codes(settings.CITY)
    if organ.code in codes.organs:
        return codes.organs[organ.code]
    if organ.level in (Level.CITY, Level.COUNTY):
        place, kind = codes.places.get(organ.code, ""), codes.kinds.get("government", "")
    elif organ.level == Level.TOWNSHIP:
        place, kind = organ.short_name, codes.kinds.get("government", "")
    else:
        place = codes.places.get(organ.parent.code, "") if organ.parent else ""
        kind = codes.kinds.get(organ.kind, "")
    return place + kind if place and kind else organ.short_name


def number_text(organ: Organisation, series: str, year: int, number: int) -> str:
    """永医保发〔2022〕12号: year in full in six-cornered brackets, no leading zeros (GB/T 9704-2012, 7.2.5).

    What follows a colon in `series` tells runs of numbers apart that look alike.
    """
    return f"{code_of(organ)}{_codes(settings.CITY).series.get(series.partition(':')[0], '')}〔{year}〕{number}号"


def retention_of(procedure: str) -> Retention:
    """The period for a procedure's files. Raises `NoRetention`."""
    table = _retention(settings.CITY)
    if procedure not in table:
        raise NoRetention(procedure)
    return table[procedure]


def matter_of(procedure: str) -> str:
    """What letters call the matter of a procedure (医疗救助); empty when the table does not say."""
    table = _retention(settings.CITY)
    return table[procedure].label if procedure in table else ""


def remedies(organ: Organisation, day: date) -> list[str]:
    """The sentence that tells how to contest a decision of `organ`, as the law stood on `day`.

    Reconsideration by the organ's own government or, until the end of 2023, its superior department (行政复议法 2017
    第九条、第十二条; 2023 第二十条、第二十四条); suit within six months (行政诉讼法第四十六条).
    """
    rows = _codes(settings.CITY).remedies
    words, superior = max(row for row in rows if row[0] <= day)[1:]
    seat = organ.parent or organ
    authorities = [legal_name(seat)]
    if superior and organ.level == Level.DEPARTMENT and seat.level == Level.COUNTY:
        above = Organisation.objects.filter(
            parent=seat.parent, kind=organ.kind, level=Level.DEPARTMENT
        ).first()
        authorities += [legal_name(above)] if above else []
    return [words.format(authorities="或者".join(authorities))]


def city_archive() -> str:
    """The archive that files are handed over to (移交)."""
    return Fields(read_yaml(settings.CITY / "documents/retention.yaml"), "retention.yaml").take(
        "archive", str
    )


@cache
def _codes(city: Path) -> Codes:
    fields = Fields(read_yaml(city / "documents/organs.yaml"), "organs.yaml")
    places, names = fields.take("places", dict), fields.take("kinds", dict)
    own, series = fields.take("organs", dict), fields.take("series", dict)
    remedies = []
    for value in fields.take("remedies", list):
        row = Fields(value, "organs.yaml: remedies")
        remedies.append((row.take("from", date), row.take("words", str), row.take("superior", bool)))
        row.end()
    fields.end()
    return Codes(places, names, own, series, tuple(remedies))


@cache
def _retention(city: Path) -> dict[str, Retention]:
    fields = Fields(read_yaml(city / "documents/retention.yaml"), "retention.yaml")
    fields.take("archive", str)
    table: dict[str, Retention] = {}
    for name, value in fields.take("procedures", dict).items():
        row = Fields(value, f"retention.yaml: {name}")
        years = row.rest.pop("years", None)
        if years != "permanent" and (not isinstance(years, int) or years <= 0):
            raise ValueError(
                f"retention.yaml: {name}: 'years' must be a positive number or permanent, found {years!r}"
            )
        period = PERMANENT if years == "permanent" else years
        table[name] = Retention(row.take("label", str), row.take("code", str), period, row.take("basis", str))
        row.end()
    fields.end()
    return table
