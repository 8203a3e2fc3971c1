"""Every write of a premium request: the roster drawn, filed and frozen; the money owed to the insurance fund and paid."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.casework.errors import ActRefused
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.documents.archive import archive_case
from zhengling.kernel.funds.hooks import CASE, Outcome
from zhengling.kernel.funds.ledger import Origin
from zhengling.kernel.funds.models import Payable
from zhengling.kernel.funds.operations import owe
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.premium import roster
from zhengling.services.medical.premium.models import Request, Route, Subsidy

REQUEST, SUPPLEMENT = "premium_request", "premium_supplement"
EXPENSE = "expense.premium"
FUND_KIND = "insurance_fund"
ARTICLE_9, ARTICLE_21 = "YZCR-2021-01016/9", "YZCR-2021-01016/21"


def open_request(step: Step) -> None:
    """Article 21: the request of a county for a year, with the roster as it can be drawn today."""
    request = Request.objects.create(
        case=step.case,
        county=step.party("county"),
        year=step.data["year"],
        number=step.data["number"],
    )
    _draw(request, step)


def redraw(step: Step) -> None:
    """The roster as identities and the enrolment list have it now."""
    _draw(step.case.premium_request, step)


def _draw(request: Request, step: Step) -> list[Subsidy]:
    """Write the roster anew and note its totals. Two who draw the same person at once: the second is refused."""
    terms = roster.terms_for(request.year)
    if terms is None:
        raise ActRefused(_("premium and enrolment period of this year are not set"), ARTICLE_9)
    free = roster.written(request)
    list(free.select_for_update().order_by("pk").values_list("pk"))
    lines = roster.drawn(request, terms)
    free.delete()
    try:
        with transaction.atomic():
            Subsidy.objects.bulk_create(lines)
    except IntegrityError:
        raise ActRefused(
            _("somebody else is writing about a person of this roster; draw it once more"), ARTICLE_9
        ) from None
    step.noted |= totals(lines) | {"digest": roster.roster_digest(request, lines)}
    return lines


def totals(lines: list[Subsidy]) -> dict[str, Any]:
    """Persons and fen of a roster, by group, and those to be refunded apart."""
    to_fund = [row for row in lines if row.route == Route.FUND]
    groups: dict[str, list[int]] = {}
    for row in to_fund:
        persons, fen = groups.get(row.group, [0, 0])
        groups[row.group] = [persons + 1, fen + row.amount]
    return {
        "persons": len(to_fund),
        "total": sum(row.amount for row in to_fund),
        "groups": groups,
        "refunds": len(lines) - len(to_fund),
    }


def file_request(step: Step) -> None:
    """Article 21: the county applies; the roster is frozen as its reviewer handed it up, or the act is refused."""
    request = step.case.premium_request
    submitted = step.last("submit")
    assert submitted is not None
    lines = _draw(request, step)
    if step.noted["digest"] != submitted.payload.data["digest"]:
        raise ActRefused(
            _("the roster has changed since it was handed up; return it and let it be checked anew"),
            ARTICLE_21,
        )
    request.digest, request.frozen_at = roster.roster_digest(request, lines), step.moment
    request.save()


def thaw(step: Step) -> None:
    """A request that finance sends back is mended: its roster may be drawn anew."""
    request = step.case.premium_request
    request.digest, request.frozen_at = "", None
    request.save()


def grant(step: Step) -> None:
    """Article 21: finance has reviewed; the money is owed to the basic-insurance fund, from the source it names.

    The roster is compared with its digest first: what is paid is what was filed.
    """
    request = step.case.premium_request
    lines = list(request.lines.all())
    if roster.roster_digest(request, lines) != request.digest:
        raise ActRefused(_("the roster differs from what was filed; send it back"), ARTICLE_21)
    fund = insurance_fund()
    if fund is None:
        raise ActRefused(_("the city names no basic-insurance fund among its units"), ARTICLE_21)
    request.source = step.data["source"]
    request.save()
    total = sum(row.amount for row in lines)
    step.noted |= {"total": total, "persons": len(lines), "payee": fund.name}
    owe(
        request.county_id,
        amount=total,
        expense=EXPENSE,
        origin=Origin(CASE, str(step.case.pk)),
        reference=step.case.number,
        citation=ARTICLE_21,
        actor=step.actor,
        organisation=fund,
        source=request.source,
        purpose=REQUEST,
    )


def insurance_fund() -> Organisation | None:
    """The basic-insurance fund of the city's residents (城乡居民基本医疗保险基金), the payee of article 21."""
    return Organisation.objects.filter(kind=FUND_KIND).order_by("path").first()


def paid(payable: Payable, outcome: Outcome) -> None:
    """Called by funds in the transaction of the bank's answer."""
    if outcome == "paid" and payable.purpose == REQUEST:
        perform(Case.objects.get(pk=payable.origin_id).pk, "pay", SYSTEM, {})


def note_payment(step: Step) -> None:
    """Article 21: the money has reached the insurance fund."""
    request = step.case.premium_request
    step.noted["total"] = request.lines.aggregate(fen=Sum("amount"))["fen"] or 0


def archive(step: Step) -> None:
    """The city's retention table: index, package, transfer list."""
    archive_case(step.case, step.actor)
