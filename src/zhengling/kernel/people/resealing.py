"""After a key rotation: every sealed value and index under the newest key.

Every ``*_sealed`` field of every room is found by the convention of `kernel.ciphers`: sealed for
``table.column`` (the field's name without ``_sealed``) and the row's primary key, with its index, if it has
one, in ``*_index`` beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models, transaction

from zhengling.kernel import ciphers
from zhengling.kernel.accounts.adapters import FactorAdapter

BATCH = 200


def reseal() -> int:
    """Number of values sealed anew. May be interrupted and run again; runs beside the working system."""
    return sum(_column(model, name) for model, name in sealed_columns()) + _second_factors()


def sealed_columns() -> Iterator[tuple[type[models.Model], str]]:
    """(model, column) of every sealed field in the house."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if field.name.endswith("_sealed"):
                yield model, field.name.removesuffix("_sealed")


def _column(model: Any, name: str) -> int:
    column, field, index = f"{model._meta.db_table}.{name}", f"{name}_sealed", f"{name}_index"
    current = f"{ciphers.ALGORITHM}:{ciphers.current_key_id()}:"
    stale = model.objects.exclude(**{field: ""}).exclude(**{f"{field}__startswith": current}).order_by("pk")
    indexed = any(other.name == index for other in model._meta.local_fields)
    done = 0
    while True:
        with transaction.atomic():
            rows = list(stale.select_for_update()[:BATCH])
            for row in rows:
                value = ciphers.unseal(getattr(row, field), column=column, row=row.pk)
                setattr(row, field, ciphers.seal(value, column=column, row=row.pk))
                if indexed:
                    setattr(row, index, ciphers.blind_index(value, column=column))
                row.save(update_fields=[field, index] if indexed else [field])
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
