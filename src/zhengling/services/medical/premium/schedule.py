"""What comes due by the calendar: a county's request opens when the period has ended, and its roster is kept current."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.errors import ActRefused
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.language import official
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.kernel.organisations.queries import valid_on
from zhengling.services.medical.premium import roster
from zhengling.services.medical.premium.models import Request, Route
from zhengling.services.medical.premium.operations import REQUEST, SUPPLEMENT
from zhengling.services.medical.premium.rules import Terms


def counties(day: date) -> QuerySet[Organisation]:
    """Counties and zones whose medical insurance and finance departments carry the request (article 21)."""
    departments = Organisation.objects.filter(valid_on(day), level=Level.DEPARTMENT)
    return Organisation.objects.filter(
        valid_on(day),
        level=Level.COUNTY,
        pk__in=departments.filter(kind="medical_insurance").values("parent"),
    ).filter(pk__in=departments.filter(kind="finance").values("parent"))


def keep_requests() -> list[Case]:
    """The daily job, from the day after the period to the end of the benefit year. Returns the cases opened.

    Idempotent; of two workers at once one opens a case.
    """
    today = clock.today()
    opened = []
    for year in (today.year, today.year + 1):
        terms = roster.terms_for(year)
        if terms is None or today <= terms.last_day:
            continue
        for county in counties(today):
            case = keep_request(county, terms)
            if case:
                opened.append(case)
    return opened


def keep_request(county: Organisation, terms: Terms) -> Case | None:
    """Draw the county's open roster anew where it has changed; open a request where somebody is on none."""
    requests = Request.objects.filter(county=county, year=terms.year).select_related("case", "county")
    current = requests.filter(frozen_at=None).first()
    if current:
        _redraw_if_moved(current, terms)
        return None
    number = requests.aggregate(last=Max("number"))["last"]
    probe = Request(county=county, year=terms.year)
    if not any(row.route == Route.FUND for row in roster.due_lines(county, terms, probe)):
        return None
    return _open(county, terms, 0 if number is None else number + 1)


def _redraw_if_moved(request: Request, terms: Terms) -> None:
    wanted = roster.drawn(request, terms)
    if request.case.stage == "drawing" and roster.content(wanted) != roster.content(roster.written(request)):
        try:
            perform(request.case_id, "redraw", SYSTEM, {})
        except ActRefused:
            return  # an officer was quicker, or tomorrow's turn draws it


def _open(county: Organisation, terms: Terms, number: int) -> Case | None:
    title = official(
        _("premium subsidy %(year)s, %(county)s, supplement %(number)s")
        if number
        else _("premium subsidy %(year)s, %(county)s"),
        year=terms.year,
        county=county.short_name,
        number=number,
    )
    data = {"year": terms.year, "number": number, "period_ended_on": terms.last_day.isoformat()}
    try:
        with transaction.atomic():
            return open_case(
                procedures.get(SUPPLEMENT if number else REQUEST), SYSTEM, county, data, title=title
            )
    except IntegrityError:
        return None  # another worker opened it at the same moment
