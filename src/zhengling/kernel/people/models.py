"""Natural and legal persons (自然人、法人). Numbers are sealed at rest, found by blind index, masked on
screens."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.models import User
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.masking import mask_name


class Person(models.Model):
    """A natural or legal person. `*_sealed` hold ciphertext bound to this row and column (kernel/ciphers.py);
    a legal person's number is the unified social credit code."""

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
        """For officers' screens; a firm's name is no secret."""
        return self.name if self.kind == self.Kind.LEGAL else mask_name(self.name)

    @property
    def public_name(self) -> str:
        """For posted lists and open pages."""
        return self.name if self.kind == self.Kind.LEGAL else mask_name(self.name, public=True)

    def age_on(self, day: date) -> int | None:
        """Completed years of life on `day`; None when the date of birth is not known."""
        if self.birth_date is None:
            return None
        return (
            day.year
            - self.birth_date.year
            - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))
        )


class Household(models.Model):
    """Persons who live and keep house together (共同生活的家庭成员)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    residence = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()


class Member(models.Model):
    """A person's place in a household from a day to a day; the relation is to its head."""

    class Relation(models.TextChoices):
        HEAD = "head", _("head of the household")
        SPOUSE = "spouse", _("spouse")
        CHILD = "child", _("child")
        CHILD_IN_LAW = "child_in_law", _("son- or daughter-in-law")
        PARENT = "parent", _("parent")
        PARENT_IN_LAW = "parent_in_law", _("parent-in-law")
        GRANDCHILD = "grandchild", _("grandchild")
        GRANDPARENT = "grandparent", _("grandparent")
        SIBLING = "sibling", _("brother or sister")
        OTHER = "other", _("other")

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    relation = models.CharField(max_length=14, choices=Relation)
    joined_on = models.DateField()
    left_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(left_on=None), name="one_household_a_person"
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=models.Q(left_on=None, relation="head"),
                name="one_head_a_household",
            ),
        ]
