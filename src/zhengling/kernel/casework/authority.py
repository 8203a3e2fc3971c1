"""Whether an actor may do an act on a case, and the words for a refusal. The same test serves pages, API and inbox."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.casework.errors import NotYours
from zhengling.kernel.casework.models import Case, Event
from zhengling.kernel.casework.procedure import Act, Authority
from zhengling.kernel.organisations.models import Organisation


def matching(case: Case, act: Act, actor: Actor) -> tuple[str, Organisation | None] | None:
    """(role, unit) under which the actor may do the act, or None."""
    for authority in act.by:
        if authority.role == "system":
            if actor.system:
                return "system", None
        elif authority.role == "applicant":
            if actor.user and case.applicant_id == actor.user.pk:
                return "applicant", None
        elif authority.at in case.units and actor.holds(authority.role, case.units[authority.at].pk):
            return authority.role, case.units[authority.at]
    return None


def check_authority(case: Case, act: Act, actor: Actor) -> tuple[str, Organisation | None]:
    """(role, unit) of the actor for the act. Raises `NotYours` naming who may."""
    citation = f"{case.declaration.instrument}/{act.article}"
    found = matching(case, act, actor)
    if found is None:
        raise NotYours(
            _("“%(act)s” belongs to: %(who)s") % {"act": act.label, "who": whose(case, act)},
            citation,
        )
    if (actor.user or actor.client) and act.different_from:
        # A system is one person, whichever of its unit's roles it uses; its events name it and no user.
        same = Q(actor=actor.user) if actor.user else Q(actor=None, actor_name=actor.client)
        last = case.events.filter(same, act__in=act.different_from).order_by("-seq").first()
        if last is not None:
            raise NotYours(
                _("“%(act)s” needs a second person: you did “%(other)s” on this case")
                % {"act": act.label, "other": case.declaration.act(last.act).label},
                citation,
            )
    return found


def is_own(case: Case, actor: Actor) -> bool:
    """Whether the actor applies in this case or filed it."""
    return actor.user is not None and actor.user.pk in (case.applicant_id, case.filed_by_id)


def may_urge(case: Case, actor: Actor) -> bool:
    """The applicant, whoever filed it, an officer of a unit that takes part, or a supervisor above it.

    Auditors read only, and administrators have no business with cases.
    """
    if actor.system or is_own(case, actor):
        return True
    acting = [name for name, role in ROLES.items() if role.business and name != "auditor"]
    parties = {unit.pk for unit in case.units.values()}
    if any(unit.pk in parties for unit in actor.units(*acting)):
        return True
    return any(case.place.path.startswith(unit.path) for unit in actor.units("supervisor"))


def did(event: Event, actor: Actor) -> bool:
    """Whether the act of the event is the actor's own; of a client, the one in its name."""
    if actor.user:
        return event.actor_id == actor.user.pk
    return bool(actor.client) and event.actor_id is None and event.actor_name == actor.client[:60]


def still_holds(event: Event, actor: Actor) -> bool:
    """Whether the actor did the act of the event and today still has the office in which he did it."""
    return did(event, actor) and (event.role == "applicant" or actor.holds(event.role, event.organisation_id))


def whose(case: Case, act: Act) -> str:
    """Who may do the act, in words."""
    return _(", ").join(_words(authority, case.units) for authority in act.by)


def _words(authority: Authority, parties: dict[str, Organisation]) -> str:
    unit = parties.get(authority.at)
    return f"{unit.label} {role_words(authority.role)}" if unit else role_words(authority.role)


def role_words(role: str) -> str:
    """A role in words, the two that are no roles included."""
    if role == "applicant":
        return _("the applicant")
    return str(ROLES[role].label) if role in ROLES else _("the system")
