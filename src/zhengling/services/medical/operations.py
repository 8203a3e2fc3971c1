"""Every write of medical assistance: one function per act of procedures.py, called inside the act's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.errors import ActRefused, CaseworkError, InvalidData
from zhengling.kernel.casework.forms import clean
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.casework.procedure import Text
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.ciphers import seal
from zhengling.kernel.documents.amounts import yuan
from zhengling.kernel.documents.archive import archive_case
from zhengling.kernel.documents.case_values import promised_due
from zhengling.kernel.documents.operations import issue_letter
from zhengling.kernel.funds.hooks import CASE, Outcome
from zhengling.kernel.funds.ledger import Origin
from zhengling.kernel.funds.models import Payable
from zhengling.kernel.funds.operations import owe
from zhengling.kernel.language import official
from zhengling.kernel.law.queries import cite, parameters_for
from zhengling.kernel.notices import operations as notices
from zhengling.kernel.notices.models import Notice
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.people.errors import PersonError
from zhengling.kernel.people.masking import mask_name
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_person, unsealed
from zhengling.kernel.workdays.counting import due
from zhengling.kernel.workdays.queries import current_calendar
from zhengling.services.medical import decisions, queries, rules
from zhengling.services.medical.models import (
    Application,
    PublicItem,
    PublicList,
    Recognition,
    Settlement,
    Survey,
)

AID, LIST, OBJECTION = "medical_aid", "medical_list", "medical_objection"


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


def file(step: Step) -> None:
    """Article 14: person, account for the payment (article 21) and the settlements handed in."""
    data, case = step.data, step.case
    year = benefit_year(data["settlements"], step.day)
    case.subject = _enter_patient(step)
    application = Application.objects.create(
        case=case,
        person=case.subject,
        benefit_year=year,
        disease_sealed=seal(data["disease"], column="medical_application.disease", row=case.pk),
        hardship_veteran=data["hardship_veteran"],
        by_proxy=case.applicant is None,
    )
    known = set(
        Settlement.objects.filter(setl_id__in=[row["setl_id"] for row in data["settlements"]])
        .exclude(application__case__stage__in=["refused", "withdrawn"])
        .values_list("setl_id", flat=True)
    )
    if known:
        raise InvalidData(
            {"settlements": [_("handed in already: %(ids)s") % {"ids": "、".join(sorted(known))}]}
        )
    Settlement.objects.bulk_create(
        Settlement(
            setl_id=row["setl_id"],
            person=case.subject,
            application=application,
            setl_time=clock.at(row["setl_time"], 12),
            setl_seq=index,
            hospital=row["hospital"],
            benefit=row["benefit"],
            medfee_sumamt=row["medfee_sumamt"],
            inscp_scp_amt=row["inscp_scp_amt"],
            paid_before_assistance=row["paid_before_assistance"],
        )
        for index, row in enumerate(data["settlements"])
    )


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
    for row in rows:
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
    decisions.write(application, year, plan, step)
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
    issue_letter(step.case, "approval", data, step.actor, unit=step.unit)


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
    assert step.unit is not None
    issue_letter(
        step.case, "refusal", {"reasons": step.data["reasons"].splitlines()}, step.actor, unit=step.unit
    )


def note_payment(step: Step) -> None:
    """Articles 14 and 21: the bank has confirmed; the time limit of payment ends with the day of the transfer."""
    step.noted["total"] = queries.granted_total(step.case.medical_application)


def archive(step: Step) -> None:
    """Article 25 and the city's retention table: index, package, transfer list."""
    archive_case(step.case, step.actor)


def paid(payable: Payable, outcome: Outcome) -> None:
    """Called by funds in the transaction of the bank's answer: a transfer that arrived is the case's `pay` act."""
    if outcome == "paid" and payable.purpose == AID:
        perform(Case.objects.get(pk=payable.origin_id).pk, "pay", SYSTEM, {})


# --- the quarter's public list --------------------------------------------------------------------------------------


def draw_up_lists_at_quarter_end() -> None:
    """The daily job: on the last working day of a quarter the lists are drawn up."""
    today = clock.today()
    quarter_end = date(today.year, (today.month + 2) // 3 * 3, 1) + timedelta(days=31)
    quarter_end = quarter_end.replace(day=1) - timedelta(days=1)
    last_workday = quarter_end
    while not current_calendar().is_workday(last_workday):
        last_workday -= timedelta(days=1)
    if today >= last_workday:
        draw_up_lists(quarter_end)


def draw_up_lists(quarter_end: date) -> list[Case]:
    """Open one list case for each village with cases paid or approved in the quarter (article 14). Idempotent."""
    year, quarter = quarter_end.year, (quarter_end.month + 2) // 3
    waiting = Application.objects.filter(case__stage="paid", public_item=None).select_related("case__place")
    opened = []
    for village in {row.case.place_id: row.case.place for row in waiting}.values():
        if PublicList.objects.filter(village=village, year=year, quarter=quarter).exists():
            continue
        title = official(
            _("%(village)s, quarter %(quarter)s of %(year)s"),
            village=village.name,
            quarter=quarter,
            year=year,
        )
        opened.append(open_case(procedures.get(LIST), SYSTEM, village, {}, title=title))
    return opened


def draw_up_list(step: Step) -> None:
    """Article 14: those whom the county approved, with masked name, kind of help and amount; nothing else."""
    village: Organisation = step.case.place
    row = PublicList.objects.create(
        case=step.case, village=village, year=step.day.year, quarter=(step.day.month + 2) // 3
    )
    applications = Application.objects.filter(case__stage="paid", case__place=village, public_item=None)
    PublicItem.objects.bulk_create(
        PublicItem(
            list=row,
            application=application,
            masked_name=mask_name(application.person.name, public=True),
            amount=queries.granted_total(application),
        )
        for application in applications.select_related("person")
    )


def post_list(step: Step) -> None:
    """Article 14: five working days, started by the photo of the posted list; the public page shows the same rows."""
    row: PublicList = step.case.medical_list
    posted_on: date = step.data["posted_on"]
    if posted_on > step.day or (step.day - posted_on).days > 31:
        raise InvalidData({"posted_on": [_("the day of posting lies in the last month")]})
    count = int(parameter("publicity_workdays", posted_on))
    notices.publish(
        kind=Notice.Kind.PUBLICITY,
        title=official(_("Medical assistance granted: %(title)s"), title=step.case.title),
        lead=official(
            _(
                "Persons whose assistance the county approved in the quarter. Objections are taken until the last day shown."
            )
        ),
        organ=step.party("township"),
        place=row.village,
        case=step.case,
        citation="YZCR-2021-01016/14",
        posted_on=posted_on,
        period=due(posted_on, count, "workdays", current_calendar()),
        columns=[official(_("name")), official(_("kind of help")), official(_("amount"))],
        rows=[
            {
                "key": str(item.pk),
                "cells": [
                    item.masked_name,
                    official(_("inpatient and outpatient assistance")),
                    yuan(item.amount),
                ],
            }
            for item in row.items.all()
        ],
        objection_kind=OBJECTION,
        personal=True,
    )


def finish_list(step: Step) -> None:
    """Article 14: the period has run out; cases without an open objection are closed, the others wait for its end."""
    for item in step.case.medical_list.items.select_related("application__case"):
        case = item.application.case
        if case.stage == "paid":
            try:
                with transaction.atomic():
                    perform(case.pk, "publicise", SYSTEM, {})
            except CaseworkError:
                continue


def close_after_objection(message: Message) -> None:
    """An objection found unfounded no longer holds its case back, once the list has run out."""
    about = Case.objects.get(pk=message.data["case"]).parent
    assert about is not None
    item = PublicItem.objects.filter(application=about.pk, list__case__stage="taken_down").first()
    if item and about.stage == "paid":
        perform(about.pk, "publicise", SYSTEM, {})


def object_to_item(notice: Notice, row_key: str, data: Mapping[str, Any], actor: Actor) -> Case:
    """An objection to one row becomes a re-examination linked to the case it is about."""
    item = PublicItem.objects.select_related("application__case__place").get(
        pk=row_key, list__case=notice.case
    )
    about = item.application.case
    return open_case(
        procedures.get(OBJECTION),
        actor,
        about.place,
        data,
        title=official(_("objection to %(number)s"), number=about.number),
        applicant=actor.user,
        parent=about,
    )
