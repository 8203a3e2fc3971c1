"""Who makes a return and who decides on it, and who may read it.

The office that makes a return is the unit itself, or its department of the kind the form names. The office of the
level above accepts it or sends it back, and may make it for a unit that has nobody (代报). The return of the highest
level is accepted in its own office. Clerks and reviewers make, reviewers and approvers decide; nobody decides on what
he handed in.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.kernel.organisations.queries import above
from zhengling.kernel.returns.declaration import Declaration
from zhengling.kernel.returns.errors import NotYourReturn
from zhengling.kernel.returns.models import Return, ReturnForm

MAKERS = ("clerk", "reviewer")
DECIDERS = ("reviewer", "approver")


def area(unit: Organisation) -> str:
    """The path of the place a unit works for: its own, or for a department that of the unit above."""
    if unit.level == Level.DEPARTMENT:
        return unit.path.rstrip("/").rpartition("/")[0] + "/"
    return unit.path


def serves(office: Organisation, unit: Organisation, declaration: Declaration) -> bool:
    """Whether an officer of `office` works on the returns of `unit`."""
    if office.pk == unit.pk:
        return True
    kind = declaration.offices.get(unit.level, "")
    return bool(kind) and office.kind == kind and area(office) == unit.path


def unit_above(row: Return) -> Organisation | None:
    """The unit that adds this return up; None for the highest level."""
    levels = row.form.declaration.levels
    at = levels.index(row.unit.level)
    return above(row.unit, levels[at + 1]) if at + 1 < len(levels) else None


def deciding_unit(row: Return) -> Organisation:
    return unit_above(row) or row.unit


def holds(actor: Actor, unit: Organisation, declaration: Declaration, roles: tuple[str, ...]) -> bool:
    return any(
        role in roles and serves(office, unit, declaration) for (role, _pk), office in actor.grants.items()
    )


def makes(actor: Actor, row: Return) -> bool:
    """Whether the actor makes this return, for the own unit or for one below that has nobody (代报)."""
    upper = unit_above(row)
    units = [row.unit, upper] if upper else [row.unit]
    return any(holds(actor, unit, row.form.declaration, MAKERS) for unit in units)


def decides(actor: Actor, row: Return) -> bool:
    return holds(actor, deciding_unit(row), row.form.declaration, DECIDERS)


def require_maker(actor: Actor, row: Return) -> None:
    """Raises `NotYourReturn` naming who makes this return."""
    if not makes(actor, row):
        raise NotYourReturn(_whose(row.unit, row.form.declaration, MAKERS))


def require_decider(actor: Actor, row: Return) -> None:
    """Raises `NotYourReturn` naming who decides, for whoever handed the return in, and for a program."""
    if not decides(actor, row):
        raise NotYourReturn(_whose(deciding_unit(row), row.form.declaration, DECIDERS))
    if actor.user is None:
        raise NotYourReturn(_("a person decides this, not a program"))
    if row.maker_id == actor.user.pk:
        raise NotYourReturn(_("you handed this return in; another person decides on it"))


def _whose(unit: Organisation, declaration: Declaration, roles: tuple[str, ...]) -> str:
    kind = declaration.offices.get(unit.level, "")
    office = (
        Organisation.objects.filter(parent=unit, kind=kind, level=Level.DEPARTMENT).first() if kind else None
    )
    names = "、".join(str(ROLES[role].label) for role in roles)
    return _("this belongs to: %(unit)s, %(role)s") % {"unit": (office or unit).label, "role": names}


def readable(actor: Actor) -> QuerySet[Return]:
    """Returns the actor may read: if and only if an office in which the actor holds a maker's or decider's role serves
    the return's unit or one above it for that form, or the unit lies below one the actor supervises or audits."""
    rows = Return.objects.select_related("form", "unit", "maker", "reviewer")
    if actor.system:
        return rows
    rule = Q(pk__in=())
    for form in ReturnForm.objects.all():
        kinds = set(form.declaration.offices.values())
        for (role, _pk), office in actor.grants.items():
            serving = office.level != Level.DEPARTMENT or office.kind in kinds
            if ROLES[role].reads_subtree or (role in {*MAKERS, *DECIDERS} and serving):
                rule |= Q(form=form, unit__path__startswith=area(office))
    return rows.filter(rule)
