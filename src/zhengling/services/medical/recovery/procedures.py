"""Recovery as a table: YZCR-2021-01016, article 24. What was got by fraud is stopped and demanded back in full."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhengling.kernel.casework.procedure import Act, Field, Limit, Paper, Procedure, Stage
from zhengling.services.medical.procedures import (
    COUNTY_APPROVER,
    COUNTY_CASHIER,
    COUNTY_REVIEWER,
    INSTRUMENT,
    RELATIONS,
    SYSTEM,
)
from zhengling.services.medical.recovery import guards, operations
from zhengling.services.medical.recovery.models import Authority, Ground, Handover, Means, Origin, Sanction

EVIDENCE = Field(
    "evidence",
    _("evidence found"),
    "table",
    article="24",
    columns=(
        Field("item", _("piece of evidence"), max_length=80),
        Field("source", _("where it comes from"), max_length=80),
        Field("shows", _("what it shows"), max_length=200),
    ),
)

OPEN = (
    Field("origin", _("starts from"), "choice", choices=tuple(Origin.choices[:3]), article="24"),
    Field("reference", _("number of the case or settlement"), required=False, max_length=40),
    Field("name", _("name of the person reported"), required=False, sensitive=True, max_length=120,
          help=_("for a report; otherwise the case names the person")),
    Field("id_number", _("identity number of the person reported"), "id_number", required=False, sensitive=True),
    Field("village", _("village or community of the person reported"), "unit", required=False, level="village"),
    Field("suspicion", _("what is suspected and why"), "long_text", article="24"),
)  # fmt: skip

FIND = (
    Field("facts", _("facts found"), "long_text", article="24"),
    Field("means", _("means"), "choice", choices=tuple(Means.choices), article="24"),
    Field(
        "ground", _("what the false facts were about"), "choice", choices=tuple(Ground.choices), article="24"
    ),
    EVIDENCE,
    Field(
        "settlements",
        _("settlements at issue"),
        "table",
        required=False,
        help=_("left empty: all that the case at issue was granted"),
        columns=(Field("setl_id", _("settlement number"), max_length=40),),
    ),
)

HAND_OVER = (
    Field("authority", _("handed over to"), "choice", choices=tuple(Authority.choices), article="24"),
    Field("organ", _("name of the authority"), max_length=80),
    Field("suspected", _("what is suspected"), "long_text"),
)

RECEIPT = (
    Field("answer", _("answer"), "choice", choices=tuple(Handover.Answer.choices[1:])),
    Field("receipt", _("number of the receipt"), max_length=60),
    Field("receipt_on", _("received on"), "date"),
    Field("note", _("note"), "long_text", required=False),
)

SANCTION = (
    Field("kind", _("kind of decision"), "choice", choices=tuple(Sanction.Kind.choices)),
    Field("organ", _("decided by"), max_length=80),
    Field("law", _("law and article it rests on"), max_length=120,
          help=_("of the law named there; these rules set no fine and compute none")),
    Field("reference", _("number of the decision"), max_length=60),
    Field("decided_on", _("decided on"), "date"),
    Field("amount", _("amount decided, where it is a fine"), "money", required=False),
    Field("reason", _("reason"), "long_text"),
)  # fmt: skip

PLAN = (
    Field("hardship", _("why it cannot be paid at once"), "long_text"),
    Field(
        "instalments",
        _("instalments"),
        "table",
        help=_("together exactly what is outstanding"),
        columns=(Field("due", _("due on"), "date"), Field("amount", _("amount"), "money")),
    ),
)

REASON = (Field("reason", _("reason"), "long_text"),)
CLAIMED = ("recovering", "plan")

# The rows below are read side by side; one act, one row.
# fmt: off
RECOVERY = Procedure(
    name="medical_recovery",
    label=_("recovery of assistance got by fraud"),
    service="medical",
    instrument=INSTRUMENT,
    prefix="ZH",
    relations={name: RELATIONS[name] for name in ("county", "county_medical")},
    opener=operations.start,
    retention="medical_recovery",
    stages=(
        Stage("examination", _("being examined"), COUNTY_REVIEWER, "24"),
        Stage("defence", _("the person may answer"), COUNTY_REVIEWER, "24"),
        Stage("proposed", _("to be decided"), COUNTY_APPROVER, "24"),
        Stage("recovering", _("to come back"), COUNTY_CASHIER, "24"),
        Stage("plan", _("instalments to be approved"), COUNTY_APPROVER, "24"),
        Stage("recovered", _("received in full"), None, "24", closed=True),
        Stage("stopped", _("stopped before anything was paid"), None, "24", closed=True),
        Stage("cleared", _("found without ground"), None, "24", closed=True),
        Stage("archived", _("archived"), None, "25", closed=True),
    ),
    acts=(
        Act("open", _("open a recovery"), (), "examination", (COUNTY_REVIEWER, SYSTEM), "24",
            fields=OPEN, effect=operations.open_recovery),
        Act("find", _("record what was found"), ("examination",), None, (COUNTY_REVIEWER,), "24",
            fields=FIND, effect=operations.find),
        Act("notify", _("tell the person and ask for an answer"), ("examination",), "defence", (COUNTY_REVIEWER,), "24",
            guards=(guards.found,), effect=operations.notify),
        Act("hear", _("record the answer of the person"), ("defence",), None, (COUNTY_REVIEWER,), "24",
            fields=(
                Field("stated_on", _("stated on"), "date"),
                Field("statement", _("statement and defence"), "long_text"),
                Field("assessment", _("what it changes, and why"), "long_text"),
            ), effect=operations.hear),
        Act("reexamine", _("examine again"), ("defence",), "examination", (COUNTY_REVIEWER,), "24",
            fields=REASON, returns=True),
        Act("propose", _("propose to stop and to demand back"), ("defence",), "proposed", (COUNTY_REVIEWER,), "24",
            fields=(Field("opinion", _("opinion"), "long_text"),), guards=(guards.notified,), effect=operations.propose),
        Act("propose_clearing", _("propose to close without ground"), ("examination", "defence"), "proposed",
            (COUNTY_REVIEWER,), "24", fields=REASON, effect=operations.propose_clearing),
        Act("return_to_review", _("return to the reviewer"), ("proposed",), "examination", (COUNTY_APPROVER,), "24",
            fields=REASON, returns=True, effect=operations.return_to_review),
        Act("decide", _("stop assistance and demand it back in full"), ("proposed",), "recovering", (COUNTY_APPROVER,), "24",
            guards=(guards.proposal_is("demand"),), different_from=("find", "propose"), effect=operations.decide),
        Act("clear", _("close without ground"), ("proposed",), "cleared", (COUNTY_APPROVER,), "24",
            fields=REASON, guards=(guards.proposal_is("clear"),), different_from=("propose_clearing",),
            effect=operations.conclude_objection),
        Act("receive", _("book money that came back"), CLAIMED, None, (COUNTY_CASHIER,), "24",
            fields=(
                Field("amount", _("amount"), "money"),
                Field("received_on", _("received on"), "date"),
                Field("document", _("number of the bank's slip"), max_length=60),
            ), effect=operations.receive),
        Act("reverse_receipt", _("reverse a slip booked wrongly"), (*CLAIMED, "recovered"), "recovering",
            (COUNTY_APPROVER,), "24", fields=(Field("document", _("number of the bank's slip"), max_length=60), *REASON),
            effect=operations.reverse_receipt),
        Act("propose_plan", _("propose instalments"), ("recovering",), "plan", (COUNTY_REVIEWER, COUNTY_CASHIER), "24",
            fields=PLAN, effect=operations.propose_plan),
        Act("approve_plan", _("approve the instalments"), ("plan",), "recovering", (COUNTY_APPROVER,), "24",
            different_from=("propose_plan",), effect=operations.approve_plan),
        Act("refuse_plan", _("refuse the instalments"), ("plan",), "recovering", (COUNTY_APPROVER,), "24", fields=REASON),
        Act("hand_over", _("hand over to justice"), ("examination", "defence", *CLAIMED), None, (COUNTY_APPROVER,), "24",
            fields=HAND_OVER, guards=(guards.found,), effect=operations.hand_over),
        Act("note_receipt", _("record the receipt of the authority"), ("examination", "defence", *CLAIMED, "recovered"),
            None, (COUNTY_REVIEWER,), "24", fields=RECEIPT, guards=(guards.handed_over,), effect=operations.note_receipt),
        Act("record_sanction", _("record a decision of other law"), (*CLAIMED, "recovered", "stopped"), None,
            (COUNTY_REVIEWER,), "24", fields=SANCTION, effect=operations.record_sanction),
        Act("lift_stop", _("lift the stop"), (*CLAIMED, "recovered", "stopped"), None, (COUNTY_APPROVER,), "24",
            fields=REASON, guards=(guards.stop_stands,), effect=operations.lift_stop),
        Act("archive", _("archive"), ("recovered", "stopped", "cleared"), "archived", (COUNTY_REVIEWER,), "25",
            effect=operations.archive, batch=True),
    ),
    limits=(
        Limit("examination", _("examination"), "recovery_workdays", ("open", "reexamine", "return_to_review"),
              ("propose", "propose_clearing"), "24", "county_medical", statutory=False),
        Limit("defence", _("time to answer"), "defence_workdays", ("notify",), ("propose",), "24",
              "county_medical", statutory=False, waits=True),
        Limit("decision", _("decision"), "recovery_decision_workdays", ("propose", "propose_clearing"),
              ("decide", "clear", "return_to_review"), "24", "county_medical", statutory=False),
    ),
    papers=(
        Paper("evidence", _("papers of the examination"), "24", required=False),
        Paper("answer", _("answer of the person, signed"), "24", required=False),
        Paper("receipt", _("receipt of the authority"), "24", required=False),
    ),
)
# fmt: on
