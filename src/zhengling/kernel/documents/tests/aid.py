"""A small procedure that writes letters at every turn: receipt, missing papers, grant, refusal."""

from __future__ import annotations

from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.operations import open_case
from zhengling.kernel.casework.procedure import Act, Authority, Field, Paper, Procedure, Relation, Stage
from zhengling.kernel.clock import now
from zhengling.kernel.documents.operations import issue_letter
from zhengling.kernel.people.models import Person

CLERK, REVIEWER, APPROVER = (Authority(role, "bureau") for role in ("clerk", "reviewer", "approver"))


def acknowledge(step) -> None:
    issue_letter(step.case, "receipt", {}, step.actor, unit=step.unit)


def ask(step) -> None:
    issue_letter(step.case, "missing_papers", {"missing": step.data["missing"]}, step.actor, unit=step.unit)


def grant(step) -> None:
    issue_letter(step.case, "approval", {"amount": step.data["amount"]}, step.actor, unit=step.unit)


def refuse(step) -> None:
    issue_letter(step.case, "refusal", {"reasons": step.data["reasons"]}, step.actor, unit=step.unit)


MISSING = (Field("missing", "missing", "long_text"),)
AMOUNT = (Field("amount", "amount", "money"),)
REASONS = (Field("reasons", "reasons", "long_text"),)

PROCEDURE = Procedure(
    name="paper_aid",
    label="医疗救助",
    service="medical",
    instrument="YZCR-2021-01016",
    prefix="PA",
    retention="medical_aid",
    relations={"bureau": Relation("county", "medical_insurance")},
    papers=(
        Paper("card", "身份证", "14"),
        Paper("history", "病史证明材料", "14"),
        Paper("other", "其他", "14", required=False),
    ),
    stages=(
        Stage("filed", "filed", CLERK),
        Stage("review", "review", REVIEWER),
        Stage("approval", "approval", APPROVER),
        Stage("closed", "closed", closed=True),
    ),
    acts=(
        Act("file", "file", (), "filed", (CLERK,), "14"),
        Act("ask", "ask", ("filed",), None, (CLERK,), "14", fields=MISSING, effect=ask),
        Act("accept", "accept", ("filed",), "review", (CLERK,), "14", effect=acknowledge),
        Act("propose", "propose", ("review",), "approval", (REVIEWER,), "6"),
        Act("grant", "grant", ("approval",), "closed", (APPROVER,), "14", fields=AMOUNT, effect=grant),
        Act("refuse", "refuse", ("approval",), "closed", (APPROVER,), "14", fields=REASONS, effect=refuse),
    ),
)


def open_aid(place, actor, name: str = "王建国"):
    procedures.register(PROCEDURE)
    person = Person.objects.create(name=name, created_at=now())
    return open_case(PROCEDURE, actor, place, {}, title=f"{person.masked_name}的医疗救助", subject=person)
