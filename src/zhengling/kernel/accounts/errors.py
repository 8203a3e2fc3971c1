"""Why something about an account did not happen; the message says what to do instead, in the reader's
language."""

from __future__ import annotations


class AccountError(Exception):
    """The account, the rules or the input do not allow it."""

    status = 409
    code = "refused"


class NotAllowedError(AccountError):
    """The actor lacks the right; the message names who has it."""

    status = 403
    code = "not_allowed"
