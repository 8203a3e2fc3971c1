"""Accounts (账号): one person, one account; roles are granted per unit and period."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.organisations.models import Organisation


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """Whoever signs in: an officer with role grants, or a resident who applies. There is no superuser."""

    username = models.CharField(max_length=60, unique=True)
    full_name = models.CharField(max_length=60)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="staff")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    must_change_password = models.BooleanField(default=False)
    password_changed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.full_name

    @property
    def is_resident(self) -> bool:
        return self.organisation_id is None


class FormerPassword(models.Model):
    """A password this account has had, as its hash, so that it is not taken again (口令历史)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_passwords")
    encoded = models.CharField(max_length=128)


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def valid_on(self, day: date) -> RoleGrantQuerySet:
        """Grants in force on `day`: begun, not ended (both days count), not revoked."""
        return self.overlapping(day, day)

    def overlapping(self, start: date, end: date | None) -> RoleGrantQuerySet:
        """Grants in force on some day from `start` to `end` (None: without end)."""
        begun = models.Q() if end is None else models.Q(valid_from__lte=end)
        return self.filter(begun, models.Q(valid_to=None) | models.Q(valid_to__gte=start), revoked_at=None)


class RoleGrant(models.Model):
    """A role in a unit from a day to a day (授权), both included."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=[(name, role.label) for name, role in ROLES.items()])
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="grants")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "role"])]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "organisation", "valid_from"],
                condition=models.Q(revoked_at=None),
                name="one_grant_a_day",
            )
        ]
