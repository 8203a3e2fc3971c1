"""What the law's page says of this part: its rules in one line each, the choices of its parameters."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RULES: dict[str, str | Promise] = {
    "medical_premium.counts": _("finds whether an identity was recognised in time and held in the period"),
    "medical_premium.entitlement": _("finds the best claim of a person's identities for the year"),
    "medical_premium.standing": _("compares what the person paid with what was to be taken off"),
}

VALUES: dict[str, str | Promise] = {
    "any_day_of_period": _("any day of the enrolment period"),
    "last_day_of_period": _("the last day of the enrolment period"),
    "keep": _("the subsidy stays, except after fraud"),
    "recover": _("the subsidy is recovered"),
}
