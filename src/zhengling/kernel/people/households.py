"""Households: who keeps house with whom, from when to when (共同生活的家庭成员). What an applicant states
about the household stays in the case; an officer who has checked it enters it here."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.errors import PersonError
from zhengling.kernel.people.models import Household, Member, Person
from zhengling.kernel.people.operations import SUBJECT, WRITERS, require


@transaction.atomic
def form_household(
    actor: Actor, head: Person, residence: Organisation, *, address: str = "", on: date | None = None
) -> Household:
    """A new household with its head, who leaves the former one. Raises `PersonError`."""
    household = Household.objects.create(residence=residence, address=address, created_at=clock.now())
    join(actor, household, head, Member.Relation.HEAD, on=on)
    return household


@transaction.atomic
def join(
    actor: Actor, household: Household, person: Person, relation: str, *, on: date | None = None
) -> Member:
    """The person joins, by its relation to the head, and leaves the household it belonged to. Joining the
    same one again changes the relation. Raises `PersonError`."""
    require(actor, WRITERS)
    if relation not in Member.Relation.values:
        raise PersonError(_("there is no relation “%(name)s”") % {"name": relation})
    day = on or clock.today()
    # One person joins one household at a time; others who move the same person wait here.
    Person.objects.select_for_update().get(pk=person.pk)
    present = Member.objects.filter(person=person, left_on=None).first()
    if present and present.household_id == household.pk and present.relation == relation:
        return present
    if present:
        present.left_on = day
        present.save(update_fields=["left_on"])
    try:
        with transaction.atomic():
            member = Member.objects.create(
                household=household, person=person, relation=relation, joined_on=day
            )
    except IntegrityError:
        raise PersonError(_("the household has a head already")) from None
    record_access(actor, Action.CHANGE, SUBJECT, person.pk, ["household"])
    return member


@transaction.atomic
def leave(actor: Actor, person: Person, *, on: date | None = None) -> None:
    """The person leaves its household; nothing happens when it belongs to none."""
    require(actor, WRITERS)
    if Member.objects.filter(person=person, left_on=None).update(left_on=on or clock.today()):
        record_access(actor, Action.CHANGE, SUBJECT, person.pk, ["household"])
