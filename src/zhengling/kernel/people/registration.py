"""A resident opens an account to apply (注册): the account is tied to the person with the identity number
given."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import register_resident
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.people.errors import MismatchError, PersonError
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import SUBJECT, enter_person


@transaction.atomic
def register(username: str, password: str, *, name: str, id_number: str, phone: str) -> User:
    """The new account, tied to its person. Raises `PersonError` or `AccountError`.

    A number is no proof of the person: the account opens the way to apply and nothing that was known before.
    A number known with another name and a number that has an account are refused in the same words, so that
    nobody can ask this page who is on the city's books.
    """
    user = register_resident(username, name, password)
    actor = Actor(user=user)
    try:
        person = enter_person(actor, name=name, id_number=id_number, phone=phone)
    except MismatchError:
        raise _refusal() from None
    person = Person.objects.select_for_update(of=("self",)).select_related("account").get(pk=person.pk)
    if person.account and person.account.is_active:
        raise _refusal()
    person.account = user
    person.save(update_fields=["account"])
    record_access(actor, Action.CHANGE, SUBJECT, person.pk, ["account"])
    return user


def _refusal() -> PersonError:
    return PersonError(
        _("with these data no account can be opened here; bring your identity card to the service hall")
    )
