"""Why an act of premium subsidy may not happen yet. Each returns the reason in the reader's language, or None."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhengling.kernel.casework.procedure import Guard, Text
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.people.operations import unsealed
from zhengling.services.medical.premium import refunds, roster


def period_over(step: Step) -> Text | None:
    """Article 21: the county applies after the concentrated period, within one month."""
    terms = roster.terms_for(step.case.premium_request.year)
    if terms is None:
        return _("premium and enrolment period of this year are not set")
    return None if step.day > terms.last_day else _("the enrolment period is still running")


def somebody_on_it(step: Step) -> Text | None:
    """A request for nobody asks for nothing."""
    if not step.case.premium_request.lines.exists():
        return _("nobody stands on the roster")
    return None


def account_known(step: Step) -> Text | None:
    """Article 21: the money goes to the bank account of the person."""
    if not unsealed(step.case.premium_refund.person, "bank_account"):
        return _("the person's bank account is not on record: enter it first")
    return None


def refund_due(step: Step) -> Text | None:
    """Article 9: only who is entitled and paid the whole premium is given something back."""
    if step.data.get("proposal") == "approve" and refunds.refundable(step.case) is None:
        return _("nothing is to be refunded: propose a refusal with its reason")
    return None


def proposal_is(wanted: str) -> Guard:
    def guard(step: Step) -> Text | None:
        """The approver decides on what was proposed; another outcome goes back to the reviewer."""
        last = step.last("propose")
        if last is None or last.payload.data.get("proposal") != wanted:
            return _("the reviewer proposed something else; return it or decide as proposed")
        return None

    return guard
