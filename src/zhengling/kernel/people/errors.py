"""Why a person was not entered, changed or shown. Messages never repeat what they protect."""

from __future__ import annotations


class PersonError(Exception):
    """The data or the rules do not allow it."""

    status = 422
    code = "refused"


class MismatchError(PersonError):
    """The number is known with another name."""

    status = 409


class NotAllowedError(PersonError):
    """The actor has no business with personal data."""

    status = 403
    code = "not_allowed"
