"""Every write of supervision: urging, answering, closing, recording a verification."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework import operations as casework
from zhengling.kernel.casework.errors import ActRefused, CaseworkError, InvalidData, NotYours
from zhengling.kernel.casework.limits import days_left
from zhengling.kernel.casework.models import Case, TimeLimit
from zhengling.kernel.documents.kinds import SUPERVISION_ORDER
from zhengling.kernel.documents.numbers import take_number
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.outbox.operations import publish
from zhengling.kernel.supervision.authority import issuing_unit, may_answer, may_close
from zhengling.kernel.supervision.models import UrgedLimit, UrgingOrder

Refusal = tuple[TimeLimit, CaseworkError]


@dataclass
class Urged:
    """What came of urging: an order for each unit, and why the other limits were left out."""

    orders: list[UrgingOrder] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def urge(limit_ids: Sequence[int], actor: Actor, words: str, respond_by: date) -> Urged:
    """Urge the holders of these limits (督办): one order for each unit, each in its own transaction.

    What cannot be urged is left out and reported; the rest is right. Raises `InvalidData` for empty words and
    for a day that has passed.
    """
    words = words.strip()
    errors: dict[str, list[str]] = {}
    if not words:
        errors["words"] = [_("write what is demanded")]
    if respond_by < clock.today():
        errors["respond_by"] = [_("the day for the answer has passed")]
    if errors:
        raise InvalidData(errors)
    by_unit: defaultdict[Organisation, list[TimeLimit]] = defaultdict(list)
    result = Urged()
    for limit in TimeLimit.objects.filter(pk__in=limit_ids).select_related("case", "holder").order_by("pk"):
        if limit.holder:
            by_unit[limit.holder].append(limit)
    for unit in sorted(by_unit, key=lambda item: item.path):
        issuer = issuing_unit(actor, unit)
        if issuer is None:
            error = NotYours(_("%(unit)s is urged by a supervisor of a unit above it") % {"unit": unit.label})
            result.refused += [(limit, error) for limit in by_unit[unit]]
            continue
        order, refused = _issue(
            by_unit[unit], actor, issuer=issuer, to=unit, words=words, respond_by=respond_by
        )
        result.orders += [order] if order else []
        result.refused += refused
    return result


@transaction.atomic
def _issue(
    limits: list[TimeLimit],
    actor: Actor,
    *,
    issuer: Organisation,
    to: Organisation,
    words: str,
    respond_by: date,
) -> tuple[UrgingOrder | None, list[Refusal]]:
    """Lock order: cases by key, then the issuer's series of numbers."""
    cases = {limit.case_id for limit in limits}
    list(Case.objects.select_for_update().filter(pk__in=cases).order_by("pk"))
    taken, refused, urged = list[TimeLimit](), list[Refusal](), set[UUID]()
    held = TimeLimit.objects.filter(pk__in=[limit.pk for limit in limits]).select_related("case")
    for limit in held.order_by("pk"):
        try:
            _check_urgeable(limit, issuer)
            if limit.case_id not in urged:
                casework.urge(limit.case_id, actor, words)
        except CaseworkError as error:
            refused.append((limit, error))
        else:
            urged.add(limit.case_id)
            taken.append(limit)
    if not taken:
        return None, refused
    moment = clock.now()
    taken_number = take_number(issuer, SUPERVISION_ORDER.series, clock.local(moment).year)
    order = UrgingOrder.objects.create(
        issuer=issuer,
        number=taken_number.text,
        taken_number=taken_number,
        to=to,
        words=words,
        respond_by=respond_by,
        issued_by=actor.user,
        issued_by_name=actor.name[:60],
        issued_at=moment,
    )
    today = clock.today()
    UrgedLimit.objects.bulk_create(
        UrgedLimit(order=order, case=row.case, limit=row, due=row.due, days_late=-days_left(row, today))
        for row in taken
    )
    _tell("issued", order, to)
    return order, refused


def _check_urgeable(limit: TimeLimit, issuer: Organisation) -> None:
    if limit.state != TimeLimit.State.RUNNING or limit.waits:
        raise ActRefused(_("this time limit does not run any more"), limit.citation)
    earlier = limit.urgings.filter(order__state=UrgingOrder.State.ISSUED, order__issuer=issuer).first()
    if earlier:
        raise ActRefused(
            _("order %(number)s about it waits for its answer") % {"number": earlier.order.number},
            limit.citation,
        )


@transaction.atomic
def answer(order_id: UUID, actor: Actor, text: str) -> UrgingOrder:
    """The urged unit's answer. Raises `NotYours`, `ActRefused` when it is answered already, `InvalidData`."""
    order = _locked(order_id)
    if not may_answer(actor, order):
        raise NotYours(_("this order is answered by %(unit)s") % {"unit": order.to.label})
    if order.state != UrgingOrder.State.ISSUED:
        raise ActRefused(_("this order has been answered already"))
    if not text.strip():
        raise InvalidData({"answer": [_("write what was done")]})
    order.answer, order.state = text.strip(), UrgingOrder.State.ANSWERED
    order.answered_by, order.answered_by_name, order.answered_at = actor.user, actor.name[:60], clock.now()
    order.save()
    _tell("answered", order, order.to)
    return order


@transaction.atomic
def close(order_id: UUID, actor: Actor, finding: str) -> UrgingOrder:
    """Close an order after checking (销号): answered, or everything it is about has ended.

    Raises `NotYours`, `ActRefused`, `InvalidData`.
    """
    order = _locked(order_id)
    if not may_close(actor, order):
        raise NotYours(_("this order is closed by a supervisor of %(unit)s") % {"unit": order.issuer.label})
    if order.state == UrgingOrder.State.CLOSED:
        raise ActRefused(_("this order has been closed already"))
    open_states = [TimeLimit.State.RUNNING, TimeLimit.State.PAUSED]
    if (
        order.state == UrgingOrder.State.ISSUED
        and order.matters.filter(limit__state__in=open_states).exists()
    ):
        raise ActRefused(_("the order is not answered yet, and what it is about is not done"))
    if not finding.strip():
        raise InvalidData({"finding": [_("write what the check found")]})
    order.finding, order.state = finding.strip(), UrgingOrder.State.CLOSED
    order.closed_by, order.closed_by_name, order.closed_at = actor.user, actor.name[:60], clock.now()
    order.save()
    _tell("closed", order, order.issuer)
    return order


def _locked(order_id: UUID) -> UrgingOrder:
    return UrgingOrder.objects.select_for_update(of=("self",)).select_related("to", "issuer").get(pk=order_id)


def _tell(what: str, order: UrgingOrder, unit: Organisation) -> None:
    data = {"order": str(order.pk), "to": order.to.code, "state": order.state}
    publish(f"supervision.order.{what}", order.number, data, unit=unit.code)
