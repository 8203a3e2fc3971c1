"""Reading the register of marks: who is marked in a place, what a person is and was, what a change of class means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.models import Case
from zhengling.kernel.exchange import authority
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person
from zhengling.services.medical import queries as medical
from zhengling.services.medical.identities.kinds import article_of, code_of, words_of
from zhengling.services.medical.identities.lists import DATA_SETS
from zhengling.services.medical.identities.models import Listed, PaperCase, Question
from zhengling.services.medical.identities.opening import PERSONS
from zhengling.services.medical.models import Identity

FIRST_CLASS = (Identity.Kind.EXTREME_POVERTY, Identity.Kind.ORPHAN, Identity.Kind.UNATTENDED_CHILD)


def paths(actor: Actor) -> list[str]:
    """Places whose register the actor reads: those of the county's office, reviewers and approvers alike."""
    return authority.paths(actor, PERSONS)


def _within(actor: Actor, field: str) -> Q:
    rule = Q(pk__in=())
    for path in paths(actor):
        rule |= Q(**{f"{field}__path__startswith": path})
    return rule


def register(actor: Actor) -> QuerySet[Identity]:
    """Marks the actor may read: if and only if recognised in a place of his office."""
    return Identity.objects.filter(_within(actor, "unit")).select_related("person", "unit")


def units(actor: Actor) -> QuerySet[Organisation]:
    return authority.read_units(actor, PERSONS).order_by("path")


def narrowed(
    rows: QuerySet[Identity], day: date, *, unit: str = "", kind: str = "", assistance_class: str = ""
) -> QuerySet[Identity]:
    """Marks that hold on a day, by unit code, kind and class."""
    rows = rows.filter(medical.valid_on(day))
    if unit:
        rows = rows.filter(unit__code=unit)
    if kind:
        rows = rows.filter(kind=kind)
    if assistance_class:
        first = Q(kind__in=FIRST_CLASS)
        veteran = Q(kind=Identity.Kind.HARDSHIP_VETERAN)
        by_class = {"1": first, "2": ~first & ~veteran, "0": veteran}
        rows = rows.filter(by_class[assistance_class])
    return rows.order_by("unit__path", "person__name", "pk")


@dataclass(frozen=True, slots=True)
class Totals:
    marks: int
    persons: int


def totals(rows: QuerySet[Identity]) -> Totals:
    found = rows.order_by().aggregate(marks=Count("pk"), persons=Count("person", distinct=True))
    return Totals(found["marks"], found["persons"])


def persons(actor: Actor) -> QuerySet[Person]:
    """Persons whose page the actor may open: if and only if marked, listed or living in a place he reads."""
    lists = [item.name for item in DATA_SETS]
    listed = Listed.objects.filter(_within(actor, "exchange__unit"), exchange__data_set__in=lists)
    return Person.objects.filter(
        Q(Exists(register(actor).filter(person=OuterRef("pk"))))
        | Q(Exists(listed.filter(person=OuterRef("pk"))))
        | _within(actor, "residence")
        | _within(actor, "household_register")
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """One mark of a person and what it gives: the class, its article, whether it is the one that counts."""

    identity: Identity
    words: str
    citation: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """What a person is on a day and why."""

    day: date
    assistance_class: int
    veteran: bool
    reasons: tuple[Reason, ...]

    @property
    def several(self) -> bool:
        return sum(1 for reason in self.reasons if reason.identity.assistance_class) > 1


def explain(person: Person, day: date) -> Explained:
    """The class of a day with each mark beside it (articles 5, 10(4); reading R3)."""
    found = medical.standing(person, day)
    reasons = tuple(
        Reason(
            mark,
            words_of(code_of(mark)),
            article_of(mark.kind),
            mark.assistance_class == found.assistance_class != 0,
        )
        for mark in sorted(found.identities, key=lambda mark: (mark.assistance_class or 9, mark.valid_from))
    )
    return Explained(day, found.assistance_class, found.veteran, reasons)


def history(person: Person) -> list[tuple[Identity, str, str]]:
    """Every mark the person ever had, the newest first: (mark, words, citation)."""
    rows = person.medical_identities.select_related("unit").order_by("-valid_from", "-pk")
    return [(row, words_of(code_of(row)), article_of(row.kind)) for row in rows]


def listed(person: Person) -> list[tuple[Listed, str]]:
    """What the newest lists say of the person; a file that was given up half-way says nothing."""
    rows = (
        Listed.objects.filter(person=person, exchange__state=Exchange.State.APPLIED)
        .select_related("exchange__unit")
        .order_by("exchange__at")
    )
    return [(row, words_of(row.code)) for row in rows]


def open_cases(person: Person) -> QuerySet[Case]:
    return Case.objects.filter(subject=person, closed_at=None).order_by("-opened_at")


def consequence(before: int, after: int, case: Case) -> bool:
    """Whether a change of class touches an open case: class 3 is asked for, and the person is in class 1 or 2 now
    (articles 5(3) and 15), or no longer is."""
    return case.procedure == "medical_aid" and (before in {1, 2}) != (after in {1, 2})


def open_differences(actor: Actor, person: Person) -> QuerySet[Difference]:
    rule = authority.readable(actor)
    return Difference.objects.filter(rule, person=person, state=Difference.State.OPEN).select_related("unit")


def differences(actor: Actor) -> int:
    """How many differences with the departments' lists wait."""
    lists = [item.name for item in DATA_SETS]
    rows = Difference.objects.filter(
        authority.readable(actor), data_set__in=lists, state=Difference.State.OPEN
    )
    return rows.count()


def questions(actor: Actor) -> QuerySet[Question]:
    """Questions to the departments that nobody has answered, the oldest first."""
    return Question.objects.filter(_within(actor, "difference__unit"), answered_at=None).select_related(
        "difference__person", "difference__unit", "difference__exchange"
    )


def paper_cases(actor: Actor) -> QuerySet[PaperCase]:
    return PaperCase.objects.filter(_within(actor, "unit")).select_related("unit", "person")
