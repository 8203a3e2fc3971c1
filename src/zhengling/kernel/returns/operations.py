"""Every write of a return: opened by the calendar, computed, typed into, handed in, decided, locked, corrected."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.canonical import digest
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.organisations.queries import valid_on
from zhengling.kernel.returns import figures as computing
from zhengling.kernel.returns.authority import require_decider, require_maker, unit_above
from zhengling.kernel.returns.declaration import Measured, Typed
from zhengling.kernel.returns.errors import ChecksFail, ReturnRefused, StaleReturn
from zhengling.kernel.returns.measures import UnknownMeasureError, measure
from zhengling.kernel.returns.models import CellCase, Return, ReturnForm, ReturnStep
from zhengling.kernel.returns.periods import Period
from zhengling.kernel.returns.queries import lower_returns, lower_units
from zhengling.kernel.workdays.counting import due
from zhengling.kernel.workdays.queries import current_calendar

State = Return.State
DONE = (State.ACCEPTED, State.LOCKED)


def form_for(key: str, period: Period) -> ReturnForm:
    """The newest version of the form that is valid at the end of the period. Raises `ReturnRefused`."""
    form = ReturnForm.objects.filter(key=key, valid_from__lte=period.last).order_by("-version").first()
    if form is None or form.declaration.period != period.kind:
        raise ReturnRefused(_("there is no form “%(key)s” for this period") % {"key": key})
    return form


@transaction.atomic
def open_period(key: str, period: Period, actor: Actor = SYSTEM) -> int:
    """Open the return of a period for every unit of the form's levels. Returns how many are new; safe to run again."""
    form = form_for(key, period)
    declaration = form.declaration
    terms = {
        level: due(period.last, count, unit, current_calendar()).due
        for level, (count, unit) in declaration.due.items()
    }
    have = Return.objects.filter(key=key, period=str(period)).values("unit")
    units = Organisation.objects.filter(valid_on(period.last), level__in=declaration.levels).exclude(
        pk__in=have
    )
    rows = Return.objects.bulk_create(
        [
            Return(
                form=form,
                key=key,
                unit=unit,
                period=str(period),
                due=terms.get(unit.level),
                opened_at=clock.now(),
            )
            for unit in units.order_by("path")
        ],
        ignore_conflicts=True,
    )
    stored = Return.objects.filter(pk__in=[row.pk for row in rows])
    ReturnStep.objects.bulk_create(_step(row, "open", actor) for row in stored)
    return len(stored)


def open_periods() -> int:
    """The daily job: open the period that runs, for the figures so far, and the one that ended last, for every form in
    force in them. Returns how many returns are new."""
    opened = 0
    for key in ReturnForm.objects.order_by("key").values_list("key", flat=True).distinct():
        newest = ReturnForm.objects.filter(key=key).order_by("-version")[0]
        running = Period.holding(clock.today(), newest.declaration.period)
        for period in (running.before, running):
            if ReturnForm.objects.filter(key=key, valid_from__lte=period.last).exists():
                opened += open_period(key, period)
    return opened


@transaction.atomic
def compute(pk: UUID, actor: Actor, *, revision: int | None = None) -> Return:
    """Fill in the measured cells, or add up the accepted lower returns; sums and ratios follow. Typed cells stay."""
    row = _locked(pk, revision, State.DRAFT, State.RETURNED)
    require_maker(actor, row)
    row.figures = _measured(row) if row.lowest else _added_up(row)
    row.computed_at = clock.now()
    return _record(row, "compute", actor)


def _measured(row: Return) -> computing.Figures:
    declaration, span = row.form.declaration, row.span
    base: computing.Figures = dict(row.typed)
    found: list[CellCase] = []
    # Rows and columns often name the same measure with the same arguments.
    known: dict[Measured, tuple[int, tuple[UUID, ...]]] = {}
    for cell, formula in computing.base_cells(declaration).items():
        if not isinstance(formula, Measured):
            continue
        if formula not in known:
            try:
                result = measure(formula.measure, row.unit, span, dict(formula.arguments))
            except UnknownMeasureError as error:
                raise ReturnRefused(_("no room of this system supplies the measure “%s”") % error) from error
            known[formula] = (result.value, result.case_ids)
        base[cell], ids = known[formula]
        found += [CellCase(owner=row, cell=cell, case_id=case) for case in ids]
    row.cell_cases.all().delete()
    CellCase.objects.bulk_create(found, batch_size=2000)
    return computing.complete(declaration, base)


def _added_up(row: Return) -> computing.Figures:
    lower = list(lower_returns(row).filter(state__in=DONE))
    row.sources = [str(item.pk) for item in lower]
    return computing.summed(row.form.declaration, [item.figures for item in lower])


@transaction.atomic
def type_in(
    pk: UUID, values: Mapping[str, int | None], actor: Actor, *, revision: int | None = None
) -> Return:
    """Enter typed cells of a measured return (counts or fen); sums and ratios follow."""
    row = _locked(pk, revision, State.DRAFT, State.RETURNED)
    require_maker(actor, row)
    formulas = computing.base_cells(row.form.declaration)
    if not row.lowest or any(not isinstance(formulas.get(cell), Typed) for cell in values):
        raise ReturnRefused(_("this cell is computed and not typed in"))
    if any(value is not None and not 0 <= value < 10**15 for value in values.values()):
        raise ReturnRefused(_("enter whole numbers from nothing upwards"))
    row.typed = {**row.typed, **values}
    row.figures = computing.complete(row.form.declaration, {**row.figures, **row.typed})
    return _record(row, "type", actor)


@transaction.atomic
def submit(pk: UUID, actor: Actor, *, note: str = "", revision: int | None = None) -> Return:
    """Hand the return in. What contradicts itself is refused (`ChecksFail`), what is odd needs a note; a return that
    adds up needs every lower one accepted and counted in."""
    row = _locked(pk, revision, State.DRAFT, State.RETURNED)
    require_maker(actor, row)
    if clock.today() <= row.span.last:
        raise ReturnRefused(_("the period runs until %(day)s") % {"day": row.span.last})
    if row.computed_at is None:
        raise ReturnRefused(_("compute the return first"))
    _require_whole(row)
    found = computing.findings(row.form.declaration, row.figures)
    if any(item.refuses for item in found):
        raise ChecksFail(_("the figures contradict each other"), found, row.form.declaration.article)
    if found and not note.strip():
        raise ChecksFail(_("explain in the note what stands out"), found, row.form.declaration.article)
    row.state, row.note = State.SUBMITTED, note.strip()[:1000]
    row.maker, row.submitted_at = actor.user, clock.now()
    row.digest = digest([row.form.digest, row.unit.code, row.period, row.correction, row.figures, row.note])
    return _record(row, "submit", actor, note=row.note)


def _require_whole(row: Return) -> None:
    if row.lowest:
        if computing.missing(row.form.declaration, row.figures):
            raise ReturnRefused(_("some cells to be typed in are empty; enter 0 for nothing"))
        return
    accepted = set(lower_returns(row).filter(state__in=DONE).values_list("pk", flat=True))
    waiting = lower_units(row).exclude(pk__in=Return.objects.filter(pk__in=accepted).values("unit"))
    names = list(waiting.values_list("short_name", flat=True)[:10])
    if names:
        raise ReturnRefused(_("not accepted yet: %(units)s") % {"units": "、".join(names)})
    if {str(pk) for pk in accepted} != set(row.sources):
        raise ReturnRefused(_("lower returns have changed since; compute again"))


@transaction.atomic
def send_back(pk: UUID, reason: str, actor: Actor) -> Return:
    """Return it to whoever made it, with the reason (退回)."""
    row = _locked(pk, None, State.SUBMITTED)
    require_decider(actor, row)
    if not reason.strip():
        raise ReturnRefused(_("say what has to be mended"))
    row.state = State.RETURNED
    return _record(row, "send_back", actor, note=reason)


@transaction.atomic
def accept(pk: UUID, actor: Actor) -> Return:
    """Accept a return; the level above counts it from now on."""
    row = _locked(pk, None, State.SUBMITTED)
    require_decider(actor, row)
    row.state, row.reviewer, row.accepted_at = State.ACCEPTED, actor.user, clock.now()
    return _record(row, "accept", actor)


@transaction.atomic
def lock_period(pk: UUID, actor: Actor) -> int:
    """Lock the accepted return of the highest level and all it was added up from. Returns how many were locked."""
    top = _locked(pk, None, State.ACCEPTED)
    require_decider(actor, top)
    if unit_above(top) is not None:
        raise ReturnRefused(_("the return of the highest level locks the period"))
    rows = list(
        Return.objects.select_for_update()
        .filter(key=top.key, period=top.period, state=State.ACCEPTED)
        .order_by("pk")
    )
    for row in rows:
        row.state = State.LOCKED
        _record(row, "lock", actor)
    return len(rows)


@transaction.atomic
def correct(pk: UUID, reason: str, actor: Actor) -> Return:
    """Open a correction of an accepted or locked return: a new version with the reason; the old one stays as it was."""
    old = _locked(pk, None, *DONE)
    require_maker(actor, old)
    if not reason.strip():
        raise ReturnRefused(_("say what has to be corrected"))
    old.state = State.CORRECTED
    _record(old, "replace", actor, note=reason)
    new = Return.objects.create(
        form=old.form,
        key=old.key,
        unit=old.unit,
        period=old.period,
        correction=old.correction + 1,
        corrects=old,
        typed=old.typed,
        note=reason.strip()[:1000],
        due=None,
        opened_at=clock.now(),
    )
    return _record(new, "correct", actor, note=reason)


def _locked(pk: UUID, revision: int | None, *wanted: str) -> Return:
    """The return, locked, in one of the wanted states. Raises `ReturnRefused` naming its state, or `StaleReturn`."""
    row = Return.objects.select_for_update(of=("self",)).select_related("form", "unit").get(pk=pk)
    if revision is not None and revision != row.revision:
        raise StaleReturn
    if row.state not in wanted:
        raise ReturnRefused(_("this return is “%(state)s”") % {"state": row.get_state_display()})
    return row


def _record(row: Return, act: str, actor: Actor, *, note: str = "") -> Return:
    row.revision += 1
    row.save()
    _step(row, act, actor, note).save()
    return row


def _step(row: Return, act: str, actor: Actor, note: str = "") -> ReturnStep:
    return ReturnStep(
        owner=row,
        act=act,
        state=row.state,
        at=clock.now(),
        actor=actor.user,
        actor_name=actor.name[:60],
        note=note.strip()[:1000],
        digest=digest(row.figures) if row.figures else "",
    )
