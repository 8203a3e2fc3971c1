"""Every write of clearing: draw up, review, approve, pay; ask for money and move it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.canonical import digest
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.errors import ActRefused, InvalidData
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.casework.steps import Step
from zhengling.kernel.funds.hooks import CASE, Outcome
from zhengling.kernel.funds.ledger import Origin
from zhengling.kernel.funds.models import Payable, Route, Source
from zhengling.kernel.funds.operations import fund_one_stop, owe
from zhengling.kernel.language import official
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.clearing import queries
from zhengling.services.medical.clearing.models import FundingRequest, Statement, StatementLine
from zhengling.services.medical.models import Institution
from zhengling.services.medical.operations import parameter

CLEARING, FUNDING = "medical_clearing", "medical_funding"
ARTICLE_16, ARTICLE_21 = "YZCR-2021-01016/16", "YZCR-2021-01016/21.3"


def month_end(day: date) -> date:
    """The first day after the newest month to be cleared: from the day of the month the city chose on."""
    first = day.replace(day=1)
    if day.day >= int(parameter("clearing_day_of_month", day)):
        return first
    return (first - timedelta(days=1)).replace(day=1)


def draw_up_statements() -> list[Case]:
    """The daily job: each month, a statement for every unit and institution with anything to clear (article 16).

    Idempotent; of two workers at once one draws a statement up.
    """
    before = month_end(clock.today())
    drawn = set(Statement.objects.filter(period=_period(before)).values_list("unit_id", "institution_id"))
    opened = []
    for row in queries.waiting(before):
        if row.amount <= 0 or (row.unit_id, row.institution_id) in drawn:
            continue
        unit = Organisation.objects.get(pk=row.unit_id)
        institution = Institution.objects.select_related("organisation").get(pk=row.institution_id)
        title = official(
            _("%(institution)s, clearing of %(period)s"),
            institution=institution.organisation.name,
            period=_period(before),
        )
        try:
            opened.append(
                open_case(
                    procedures.get(CLEARING),
                    SYSTEM,
                    unit,
                    {},
                    title=title,
                    parties={"institution": institution.organisation},
                )
            )
        except (IntegrityError, ActRefused):  # another worker was here first
            continue
    return opened


def _period(before: date) -> str:
    return f"{before - timedelta(days=1):%Y-%m}"


def draw_up(step: Step) -> None:
    """Article 16: the uncleared decisions of the unit and institution up to the month's end, frozen by their digest."""
    before = month_end(step.day)
    institution = Institution.objects.get(organisation=step.party("institution"))
    decisions = list(
        queries.uncleared(before)
        .filter(settlement__unit=step.case.place, settlement__institution=institution)
        .select_related("settlement")
        .order_by("settlement__setl_time", "settlement__setl_seq", "order")
    )
    amount = sum(row.maf_pay for row in decisions)
    if amount <= 0:
        raise ActRefused(_("there is nothing to clear with this institution"), ARTICLE_16)
    statement = Statement.objects.create(
        case=step.case,
        institution=institution,
        unit=step.case.place,
        period=_period(before),
        claimed=amount,
        digest=digest([[str(row.pk), row.maf_pay] for row in decisions]),
    )
    StatementLine.objects.bulk_create(
        StatementLine(statement=statement, decision=row, claimed=row.maf_pay) for row in decisions
    )
    step.noted.update(period=statement.period, lines=len(decisions), total=amount, digest=statement.digest)


def review(step: Step) -> None:
    """Articles 8 and 16: what the county does not pay for, line by line with the reason."""
    statement: Statement = step.case.statement
    lines = {
        line.decision.settlement.setl_id: line
        for line in statement.lines.select_related("decision__settlement")
        if line.claimed > 0
    }
    for line in lines.values():
        line.deducted, line.reason = 0, ""
    for number, row in enumerate(step.data["deductions"] or [], start=1):
        found = lines.get(row["setl_id"])
        if found is None:
            raise InvalidData(
                {"deductions": [_("no settlement %(id)s on this statement") % {"id": row["setl_id"]}]}
            )
        if not 0 < row["amount"] <= found.claimed:
            raise InvalidData(
                {
                    "deductions": [
                        _("row %(number)s: deduct more than nothing and at most what is claimed")
                        % {"number": number}
                    ]
                }
            )
        found.deducted, found.reason = row["amount"], row["reason"]
    StatementLine.objects.bulk_update(lines.values(), ["deducted", "reason"])
    statement.deducted = sum(line.deducted for line in lines.values())
    statement.save()
    step.noted.update(claimed=statement.claimed, deducted=statement.deducted, total=statement.payable)


def approve(step: Step) -> None:
    """Articles 16 and 21: owe the institution what is left, by kind of benefit, along the one-stop route."""
    statement: Statement = step.case.statement
    step.noted["total"] = statement.payable
    if statement.payable <= 0:
        step.to = "settled"
        return
    for expense, amount in _by_expense(statement).items():
        owe(
            statement.unit_id,
            amount=amount,
            expense=expense,
            origin=Origin(CASE, str(step.case.pk)),
            reference=step.case.number,
            citation=ARTICLE_21,
            actor=step.actor,
            organisation=statement.institution.organisation,
            source=step.data["source"],
            route=Route.ONE_STOP,
            purpose=f"clearing:{expense}",
        )


def _by_expense(statement: Statement) -> dict[str, int]:
    """Fen by expense account, each above zero: reversals of one kind may outweigh it, then the other bears the rest."""
    sums: dict[str, int] = defaultdict(int)
    for line in statement.lines.select_related("decision__settlement"):
        sums[queries.expense_of(line.decision.settlement.benefit)] += line.payable
    surplus = -sum(fen for fen in sums.values() if fen < 0)
    found = {}
    for expense, fen in sorted(sums.items(), key=lambda item: -item[1]):
        if fen > 0:
            taken = min(fen, surplus)
            surplus -= taken
            if fen > taken:
                found[expense] = fen - taken
    return found


def paid(payable: Payable, outcome: Outcome) -> None:
    """Called by funds in the transaction of the bank's answer: once all that is owed has arrived, the case is paid."""
    if outcome != "paid" or not payable.purpose.startswith("clearing:"):
        return
    others = Payable.objects.filter(
        origin_kind=CASE, origin_id=payable.origin_id, purpose__startswith="clearing:"
    )
    if not others.exclude(pk=payable.pk).exclude(state=Payable.State.PAID).exists():
        perform(Case.objects.get(pk=payable.origin_id).pk, "pay", SYSTEM, {})


# --- the money for it -------------------------------------------------------------------------------------------------


def request_funding(actor: Actor, data: Mapping[str, Any]) -> Case:
    """Article 21: healthcare security asks finance for money for the one-stop account, by source."""
    unit = Organisation.objects.filter(code=data.get("county", ""), level="county").first()
    if unit is None:
        raise InvalidData({"county": [_("choose a county or zone")]})
    title = official(_("%(unit)s, money for the one-stop account"), unit=unit.name)
    return open_case(procedures.get(FUNDING), actor, unit, data, title=title)


def note_request(step: Step) -> None:
    amounts = {source: step.data[source] for source in Source.values if step.data.get(source)}
    if not amounts or min(amounts.values()) <= 0:
        raise InvalidData({Source.BUDGET.value: [_("ask for an amount from at least one source")]})
    request = FundingRequest.objects.create(
        case=step.case,
        unit=step.case.place,
        amounts=amounts,
        owed=queries.owed_to_institutions([step.case.place_id]).get(step.case.place_id, 0),
    )
    step.noted["total"] = request.total


def fund(step: Step) -> None:
    """Article 21: finance moves the money; beyond what a source holds only with a reason in writing."""
    request: FundingRequest = step.case.funding_request
    fund_one_stop(
        request.unit_id,
        request.amounts,
        origin=Origin(CASE, str(step.case.pk)),
        reference=step.case.number,
        actor=step.actor,
        override_reason=step.data.get("override_reason") or "",
    )
    step.noted["total"] = request.total
