"""Every write of medical assistance: one function per act of procedures.py, called inside the act's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.errors import ActRefused, InvalidData
from zhengling.kernel.casework.forms import clean
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import open_case
from zhengling.kernel.casework.procedure import Text
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.ciphers import seal
from zhengling.kernel.documents.amounts import yuan
from zhengling.kernel.documents.archive import archive_case
from zhengling.kernel.documents.case_values import promised_due
from zhengling.kernel.documents.operations import issue_letter
from zhengling.kernel.funds.hooks import CASE
from zhengling.kernel.funds.ledger import Origin
from zhengling.kernel.funds.operations import owe
from zhengling.kernel.language import official
from zhengling.kernel.law.queries import cite, instrument, parameters_for
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.errors import PersonError
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_person, unsealed
from zhengling.services.medical import decisions, queries, rules
from zhengling.services.medical.models import Application, Recognition, Settlement, Survey

AID = "medical_aid"


def parameter(name: str, day: date) -> Any:
    return parameters_for("medical").value(name, day)


# --- the application ------------------------------------------------------------------------------------------------


def apply(actor: Actor, data: Mapping[str, Any]) -> Case:
    """Open a case of class-3 assistance (article 14). Raises `InvalidData` or `NotYours`.

    A resident applies for himself; a cadre or township clerk files for somebody (代办) on a signed paper form.
    """
    procedure = procedures.get(AID)
    cleaned = clean(procedure.opening.fields, data)
    resident = actor.user if actor.user and actor.user.is_resident else None
    if resident:
        _refuse_another(resident, cleaned["id_number"])
    return open_case(
        procedure,
        actor,
        cleaned["village"],
        data,
        title=official(
            _("application for class-3 assistance, %(village)s"), village=cleaned["village"].short_name
        ),
        applicant=resident,
    )


def _refuse_another(resident: User, id_number: str) -> None:
    """Somebody else's number would open what is known of somebody else."""
    person = Person.objects.filter(account=resident).first()
    if person and unsealed(person, "id_number") != id_number:
        raise InvalidData(
            {
                "id_number": [
                    _(
                        "with your account you apply for yourself; for others the village or the township files"
                    )
                ]
            }
        )


def file(step: Step) -> None:
    """Article 14: person, account for the payment (article 21) and the settlements handed in."""
    data, case = step.data, step.case
    year = benefit_year(data["settlements"], step.day)
    _refuse_before_commencement(data["village"], data["settlements"])
    case.subject = _enter_patient(step)
    application = Application.objects.create(
        case=case,
        person=case.subject,
        benefit_year=year,
        disease_sealed=seal(data["disease"], column="medical_application.disease", row=case.pk),
        hardship_veteran=data["hardship_veteran"],
        by_proxy=case.applicant is None,
    )
    ids = [row["setl_id"] for row in data["settlements"]]
    known = sorted(
        Settlement.objects.filter(setl_id__in=ids, released=False).values_list("setl_id", flat=True)
    )
    if known:
        raise _handed_in_already(known)
    try:
        with transaction.atomic():
            Settlement.objects.bulk_create(_settlements(application, data["settlements"]))
    except IntegrityError:
        # Somebody else handed one of them in since we looked.
        raise _handed_in_already(ids) from None


def _handed_in_already(ids: Sequence[str]) -> InvalidData:
    return InvalidData({"settlements": [_("handed in already: %(ids)s") % {"ids": "、".join(ids)}]})


def _settlements(application: Application, rows: Sequence[Mapping[str, Any]]) -> list[Settlement]:
    return [
        Settlement(
            setl_id=row["setl_id"],
            person=application.person,
            application=application,
            setl_time=clock.at(row["setl_time"], 12),
            setl_seq=index,
            hospital=row["hospital"],
            benefit=row["benefit"],
            medfee_sumamt=row["medfee_sumamt"],
            inscp_scp_amt=row["inscp_scp_amt"],
            paid_before_assistance=row["paid_before_assistance"],
        )
        for index, row in enumerate(rows)
    ]


def release_settlements(step: Step) -> None:
    """An application that came to nothing decided nothing about its bills: they may be handed in again."""
    step.case.medical_application.settlements.update(released=True)


def _enter_patient(step: Step) -> Person:
    """The patient, found by number or entered. The money goes to the account on record (article 21), so an application
    that names another one is not taken before that record is changed."""
    data = step.data
    try:
        person = enter_person(
            step.actor,
            name=data["name"],
            id_number=data["id_number"],
            phone=data["phone"],
            bank_account=data["bank_account"],
            bank_name=data["bank_name"],
            residence=data["village"],
            household_register=data["village"],
        )
    except PersonError as error:
        raise InvalidData({"id_number": [str(error)]}) from None
    if unsealed(person, "bank_account") not in {"", data["bank_account"]}:
        raise InvalidData(
            {"bank_account": [_("another account is on record for this person; have it changed there first")]}
        )
    return person


def benefit_year(rows: Sequence[Mapping[str, Any]], day: date) -> int:
    """The calendar year all settlements lie in; last year's are taken until the end of a configured month (reading A13)."""
    errors: list[Text] = []
    years = {row["setl_time"].year for row in rows}
    if len(years) > 1:
        errors.append(
            _("all settlements of an application lie in one calendar year; file one application a year")
        )
    year: int = max(years)
    last_month = int(parameter("late_application_last_month", day))
    if year < day.year - 1 or (year == day.year - 1 and day.month > last_month):
        errors.append(
            _("settlements of %(year)s could be handed in until month %(month)s")
            % {"year": year, "month": last_month}
        )
    in_force = instrument("YZCR-2021-01016").valid_from
    for row in rows:
        if row["setl_time"] < in_force:
            errors.append(
                _("%(id)s is settled before %(day)s, when these rules came into force")
                % {"id": row["setl_id"], "day": date_format(in_force, "DATE_FORMAT")}
            )
        if row["setl_time"] > day:
            errors.append(_("%(id)s is settled in the future") % {"id": row["setl_id"]})
        if row["inscp_scp_amt"] > row["medfee_sumamt"]:
            errors.append(_("%(id)s: more within the scope than the total") % {"id": row["setl_id"]})
        if row["paid_before_assistance"] > row["inscp_scp_amt"]:
            errors.append(_("%(id)s: more paid than within the scope") % {"id": row["setl_id"]})
    if len({row["setl_id"] for row in rows}) < len(rows):
        errors.append(_("a settlement number stands twice"))
    if errors:
        raise InvalidData({"settlements": errors})
    return year


def _refuse_before_commencement(village: Organisation, rows: Sequence[Mapping[str, Any]]) -> None:
    """What was settled before the county began to work here stands in its opening load; paid again it would be twice."""
    begins = queries.begins_on(village)
    early = [row["setl_id"] for row in rows if begins and row["setl_time"] < begins]
    if begins and early:
        text = _("settled before %(day)s, when the county began here, and part of its opening load: %(ids)s")
        day = date_format(begins, "DATE_FORMAT")
        raise InvalidData({"settlements": [text % {"day": day, "ids": "、".join(early)}]})


def notify_missing(step: Step) -> None:
    """Name everything that is missing, once, in writing (reading A16)."""
    assert step.unit is not None
    data = {
        "missing": step.data["missing"].splitlines(),
        "article": cite("YZCR-2021-01016/14"),
        "contact": official(_("service desk of %(unit)s"), unit=step.unit.name),
    }
    issue_letter(step.case, "missing_papers", data, step.actor, unit=step.unit)


def accept(step: Step) -> None:
    """Article 14: the ten working days of the township start; the applicant gets a receipt.

    Article 15 demands survey and recognition at the first application of a year; a further one of the same year rests
    on what was found then and goes to the township's review at once (按次, reading A13).
    """
    assert step.unit is not None
    application = step.case.medical_application
    earlier = queries.recognised_earlier(application)
    if earlier:
        step.to = "further"
        step.noted["rests_on"] = earlier.case.number
        _carry_over(earlier, application)
    due_on = promised_due(step.case, "township_review", step.day)
    data = {"due": due_on.isoformat(), "article": cite("YZCR-2021-01016/14")}
    issue_letter(step.case, "receipt", data, step.actor, unit=step.unit)


def _carry_over(earlier: Application, application: Application) -> None:
    found, decided = earlier.survey, earlier.recognition
    for row in (found, decided):
        row.pk = None
        row._state.adding = True
        row.application = application
        row.save()


def mark_urgent(step: Step) -> None:
    """Article 14: a sudden serious disease is handled specially and promptly (特事特办)."""
    step.case.urgent = True


# --- survey and recognition -----------------------------------------------------------------------------------------


def survey(step: Step) -> None:
    """Article 14: the household survey. Sent twice by a device that lost the network, it is taken once."""
    application = step.case.medical_application
    data = {name: step.data[name] for name in (field.name for field in step.act.fields)}
    existing = Survey.objects.filter(application=application).first()
    if existing and data["device_key"] and existing.device_key == data["device_key"]:
        raise ActRefused(_("this survey has arrived already"), "YZCR-2021-01016/14")
    if data["members"] < 1:
        raise InvalidData({"members": [_("a household has at least one member")]})
    if data["visited_on"] > step.day:
        raise InvalidData({"visited_on": [_("the visit lies in the future")]})
    Survey.objects.update_or_create(application=application, defaults=data)


def reopen_survey(step: Step) -> None:
    """What the county sends back is surveyed and recognised anew; what was found before stays in the events."""
    step.noted["reopened"] = True


def household(application: Application) -> rules.Household:
    """What the tests of article 6 are run on; the year's cost is what the house knows of, or what the survey found."""
    found = application.survey
    cost = queries.known_cost_of_year(application)
    return rules.Household(
        members=found.members,
        income_before_application=found.income_12_months,
        property_beyond_necessities=found.property_beyond_necessities,
        self_paid_cost=max(cost, found.annual_in_scope_self_paid),
        income_of_year=found.income_12_months,
        in_scope_cost_of_year=max(cost, found.annual_in_scope_self_paid),
    )


def recognise(step: Step) -> None:
    """Articles 4(5) and 6: the tests propose, the officer decides; departing from them needs a reason."""
    application = step.case.medical_application
    choice, reason = step.data["recognised"], step.data.get("recognised_reason", "")
    override = rules.Override(choice == "recognise", reason) if choice != "as_proposed" else None
    finding = rules.class_3_finding(
        household(application),
        in_class_1_or_2=queries.marked_identity(application.person, step.day) is not None,
        low_income_per_head=parameter("class_3_low_income", step.day),
        burden_ratio=int(parameter("class_3_ratio", step.day)),
        override=override,
    )
    if finding.recognised is None:
        raise InvalidData(
            {"recognised": [_("no income line is set for this county: judge yourself and give the reason")]}
        )
    proposed = rules.Finding.MET in {finding.test_1, finding.test_2}
    Recognition.objects.update_or_create(
        application=application,
        defaults={
            "income_test": None
            if finding.test_1 is rules.Finding.OFFICER_JUDGES
            else finding.test_1 is rules.Finding.MET,
            "ratio_test": finding.test_2 is rules.Finding.MET,
            "proposed": proposed,
            "recognised": finding.recognised,
            "override_reason": reason,
            "trace": decisions.recognition_trace(household(application), finding, step.day),
        },
    )
    step.citations += ["YZCR-2021-01016/6", "YZCR-2021-01016/5(3)"]
    step.noted["recognised_as"] = finding.recognised


# --- decision -------------------------------------------------------------------------------------------------------


def propose(step: Step) -> None:
    """Articles 8 and 10: the engine's proposal with its trace; the reviewer names what does not count."""
    application = step.case.medical_application
    by_id = {row.setl_id: row for row in application.settlements.all()}
    for row in by_id.values():
        row.exclusion = row.exclusion_reason = ""
    for exclusion in step.data["exclusions"] or []:
        found = by_id.get(exclusion["setl_id"])
        if found is None:
            raise InvalidData(
                {"exclusions": [_("no settlement %(id)s in this case") % {"id": exclusion["setl_id"]}]}
            )
        found.exclusion, found.exclusion_reason = exclusion["exclusion"], exclusion["reason"]
    Settlement.objects.bulk_update(by_id.values(), ["exclusion", "exclusion_reason"])
    plan = decisions.plan(application, step.day)
    step.noted["plan"] = [line.data() for line in plan]
    step.noted["total"] = sum(line.settled.pay for line in plan)
    step.citations += decisions.citations(plan)


def approve(step: Step) -> None:
    """Article 14: decide under lock, keep the receipts, owe the money, write the letter.

    If the person's year has moved since the proposal (another case was approved), the figures are no longer those the
    approver saw, and the act is refused.
    """
    application = step.case.medical_application
    proposed = step.last("propose")
    assert proposed is not None
    year = decisions.locked_year(application.person, application.benefit_year)
    plan = decisions.plan(application, step.day, year)
    if [line.data() for line in plan] != proposed.payload.data["plan"]:
        raise ActRefused(
            _("the person's figures of the year have changed since the proposal; return it to the reviewer"),
            "YZCR-2021-01016/10",
        )
    decisions.write(year, plan, step.moment, application)
    total = sum(line.settled.pay for line in plan)
    step.noted["total"] = total
    step.citations += decisions.citations(plan)
    owe(
        step.party("county").pk,
        amount=total,
        expense="expense.inpatient",
        origin=Origin(CASE, str(step.case.pk)),
        reference=step.case.number,
        citation="YZCR-2021-01016/21",
        actor=step.actor,
        person=application.person,
        purpose=AID,
    )
    assert step.unit is not None
    data = {"amount": total, "items": letter_items(plan), "payment": _payment_words(application)}
    issue_letter(step.case, "approval", data, step.actor, unit=step.unit, drafted_by=proposed.actor)


def letter_items(plan: Sequence[decisions.Line]) -> list[dict[str, str]]:
    """The lines of a grant as the letter lists them: settlement, amount, places."""
    return [
        {
            "item": f"{line.settlement.hospital} {clock.local(line.settlement.setl_time):%Y-%m-%d}",
            "amount": yuan(line.settled.pay),
            "article": "、".join(
                cite(f"{decisions.INSTRUMENT}/{place}").rpartition("》")[2] for place in line.places
            ),
        }
        for line in plan
    ]


def _payment_words(application: Application) -> str:
    tail = unsealed(application.person, "bank_account")[-4:]
    return official(_("to the bank account ending in %(tail)s, within 10 working days"), tail=tail)


def refuse(step: Step) -> None:
    """Article 14: refused in writing, with the reasons, and the applicant is told."""
    proposed = step.last("propose")
    assert step.unit is not None and proposed is not None
    data = {"reasons": step.data["reasons"].splitlines()}
    issue_letter(step.case, "refusal", data, step.actor, unit=step.unit, drafted_by=proposed.actor)
    release_settlements(step)


def note_payment(step: Step) -> None:
    """Articles 14 and 21: the bank has confirmed; the time limit of payment ends with the day of the transfer."""
    step.noted["total"] = queries.granted_total(step.case.medical_application)


def archive(step: Step) -> None:
    """Article 25 and the city's retention table: index, package, transfer list."""
    archive_case(step.case, step.actor)
