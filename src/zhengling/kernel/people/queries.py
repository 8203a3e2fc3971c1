"""Finding persons. What comes back is shown masked; whole values are opened by `operations.reveal`."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Case, Q, QuerySet, When

from zhengling.kernel import ciphers
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.kernel.people.identity import normalise
from zhengling.kernel.people.models import Household, Member, Person

# Units that serve a place answer for that place; hospitals and leading groups have no area of their own.
PLACES = frozenset({Level.CITY, Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE})


def numbered(number: str) -> QuerySet[Person]:
    """The person with this (normalised) identity number or credit code: one row or none."""
    indexes = ciphers.blind_indexes(number, column="people_person.id_number")
    return Person.objects.filter(id_number_index__in=indexes)


def find_by_id_number(text: str) -> Person | None:
    """The person whose whole number somebody typed; None when the city does not know it."""
    number = normalise(text)
    return numbered(number).first() if number else None


def find_by_phone(text: str) -> QuerySet[Person]:
    """Persons who gave this telephone number."""
    indexes = ciphers.blind_indexes(normalise(text), column="people_person.phone")
    return Person.objects.filter(phone_index__in=indexes)


def areas(actor: Actor) -> list[str]:
    """Paths of the places the actor's units answer for: a place itself, a department's the place it belongs
    to."""
    return [path for unit in actor.units() if (path := _area(unit))]


def _area(unit: Organisation) -> str:
    if unit.level in PLACES:
        return unit.path
    if unit.level == Level.DEPARTMENT:
        return unit.path[: unit.path.rindex("/", 0, -1) + 1]
    return ""


def within(actor: Actor) -> QuerySet[Person]:
    """Persons the actor may look for by name: if and only if they live, or have their household register, in
    a place for which a unit answers in which the actor holds a business role."""
    paths = areas(actor)
    if not paths:
        return Person.objects.none()
    rules = [
        Q(residence__path__startswith=path) | Q(household_register__path__startswith=path) for path in paths
    ]
    return Person.objects.filter(reduce(or_, rules)).order_by("name", "pk")


def household_of(person: Person) -> Household | None:
    """The household the person belongs to today."""
    return Household.objects.filter(members__person=person, members__left_on=None).first()


def members(household: Household) -> QuerySet[Member]:
    """Who belongs to the household today, the head first."""
    head_first = Case(When(relation=Member.Relation.HEAD, then=0), default=1)
    return (
        household.members.filter(left_on=None)
        .select_related("person")
        .order_by(head_first, "joined_on", "pk")
    )
