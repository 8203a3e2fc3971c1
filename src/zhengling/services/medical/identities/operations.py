"""Writing marks: each in one transaction under the person's lock, with the change of class that follows from it.

`confirm`, `follow`, `correct`, `end`, `deceased`, `rename` and `ask` are the outcomes of a difference between a
department's list and the marks (articles 4(5), 4(7)-(9), 13). The department keeps its list: nothing here changes it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.exchange.errors import ExchangeError
from zhengling.kernel.exchange.models import Difference
from zhengling.kernel.language import official
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.outbox.operations import publish
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import update_person
from zhengling.services.medical import queries
from zhengling.services.medical.identities.kinds import LAW, article_of, in_force, words_of
from zhengling.services.medical.identities.models import ClassChange, Listed, Question
from zhengling.services.medical.models import Identity

CHANGED = "medical.class_changed"
Write = Callable[[Person], Identity]


def _under_lock(actor: Actor, person: Person, day: date, reason: str, write: Write) -> Identity:
    """Lock the person, write, and keep what becomes of the class on `day` (article 15). Before the rules' first day
    nobody has a class."""
    day = max(day, in_force())
    person = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    before = queries.standing(person, day).assistance_class
    identity = write(person)
    after = queries.standing(person, day).assistance_class
    if after != before:
        change = ClassChange.objects.create(
            person=person,
            identity=identity,
            day=day,
            before=before,
            after=after,
            reason=reason[:500],
            by_name=actor.name,
            at=clock.now(),
        )
        unit = identity.unit.code if identity.unit else ""
        publish(CHANGED, str(change.pk), {"before": before, "after": after}, unit=unit)
    record_access(actor, Action.CHANGE, "person", person.pk, ["identity"], identity.kind)
    return identity


def mark(
    actor: Actor,
    unit: Organisation,
    person: Person,
    code: str,
    *,
    source: str,
    valid_from: date,
    valid_to: date | None = None,
    evidence: str = "",
    reason: str = "",
) -> Identity:
    """Mark a person (articles 5 and 13). `code` is the kind, after a dot its detail. Raises `ExchangeError` when the
    person has this mark at that time already."""
    kind, _dot, detail = code.partition(".")

    def write(person: Person) -> Identity:
        _check_period(person, kind, valid_from, valid_to)
        return Identity.objects.create(
            person=person,
            kind=kind,
            detail=detail,
            unit=unit,
            source=source[:80],
            evidence=evidence[:120],
            valid_from=valid_from,
            valid_to=valid_to,
        )

    return _under_lock(actor, person, valid_from, reason, write)


def end_mark(actor: Actor, identity: Identity, last_day: date, reason: str) -> Identity:
    """End a mark with a day, which still counts. Raises `ExchangeError` for a day before its first or in the future."""

    def write(_person: Person) -> Identity:
        row = Identity.objects.get(pk=identity.pk)
        _check_end(row, last_day)
        row.valid_to, row.ended_because = last_day, reason[:200]
        row.save(update_fields=["valid_to", "ended_because"])
        return row

    return _under_lock(actor, identity.person, last_day + timedelta(days=1), reason, write)


def _check_end(identity: Identity, last_day: date) -> None:
    if last_day < identity.valid_from:
        raise ExchangeError(
            _("the mark began only on %(day)s; correct it instead")
            % {"day": date_format(identity.valid_from, "DATE_FORMAT")},
            article_of(identity.kind),
        )
    if last_day > clock.today():
        raise ExchangeError(_("a mark is ended up to today, not in advance"), article_of(identity.kind))


def _check_period(
    person: Person, kind: str, valid_from: date, valid_to: date | None, but: Identity | None = None
) -> None:
    if valid_to and valid_to < valid_from:
        raise ExchangeError(_("the last day lies before the first"), article_of(kind))
    if valid_from > clock.today():
        raise ExchangeError(_("a mark begins today at the latest"), article_of(kind))
    others = Identity.objects.filter(person=person, kind=kind).filter(
        Q(valid_to=None) | Q(valid_to__gte=valid_from)
    )
    if valid_to:
        others = others.filter(valid_from__lte=valid_to)
    if but:
        others = others.exclude(pk=but.pk)
    other = others.first()
    if other:
        until = date_format(other.valid_to, "DATE_FORMAT") if other.valid_to else _("today")
        raise ExchangeError(
            _("the person has this mark from %(since)s to %(until)s already; take a later day")
            % {"since": date_format(other.valid_from, "DATE_FORMAT"), "until": until},
            article_of(kind),
        )


# --- outcomes of a difference ----------------------------------------------------------------------------------------


def confirm(difference: Difference, actor: Actor, reason: str) -> None:
    """New on the list: the person is marked from the day that the officer confirms."""
    said = difference.theirs
    assert difference.person is not None and difference.on is not None
    mark(
        actor,
        difference.unit,
        difference.person,
        said["category"],
        source=source_of(difference),
        valid_from=difference.on,
        valid_to=_day(said.get("until")),
        evidence=said.get("evidence", ""),
        reason=reason or difference.exchange.period,
    )


def follow(difference: Difference, actor: Actor, reason: str) -> None:
    """What the mark says has changed at its keeper's: it ends with the day before, and the new one begins."""
    row, said = _marked(difference), difference.theirs
    assert difference.on is not None
    if said["category"].partition(".")[2] == row.detail:
        raise ExchangeError(_("only what was entered differs; correct the entry"), difference.citation)
    because = reason or official(_("changed by the list of %(period)s"), period=difference.exchange.period)
    person, day = row.person, difference.on

    def write(person: Person) -> Identity:
        fresh = Identity.objects.get(pk=row.pk)
        _check_end(fresh, day - timedelta(days=1))
        fresh.valid_to, fresh.ended_because = day - timedelta(days=1), because[:200]
        fresh.save(update_fields=["valid_to", "ended_because"])
        _check_period(person, row.kind, day, None)
        return Identity.objects.create(
            person=person,
            kind=row.kind,
            detail=said["category"].partition(".")[2],
            unit=difference.unit,
            source=source_of(difference)[:80],
            evidence=said.get("evidence", "")[:120],
            valid_from=day,
            valid_to=_day(said.get("until")),
        )

    _under_lock(actor, person, day, because, write)


def correct(difference: Difference, actor: Actor, reason: str) -> None:
    """Our entry was wrong from its first day: it takes what the list says."""
    row, said = _marked(difference), difference.theirs

    def write(person: Person) -> Identity:
        fresh = Identity.objects.get(pk=row.pk)
        fresh.detail = said["category"].partition(".")[2]
        fresh.valid_from = _day(said.get("since")) or fresh.valid_from
        fresh.valid_to = _day(said.get("until")) or fresh.valid_to
        fresh.evidence = said.get("evidence", fresh.evidence)[:120]
        _check_period(person, fresh.kind, fresh.valid_from, fresh.valid_to, but=fresh)
        fresh.save()
        return fresh

    _under_lock(actor, row.person, clock.today(), reason, write)


def end(difference: Difference, actor: Actor, reason: str) -> None:
    """No longer on the list: the mark ends with the day that the officer confirms."""
    assert difference.on is not None
    end_mark(actor, _marked(difference), difference.on, reason)


def deceased(difference: Difference, actor: Actor, reason: str) -> None:
    """The person has died: the day is recorded, every mark ends with it, whoever keeps its list."""
    person, day = difference.person, difference.on
    assert person is not None and day is not None
    if day > clock.today():
        raise ExchangeError(_("a death lies in the past"), difference.citation)
    update_person(actor, person, deceased_on=day)
    because = reason or official(_("deceased"))
    holding = Identity.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), person=person)
    for row in holding.select_related("person", "unit"):
        # A mark that was entered after the death never held.
        end_mark(actor, row, max(day, row.valid_from), because)


def rename(difference: Difference, actor: Actor, reason: str) -> None:
    """The name on the list is the right one; what else the row says is compared at once."""
    from zhengling.services.medical.identities.lists import recompare

    person = difference.person
    assert person is not None
    listed = Listed.objects.filter(exchange=difference.seen_id, person=person).order_by("row").first()
    if listed is None:
        raise ExchangeError(_("a newer list has come; reload the list"), difference.citation)
    update_person(actor, person, name=listed.name.strip())
    recompare(difference.seen, person)


def ask(difference: Difference, actor: Actor, reason: str) -> None:
    """We keep what we have and ask the department; the questions go out as a list."""
    Question.objects.create(
        difference=difference,
        matter=difference.matter,
        claim=difference.theirs,
        text=reason[:500],
        asked_by_name=actor.name,
        asked_at=clock.now(),
    )


def source_of(difference: Difference) -> str:
    """Who says so, for the mark: the department and the period of its list."""
    return f"{official(difference.declaration.keeper)} {difference.exchange.period}"


def _marked(difference: Difference) -> Identity:
    """The mark the difference is about, as it stands now. Raises `ExchangeError` when somebody ended it meanwhile."""
    kind = difference.matter.split(":")[1]
    row = (
        Identity.objects.filter(person=difference.person, kind=kind, unit=difference.unit)
        .filter(Q(valid_to=None) | Q(valid_to__gte=clock.today()))
        .select_related("person", "unit")
        .order_by("valid_from")
        .last()
    )
    if row is None:
        raise ExchangeError(
            _("%(mark)s has ended meanwhile; reload the list") % {"mark": words_of(kind)}, f"{LAW}/13.1"
        )
    return row


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None
