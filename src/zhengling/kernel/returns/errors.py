"""Why a return did not move. Each error says what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from zhengling.kernel.casework.errors import CaseworkError, NotYours
from zhengling.kernel.returns.figures import Finding


class ReturnRefused(CaseworkError):
    """The return, or one below it, does not allow it now; nothing has changed."""


class NotYourReturn(NotYours):
    """The actor does not make or decide this return; the message names who does."""


class StaleReturn(CaseworkError):
    code = "stale"

    def __init__(self) -> None:
        super().__init__(
            _("somebody else has worked on this return since you opened it; reload it and look again")
        )


class ChecksFail(CaseworkError):
    """The figures contradict each other. `findings` name the checks and their cells."""

    status = 422
    code = "checks_fail"

    def __init__(self, message: str, findings: Sequence[Finding], citation: str = "") -> None:
        super().__init__(message, citation)
        self.findings = list(findings)
