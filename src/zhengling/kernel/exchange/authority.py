"""Whose data it is: officers of the unit's offices exchange and decide, supervisors and auditors read."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.casework.labels import listed
from zhengling.kernel.exchange.declaration import DataSet, every
from zhengling.kernel.exchange.errors import NotYourData
from zhengling.kernel.organisations.models import Level, Organisation


def place(unit: Organisation) -> str:
    """The path of the place a unit answers for: a department's is the unit above it."""
    return unit.path.rstrip("/").rpartition("/")[0] + "/" if unit.level == Level.DEPARTMENT else unit.path


def domain(data_set: DataSet, unit: Organisation) -> str:
    """The place whose data an officer of `unit` exchanges; empty when the data set is none of that office's
    business."""
    return place(unit) if unit.kind in data_set.offices else ""


def serves(actor: Actor, data_set: DataSet, unit: Organisation) -> bool:
    return any(
        role in data_set.roles and domain(data_set, held) == unit.path
        for (role, _pk), held in actor.grants.items()
    )


def require(actor: Actor, data_set: DataSet, unit: Organisation) -> None:
    """Raises `NotYourData` naming who may, unless the actor serves this unit's data set."""
    if not (actor.system or serves(actor, data_set, unit)):
        roles = listed(ROLES[role].label for role in sorted(data_set.roles))
        raise NotYourData(_("this belongs to: %(unit)s, %(role)s") % {"unit": unit.label, "role": roles})


def paths(actor: Actor, data_set: DataSet) -> list[str]:
    """Paths of the places below which the actor reads this data set; the city's office oversees its counties."""
    found = set()
    for (role, _pk), held in actor.grants.items():
        if ROLES[role].reads_subtree:
            found.add(place(held))
        elif role in data_set.roles and (path := domain(data_set, held)):
            found.add(path)
    return sorted(found)


def reads(actor: Actor, data_set: DataSet) -> Q:
    """A condition on rows with a `unit`: what the actor may read of this data set."""
    rule = Q(pk__in=())
    for path in paths(actor, data_set):
        rule |= Q(data_set=data_set.name, unit__path__startswith=path)
    return rule


def readable(actor: Actor) -> Q:
    """A condition on exchanges, differences and expected files: if and only if the actor may read them."""
    rule = Q(pk__in=())
    for data_set in every():
        rule |= reads(actor, data_set)
    return rule


def readable_sets(actor: Actor) -> list[DataSet]:
    """The data sets of which the actor reads anything."""
    return [data_set for data_set in every() if paths(actor, data_set)]


def read_units(actor: Actor, data_set: DataSet) -> QuerySet[Organisation]:
    """The units whose data of this set the actor reads: those of the set's levels."""
    rule = Q(pk__in=())
    for path in paths(actor, data_set):
        rule |= Q(path__startswith=path)
    return Organisation.objects.filter(rule, level__in=data_set.levels)


def served_units(actor: Actor, data_set: DataSet) -> QuerySet[Organisation]:
    """The units for which the actor may import, export and decide."""
    served: Iterable[str] = {
        path
        for (role, _pk), held in actor.grants.items()
        if role in data_set.roles and (path := domain(data_set, held))
    }
    return Organisation.objects.filter(path__in=served)
