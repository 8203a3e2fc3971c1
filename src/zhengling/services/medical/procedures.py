"""The procedures of medical assistance as tables: YZCR-2021-01016, articles 4, 6, 14, 24 and 25.

`medical_aid` carries one application of class 3 from the village to paid money and the archive; `medical_list` is the
quarter's public list of one village; `medical_objection` re-examines what somebody objects to.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhengling.kernel.casework.procedure import (
    Act,
    Authority,
    Field,
    Item,
    Limit,
    Paper,
    Procedure,
    Relation,
    Stage,
)
from zhengling.services.medical import guards, operations, publicity
from zhengling.services.medical.models import Benefit, Exclusion

INSTRUMENT = "YZCR-2021-01016"

APPLICANT = Authority("applicant")
SYSTEM = Authority("system")
CADRE = Authority("cadre", "village")
TOWNSHIP_CLERK = Authority("clerk", "township")
TOWNSHIP_REVIEWER = Authority("reviewer", "township")
CIVIL_CLERK = Authority("clerk", "county_civil_affairs")
COUNTY_REVIEWER = Authority("reviewer", "county_medical")
COUNTY_APPROVER = Authority("approver", "county_medical")
COUNTY_CASHIER = Authority("cashier", "county_medical")

RELATIONS = {
    "village": Relation("village"),
    "township": Relation("township"),
    "county": Relation("county"),
    "county_medical": Relation("county", "medical_insurance"),
    "county_civil_affairs": Relation("county", "civil_affairs"),
}

SETTLEMENTS = Field(
    "settlements",
    _("settlements handed in"),
    "table",
    article="14",
    help=_("one row for each insurance settlement of this year; amounts are on the settlement sheet"),
    columns=(
        Field("setl_id", _("settlement number"), help=_("as printed on the sheet"), max_length=40),
        Field("setl_time", _("settled on"), "date"),
        Field("hospital", _("hospital"), max_length=120),
        Field("benefit", _("kind"), "choice", choices=tuple(Benefit.choices)),
        Field("medfee_sumamt", _("total cost"), "money"),
        Field("inscp_scp_amt", _("within the insurance scope"), "money"),
        Field("paid_before_assistance", _("paid by insurance before assistance"), "money"),
    ),
)

APPLY = (
    Field("name", _("name of the patient"), "name", sensitive=True, max_length=120),
    Field("id_number", _("identity number"), "id_number", sensitive=True),
    Field("phone", _("telephone"), "phone", sensitive=True),
    Field("village", _("village or community of residence"), "unit", level="village"),
    Field("bank_name", _("bank"), max_length=80),
    Field("bank_account", _("bank account of the patient"), "bank_account", sensitive=True, article="21"),
    Field("disease", _("diagnosis"), sensitive=True, article="6"),
    Field("hardship_veteran", _("veteran in hardship"), "flag", required=False, article="10(4)"),
    SETTLEMENTS,
)

SURVEY = (
    Field("visited_on", _("visited on"), "date"),
    Field("surveyors", _("surveyors"), help=_("names of the two officers"), max_length=120),
    Field("members", _("persons in the household"), "integer"),
    Field(
        "income_12_months",
        _("disposable income of the household in the 12 months before applying"),
        "money",
        article="6(1)",
    ),
    Field(
        "property_beyond_necessities",
        _("property beyond basic housing and daily necessities"),
        "money",
        article="6(1)",
    ),
    Field(
        "annual_in_scope_self_paid",
        _("in-scope cost of the patient this year, paid by the patient"),
        "money",
        article="6(2)",
    ),
    Field("note", _("what was found"), "long_text", required=False),
    Field("device_key", _("key of the form on the device"), "key", required=False, max_length=64),
)

RECOGNISE = (
    Field(
        "recognised",
        _("recognition"),
        "choice",
        choices=(
            ("as_proposed", _("as the tests say")),
            ("recognise", _("recognise although no test is met")),
            ("deny", _("deny although a test is met")),
        ),
        reason_when=("recognise", "deny"),
        article="6",
        help=_("“in principle” leaves a discretion; using it needs a reason"),
    ),
)

# The rows below are read side by side; one act, one row.
# fmt: off
AID = Procedure(
    name="medical_aid",
    label=_("medical assistance, class 3"),
    service="medical",
    instrument=INSTRUMENT,
    prefix="YJ",
    relations=RELATIONS,
    opener=operations.apply,
    retention="medical_aid",
    stages=(
        Stage("filed", _("to be accepted"), TOWNSHIP_CLERK, "14"),
        Stage("incomplete", _("papers missing"), CADRE, "14"),
        Stage(
            "township",
            _("township survey and review"),
            TOWNSHIP_REVIEWER,
            "14",
            items=(
                Item("survey", _("household survey"), TOWNSHIP_CLERK),
                Item("recognition", _("recognition by civil affairs"), CIVIL_CLERK),
            ),
        ),
        Stage("further", _("township review, further application"), TOWNSHIP_REVIEWER, "15"),
        Stage("county", _("county review"), COUNTY_REVIEWER, "14"),
        Stage("approval", _("county approval"), COUNTY_APPROVER, "14"),
        Stage("payment", _("to be paid"), COUNTY_CASHIER, "14"),
        Stage("paid", _("paid, to be made public"), None, "14"),
        Stage("closed", _("closed"), None, "14", closed=True),
        Stage("refused", _("refused"), None, "14", closed=True),
        Stage("withdrawn", _("withdrawn"), None, "14", closed=True),
        Stage("archived", _("archived"), None, "25", closed=True),
    ),
    acts=(
        Act("file", _("apply"), (), "filed", (APPLICANT, CADRE, TOWNSHIP_CLERK), "14",
            fields=APPLY, effect=operations.file),
        Act("notify_missing", _("notify of missing papers"), ("filed",), "incomplete", (TOWNSHIP_CLERK,), "14",
            fields=(Field("missing", _("what is missing, all of it at once"), "long_text"),),
            guards=(guards.not_notified_before,), effect=operations.notify_missing),
        Act("supplement", _("hand in what was missing"), ("incomplete",), "filed", (APPLICANT, CADRE, TOWNSHIP_CLERK),
            "14", fields=(Field("note", _("note"), "long_text", required=False),)),
        Act("accept", _("accept"), ("filed",), "township", (TOWNSHIP_CLERK,), "14",
            guards=(guards.papers_complete, guards.not_already_class_1_or_2), effect=operations.accept),
        Act("mark_urgent", _("put on the urgent track"), ("filed", "township", "further", "county", "approval"), None,
            (TOWNSHIP_CLERK, TOWNSHIP_REVIEWER, COUNTY_REVIEWER), "14",
            fields=(Field("reason", _("sudden serious disease: why it cannot wait"), "long_text"),),
            guards=(guards.not_urgent_yet,), effect=operations.mark_urgent),
        Act("survey", _("record the household survey"), ("township",), None, (TOWNSHIP_CLERK, CADRE), "14",
            fields=SURVEY, effect=operations.survey, completes="survey", reopens=("recognition",)),
        Act("recognise", _("decide the recognition"), ("township",), None, (CIVIL_CLERK,), "4(5)",
            fields=RECOGNISE, guards=(guards.surveyed,), effect=operations.recognise, completes="recognition"),
        Act("forward", _("send to the county"), ("township", "further"), "county", (TOWNSHIP_REVIEWER,), "14",
            fields=(Field("opinion", _("opinion of the township"), "long_text"),),
            needs=("survey", "recognition"), different_from=("survey",), batch=True, recallable=True),
        Act("send_back", _("send back to the township"), ("county",), "township", (COUNTY_REVIEWER,), "14",
            fields=(Field("reason", _("what has to be mended"), "long_text"),), returns=True,
            effect=operations.reopen_survey),
        Act("propose", _("propose the decision"), ("county",), "approval", (COUNTY_REVIEWER,), "14",
            fields=(
                Field("proposal", _("proposal"), "choice",
                      choices=(("approve", _("grant as computed")), ("refuse", _("refuse"))),
                      reason_when=("refuse",), article="14"),
                Field("exclusions", _("settlements that do not count"), "table", required=False, article="8",
                      columns=(
                          Field("setl_id", _("settlement number")),
                          Field("exclusion", _("ground"), "choice",
                                choices=tuple(choice for choice in Exclusion.choices if choice[0])),
                          Field("reason", _("reason")),
                      )),
            ),
            effect=operations.propose),
        Act("return_to_review", _("return to the reviewer"), ("approval",), "county", (COUNTY_APPROVER,), "14",
            fields=(Field("reason", _("reason"), "long_text"),), returns=True),
        Act("approve", _("approve"), ("approval",), "payment", (COUNTY_APPROVER,), "14",
            guards=(guards.recognised, guards.proposal_is("approve"), guards.something_to_pay),
            different_from=("propose",), effect=operations.approve, copies=("township",), batch=True),
        Act("refuse", _("refuse in writing"), ("approval",), "refused", (COUNTY_APPROVER,), "14",
            fields=(Field("reasons", _("reasons for the applicant"), "long_text"),),
            different_from=("propose",), effect=operations.refuse, copies=("township",)),
        Act("pay", _("paid to the bank account"), ("payment",), "paid", (SYSTEM,), "14", effect=operations.note_payment),
        Act("publicise", _("public list run out"), ("paid",), "closed", (SYSTEM,), "14",
            guards=(guards.no_standing_objection,)),
        Act("withdraw", _("withdraw the application"), ("filed", "incomplete", "township", "further", "county"), "withdrawn",
            (APPLICANT, TOWNSHIP_CLERK), "14", fields=(Field("reason", _("reason"), "long_text"),),
            effect=operations.release_settlements),
        Act("archive", _("archive"), ("closed", "refused", "withdrawn"), "archived", (COUNTY_REVIEWER, TOWNSHIP_CLERK), "25",
            effect=operations.archive, batch=True),
    ),
    limits=(
        Limit("township_review", _("township survey and review"), "township_review_workdays",
              ("accept",), ("forward",), "14", "township"),
        Limit("county_review", _("county review"), "county_review_workdays",
              ("forward",), ("approve", "refuse", "send_back"), "14", "county_medical"),
        Limit("rework", _("mending by the township"), "rework_workdays",
              ("send_back",), ("forward",), "14", "township", statutory=False),
        Limit("payment", _("payment to the bank account"), "payment_workdays",
              ("approve",), ("pay",), "14", "county_medical"),
    ),
    papers=(
        Paper("signed_form", _("application form, signed"), "14"),
        Paper("identity_card", _("identity card"), "14"),
        Paper("medical_history", _("proof of this year's illness"), "14"),
        Paper("settlement_sheets", _("settlement sheets of the hospital"), "14"),
        Paper("bank_card", _("bank card"), "21"),
        Paper("other", _("other papers"), "14", required=False),
    ),
)

LIST = Procedure(
    name="medical_list",
    label=_("quarterly public list"),
    service="medical",
    instrument=INSTRUMENT,
    prefix="GS",
    relations={name: RELATIONS[name] for name in ("village", "township", "county_medical")},
    retention="medical_list",
    stages=(
        Stage("to_post", _("to be posted"), CADRE, "14"),
        Stage("posted", _("posted"), TOWNSHIP_CLERK, "14"),
        Stage("taken_down", _("period over"), None, "14", closed=True),
    ),
    acts=(
        Act("open", _("draw up the list"), (), "to_post", (SYSTEM,), "14", effect=publicity.draw_up_list),
        Act("post", _("posted on the board"), ("to_post",), "posted", (CADRE, TOWNSHIP_CLERK), "14",
            fields=(Field("posted_on", _("posted on"), "date"),), guards=(guards.photographed,), effect=publicity.post_list),
        Act("take_down", _("take the list down"), ("posted",), "taken_down", (TOWNSHIP_CLERK, CADRE, SYSTEM), "14",
            effect=publicity.finish_list),
    ),
    limits=(
        Limit("posting", _("posting on the board"), "posting_workdays", ("open",), ("post",), "14", "village", statutory=False),
        Limit("publicity", _("five working days on the board"), "publicity_workdays",
              ("post",), ("take_down",), "14", "township", start_field="posted_on", waits=True),
    ),
    papers=(Paper("photo", _("photo of the posted list"), "14"),),
)

OBJECTION = Procedure(
    name="medical_objection",
    label=_("objection to a decision made public"),
    service="medical",
    instrument=INSTRUMENT,
    prefix="YY",
    relations={name: RELATIONS[name] for name in ("village", "township", "county_medical")},
    retention="medical_aid",
    stages=(
        Stage("filed", _("to be examined"), COUNTY_REVIEWER, "14"),
        Stage("examined", _("to be decided"), COUNTY_APPROVER, "14"),
        Stage("upheld", _("upheld"), None, "14", closed=True),
        Stage("dismissed", _("found unfounded"), None, "14", closed=True),
    ),
    acts=(
        Act("file", _("object"), (), "filed", (APPLICANT, CADRE, TOWNSHIP_CLERK, SYSTEM), "14",
            fields=(
                Field("grounds", _("what is wrong and how you know it"), "long_text"),
                Field("contact", _("how to reach you"), required=False, sensitive=True),
            )),
        Act("examine", _("record the examination"), ("filed",), "examined", (COUNTY_REVIEWER,), "14",
            fields=(Field("findings", _("findings"), "long_text"),)),
        Act("uphold", _("uphold"), ("examined",), "upheld", (COUNTY_APPROVER,), "24",
            fields=(Field("reasons", _("reasons"), "long_text"),), different_from=("examine",)),
        Act("dismiss", _("dismiss as unfounded"), ("examined",), "dismissed", (COUNTY_APPROVER,), "14",
            fields=(Field("reasons", _("reasons"), "long_text"),), different_from=("examine",)),
    ),
    limits=(
        Limit("examination", _("re-examination"), "objection_workdays", ("file",), ("uphold", "dismiss"), "14",
              "county_medical", statutory=False),
    ),
)

# fmt: on

PROCEDURES = (AID, LIST, OBJECTION)
