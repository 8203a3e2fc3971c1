"""Every write of a supervision case (基金监管), article 23: lead, check, investigation, finding, measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.errors import InvalidData, NotYours
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import open_case
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.ciphers import seal, unseal
from zhengling.kernel.documents.operations import issue_letter
from zhengling.kernel.language import official
from zhengling.kernel.law.queries import cite
from zhengling.kernel.organisations.queries import above
from zhengling.services.medical.recovery.models import Authority, Handover, Lead, Measure, Reporter

SUPERVISION, REFERRAL = "medical_supervision", "medical_referral"
ARTICLE = "YZCR-2021-01016/23"
NAME, CONTACT = "medical_recovery_reporter.name", "medical_recovery_reporter.contact"


def start(actor: Actor, data: Mapping[str, Any]) -> Case:
    """Enter a lead in the actor's county. Raises `InvalidData`, or `NotYours` for whom this is no business of."""
    declared = procedures.get(SUPERVISION)
    offices = [unit for unit in actor.units("reviewer", "clerk") if unit.kind == "medical_insurance"]
    if not offices:
        raise NotYours(_("leads are entered by the county's healthcare security department"), ARTICLE)
    county = above(offices[0], "county")
    kind = dict(Lead.Kind.choices).get(str(data.get("kind", "")), "")
    title = official(_("supervision of the fund: %(kind)s"), kind=kind)
    return open_case(declared, actor, county, data, title=title)


def enter(step: Step) -> None:
    """Article 23: what was heard and of whom. Who reported it is sealed and stands in no event."""
    data = step.data
    lead = Lead.objects.create(
        case=step.case, **{name: data[name] for name in ("kind", "party_kind", "party", "source")}
    )
    if data["reporter_name"] or data["reporter_contact"]:
        Reporter.objects.create(
            lead=lead,
            name_sealed=seal(data["reporter_name"], column=NAME, row=step.case.pk),
            contact_sealed=seal(data["reporter_contact"], column=CONTACT, row=step.case.pk),
        )


def may_see_reporter(case: Case, actor: Actor) -> bool:
    """The reviewers and approvers of the department that has the case; nobody above, nobody else."""
    unit = case.units["county_medical"].pk
    return actor.holds("reviewer", unit) or actor.holds("approver", unit)


@transaction.atomic
def reveal_reporter(case: Case, actor: Actor, purpose: str) -> tuple[str, str]:
    """(name, contact) of who reported, for a stated purpose; the reading leaves a record. Raises `NotYours`."""
    if not may_see_reporter(case, actor):
        raise NotYours(_("who reported is known to the officers of the case only"), ARTICLE)
    if not purpose.strip():
        raise InvalidData({"purpose": [_("state what you need it for")]})
    row = Reporter.objects.get(lead=case.pk)
    record_access(actor, Action.REVEAL, "case", case.number, ["reporter"], purpose.strip())
    return (
        unseal(row.name_sealed, column=NAME, row=case.pk),
        unseal(row.contact_sealed, column=CONTACT, row=case.pk),
    )


def refer(step: Step) -> None:
    """Article 4(10): treatment is for the health department to judge. It gets the question, not this case."""
    case = open_case(
        procedures.get(REFERRAL),
        step.actor,
        step.case.place,
        step.data,
        title=official(_("treatment at %(hospital)s"), hospital=step.data["hospital"]),
        parent=step.case,
    )
    step.noted["referral"] = case.number


def find(step: Step) -> None:
    Lead.objects.filter(case=step.case).update(amount=step.data["amount"])


def measure(step: Step) -> None:
    """Article 23: the money goes back, the hospital is told, another authority takes over, or nothing is to be done."""
    data, case = step.data, step.case
    _check(data)
    seq = case.medical_measures.count() + 1
    Measure.objects.create(
        case=case,
        seq=seq,
        kind=data["kind"],
        amount=data["amount"],
        due=data["due"],
        ordered_on=step.day,
    )
    step.noted["number"] = seq
    if data["kind"] == Measure.Kind.HAND_OVER:
        Handover.objects.create(
            case=case,
            authority=Authority.OTHER,
            organ=data["organ"],
            reference=data["reference"],
            handed_on=step.day,
        )
    elif data["kind"] != Measure.Kind.NONE:
        _send_notice(step)


def _check(data: Mapping[str, Any]) -> None:
    """Each kind of measure needs its own particulars."""
    kind, errors = data["kind"], {}
    if (kind == Measure.Kind.RETURN) != bool(data["amount"]):
        errors["amount"] = [_("an order to return names an amount, another measure none")]
    if kind in {Measure.Kind.RETURN, Measure.Kind.NOTICE} and not data["due"]:
        errors["due"] = [_("name the day by which it is to be done")]
    if kind == Measure.Kind.HAND_OVER:
        errors |= {
            name: [_("name the authority and the number of the hand-over")]
            for name in ("organ", "reference")
            if not data[name]
        }
    if errors:
        raise InvalidData(errors)


def _send_notice(step: Step) -> None:
    """The party is told facts and measure; nothing of who reported is known to the letter."""
    assert step.unit is not None
    finding = step.last("find")
    assert finding is not None
    party = step.case.medical_lead.party
    data = {
        "applicant": party,
        "facts": finding.payload.data["facts"].splitlines(),
        "demand": step.data["words"].splitlines(),
        "until": step.data["due"].isoformat(),
        "article": cite(ARTICLE),
    }
    issue_letter(
        step.case,
        "supervision_notice",
        data,
        step.actor,
        unit=step.unit,
        recipient=party,
        drafted_by=finding.actor,
    )


def follow(step: Step) -> None:
    """How a measure was followed, once."""
    row = step.case.medical_measures.filter(seq=step.data["number"]).first()
    if row is None or not row.waits:
        raise InvalidData({"number": [_("no measure of this number waits to be followed")]})
    if not row.ordered_on <= step.data["done_on"] <= step.day:
        raise InvalidData({"done_on": [_("it was followed between the order and today")]})
    row.done_on, row.result = step.data["done_on"], step.data["result"]
    row.save(update_fields=["done_on", "result"])
