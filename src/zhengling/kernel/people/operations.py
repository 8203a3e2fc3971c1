"""Entering, changing and showing persons. Whoever sees a sealed value leaves a trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengling.kernel import ciphers, clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import Entry, record_access, record_all
from zhengling.kernel.people import identity, queries
from zhengling.kernel.people.errors import MismatchError, NotAllowedError, PersonError
from zhengling.kernel.people.models import Person

SUBJECT = "person"

# Sealed fields with the column their key belongs to; those of INDEXED can be searched for.
SEALED = {name: f"people_person.{name}" for name in ("id_number", "phone", "bank_account")}
INDEXED = frozenset({"id_number", "phone"})
# Kept open in the database, yet masked on screens.
MASKED = frozenset({"name", "address", "birth_date"})
CHANGEABLE = frozenset(
    {
        "name",
        "sex",
        "birth_date",
        "bank_name",
        "residence",
        "household_register",
        "address",
        "deceased_on",
        *SEALED,
    }
)

READERS = frozenset(name for name, role in ROLES.items() if role.business)
WRITERS = READERS - {"auditor"}


def seal(person: Person, field: str, value: str) -> None:
    """Put a value into a sealed field, with its index; the caller saves. Raises KeyError for another
    field."""
    text = identity.normalise(value)
    setattr(person, f"{field}_sealed", ciphers.seal(text, column=SEALED[field], row=person.pk))
    if field in INDEXED:
        setattr(person, f"{field}_index", ciphers.blind_index(text, column=SEALED[field]))


def unsealed(person: Person, field: str) -> str:
    """The value of a sealed field, for computing inside an operation. What reaches a reader goes through
    `reveal`."""
    return ciphers.unseal(getattr(person, f"{field}_sealed"), column=SEALED[field], row=person.pk)


@transaction.atomic
def enter_person(
    actor: Actor,
    *,
    name: str,
    id_number: str = "",
    kind: str = Person.Kind.NATURAL,
    **known: Any,
) -> Person:
    """The person with this number: found, or entered now. `known` are other fields of `CHANGEABLE`. On a
    person found, what was known is never overwritten (see `update_person`); what was empty is filled in by
    officers, and by a resident on his own person only: his word changes nobody else's. Without a number it is
    always a new person.

    Two who enter the same number at once get the same row. Raises `PersonError`; `MismatchError` when the
    number is known with another name.
    """
    require(actor, WRITERS, own=True)
    _refuse_unknown(known)
    person, entered = _insert_or_find(name, id_number, kind)
    if entered:
        _assign(person, known)
        person.save()
        fields = {"name", *known} | ({"id_number"} if id_number else set())
        record_access(actor, Action.ENTER, SUBJECT, person.pk, sorted(fields))
        return person
    missing = {field: value for field, value in known.items() if value and not _value_present(person, field)}
    if missing and (_allowed(actor, WRITERS) or _himself(actor, person)):
        _assign(person, missing)
        person.save()
        record_access(actor, Action.CHANGE, SUBJECT, person.pk, sorted(missing))
    return person


@transaction.atomic
def enter_all(actor: Actor, rows: Sequence[Mapping[str, Any]]) -> dict[str, Person]:
    """The persons of a list by normalised identity number: found, or entered now; a dozen statements for any number.

    A row has `name`, `id_number` and other fields of `CHANGEABLE`; a number that stands twice takes the first. What is
    known of a person found stays as it is, the name too: comparing is the caller's. Raises `PersonError` for a number
    that is none, `NotAllowedError`.
    """
    require(actor, WRITERS)
    wanted = {_checked(row["id_number"], Person.Kind.NATURAL): row for row in reversed(rows)}
    known = _numbered(wanted)
    new = []
    for number in reversed(wanted):
        if number not in known:
            row = dict(wanted[number])
            _refuse_unknown(row)
            new.append(Person(name=row.pop("name").strip(), created_at=clock.now()))
            _assign(new[-1], row | {"id_number": number})
    Person.objects.bulk_create(new, ignore_conflicts=True, batch_size=100)
    # Somebody may have entered a number since we looked: theirs is the row that stands.
    found = known | _numbered({number: row for number, row in wanted.items() if number not in known})
    mine = {person.pk for person in new} & {person.pk for person in found.values()}
    record_all(actor, [Entry(Action.ENTER, SUBJECT, pk, ["name", "id_number"]) for pk in sorted(mine)])
    return found


def _numbered(numbers: Iterable[str]) -> dict[str, Person]:
    """Persons by their numbers, one statement for every five hundred digests."""
    digests = {
        digest: number
        for number in numbers
        for digest in ciphers.blind_indexes(number, column=SEALED["id_number"])
    }
    keys, found = list(digests), {}
    for start in range(0, len(keys), 500):
        for person in Person.objects.filter(id_number_index__in=keys[start : start + 500]):
            found[digests[person.id_number_index]] = person
    return found


@transaction.atomic
def update_person(actor: Actor, person: Person, **changes: Any) -> Person:
    """Correct or complete a person; returns the fresh row. Raises `PersonError`, TypeError for a field not
    changeable."""
    require(actor, WRITERS)
    _refuse_unknown(changes)
    person = Person.objects.select_for_update().get(pk=person.pk)
    if "id_number" in changes:
        changes["id_number"] = _checked(changes["id_number"], person.kind)
    _assign(person, changes)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise PersonError(_("another person is entered with this number")) from None
    record_access(actor, Action.CHANGE, SUBJECT, person.pk, sorted(changes))
    return person


def reveal(person: Person, field: str, actor: Actor, purpose: str) -> str:
    """The whole value of a sealed or masked field, for a reader who says what for (a case number, or words);
    the reading is recorded. Whether this case is the reader's business is the caller's check. Raises
    `PersonError`."""
    return reveal_all([person], field, actor, purpose)[person.pk]


@transaction.atomic
def reveal_all(persons: Sequence[Person], field: str, actor: Actor, purpose: str) -> dict[UUID, str]:
    """`reveal` for a list or a file: id -> value, one record for each person."""
    require(actor, READERS, own=all(_himself(actor, person) for person in persons))
    if not purpose.strip():
        raise PersonError(_("say what you need it for"))
    values = {person.pk: _open_value(person, field) for person in persons}
    record_all(actor, [Entry(Action.REVEAL, SUBJECT, person.pk, [field], purpose) for person in persons])
    return values


@transaction.atomic
def search_by_name(actor: Actor, name: str, purpose: str) -> list[Person]:
    """Persons of the actor's own area whose name contains the words, at most 50; the search is recorded."""
    require(actor, READERS)
    found = list(queries.within(actor).filter(name__contains=name.strip())[:50]) if name.strip() else []
    record_all(actor, [Entry(Action.SEARCH, SUBJECT, person.pk, ["name"], purpose) for person in found])
    return found


def _insert_or_find(name: str, id_number: str, kind: str) -> tuple[Person, bool]:
    """(person, whether it is new). An existing row comes back locked."""
    name = name.strip()
    if not name:
        raise PersonError(_("the name is missing"))
    person = Person(kind=kind, name=name, created_at=clock.now())
    if not id_number:
        return person, True
    number = _checked(id_number, kind)
    found = queries.numbered(number).select_for_update().first()
    if found is None:
        _assign(person, {"id_number": number})
        try:
            with transaction.atomic():
                person.save(force_insert=True)
        except IntegrityError:
            # Somebody entered the number since we looked.
            found = queries.numbered(number).select_for_update().get()
        else:
            return person, True
    if found.name != name:
        raise MismatchError(_("this number is entered with another name; compare it with the identity card"))
    return found, False


def _checked(id_number: str, kind: str) -> str:
    number = identity.normalise(id_number)
    if kind == Person.Kind.LEGAL:
        if not identity.check_credit_code(number):
            raise PersonError(_("the social credit code is mistyped: its check character does not agree"))
        return number
    if not identity.check_id_number(number):
        raise PersonError(_("the identity number is mistyped: its check digit does not agree"))
    if identity.birth_date_of(number) > clock.today():
        raise PersonError(_("the date of birth in the identity number lies in the future"))
    return number


def _assign(person: Person, values: dict[str, Any]) -> None:
    for field, value in values.items():
        if field in SEALED:
            seal(person, field, value)
        else:
            setattr(person, field, value)
    number = values.get("id_number")
    if number and person.kind == Person.Kind.NATURAL:
        # The number says both; nobody has to type them.
        person.birth_date = identity.birth_date_of(number)
        person.sex = identity.sex_of(number)


def _value_present(person: Person, field: str) -> bool:
    return bool(getattr(person, f"{field}_sealed" if field in SEALED else field))


def _open_value(person: Person, field: str) -> str:
    if field in SEALED:
        return unsealed(person, field)
    if field not in MASKED:
        raise PersonError(_("there is no field “%(field)s” to show") % {"field": field})
    value = getattr(person, field)
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _refuse_unknown(values: Iterable[str]) -> None:
    unknown = set(values) - CHANGEABLE
    if unknown:
        raise TypeError(f"no such fields of a person: {sorted(unknown)}")


def require(actor: Actor, roles: frozenset[str], *, own: bool = False) -> None:
    """`own`: a resident may do this for himself. Who administers accounts or the system sees no personal
    data."""
    if _allowed(actor, roles) or (own and actor.user is not None and actor.user.is_resident):
        return
    raise NotAllowedError(_("personal data are for those who handle the matter"))


def _himself(actor: Actor, person: Person) -> bool:
    return actor.user is not None and person.account_id == actor.user.pk


def _allowed(actor: Actor, roles: frozenset[str]) -> bool:
    return actor.system or any(role in roles for role, _unit in actor.grants)
