"""Finding units: by level above, by department beside, by subtree."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

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
