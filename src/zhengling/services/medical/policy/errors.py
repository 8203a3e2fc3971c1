"""Why a reform did not move on; what to do next stands in the message."""

from __future__ import annotations

from zhengling.kernel.casework.errors import CaseworkError, NotYours


class PolicyRefused(CaseworkError):
    """The reform's state or the law does not allow it now; nothing has changed."""


class NotYourReform(NotYours):
    """The actor lacks the role in the office that sets policy, or drafted the reform himself."""


class StaleReform(PolicyRefused):
    """Somebody changed the reform since the page was opened."""

    code = "stale"
