"""The procedures of premium subsidy as tables: YZCR-2021-01016, articles 9 and 21.

`premium_request` asks a county's finance for the money of a year and brings it to the basic-insurance fund
(医保申请、财政审核、核拨); `premium_supplement` does the same for those who were missing. `premium_refund` gives the
subsidy to somebody who had paid the whole premium.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from zhengling.kernel.casework.procedure import (
    Act,
    Authority,
    Field,
    Limit,
    Paper,
    Procedure,
    Relation,
    Stage,
)
from zhengling.kernel.funds.models import Source
from zhengling.services.medical import procedures as medical
from zhengling.services.medical.premium import guards, operations, refunds
from zhengling.services.medical.procedures import (
    APPLICANT,
    CADRE,
    COUNTY_APPROVER,
    COUNTY_CASHIER,
    COUNTY_REVIEWER,
    INSTRUMENT,
    SYSTEM,
    TOWNSHIP_CLERK,
)

COUNTY_FINANCE = Authority("approver", "county_finance")

RELATIONS = {**medical.RELATIONS, "county_finance": Relation("county", "finance")}

APPLY = (
    Field("name", _("name of the insured person"), sensitive=True, max_length=120),
    Field("id_number", _("identity number"), "id_number", sensitive=True),
    Field("phone", _("telephone"), "phone", required=False, sensitive=True),
    Field("village", _("village or community of residence"), "unit", level="village"),
    Field("year", _("insured for the year"), "integer", article="9"),
    Field("paid_on", _("premium paid on"), "date", article="9"),
    Field("paid_amount", _("premium paid"), "money", article="9"),
    Field("bank_name", _("bank"), required=False, max_length=80),
    Field("bank_account", _("bank account of the insured person"), "bank_account", required=False, sensitive=True,
          article="21"),
)  # fmt: skip

# The rows below are read side by side; one act, one row.
# fmt: off
REQUEST = Procedure(
    name=operations.REQUEST,
    label=_("premium subsidy, request for money"),
    service="medical",
    instrument=INSTRUMENT,
    prefix="CB",
    relations={name: RELATIONS[name] for name in ("county", "county_medical", "county_finance")},
    retention="premium_request",
    stages=(
        Stage("drawing", _("roster being drawn up"), COUNTY_REVIEWER, "9"),
        Stage("signing", _("request to be filed"), COUNTY_APPROVER, "21"),
        Stage("finance", _("review by finance"), COUNTY_FINANCE, "21"),
        Stage("payment", _("to be paid to the insurance fund"), COUNTY_CASHIER, "21"),
        Stage("paid", _("paid to the insurance fund"), None, "21", closed=True),
        Stage("archived", _("archived"), None, "21", closed=True),
    ),
    acts=(
        Act("open", _("open the request"), (), "drawing", (SYSTEM,), "21",
            fields=(
                Field("year", _("insured for the year"), "integer"),
                Field("number", _("number of the supplement"), "integer", initial=0),
                Field("period_ended_on", _("last day of the enrolment period"), "date"),
            ),
            effect=operations.open_request),
        Act("redraw", _("draw the roster anew"), ("drawing",), None, (COUNTY_REVIEWER, SYSTEM), "9",
            effect=operations.redraw),
        Act("submit", _("hand the roster up"), ("drawing",), "signing", (COUNTY_REVIEWER,), "21",
            guards=(guards.period_over, guards.somebody_on_it), effect=operations.redraw),
        Act("return_to_roster", _("return for correction"), ("signing",), "drawing", (COUNTY_APPROVER,), "21",
            fields=(Field("reason", _("reason"), "long_text"),), returns=True),
        Act("file", _("file the request"), ("signing",), "finance", (COUNTY_APPROVER,), "21",
            fields=(Field("opinion", _("opinion of the department"), "long_text", required=False),),
            different_from=("submit",), effect=operations.file_request),
        Act("send_back", _("send back to the department"), ("finance",), "drawing", (COUNTY_FINANCE,), "21",
            fields=(Field("reason", _("what has to be mended"), "long_text"),), returns=True,
            effect=operations.thaw),
        Act("grant", _("approve the transfer"), ("finance",), "payment", (COUNTY_FINANCE,), "21",
            fields=(Field("source", _("source of the money"), "choice", choices=tuple(Source.choices), article="18"),),
            different_from=("submit", "file"), effect=operations.grant),
        Act("pay", _("arrived at the insurance fund"), ("payment",), "paid", (SYSTEM,), "21",
            effect=operations.note_payment),
        Act("archive", _("archive"), ("paid",), "archived", (COUNTY_REVIEWER,), "21", effect=operations.archive),
    ),
    limits=(
        Limit("request", _("request to finance"), "premium_request_months",
              ("open",), ("file",), "21", "county_medical", start_field="period_ended_on"),
        Limit("finance_review", _("review by finance"), "premium_finance_workdays",
              ("file",), ("grant", "send_back"), "21", "county_finance", statutory=False),
    ),
)

SUPPLEMENT = replace(
    REQUEST,
    name=operations.SUPPLEMENT,
    label=_("premium subsidy, supplementary request"),
    prefix="CZ",
    limits=(
        # The article knows one request; who was missing from it is not made to wait either.
        Limit("request", _("supplementary request to finance"), "premium_supplement_workdays",
              ("open",), ("file",), "21", "county_medical", statutory=False),
        REQUEST.limits[1],
    ),
)

REFUND = Procedure(
    name=refunds.REFUND,
    label=_("premium subsidy, refund"),
    service="medical",
    instrument=INSTRUMENT,
    prefix="TF",
    relations={name: RELATIONS[name] for name in ("village", "township", "county", "county_medical")},
    opener=refunds.apply,
    retention="premium_refund",
    stages=(
        Stage("filed", _("to be examined"), COUNTY_REVIEWER, "9"),
        Stage("approval", _("to be decided"), COUNTY_APPROVER, "9"),
        Stage("payment", _("to be paid back"), COUNTY_CASHIER, "21"),
        Stage("paid", _("paid back"), None, "21", closed=True),
        Stage("refused", _("refused"), None, "9", closed=True),
        Stage("withdrawn", _("withdrawn"), None, "9", closed=True),
        Stage("archived", _("archived"), None, "21", closed=True),
    ),
    acts=(
        Act("file", _("ask for the refund"), (), "filed",
            (APPLICANT, CADRE, TOWNSHIP_CLERK, COUNTY_REVIEWER), "9", fields=APPLY, effect=refunds.file),
        Act("name_account", _("enter the bank account"), ("filed",), None,
            (APPLICANT, CADRE, TOWNSHIP_CLERK, COUNTY_REVIEWER), "21",
            fields=(
                Field("bank_name", _("bank"), max_length=80),
                Field("bank_account", _("bank account of the insured person"), "bank_account", sensitive=True),
            ),
            effect=refunds.name_account),
        Act("propose", _("propose the decision"), ("filed",), "approval", (COUNTY_REVIEWER,), "9",
            fields=(
                Field("proposal", _("proposal"), "choice",
                      choices=(("approve", _("refund as computed")), ("refuse", _("refuse"))),
                      reason_when=("refuse",), article="9"),
            ),
            guards=(guards.refund_due,), effect=refunds.propose),
        Act("return_to_review", _("return to the reviewer"), ("approval",), "filed", (COUNTY_APPROVER,), "9",
            fields=(Field("reason", _("reason"), "long_text"),), returns=True),
        Act("approve", _("approve the refund"), ("approval",), "payment", (COUNTY_APPROVER,), "9",
            guards=(guards.proposal_is("approve"), guards.account_known), different_from=("propose",),
            effect=refunds.approve, batch=True),
        Act("refuse", _("refuse the refund in writing"), ("approval",), "refused", (COUNTY_APPROVER,), "9",
            fields=(Field("reasons", _("reasons for the applicant"), "long_text"),),
            guards=(guards.proposal_is("refuse"),), different_from=("propose",), effect=refunds.refuse),
        Act("pay", _("paid to the bank account"), ("payment",), "paid", (SYSTEM,), "21", effect=refunds.note_payment),
        Act("withdraw", _("withdraw the request"), ("filed",), "withdrawn", (APPLICANT, CADRE, TOWNSHIP_CLERK), "9",
            fields=(Field("reason", _("reason"), "long_text"),), effect=refunds.end),
        Act("archive", _("archive"), ("paid", "refused", "withdrawn"), "archived", (COUNTY_REVIEWER,), "21",
            effect=operations.archive),
    ),
    limits=(
        Limit("refund", _("decision on the refund"), "premium_refund_workdays",
              ("file",), ("approve", "refuse"), "9", "county_medical", statutory=False),
        Limit("payment", _("payment of the refund"), "premium_refund_workdays",
              ("approve",), ("pay",), "21", "county_medical", statutory=False),
    ),
    papers=(Paper("receipt", _("receipt of the premium paid"), "9", required=False),),
)

# fmt: on

PROCEDURES = (REQUEST, SUPPLEMENT, REFUND)
