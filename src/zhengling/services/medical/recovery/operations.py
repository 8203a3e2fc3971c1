"""Every write of recovery: one function per act of procedures.py, called inside the act's transaction.

Lock order: this case, the case at issue, its objection, the person's year, the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.errors import ActRefused, InvalidData
from zhengling.kernel.casework.forms import clean
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.casework.queries import visible
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.documents.amounts import yuan
from zhengling.kernel.documents.archive import archive_case
from zhengling.kernel.documents.operations import issue_letter
from zhengling.kernel.funds import receivables
from zhengling.kernel.funds.hooks import CASE
from zhengling.kernel.funds.ledger import Origin as Posting
from zhengling.kernel.funds.models import Payable, Receivable, Repayment
from zhengling.kernel.funds.operations import cancel_payable, locked_payable
from zhengling.kernel.language import official
from zhengling.kernel.law.queries import cite
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.people.errors import PersonError
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_person
from zhengling.kernel.workdays.counting import due
from zhengling.kernel.workdays.queries import current_calendar
from zhengling.services.medical import decisions
from zhengling.services.medical.models import BenefitYear, Decision
from zhengling.services.medical.operations import AID, parameter
from zhengling.services.medical.recovery import guards, queries
from zhengling.services.medical.recovery.models import Handover, Item, Origin, Recovery, Sanction, Stop

RECOVERY = "medical_recovery"
ARTICLE = "YZCR-2021-01016/24"


# --- opening --------------------------------------------------------------------------------------------------------


def start(actor: Actor, data: Mapping[str, Any]) -> Case:
    """Open a recovery from a paid case, a settlement or a report (article 24). Raises `InvalidData` or `NotYours`.

    A case that the actor may not see does not exist for him.
    """
    declared = procedures.get(RECOVERY)
    cleaned = clean(declared.opening.fields, data)
    about, place = None, cleaned["village"]
    if cleaned["origin"] != Origin.REPORT:
        about = queries.case_at_issue(cleaned["origin"], cleaned["reference"], visible(actor))
        if about is None:
            raise InvalidData(
                {"reference": [_("no granted case or settlement of this number in your county")]}
            )
        place = about.place
    elif not (cleaned["name"] and cleaned["id_number"] and place):
        raise InvalidData({"name": [_("a report names the person: name, identity number, village")]})
    return open_case(declared, actor, place, data, title=_title(about), parent=about)


def open_after_objection(message: Message) -> None:
    """An upheld objection leads to a recovery of the case it is about, once (articles 14 and 24)."""
    objection = Case.objects.select_related("parent__place").get(pk=message.data["case"])
    about = objection.parent
    assert about is not None
    if Recovery.objects.filter(about=about).exclude(case__stage="cleared").exists():
        return
    upheld = objection.events.select_related("payload").get(act="uphold")
    data = {
        # The choice on the form offers what an officer starts from; the effect sees the objection by its parent.
        "origin": Origin.CASE,
        "reference": about.number,
        "suspicion": upheld.payload.data["reasons"],
    }
    case = open_case(procedures.get(RECOVERY), SYSTEM, about.place, data, title=_title(about), parent=about)
    Recovery.objects.filter(case=case).update(origin=Origin.OBJECTION, objection=objection)


def _title(about: Case | None) -> str:
    if about is None:
        return official(_("recovery after a report"))
    return official(_("recovery of what %(number)s was paid"), number=about.number)


def open_recovery(step: Step) -> None:
    """Article 24: who and what is at issue; of a case, everything it was granted and that still stands."""
    data, case = step.data, step.case
    about = case.parent
    person = about.subject if about else _person(step)
    assert person is not None, "an aid case has its patient"
    case.subject = person
    if (
        about
        and Recovery.objects.filter(about=about, decided_at=None).exclude(case__stage="cleared").exists()
    ):
        raise InvalidData({"reference": [_("a recovery of this case is open already")]})
    recovery = Recovery.objects.create(case=case, person=person, origin=data["origin"], about=about)
    rows = queries.standing_decisions(about) if about else []
    if data["origin"] == Origin.SETTLEMENT:
        rows = [row for row in rows if row.settlement.setl_id == data["reference"]]
    _set_items(recovery, rows)


def _person(step: Step) -> Person:
    data = step.data
    try:
        return enter_person(
            step.actor, name=data["name"], id_number=data["id_number"], residence=data["village"]
        )
    except PersonError as error:
        raise InvalidData({"id_number": [str(error)]}) from None


def _set_items(recovery: Recovery, rows: Sequence[Decision]) -> None:
    recovery.items.all().delete()
    Item.objects.bulk_create(Item(recovery=recovery, decision=row) for row in rows)


# --- examination and hearing ----------------------------------------------------------------------------------------


def find(step: Step) -> None:
    """Article 24: facts, means and evidence; the settlements at issue may be narrowed or, after a report, named."""
    recovery: Recovery = step.case.medical_recovery
    recovery.means, recovery.ground = step.data["means"], step.data["ground"]
    recovery.save(update_fields=["means", "ground"])
    wanted = {row["setl_id"] for row in step.data["settlements"] or []}
    if not wanted:
        return
    rows = queries.decisions_of(recovery.person, wanted, recovery.about, step.party("county"))
    missing = wanted - {row.settlement.setl_id for row in rows}
    if missing:
        raise InvalidData(
            {
                "settlements": [
                    _("not granted to this person here: %(ids)s") % {"ids": "、".join(sorted(missing))}
                ]
            }
        )
    _set_items(recovery, rows)


def notify(step: Step) -> None:
    """Before a decision against somebody: facts, amount and the right to answer, in writing (陈述申辩)."""
    assert step.unit is not None
    finding = step.last("find")
    assert finding is not None
    recovery: Recovery = step.case.medical_recovery
    count = int(parameter("defence_workdays", step.day))
    data = {
        "facts": finding.payload.data["facts"].splitlines(),
        "amount": queries.amount_at_issue(recovery),
        "until": due(step.day, count, "workdays", current_calendar()).due.isoformat(),
        "article": cite(ARTICLE),
    }
    issue_letter(step.case, "recovery_notice", data, step.actor, unit=step.unit)


def hear(step: Step) -> None:
    """The answer is recorded with what it changes; more than one may come in while there is time."""
    if step.data["stated_on"] > step.day:
        raise InvalidData({"stated_on": [_("the statement lies in the future")]})


def propose(step: Step) -> None:
    """What the approver will decide on: the items and the whole sum."""
    recovery: Recovery = step.case.medical_recovery
    step.noted |= {"proposal": "demand", "amount": queries.amount_at_issue(recovery), "items": _ids(recovery)}


def propose_clearing(step: Step) -> None:
    step.noted["proposal"] = "clear"


def _ids(recovery: Recovery) -> list[str]:
    return [
        item.decision.settlement.setl_id for item in recovery.items.select_related("decision__settlement")
    ]


def return_to_review(step: Step) -> None:
    """Whoever was told of the facts is not told again while they stay the same."""
    if guards.notified(step) is None:
        step.to = "defence"


# --- the decision ---------------------------------------------------------------------------------------------------


def decide(step: Step) -> None:
    """Article 24: assistance stops; what was paid is demanded back in full, what was not paid yet is not paid.

    Nothing is set off against later assistance, and no fine is computed here. Whether the person's year is restored is
    the reading `recovery_restores_year`.
    """
    recovery = Recovery.objects.select_related("about", "objection", "person").get(case=step.case)
    items = list(recovery.items.select_related("decision__settlement"))
    undone = [item.decision for item in items]
    if recovery.about:
        _end_aid(recovery.about, undone)
    _conclude(recovery)
    _refuse_twice(undone)
    if undone and parameter("recovery_restores_year", step.day) == "undone":
        decisions.undo(undone, step.moment)
        step.noted["undone"] = [row.settlement.setl_id for row in undone]
        step.noted["later"] = queries.decided_later(undone)
    Stop.objects.create(person=recovery.person, case=step.case, ground=recovery.ground, since=step.day)
    amount = _demand(step, recovery, undone)
    recovery.items.update(demanded=True)
    recovery.amount, recovery.decided_at = amount, step.moment
    recovery.save(update_fields=["amount", "decided_at"])
    step.noted["amount"] = amount
    if not amount:
        step.to = "stopped"
    _demand_letter(step, recovery, items, amount)


def _refuse_twice(undone: Sequence[Decision]) -> None:
    """What another recovery demands is not demanded again; the person's years stay locked to the end."""
    years = BenefitYear.objects.filter(pk__in={row.benefit_year_id for row in undone})
    list(years.select_for_update().order_by("pk"))
    if Item.objects.filter(decision__in=undone, demanded=True).exists():
        raise ActRefused(_("another recovery demands one of these settlements already"), ARTICLE)


def _end_aid(about: Case, undone: Sequence[Decision]) -> None:
    """The case at issue ends with its assistance; one that keeps a part of it goes on."""
    about = Case.objects.select_for_update().get(pk=about.pk)
    if {row.pk for row in queries.standing_decisions(about)} - {row.pk for row in undone}:
        return
    if about.stage in about.declaration.act("revoke").stages:
        perform(about.pk, "revoke", SYSTEM, {})


def _conclude(recovery: Recovery) -> None:
    objection = recovery.objection
    if objection and Case.objects.filter(pk=objection.pk, stage="upheld").exists():
        perform(objection.pk, "conclude", SYSTEM, {})


def conclude_objection(step: Step) -> None:
    """Without ground the case at issue goes on: its objection no longer holds it back."""
    _conclude(Recovery.objects.select_related("objection").get(case=step.case))


def _demand(step: Step, recovery: Recovery, undone: Sequence[Decision]) -> int:
    """Owe the fund what was paid, by the source that paid it; cancel what was not paid yet. Returns the fen demanded."""
    whole = sum(row.maf_pay for row in undone)
    payable = _payable(undone)
    if payable is None or not whole:
        return 0
    if payable.state != Payable.State.PAID:
        if payable.amount != whole:
            raise ActRefused(
                _("the case is not paid yet: take all of its settlements into the finding"), ARTICLE
            )
        cancel_payable(payable.pk, step.case.number, step.actor)
        return 0
    receivables.demand(
        payable.ledger_id,
        amount=whole,
        source=payable.source,
        origin=Posting(CASE, str(step.case.pk)),
        reference=step.case.number,
        citation=ARTICLE,
        due=_payable_until(step),
        actor=step.actor,
        person=recovery.person,
    )
    return whole


def _payable_until(step: Step) -> date:
    """The day by which the whole demand is to be paid."""
    count = int(parameter("repayment_workdays", step.day))
    return due(step.day, count, "workdays", current_calendar()).due


def _payable(undone: Sequence[Decision]) -> Payable | None:
    """The one payment the decisions came out by, locked with its ledger. Raises `ActRefused` when they are several."""
    cases = {row.application_id for row in undone}
    if not cases:
        return None
    found = Payable.objects.filter(origin_kind=CASE, origin_id__in=[str(pk) for pk in cases], purpose=AID)
    rows = list(found.exclude(state=Payable.State.CANCELLED))
    if len(rows) != len(cases) or len(rows) > 1:
        raise ActRefused(_("the settlements were not paid by one payment; open a recovery for each"), ARTICLE)
    row = locked_payable(rows[0].pk)
    if row.state == Payable.State.BATCHED:
        raise ActRefused(_("the payment is on its way; decide when the bank has answered"), ARTICLE)
    return row


def _demand_letter(step: Step, recovery: Recovery, items: Sequence[Item], amount: int) -> None:
    assert step.unit is not None
    finding, proposed = step.last("find"), step.last("propose")
    assert finding is not None and proposed is not None
    data: dict[str, Any] = {
        "facts": finding.payload.data["facts"].splitlines(),
        "means": official(recovery.get_means_display()),
    }
    if amount:
        data |= {
            "amount": amount,
            "items": [
                {
                    "item": f"{item.decision.settlement.hospital} {item.decision.settlement.setl_id}",
                    "amount": yuan(item.decision.maf_pay),
                }
                for item in items
            ],
            "until": _payable_until(step).isoformat(),
        }
    kind = "recovery_demand" if amount else "assistance_stopped"
    issue_letter(step.case, kind, data, step.actor, unit=step.unit, drafted_by=proposed.actor)


# --- the money that comes back --------------------------------------------------------------------------------------


def claim(case_id: UUID) -> Receivable:
    """The receivable of a recovery. Raises `ActRefused` when it demanded nothing."""
    row = Receivable.objects.filter(origin_kind=CASE, origin_id=str(case_id)).first()
    if row is None:
        raise ActRefused(_("this recovery demanded no money"), ARTICLE)
    return row


def receive(step: Step) -> None:
    """Article 24: money back to the source that paid it; with the last fen the recovery is closed."""
    row = claim(step.case.pk)
    receivables.receive(
        row.pk,
        amount=step.data["amount"],
        received_on=step.data["received_on"],
        document=step.data["document"],
        actor=step.actor,
    )
    row.refresh_from_db()
    step.noted["outstanding"] = row.outstanding
    if not row.outstanding:
        step.to = "recovered"


def reverse_receipt(step: Step) -> None:
    """A slip booked wrongly is reversed by its exact opposite; the recovery goes on."""
    row = claim(step.case.pk)
    slip = Repayment.objects.filter(receivable=row, document=step.data["document"], reversed=False).first()
    if slip is None:
        raise InvalidData({"document": [_("no such slip is booked in this case")]})
    receivables.reverse_repayment(slip.pk, step.data["reason"], step.actor)
    step.case.closed_at = None


def propose_plan(step: Step) -> None:
    """Instalments (分期): only the time changes, never the sum."""
    receivables.check_plan(claim(step.case.pk), _parts(step.data["instalments"]), step.day)


def approve_plan(step: Step) -> None:
    """The approver agrees to the plan as it was proposed; money that came in since makes it another."""
    proposed = step.last("propose_plan")
    assert proposed is not None
    row = claim(step.case.pk)
    receivables.agree_plan(row.pk, queries.proposed_parts(proposed), step.actor)


def _parts(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, int]]:
    return [(row["due"], row["amount"]) for row in rows]


# --- beside the money -----------------------------------------------------------------------------------------------


def hand_over(step: Step) -> None:
    """Article 24: a suspected crime goes to justice; the demand stands beside it. The letter's number is the reference."""
    assert step.unit is not None
    finding = step.last("find")
    assert finding is not None
    data = {
        "facts": finding.payload.data["facts"].splitlines(),
        "suspected": step.data["suspected"].splitlines(),
        "amount": queries.amount_at_issue(step.case.medical_recovery),
        "evidence": [
            {"number": str(number), "item": row["item"], "shows": row["shows"]}
            for number, row in enumerate(finding.payload.data["evidence"], start=1)
        ],
        "article": cite(ARTICLE),
    }
    letter = issue_letter(
        step.case, "justice_transfer", data, step.actor, unit=step.unit, recipient=step.data["organ"]
    )
    Handover.objects.create(
        case=step.case,
        authority=step.data["authority"],
        organ=step.data["organ"],
        reference=letter.number,
        handed_on=step.day,
    )
    step.noted["reference"] = letter.number


def note_receipt(step: Step) -> None:
    """The authority's receipt (回执), for the oldest hand-over that waits for one."""
    row = step.case.medical_handovers.filter(answer="").first()
    assert row is not None, "the guard saw one"
    if not row.handed_on <= step.data["receipt_on"] <= step.day:
        raise InvalidData({"receipt_on": [_("the receipt came between the hand-over and today")]})
    row.answer, row.receipt, row.receipt_on = (
        step.data["answer"],
        step.data["receipt"],
        step.data["receipt_on"],
    )
    row.save()


def record_sanction(step: Step) -> None:
    """A decision another law provides for is recorded with its article and reason; nothing of it enters the demand."""
    if step.data["decided_on"] > step.day:
        raise InvalidData({"decided_on": [_("the decision lies in the future")]})
    if (step.data["kind"] == Sanction.Kind.FINE) != bool(step.data["amount"]):
        raise InvalidData({"amount": [_("a fine has an amount, another decision none")]})
    Sanction.objects.create(
        case=step.case,
        **{name: step.data[name] for name in ("kind", "organ", "law", "reference", "decided_on", "amount")},
    )


def lift_stop(step: Step) -> None:
    """Somebody with true facts may be assisted again; the demand stands."""
    Stop.objects.filter(case=step.case, lifted_on=None).update(
        lifted_on=step.day, lift_reason=step.data["reason"][:300]
    )


def archive(step: Step) -> None:
    """Article 25 and the city's retention table."""
    archive_case(step.case, step.actor)
