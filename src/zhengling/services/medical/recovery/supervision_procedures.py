"""Supervision of the fund and referrals as tables: YZCR-2021-01016, articles 23 and 4(10).

`medical_supervision` pursues diversion, misuse, false claims and impersonation from the lead to the measure;
`medical_referral` asks the health department about suspect treatment and takes its answer.
"""

from __future__ import annotations

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
from zhengling.services.medical.procedures import COUNTY_APPROVER, COUNTY_REVIEWER, INSTRUMENT, RELATIONS
from zhengling.services.medical.recovery import guards, operations, supervision
from zhengling.services.medical.recovery.models import Lead, Measure
from zhengling.services.medical.recovery.procedures import EVIDENCE, REASON, RECEIPT

COUNTY_CLERK = Authority("clerk", "county_medical")
HEALTH_CLERK = Authority("clerk", "county_health")
HEALTH_REVIEWER = Authority("reviewer", "county_health")

REPORT = (
    Field("kind", _("what is suspected"), "choice", choices=tuple(Lead.Kind.choices), article="23"),
    Field("party_kind", _("by whom"), "choice", choices=tuple(Lead.PartyKind.choices)),
    Field("party", _("name of the unit, hospital or person"), sensitive=True, max_length=120),
    Field("source", _("how it became known"), "choice", choices=tuple(Lead.Source.choices)),
    Field("lead", _("the lead"), "long_text", article="23",
          help=_("do not write here who reported it; that has fields of its own")),
    Field("reporter_name", _("name of who reported it"), required=False, sensitive=True, max_length=60,
          help=_("kept sealed; the party never learns it")),
    Field("reporter_contact", _("how to reach who reported it"), required=False, sensitive=True, max_length=60),
)  # fmt: skip

REFER = (
    Field("hospital", _("hospital"), max_length=120, article="4(10)"),
    Field("period", _("period of the treatment"), max_length=60),
    Field("question", _("what is to be examined"), "long_text", article="4(10)"),
)

MEASURE = (
    Field("kind", _("measure"), "choice", choices=tuple(Measure.Kind.choices), article="23"),
    Field("words", _("what is ordered, or why nothing is"), "long_text"),
    Field("amount", _("amount to return"), "money", required=False),
    Field("due", _("by which day"), "date", required=False),
    Field("organ", _("authority it is handed over to"), required=False, max_length=80),
    Field("reference", _("number of the hand-over"), required=False, max_length=60),
)

# The rows below are read side by side; one act, one row.
# fmt: off
SUPERVISION = Procedure(
    name="medical_supervision",
    label=_("supervision of the fund"),
    service="medical",
    instrument=INSTRUMENT,
    prefix="JG",
    relations={name: RELATIONS[name] for name in ("county", "county_medical")},
    opener=supervision.start,
    retention="medical_supervision",
    stages=(
        Stage("reported", _("preliminary check due"), COUNTY_REVIEWER, "23"),
        Stage("checked", _("to be taken up or left"), COUNTY_APPROVER, "23"),
        Stage("investigation", _("being investigated"), COUNTY_REVIEWER, "23"),
        Stage("found", _("measure to be decided"), COUNTY_APPROVER, "23"),
        Stage("measures", _("measures to be followed"), COUNTY_REVIEWER, "23"),
        Stage("closed", _("closed"), None, "23", closed=True),
        Stage("left", _("not taken up"), None, "23", closed=True),
        Stage("archived", _("archived"), None, "25", closed=True),
    ),
    acts=(
        Act("report", _("enter a lead"), (), "reported", (COUNTY_REVIEWER, COUNTY_CLERK), "23",
            fields=REPORT, effect=supervision.enter),
        Act("check", _("record the preliminary check"), ("reported",), "checked", (COUNTY_REVIEWER,), "23",
            fields=(Field("findings", _("findings"), "long_text"),
                    Field("advice", _("advice"), "choice",
                          choices=(("take_up", _("take up")), ("leave", _("leave")))))),
        Act("take_up", _("take up as a case"), ("checked",), "investigation", (COUNTY_APPROVER,), "23",
            fields=REASON, different_from=("check",)),
        Act("leave", _("leave the lead"), ("checked",), "left", (COUNTY_APPROVER,), "23",
            fields=REASON, different_from=("check",)),
        Act("refer", _("ask the health department"), ("investigation",), None, (COUNTY_REVIEWER,), "4(10)",
            fields=REFER, effect=supervision.refer),
        Act("find", _("record what was found"), ("investigation",), "found", (COUNTY_REVIEWER,), "23",
            fields=(Field("facts", _("facts found"), "long_text"), EVIDENCE,
                    Field("amount", _("amount concerned"), "money", required=False)),
            guards=(guards.answered,), effect=supervision.find),
        Act("return_to_investigation", _("investigate further"), ("found",), "investigation", (COUNTY_APPROVER,), "23",
            fields=REASON, returns=True),
        Act("measure", _("decide a measure"), ("found", "measures"), "measures", (COUNTY_APPROVER,), "23",
            fields=MEASURE, different_from=("find",), effect=supervision.measure),
        Act("follow", _("record how a measure was followed"), ("measures",), None, (COUNTY_REVIEWER,), "23",
            fields=(Field("number", _("number of the measure"), "integer"),
                    Field("done_on", _("followed on"), "date"),
                    Field("result", _("result"), max_length=300)), effect=supervision.follow),
        Act("note_receipt", _("record the receipt of the authority"), ("measures", "closed"), None, (COUNTY_REVIEWER,), "23",
            fields=RECEIPT, guards=(guards.handed_over,), effect=operations.note_receipt),
        Act("close", _("close the case"), ("measures",), "closed", (COUNTY_APPROVER,), "23",
            fields=(Field("outcome", _("outcome"), "long_text"),), guards=(guards.measures_followed,)),
        Act("archive", _("archive"), ("closed", "left"), "archived", (COUNTY_REVIEWER,), "25",
            effect=operations.archive, batch=True),
    ),
    limits=(
        Limit("check", _("preliminary check"), "supervision_check_workdays", ("report",), ("take_up", "leave"), "23",
              "county_medical", statutory=False),
        Limit("investigation", _("investigation"), "supervision_workdays", ("take_up",), ("close",), "23",
              "county_medical", statutory=False),
    ),
    papers=(Paper("evidence", _("papers of the examination"), "23", required=False),),
)

REFERRAL = Procedure(
    name="medical_referral",
    label=_("suspect treatment referred to the health department"),
    service="medical",
    instrument=INSTRUMENT,
    prefix="WJ",
    relations={
        "county": RELATIONS["county"],
        "county_medical": RELATIONS["county_medical"],
        "county_health": Relation("county", "health"),
    },
    retention="medical_supervision",
    stages=(
        Stage("sent", _("to be answered"), HEALTH_CLERK, "4(10)"),
        Stage("answered", _("answered"), None, "4(10)", closed=True),
    ),
    acts=(
        Act("refer", _("ask the health department"), (), "sent", (COUNTY_REVIEWER,), "4(10)", fields=REFER),
        Act("answer", _("answer"), ("sent",), "answered", (HEALTH_CLERK, HEALTH_REVIEWER), "4(10)",
            fields=(
                Field("outcome", _("outcome"), "choice",
                      choices=(("confirmed", _("suspicion confirmed")), ("partly", _("confirmed in part")),
                               ("not_confirmed", _("not confirmed")))),
                Field("reply", _("reply"), "long_text"),
            )),
    ),
    limits=(
        Limit("answer", _("answer of the health department"), "referral_workdays", ("refer",), ("answer",), "4(10)",
              "county_health", statutory=False),
    ),
    papers=(Paper("reply", _("written reply"), "4(10)", required=False),),
)
# fmt: on

PROCEDURES = (SUPERVISION, REFERRAL)
