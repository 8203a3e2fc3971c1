"""One-stop settlement (一站式结算) at the desk of an agreement hospital: articles 8, 10, 11, 13.1, 15 and 16.

The hospital sends the national settlement after basic and other insurance and learns what assistance pays. Each
settlement is one transaction: the person's year is locked, the decision with its receipt written, the event published.
What the institution advanced is owed to it when its statement is approved (part `clearing`).
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, FilteredRelation, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from zhengling.kernel import ciphers, clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.canonical import canonical_json
from zhengling.kernel.casework.errors import ActRefused, CaseworkError, InvalidData, NotYours
from zhengling.kernel.law.parameters import ParameterSet, ParametersOn
from zhengling.kernel.law.queries import instrument, newest_change, parameters_at
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.kernel.outbox.operations import publish
from zhengling.kernel.people.errors import PersonError
from zhengling.kernel.people.identity import normalise
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_person
from zhengling.services.medical import decisions, national, queries
from zhengling.services.medical.decisions import INSTRUMENT, Grounds
from zhengling.services.medical.models import (
    BenefitYear,
    Decision,
    Exclusion,
    Flag,
    Identity,
    Institution,
    ScopeException,
    Settlement,
)
from zhengling.services.medical.national import Fields

CONTENT = "medical_settlement.content"
TRIES = 5
ONE_DAY = timedelta(days=1)
FAST_CLOCKS = timedelta(minutes=10)
"""How far a hospital's clock may run ahead of ours."""


class OtherContent(CaseworkError):
    """The number was used for another settlement; both digests say so."""

    code = "setl_id_used"

    def __init__(self, held: str, sent: str) -> None:
        super().__init__(
            _("this settlement number was sent before with other content; kept: %(held)s, sent: %(sent)s")
            % {"held": held, "sent": sent},
            f"{INSTRUMENT}/16",
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk is told: the settlement, its decision, and the line with articles and steps."""

    settlement: Settlement
    decision: Decision
    line: decisions.Line


@dataclass(slots=True)
class _Known:
    """What is on record of the patient: the person, the marks of the day, the year; empty for somebody new."""

    person: Person | None = None
    marks: list[Identity] = field(default_factory=list)
    year: BenefitYear | None = None


def preview(actor: Actor, fields: Fields) -> Answer:
    """Pre-settlement (预结算): what a settlement would come to now. Writes nothing, locks nothing."""
    desk, parameters = _desk(actor)
    day = _day(fields)
    line = _line(fields, _known(fields, day, BenefitYear.objects.all()), desk, parameters, day)
    return Answer(line.settlement, decisions.decision_of(line), line)


def settle(actor: Actor, fields: Fields) -> Answer:
    """Decide one settlement (结算); the same number with the same content gets the same answer.

    Raises `OtherContent`; `InvalidData`; `NotYours` for whoever is no agreement institution with one-stop settlement.
    """
    content = canonical_json(dict(fields))
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _settle(actor, fields, content)
        except IntegrityError:
            held = Settlement.objects.filter(setl_id=fields["setl_id"], released=False).first()
            if held:
                return _again(actor, held, content)
            # Somebody began the person's year at the same moment: now it is there to be locked.
        except _NewPersonError:
            _enter(actor, fields)
    raise ActRefused(_("others settle for this person at the moment; send it again"), f"{INSTRUMENT}/16")


class _NewPersonError(Exception):
    """The patient is to be entered first, in a transaction of its own: the record of access comes last of all locks."""


def _settle(actor: Actor, fields: Fields, content: str) -> Answer:
    desk, parameters = _desk(actor)
    day = _day(fields)
    known = _known(fields, day, BenefitYear.objects.select_for_update(of=("self",)))
    if known.person is None:
        raise _NewPersonError
    line = _line(fields, known, desk, parameters, day)
    settlement, moment = line.settlement, clock.now()
    settlement.national["content"] = ciphers.blind_index(content, column=CONTENT)
    settlement.save(force_insert=True)
    year = known.year or BenefitYear(person=known.person, year=day.year)
    flags = []
    if year.latest is not None and settlement.setl_time < year.latest:
        flags.append((settlement, Flag.Kind.LATE))
    if _spans_inclusion(fields, known.marks, parameters.on(day)):
        flags.append((settlement, Flag.Kind.SPANS_INCLUSION))
    (decision,) = decisions.write(year, [line], moment)
    decisions.raise_flags(flags, moment)
    assert settlement.unit is not None
    data = {"settlement": str(settlement.pk)}
    publish("medical.settlement.decided", settlement.setl_id, data, unit=settlement.unit.code)
    return Answer(settlement, decision, line)


def _enter(actor: Actor, fields: Fields) -> None:
    """Whoever is settled for is remembered, so that the year's cost is known (article 10, reading A13)."""
    try:
        enter_person(actor, name=fields["psn_name"], id_number=fields["certno"])
    except PersonError as error:
        raise InvalidData({"certno": [str(error)]}) from None


def _again(actor: Actor, held: Settlement, content: str) -> Answer:
    """The answer a settlement had. Raises `OtherContent`, `ActRefused` for one that was reversed."""
    sent = ciphers.blind_indexes(content, column=CONTENT)
    kept = held.national.get("content", "")
    if held.institution_id not in _units(actor) or not any(hmac.compare_digest(kept, one) for one in sent):
        raise OtherContent(kept, sent[0])
    answer = answered(held)
    if answer.decision.undone:
        raise ActRefused(
            _("this settlement was reversed; a new one has a number of its own"), f"{INSTRUMENT}/16"
        )
    return answer


def answered(settlement: Settlement) -> Answer:
    """What was decided on a settlement; the newest decision where there were several."""
    decision = settlement.decisions.filter(reverses=None).select_related("settlement").latest("order")
    return Answer(settlement, decision, decisions.line_of(decision))


@transaction.atomic
def reverse(actor: Actor, setl_id: str, reason: str) -> tuple[Settlement, Decision]:
    """Cancel a settlement (结算撤销): its exact opposite is entered and the year restored, once, however often it is
    asked. Raises Settlement.DoesNotExist for one that this institution did not send, `ActRefused` for one that an
    application was granted assistance on."""
    desk, _parameters = _desk(actor)
    settlement = queries.settlements_of(desk).select_related("unit").get(setl_id=setl_id)
    own = settlement.decisions.filter(reverses=None).order_by("-order")
    year = own.values_list("benefit_year", flat=True)[:1]
    BenefitYear.objects.select_for_update().get(pk__in=list(year))
    newest = own[0]
    if newest.application_id is not None:
        raise ActRefused(
            _("an application was granted assistance on this settlement; ask the county to undo it"),
            f"{INSTRUMENT}/14",
        )
    if newest.undone:
        return settlement, newest.reversed_by
    opposite = decisions.undo([newest], clock.now())[0]
    settlement.national["reversed_because"] = reason
    settlement.save(update_fields=["national"])
    assert settlement.unit is not None
    data = {"settlement": str(settlement.pk)}
    publish("medical.settlement.reversed", setl_id, data, unit=settlement.unit.code)
    return settlement, opposite


def own(actor: Actor) -> QuerySet[Settlement]:
    """What the calling institution settled at its desk. Raises `NotYours` for a caller that is none."""
    desk, _parameters = _desk(actor)
    return queries.settlements_of(desk)


# --- what is known --------------------------------------------------------------------------------------------------


def _units(actor: Actor) -> set[int]:
    """The units in which the caller is clerk; of an API client without asking the database."""
    return {pk for role, pk in (actor.client_grants or actor.grants) if role == "clerk"}


def _desk(actor: Actor) -> tuple[Institution, ParameterSet]:
    """The agreement institution that calls, and the law as approved now; one statement (article 16)."""
    newest = newest_change("medical")
    desk = (
        Institution.objects.filter(pk__in=_units(actor), one_stop=True)
        .select_related("unit", "organisation")
        .annotate(
            change=Subquery(newest.values("id")), change_number=Subquery(newest.values("approval_number"))
        )
        .first()
    )
    if desk is None:
        raise NotYours(
            _("only agreement institutions with one-stop settlement settle here"), f"{INSTRUMENT}/16"
        )
    return desk, parameters_at("medical", desk.change, desk.change_number)


def _day(fields: Fields) -> date:
    """The day of settlement, which decides year, class and law (readings A13, R20). Raises `InvalidData`."""
    moment = fields["setl_time"]
    day = clock.local(moment).date()
    if moment > clock.now() + FAST_CLOCKS:
        raise InvalidData({"setl_time": [_("lies in the future")]})
    if day < instrument(INSTRUMENT).valid_from:
        raise InvalidData({"setl_time": [_("lies before these rules came into force")]})
    return day


def _known(fields: Fields, day: date, years: QuerySet[BenefitYear]) -> _Known:
    """The patient with marks and year: one statement, two where the year has not begun yet."""
    number = normalise(fields["certno"])
    indexes = ciphers.blind_indexes(number, column="people_person.id_number")
    rows = list(
        _with_marks(
            years.filter(year=day.year, person__id_number_index__in=indexes), "person__", day
        ).select_related("person__residence__parent__parent")
    )
    if rows:
        return _Known(rows[0].person, _marks(rows), rows[0])
    people = list(
        _with_marks(Person.objects.filter(id_number_index__in=indexes), "", day).select_related(
            "residence__parent__parent"
        )
    )
    return _Known(people[0], _marks(people)) if people else _Known()


def _with_marks(rows: QuerySet[Any], path: str, day: date) -> QuerySet[Any]:
    """Each row once for every mark that is valid on the day."""
    marks = f"{path}medical_identities"
    ended = Q(**{f"{marks}__valid_to": None}) | Q(**{f"{marks}__valid_to__gte": day})
    valid = Q(**{f"{marks}__valid_from__lte": day}) & ended
    marked: QuerySet[Any] = rows.annotate(
        mark=FilteredRelation(marks, condition=valid),
        mark_kind=F("mark__kind"),
        mark_from=F("mark__valid_from"),
    )
    return marked


def _marks(rows: Sequence[Any]) -> list[Identity]:
    return [Identity(kind=row.mark_kind, valid_from=row.mark_from) for row in rows if row.mark_kind]


def _spans_inclusion(fields: Fields, marks: Sequence[Identity], law: ParametersOn) -> bool:
    """Article 15, reading A13: the stay began before the person came into class 1 or 2."""
    began = fields.get("begndate")
    days = [mark.valid_from for mark in marks if mark.class_under(law)]
    return bool(began and days and began < min(days))


def _line(
    fields: Fields, known: _Known, desk: Institution, parameters: ParameterSet, day: date
) -> decisions.Line:
    """The settlement under the class of its day (reading A13): class 1 or 2 by marks, otherwise none; class 3 is granted
    on application only."""
    on = parameters.on(day)
    place = national.Place(desk, desk.organisation.name)
    exclusion = national.exclusion_of(fields, place, day, desk.unit.code[:4])
    if exclusion and known.person:
        granted = ScopeException.objects.filter(person=known.person, granted=True)
        if national.excepted(exclusion, fields["setl_id"], day, list(granted), on):
            exclusion = Exclusion.NONE
    settlement = national.settlement_from(
        fields,
        on,
        person=known.person,
        unit=_county(known.person) or desk.unit,
        institution=desk,
        hospital=desk.organisation.name,
        channel=Settlement.Channel.ONE_STOP,
        exclusion=exclusion,
    )
    if known.person and known.person.name != fields["psn_name"].strip():
        settlement.national.setdefault("doubts", []).append("name")
    found = queries.standing_of(known.marks, on)
    grounds = Grounds(found.assistance_class, found.veteran)
    (line,) = decisions.plan_rows([(settlement, grounds)], decisions.account_of(known.year), parameters)
    return line


def _county(person: Person | None) -> Organisation | None:
    """The county in which the person lives; None where it is not known."""
    unit = person.residence if person else None
    while unit is not None and unit.level != Level.COUNTY:
        unit = unit.parent
    return unit
