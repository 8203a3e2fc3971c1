"""Finding units: by level above, by department beside, by subtree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.organisations.models import Level, Organisation


class NoSuchUnitError(LookupError):
    """No unit of that kind answers for that place."""


def valid_on(day: date) -> Q:
    """Units in being on `day`; an unknown bound is open."""
    return (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(valid_to=None) | Q(valid_to__gte=day))


def subtree(organisation: Organisation) -> QuerySet[Organisation]:
    return Organisation.objects.filter(path__startswith=organisation.path)


def above(organisation: Organisation, level: str) -> Organisation:
    """The unit of `level` that `organisation` lies in (itself included). Raises `NoSuchUnitError`."""
    codes = organisation.path.strip("/").split("/")
    unit = Organisation.objects.filter(code__in=codes, level=level).order_by("-path").first()
    if unit is None:
        raise NoSuchUnitError(f"{organisation.code} lies in no unit of level {level}")
    return unit


def department(place: Organisation, kind: str, level: str = Level.COUNTY) -> Organisation:
    """The department of `kind` at the `level` that `place` lies in. Raises `NoSuchUnitError`."""
    seat = above(place, level)
    unit = Organisation.objects.filter(parent=seat, kind=kind, level=Level.DEPARTMENT).first()
    if unit is None:
        raise NoSuchUnitError(f"{seat.code} has no department of kind {kind}")
    return unit


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit as a form offers it: `text` names it with the units above it, 冷水滩区 上岭桥镇 仁山村."""

    code: str
    text: str


def suggestions(text: str, *, level: str = "", limit: int = 20) -> list[Suggestion]:
    """Units in being whose name or code begins with or contains the last word of `text`, the earlier words above."""
    *above_words, last = text.split() or [""]
    if not last:
        return []
    units = Organisation.objects.filter(
        Q(name__contains=last) | Q(short_name__contains=last) | Q(code__startswith=last),
        valid_on(clock.today()),
    )
    if level:
        units = units.filter(level=level)
    found = spelled(units[: limit * 10])
    return [s for s in found if all(word in s.text for word in above_words)][:limit]


def spelled(units: Iterable[Organisation]) -> list[Suggestion]:
    """Units with the names of what lies above them, the city left out. One query for all."""
    listed = list(units)
    codes = {code for unit in listed for code in unit.path.strip("/").split("/")[1:]}
    names = dict(Organisation.objects.filter(code__in=codes).values_list("code", "short_name"))
    return [
        Suggestion(
            unit.code, " ".join(names[code] for code in unit.path.strip("/").split("/")[1:]) or unit.name
        )
        for unit in listed
    ]


def named(text: str, *, level: str = "") -> Organisation | None:
    """The one unit that a code or a spelled name means; None when there is none or more than one."""
    text = " ".join(text.split())
    units = Organisation.objects.filter(level=level) if level else Organisation.objects.all()
    by_code = units.filter(code=text).first()
    if by_code or not text:
        return by_code
    last = text.split()[-1]
    candidates = list(units.filter(Q(name=last) | Q(short_name=last)))
    spellings = {s.code: s.text for s in spelled(candidates)}
    fitting = [unit for unit in candidates if f" {spellings[unit.code]}".endswith(f" {text}")]
    return fitting[0] if len(fitting) == 1 else None
