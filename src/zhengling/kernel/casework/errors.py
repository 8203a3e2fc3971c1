"""Why an act did not happen. Each error says what, under which article, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from zhengling.kernel.casework.procedure import Text


class CaseworkError(Exception):
    """`citation` is the provision (or empty); `str()` is for the reader, in the reader's language."""

    status = 409
    code = "refused"

    def __init__(self, message: Text, citation: str = "") -> None:
        super().__init__(str(message))
        self.citation = citation


class ActRefused(CaseworkError):
    """The case or the law does not allow the act now."""


class NotYours(CaseworkError):
    """The actor lacks the authority; the message names who has it."""

    status = 403
    code = "not_yours"


class StaleCase(CaseworkError):
    """Somebody acted since the page was opened."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__(
            _("somebody else has acted on this case since you opened it; reload it and decide again")
        )


class InvalidData(CaseworkError):
    """What was entered is incomplete or wrong; `errors` has the messages by field name."""

    status = 422
    code = "invalid"

    def __init__(self, errors: Mapping[str, Sequence[Text]]) -> None:
        self.errors = {name: [str(text) for text in texts] for name, texts in errors.items()}
        super().__init__("; ".join(f"{name}: {', '.join(texts)}" for name, texts in self.errors.items()))
