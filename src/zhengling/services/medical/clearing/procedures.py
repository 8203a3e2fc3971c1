"""Clearing with agreement institutions as tables: YZCR-2021-01016, articles 16 and 21(3).

`medical_clearing` carries one statement from the month's end to the institution's account; `medical_funding` brings the
money for it into the one-stop account, asked for by healthcare security, granted by finance.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhengling.kernel.casework.procedure import Act, Authority, Field, Limit, Procedure, Relation, Stage
from zhengling.kernel.funds.models import Source
from zhengling.services.medical.clearing import guards, operations
from zhengling.services.medical.procedures import (
    COUNTY_APPROVER,
    COUNTY_CASHIER,
    COUNTY_REVIEWER,
    INSTRUMENT,
    RELATIONS,
    SYSTEM,
)

INSTITUTION = Authority("clerk", "institution")
FINANCE = Authority("approver", "county_finance")

# The rows below are read side by side; one act, one row.
# fmt: off
CLEARING = Procedure(
    name="medical_clearing",
    label=_("clearing with an institution"),
    service="medical",
    instrument=INSTRUMENT,
    prefix="QS",
    relations={
        "county": RELATIONS["county"],
        "county_medical": RELATIONS["county_medical"],
        "institution": Relation(kind="hospital"),
    },
    retention="medical_clearing",
    stages=(
        Stage("drawn", _("to be confirmed by the institution"), INSTITUTION, "16"),
        Stage("review", _("to be reviewed"), COUNTY_REVIEWER, "16"),
        Stage("approval", _("to be approved"), COUNTY_APPROVER, "16"),
        Stage("payment", _("to be paid"), COUNTY_CASHIER, "21.3"),
        Stage("paid", _("paid"), None, "21.3", closed=True),
        Stage("settled", _("nothing to pay"), None, "16", closed=True),
    ),
    acts=(
        Act("draw_up", _("draw up the statement"), (), "drawn", (SYSTEM, COUNTY_REVIEWER), "16", effect=operations.draw_up),
        Act("confirm", _("confirm"), ("drawn",), "review", (INSTITUTION,), "16"),
        Act("dispute", _("dispute"), ("drawn",), "review", (INSTITUTION,), "16",
            fields=(Field("dispute", _("which lines are wrong, and why"), "long_text"),)),
        Act("pass_over", _("review without the institution's answer"), ("drawn",), "review", (COUNTY_REVIEWER,), "16",
            fields=(Field("reason", _("reason"), "long_text"),)),
        Act("review", _("record the review"), ("review",), "approval", (COUNTY_REVIEWER,), "16",
            fields=(
                Field("deductions", _("deductions"), "table", required=False, article="8",
                      columns=(
                          Field("setl_id", _("settlement number"), max_length=40),
                          Field("amount", _("deducted"), "money"),
                          Field("reason", _("reason")),
                      )),
                Field("opinion", _("opinion"), "long_text"),
            ),
            effect=operations.review),
        Act("send_back", _("return to the reviewer"), ("approval",), "review", (COUNTY_APPROVER,), "16",
            fields=(Field("reason", _("reason"), "long_text"),), returns=True),
        Act("approve", _("approve"), ("approval",), "payment", (COUNTY_APPROVER,), "16",
            fields=(Field("source", _("source of the money"), "choice", choices=tuple(Source.choices), article="18",
                          initial=Source.BUDGET.value),),
            guards=(guards.no_open_difference,), different_from=("review",), effect=operations.approve),
        Act("pay", _("paid to the institution"), ("payment",), "paid", (SYSTEM,), "21.3"),
    ),
    limits=(
        Limit("confirmation", _("confirmation by the institution"), "clearing_confirmation_workdays",
              ("draw_up",), ("confirm", "dispute", "pass_over"), "16", "institution", statutory=False),
        Limit("review", _("review of the statement"), "clearing_review_workdays",
              ("confirm", "dispute", "pass_over"), ("approve",), "16", "county_medical", statutory=False),
        Limit("payment", _("payment to the institution"), "clearing_payment_workdays",
              ("approve",), ("pay",), "21.3", "county_medical", statutory=False),
    ),
)

FUNDING = Procedure(
    name="medical_funding",
    label=_("money for the one-stop account"),
    service="medical",
    instrument=INSTRUMENT,
    prefix="QB",
    relations={
        "county": RELATIONS["county"],
        "county_medical": RELATIONS["county_medical"],
        "county_finance": Relation("county", "finance"),
    },
    retention="medical_clearing",
    opener=operations.request_funding,
    stages=(
        Stage("requested", _("to be granted by finance"), FINANCE, "21.3"),
        Stage("funded", _("in the one-stop account"), None, "21.3", closed=True),
        Stage("refused", _("refused"), None, "21.3", closed=True),
    ),
    acts=(
        Act("request", _("ask for money"), (), "requested", (COUNTY_CASHIER, COUNTY_REVIEWER), "21.3",
            fields=(
                Field("county", _("county or zone"), "unit", level="county"),
                *(Field(source.value, source.label, "money", required=False, article="18") for source in Source),
                Field("grounds", _("what it is for"), "long_text"),
            ),
            effect=operations.note_request),
        Act("fund", _("grant and move the money"), ("requested",), "funded", (FINANCE,), "21.3",
            fields=(Field("override_reason", _("reason for going beyond the balance, if it does"), "long_text",
                          required=False, article="21.1"),),
            different_from=("request",), effect=operations.fund),
        Act("refuse", _("refuse"), ("requested",), "refused", (FINANCE,), "21.3",
            fields=(Field("reason", _("reason"), "long_text"),), different_from=("request",)),
    ),
    limits=(
        Limit("funding", _("decision of finance"), "funding_request_workdays",
              ("request",), ("fund", "refuse"), "21.3", "county_finance", statutory=False),
    ),
)
# fmt: on

PROCEDURES = (CLEARING, FUNDING)
