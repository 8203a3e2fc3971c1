"""What follows a grant: the bank's answer, the quarter's public list, objections to it, and the end of the case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.errors import ActRefused, InvalidData
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.documents.amounts import yuan
from zhengling.kernel.funds.hooks import Outcome
from zhengling.kernel.funds.models import Payable
from zhengling.kernel.language import official
from zhengling.kernel.notices import operations as notices
from zhengling.kernel.notices.models import Notice
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.people.masking import mask_name
from zhengling.kernel.workdays.counting import due
from zhengling.kernel.workdays.queries import current_calendar
from zhengling.services.medical import queries
from zhengling.services.medical.models import Application, PublicItem, PublicList
from zhengling.services.medical.operations import AID, parameter

LIST, OBJECTION = "medical_list", "medical_objection"


def paid(payable: Payable, outcome: Outcome) -> None:
    """Called by funds in the transaction of the bank's answer: a transfer that arrived is the case's `pay` act."""
    if outcome == "paid" and payable.purpose == AID:
        case = Case.objects.get(pk=payable.origin_id)
        perform(case.pk, "pay", SYSTEM, {})
        if PublicItem.objects.filter(application=case.pk, list__case__stage="taken_down").exists():
            close(case.pk)


def close(case_id: UUID) -> None:
    """The public list has run out: the case is closed, unless it is not paid yet or an objection stands against it."""
    try:
        with transaction.atomic():
            perform(case_id, "publicise", SYSTEM, {})
    except ActRefused:
        return


# --- the quarter's public list --------------------------------------------------------------------------------------


def last_quarter_end(day: date) -> date:
    """The last day of the newest quarter whose last working day has come."""
    first_of_next = date(day.year + day.month // 10, (day.month + 2) // 3 * 3 % 12 + 1, 1)
    quarter_end = last_workday = first_of_next - timedelta(days=1)
    while not current_calendar().is_workday(last_workday):
        last_workday -= timedelta(days=1)
    if day >= last_workday:
        return quarter_end
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)


def approved_until(quarter_end: date) -> QuerySet[Application]:
    """Article 14: whom the county approved in the quarter, paid yet or not, and nobody who was listed before."""
    return Application.objects.filter(
        case__stage__in=["payment", "paid"],
        public_item=None,
        decisions__decided_at__lt=clock.at(quarter_end + timedelta(days=1), 0),
    ).distinct()


def draw_up_lists() -> list[Case]:
    """The daily job: on the last working day of a quarter, or later when no worker ran then, each village's list.

    Idempotent; of two workers at once one draws a list up.
    """
    quarter_end = last_quarter_end(clock.today())
    year, quarter = quarter_end.year, quarter_end.month // 3
    drawn = PublicList.objects.filter(year=year, quarter=quarter).values("village")
    waiting = approved_until(quarter_end).exclude(case__place__in=drawn).select_related("case__place")
    opened = []
    for village in {row.case.place_id: row.case.place for row in waiting}.values():
        title = official(
            _("%(village)s, quarter %(quarter)s of %(year)s"),
            village=village.name,
            quarter=quarter,
            year=year,
        )
        try:
            opened.append(open_case(procedures.get(LIST), SYSTEM, village, {}, title=title))
        except IntegrityError:
            continue
    return opened


def draw_up_list(step: Step) -> None:
    """Article 14: those whom the county approved, with masked name, kind of help and amount; nothing else."""
    village: Organisation = step.case.place
    quarter_end = last_quarter_end(step.day)
    row = PublicList.objects.create(
        case=step.case, village=village, year=quarter_end.year, quarter=quarter_end.month // 3
    )
    applications = approved_until(quarter_end).filter(case__place=village)
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
    if not clock.local(step.case.opened_at).date() <= posted_on <= step.day:
        raise InvalidData({"posted_on": [_("the list was posted between the day it was drawn up and today")]})
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
        columns=[official(_("name")), official(_("kind of help")), official(_("amount (yuan)"))],
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
    """Article 14: the period has run out; cases without an objection are closed, the others wait for its end."""
    for application_id in step.case.medical_list.items.values_list("application_id", flat=True):
        close(application_id)


def close_after_objection(message: Message) -> None:
    """An objection found unfounded no longer holds its case back, once the list has run out."""
    about = Case.objects.get(pk=message.data["case"]).parent
    assert about is not None
    if PublicItem.objects.filter(application=about.pk, list__case__stage="taken_down").exists():
        close(about.pk)


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
