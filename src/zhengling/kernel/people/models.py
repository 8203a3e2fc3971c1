"""Natural and legal persons (自然人、法人). Numbers are sealed at rest, found by blind index, masked on screens."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.models import User
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation


class Person(models.Model):
    """A natural or legal person. `*_sealed` hold ciphertext bound to this row and column (see ciphers.py)."""

    class Kind(models.TextChoices):
        NATURAL = "natural", _("natural person")
        LEGAL = "legal", _("legal person")

    class Sex(models.TextChoices):
        MALE = "male", _("male")
        FEMALE = "female", _("female")
        UNKNOWN = "", _("not stated")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.NATURAL)
    name = models.CharField(max_length=120, db_index=True)
    sex = models.CharField(max_length=6, choices=Sex, blank=True)
    birth_date = models.DateField(null=True)
    id_number_sealed = models.TextField(blank=True)
    id_number_index = models.CharField(max_length=64, blank=True, db_index=True)
    phone_sealed = models.TextField(blank=True)
    phone_index = models.CharField(max_length=64, blank=True, db_index=True)
    bank_account_sealed = models.TextField(blank=True)
    bank_name = models.CharField(max_length=80, blank=True)
    residence = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    household_register = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+"
    )
    address = models.CharField(max_length=200, blank=True)
    account = models.OneToOneField(User, on_delete=models.SET_NULL, null=True, related_name="person")
    deceased_on = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # One person a number: two clerks who enter the same person at once get one row.
            models.UniqueConstraint(
                fields=["id_number_index"],
                condition=~models.Q(id_number_index=""),
                name="one_person_a_number",
            )
        ]

    def __str__(self) -> str:
        return self.masked_name

    @property
    def masked_name(self) -> str:
        from zhengling.kernel.people.masking import mask_name

        return mask_name(self.name)
