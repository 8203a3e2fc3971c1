"""A repayment that is late as a line of the morning page."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from zhengling.kernel.documents.amounts import yuan
from zhengling.kernel.funds.models import Instalment
from zhengling.kernel.supervision.lines import Line


def of_instalment(row: Instalment) -> Line:
    """What of the instalment is missing, whose it is and since when."""
    claim = row.receivable
    missing = min(row.amount, row.upto - claim.received)
    return Line(
        claim.reference,
        f"{claim.debtor} ￥{yuan(missing)}",
        reverse("case", args=[claim.reference]),
        claim.ledger.unit,
        case=UUID(claim.origin_id),
        what=_("instalment %(number)s") % {"number": row.seq},
        due=row.due,
    )
