"""Reading returns: my lists, the returns below, the cases behind a cell, the lawful next acts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework import queries as casework
from zhengling.kernel.casework.models import Case
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.organisations.queries import valid_on
from zhengling.kernel.returns import authority
from zhengling.kernel.returns.models import CellCase, Return, ReturnForm


def level_below(row: Return) -> str:
    """The level whose returns this one adds up; empty for the lowest."""
    levels = row.form.declaration.levels
    at = levels.index(row.unit.level)
    return levels[at - 1] if at else ""


def lower_units(row: Return) -> QuerySet[Organisation]:
    """The units whose returns this one adds up."""
    return Organisation.objects.filter(
        valid_on(row.span.last), path__startswith=row.unit.path, level=level_below(row)
    ).order_by("path")


def lower_returns(row: Return) -> QuerySet[Return]:
    """The returns that count below this one for the period, whatever their state."""
    return (
        Return.objects.filter(key=row.key, period=row.period, unit__in=lower_units(row))
        .exclude(state=Return.State.CORRECTED)
        .select_related("unit", "form")
        .order_by("unit__path")
    )


def stale(row: Return) -> bool:
    """Whether lower returns were accepted or replaced since this one was added up."""
    if row.lowest or row.computed_at is None:
        return False
    now = lower_returns(row).filter(state__in=["accepted", "locked"]).values_list("pk", flat=True)
    return {str(pk) for pk in now} != set(row.sources)


def current() -> QuerySet[Return]:
    """Returns that count: corrections instead of what they replaced."""
    return Return.objects.exclude(state=Return.State.CORRECTED)


def to_make(actor: Actor) -> QuerySet[Return]:
    """Returns to be filled in by the actor, those due first."""
    rows = authority.readable(actor).filter(state__in=["draft", "returned"])
    return _mine(rows, actor, authority.MAKERS, own=True).order_by(
        F("due").asc(nulls_last=True), "unit__path"
    )


def to_decide(actor: Actor) -> QuerySet[Return]:
    """Returns handed in that the actor accepts or sends back."""
    rows = authority.readable(actor).filter(state="submitted")
    return _mine(rows, actor, authority.DECIDERS, own=False).order_by("submitted_at")


def _mine(rows: QuerySet[Return], actor: Actor, roles: tuple[str, ...], *, own: bool) -> QuerySet[Return]:
    """Rows whose unit (own), or whose unit one level up, the actor's offices serve with one of the roles."""
    rule = Q(pk__in=())
    for form in ReturnForm.objects.all():
        declaration = form.declaration
        levels = declaration.levels
        for (role, _pk), office in actor.grants.items():
            if role not in roles:
                continue
            path = authority.area(office)
            served = Organisation.objects.filter(path=path, level__in=levels).first()
            if served is None or not authority.serves(office, served, declaration):
                continue
            at = levels.index(served.level)
            if own or at == len(levels) - 1:
                rule |= Q(form=form, unit=served)
            if not own and at:
                rule |= Q(form=form, unit__path__startswith=path, unit__level=levels[at - 1])
    return rows.filter(rule)


def leaves(row: Return) -> list[UUID]:
    """The measured returns that this one rests on: itself, or those it was added up from, down to the lowest."""
    waiting, found = [row], []
    while waiting:
        here = waiting.pop()
        if here.lowest:
            found.append(here.pk)
        else:
            waiting += Return.objects.filter(pk__in=here.sources).select_related("form", "unit")
    return found


@dataclass(frozen=True, slots=True)
class Behind:
    """The cases behind a cell: those the actor may see, and how many there are in all."""

    cases: QuerySet[Case]
    total: int


def cases_behind(row: Return, cell: str, actor: Actor) -> Behind:
    """Cases of a cell; of a sum or ratio, the cases of the cells it is computed from."""
    cells = _base_of(row, cell)
    ids = CellCase.objects.filter(owner__in=leaves(row), cell__in=cells).values("case").distinct()
    visible = (
        casework.visible(actor).filter(pk__in=ids).select_related("place", "subject").order_by("opened_at")
    )
    return Behind(visible, ids.count())


def _base_of(row: Return, cell: str) -> set[str]:
    from zhengling.kernel.returns.declaration import parts

    formulas = row.form.declaration.formulas
    waiting, found = [cell], set()
    while waiting:
        name = waiting.pop()
        below = parts(formulas[name])
        if below:
            waiting += below
        else:
            found.add(name)
    return found


@dataclass(frozen=True, slots=True)
class NextStep:
    """An act that the state allows; `mine` says whether this actor may do it."""

    act: str
    label: str | Promise
    mine: bool
    asks_reason: bool
    maker: bool


# state -> (act, label, makers do it, reason asked)
STEPS: dict[str, tuple[tuple[str, str | Promise, bool, bool], ...]] = {
    "draft": (("compute", _("Compute"), True, False), ("submit", _("Hand in the return"), True, False)),
    "returned": (("compute", _("Compute"), True, False), ("submit", _("Hand in the return"), True, False)),
    "submitted": (
        ("accept", _("Accept the return"), False, False),
        ("send_back", _("Send back"), False, True),
    ),
    "accepted": (
        ("lock", _("Lock the period"), False, False),
        ("correct", _("Correct the return"), True, True),
    ),
    "locked": (("correct", _("Correct the return"), True, True),),
    "corrected": (),
}


def next_steps(row: Return, actor: Actor) -> list[NextStep]:
    """The lawful next acts of a return, from the table."""
    makes, decides = authority.makes(actor, row), authority.decides(actor, row)
    second = actor.user is not None and row.maker_id != actor.user.pk
    top = authority.unit_above(row) is None
    return [
        NextStep(act, label, makes if maker else decides and second, asks, maker)
        for act, label, maker, asks in STEPS[row.state]
        if act != "lock" or top
    ]
