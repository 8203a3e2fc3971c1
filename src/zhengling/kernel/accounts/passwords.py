"""Password rules (GB/T 22239 8.1.4.1 a): classes of characters, history, greatest age; and first
passwords."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import get_default_password_validators
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.models import FormerPassword, User
from zhengling.kernel.identifiers import opaque


class CharacterClassesValidator:
    """At least `classes` of: lower case, capitals, digits, everything else."""

    def __init__(self, classes: int = 3) -> None:
        self.classes = classes

    def validate(self, password: str, user: User | None = None) -> None:
        found = {
            "lower" if c.islower() else "upper" if c.isupper() else "digit" if c.isdigit() else "other"
            for c in password
        }
        if len(found) < self.classes:
            raise ValidationError(self.get_help_text(), code="password_classes")

    def get_help_text(self) -> str:
        return _(
            "The password must mix at least %(n)s of: small letters, capitals, digits, other characters."
        ) % {"n": self.classes}


class HistoryValidator:
    """Not one of the account's last `remembered` passwords; keeps them as hashes when a password is set."""

    def __init__(self, remembered: int = 5) -> None:
        self.remembered = remembered

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        former = user.former_passwords.order_by("-pk").values_list("encoded", flat=True)[: self.remembered]
        if any(check_password(password, encoded) for encoded in former):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def password_changed(self, password: str, user: User) -> None:
        FormerPassword.objects.create(user=user, encoded=user.password)
        kept = user.former_passwords.order_by("-pk").values_list("pk", flat=True)[: self.remembered]
        user.former_passwords.exclude(pk__in=list(kept)).delete()

    def get_help_text(self) -> str:
        return _("The password must not be one of your last %(n)s passwords.") % {"n": self.remembered}


def rules() -> str:
    """All rules in one sentence, for the form."""
    found: dict[str, Any] = {type(rule).__name__: rule for rule in get_default_password_validators()}
    return _(
        "At least %(length)s characters of %(classes)s kinds (small letters, capitals, digits, others); no common "
        "password, nothing like your name, none of your last %(remembered)s."
    ) % {
        "length": found["MinimumLengthValidator"].min_length,
        "classes": found["CharacterClassesValidator"].classes,
        "remembered": found["HistoryValidator"].remembered,
    }


def first_password() -> str:
    """A password handed out once on paper: three groups that can be read aloud, about 59 bits."""
    while True:
        password = "-".join(opaque(4) for _ in range(3))
        if any(c.isdigit() for c in password) and any(c.isalpha() for c in password):
            return password


def must_change(user: User) -> bool:
    """Whether the account has to take a new password before anything else: handed out, or older than allowed.

    The age concerns officers; a resident who signs in twice a year is not chased.
    """
    if user.must_change_password:
        return True
    if user.is_resident or user.password_changed_at is None or not user.has_usable_password():
        return False
    return clock.now() - user.password_changed_at > timedelta(days=settings.PASSWORD_MAX_AGE_DAYS)
