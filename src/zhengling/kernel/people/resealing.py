"""After a key rotation: every sealed value and index under the newest key."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q

from zhengling.kernel import ciphers
from zhengling.kernel.accounts.adapters import FactorAdapter
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import SEALED, seal, unsealed

BATCH = 200


def reseal() -> int:
    """Number of rows sealed anew. May be interrupted and run again; runs beside the working system."""
    return _persons() + _second_factors()


def _persons() -> int:
    current = f"{ciphers.ALGORITHM}:{ciphers.current_key_id()}:"
    stale = Q()
    for field in SEALED:
        stale |= ~Q(**{f"{field}_sealed": ""}) & ~Q(**{f"{field}_sealed__startswith": current})
    done = 0
    while True:
        with transaction.atomic():
            rows = list(Person.objects.select_for_update().filter(stale)[:BATCH])
            for person in rows:
                for field in SEALED:
                    seal(person, field, unsealed(person, field))
                person.save()
        if not rows:
            return done
        done += len(rows)


def _second_factors() -> int:
    """The secrets inside allauth's JSON."""
    done = 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().get(pk=pk)
            fresh = {name: _fresh(value) for name, value in row.data.items()}
            if fresh != row.data:
                row.data = fresh
                row.save()
                done += 1
    return done


def _fresh(value: object) -> object:
    if not isinstance(value, str) or not value.startswith(f"{ciphers.ALGORITHM}:"):
        return value
    if ciphers.sealed_with(value) == ciphers.current_key_id():
        return value
    column = FactorAdapter.column
    return ciphers.seal(ciphers.unseal(value, column=column, row=""), column=column, row="")
