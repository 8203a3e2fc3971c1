"""Why a statement may not be approved yet."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhengling.kernel.casework.procedure import Text
from zhengling.kernel.casework.steps import Step
from zhengling.services.medical.clearing import queries


def no_open_difference(step: Step) -> Text | None:
    """Nothing is paid on a figure about which the platform and we still disagree."""
    disputed = queries.settlements_in_dispute(step.case.statement)
    if disputed:
        return _("differences with the platform are open: %(ids)s; settle them or deduct the lines") % {
            "ids": "、".join(disputed[:5])
        }
    return None
