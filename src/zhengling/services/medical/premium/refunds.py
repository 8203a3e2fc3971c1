"""Every write of a refund: somebody entitled had paid the whole premium and is given the subsidy back (reading R10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.errors import ActRefused, InvalidData
from zhengling.kernel.casework.forms import clean
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.documents.amounts import yuan
from zhengling.kernel.documents.operations import issue_letter
from zhengling.kernel.funds.hooks import CASE, Outcome
from zhengling.kernel.funds.ledger import Origin
from zhengling.kernel.funds.models import Payable
from zhengling.kernel.funds.operations import owe
from zhengling.kernel.language import official
from zhengling.kernel.law.queries import cite
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.errors import PersonError
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_person, unsealed
from zhengling.services.medical.models import Identity
from zhengling.services.medical.premium import roster
from zhengling.services.medical.premium.models import Refund, Request, Route, Subsidy
from zhengling.services.medical.premium.operations import ARTICLE_9, ARTICLE_21, EXPENSE
from zhengling.services.medical.premium.rules import Entitlement, Standing, Terms, standing

REFUND = "premium_refund"


def apply(actor: Actor, data: Mapping[str, Any]) -> Case:
    """Open a refund case for oneself, or as a cadre or clerk for somebody. Raises `InvalidData` or `NotYours`."""
    procedure = procedures.get(REFUND)
    cleaned = clean(procedure.opening.fields, data)
    resident = actor.user if actor.user and actor.user.is_resident else None
    if resident:
        _refuse_another(resident, cleaned["id_number"])
    return _open(actor, cleaned["village"], data, cleaned["year"], resident)


def open_for(subsidy: Subsidy, actor: Actor) -> Case:
    """Open the refund that the roster shows as due: what is asked for stands in the person's record and on the list.

    Raises `ActRefused` when it is not due, or the person's village is not known.
    """
    person = subsidy.person
    village = person.household_register or person.residence
    due = subsidy.route == Route.REFUND and subsidy.refund_id is None
    enrolment = roster.enrolment_of(person, subsidy.year) if due else None
    if enrolment is None:
        raise ActRefused(_("no refund is due that has not been opened"), ARTICLE_9)
    if village is None or village.level != "village":
        raise ActRefused(_("the person's village is not on record; complete it first"), ARTICLE_9)
    data = {
        "name": person.name,
        "id_number": unsealed(person, "id_number"),
        "phone": unsealed(person, "phone"),
        "village": village.code,
        "year": subsidy.year,
        "paid_on": enrolment.clct_time.isoformat(),
        "paid_amount": f"{enrolment.psn_clct_amt // 100}.{enrolment.psn_clct_amt % 100:02d}",
    }
    return _open(actor, village, data, subsidy.year, None)


def _open(
    actor: Actor, village: Organisation, data: Mapping[str, Any], year: int, applicant: User | None
) -> Case:
    title = official(
        _("refund of the premium of %(year)s, %(village)s"), year=year, village=village.short_name
    )
    return open_case(procedures.get(REFUND), actor, village, data, title=title, applicant=applicant)


def _refuse_another(resident: User, id_number: str) -> None:
    """Somebody else's number would open what is known of somebody else."""
    person = Person.objects.filter(account=resident).first()
    if person and unsealed(person, "id_number") != id_number:
        raise InvalidData(
            {
                "id_number": [
                    _("with your account you ask for yourself; for others the village or the township files")
                ]
            }
        )


def file(step: Step) -> None:
    """Articles 9 and 21: who paid what, and the account the money goes back to. One running case a person and year."""
    data, case = step.data, step.case
    if roster.terms_for(data["year"]) is None:
        raise InvalidData({"year": [_("premium and enrolment period of this year are not set")]})
    if data["paid_amount"] == 0:
        raise InvalidData({"paid_amount": [_("nothing was paid")]})
    if data["paid_on"] > step.day:
        raise InvalidData({"paid_on": [_("the payment lies in the future")]})
    case.subject = _enter(step)
    try:
        with transaction.atomic():
            Refund.objects.create(
                case=case,
                person=case.subject,
                year=data["year"],
                paid_on=data["paid_on"],
                paid_amount=data["paid_amount"],
            )
    except IntegrityError:
        raise ActRefused(_("a refund of this year is running for this person already"), ARTICLE_9) from None


def _enter(step: Step) -> Person:
    data = step.data
    known = {name: data[name] for name in ("phone", "bank_name", "bank_account") if data.get(name)}
    try:
        person = enter_person(
            step.actor,
            name=data["name"],
            id_number=data["id_number"],
            residence=data["village"],
            household_register=data["village"],
            **known,
        )
    except PersonError as error:
        raise InvalidData({"id_number": [str(error)]}) from None
    _refuse_other_account(person, data.get("bank_account", ""))
    return person


def _refuse_other_account(person: Person, account: str) -> None:
    if account and unsealed(person, "bank_account") not in {"", account}:
        raise InvalidData(
            {
                "bank_account": [
                    _("another account is on record; have it changed in the person's record first")
                ]
            }
        )


def name_account(step: Step) -> None:
    """Article 21: the account of the person, where none was known when the case was opened."""
    person = step.case.premium_refund.person
    try:
        entered = enter_person(
            step.actor,
            name=person.name,
            id_number=unsealed(person, "id_number"),
            bank_name=step.data["bank_name"],
            bank_account=step.data["bank_account"],
        )
    except PersonError as error:
        raise InvalidData({"bank_account": [str(error)]}) from None
    _refuse_other_account(entered, step.data["bank_account"])


def claim(case: Case) -> tuple[Terms, Identity, Entitlement] | None:
    """What the person may claim for the case's year (article 9), or None."""
    asked = case.premium_refund
    terms = roster.terms_for(asked.year)
    found = terms and roster.claim_of(asked.person, terms)
    return (terms, *found) if terms and found else None


def refundable(case: Case) -> tuple[Terms, Identity, Entitlement] | None:
    """The claim, if the person paid the whole premium himself and the reading gives it back (R10); else None."""
    found = claim(case)
    if found is None:
        return None
    terms, _identity, entitlement = found
    whole = standing(entitlement.amount, [case.premium_refund.paid_amount], terms) is Standing.REFUND
    return found if whole else None


def propose(step: Step) -> None:
    """Article 9: the computed sum, or a refusal with its reason."""
    found = refundable(step.case)
    step.noted["total"] = found[2].amount if found else 0


def approve(step: Step) -> None:
    """Articles 9 and 21: the subsidy of this person and year is this refund, and owed to the person's bank account.

    Refused when the person's figures moved since the proposal, or the premium was subsidised through the fund.
    """
    found, proposed = refundable(step.case), step.last("propose")
    assert proposed is not None
    if found is None or found[2].amount != proposed.payload.data["total"]:
        raise ActRefused(_("the claim has changed since the proposal; return it to the reviewer"), ARTICLE_9)
    terms, identity, entitlement = found
    person = step.case.premium_refund.person
    _claim_year(step, terms, identity, entitlement)
    step.noted["total"] = entitlement.amount
    owe(
        step.party("county").pk,
        amount=entitlement.amount,
        expense=EXPENSE,
        origin=Origin(CASE, str(step.case.pk)),
        reference=step.case.number,
        citation=ARTICLE_21,
        actor=step.actor,
        person=person,
        purpose=REFUND,
    )
    assert step.unit is not None
    item = official(_("refund of the resident premium of %(year)s"), year=terms.year)
    data = {
        "amount": entitlement.amount,
        "items": [
            {
                "item": item,
                "amount": yuan(entitlement.amount),
                "article": cite(ARTICLE_9).rpartition("》")[2],
            }
        ],
        "payment": official(
            _("to the bank account ending in %(tail)s"), tail=unsealed(person, "bank_account")[-4:]
        ),
    }
    issue_letter(step.case, "approval", data, step.actor, unit=step.unit, drafted_by=proposed.actor)


def _claim_year(step: Step, terms: Terms, identity: Identity, entitlement: Entitlement) -> None:
    """Make this case the one subsidy of the person and year: the line on a roster not yet filed gives way."""
    asked, county = step.case.premium_refund, step.party("county")
    row = roster.line(county, terms, asked.person, identity, entitlement, route=Route.REFUND, request=None)
    row.refund = step.case
    known = Subsidy.objects.select_for_update().filter(person=asked.person, year=asked.year).first()
    if known and (
        known.refund_id or Request.objects.filter(pk=known.request_id, frozen_at__isnull=False).exists()
    ):
        raise ActRefused(_("the premium of this person and year is subsidised already"), ARTICLE_9)
    try:
        with transaction.atomic():
            if known:
                known.delete()
            row.save(force_insert=True)
    except IntegrityError:
        raise ActRefused(_("the premium of this person and year is subsidised already"), ARTICLE_9) from None


def refuse(step: Step) -> None:
    """Refused in writing with the reasons, as article 14 has it for assistance."""
    proposed = step.last("propose")
    assert step.unit is not None and proposed is not None
    data = {"reasons": step.data["reasons"].splitlines()}
    issue_letter(step.case, "refusal", data, step.actor, unit=step.unit, drafted_by=proposed.actor)
    end(step)


def end(step: Step) -> None:
    """The case came to nothing: the person stands on the roster again, and may ask once more."""
    Refund.objects.filter(case=step.case).update(running=False)


def paid(payable: Payable, outcome: Outcome) -> None:
    """Called by funds in the transaction of the bank's answer."""
    if outcome == "paid" and payable.purpose == REFUND:
        perform(Case.objects.get(pk=payable.origin_id).pk, "pay", SYSTEM, {})


def note_payment(step: Step) -> None:
    """Article 21: the bank has confirmed the transfer to the person's account."""
    step.noted["total"] = step.case.premium_refunded.amount
