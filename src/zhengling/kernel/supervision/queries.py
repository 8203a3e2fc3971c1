"""Reading supervision: orders an officer may see; what carries out each provision, in live numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.cache import caches
from django.db.models import Count, Q, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.models import Case, Event, TimeLimit
from zhengling.kernel.law.instruments import Instrument, Reference
from zhengling.kernel.supervision.models import UrgingOrder
from zhengling.kernel.supervision.scope import Scope

Name = tuple[str, str]  # (procedure, act or limit or stage)

FRESH = 60  # seconds that counted figures of the whole city are shown again


def visible_orders(scope: Scope) -> QuerySet[UrgingOrder]:
    """Orders an officer may read: if and only if they are to or from a unit of the scope."""
    return UrgingOrder.objects.filter(scope.on("to") | scope.on("issuer")).select_related("to", "issuer")


@dataclass(frozen=True, slots=True)
class Counts:
    """Live numbers of one provision: cases waiting for one of its acts, acts done, limits by their end."""

    cases: int = 0
    acts: int = 0
    running: int = 0
    overdue: int = 0
    met: int = 0
    missed: int = 0

    def __bool__(self) -> bool:
        return any((self.cases, self.acts, self.running, self.met, self.missed))


@dataclass
class Tallies:
    """The whole city's cases by stage, events by act and limits by name, each (procedure, name) -> number."""

    cases: Counter[Name] = field(default_factory=Counter)
    acts: Counter[Name] = field(default_factory=Counter)
    running: Counter[Name] = field(default_factory=Counter)
    overdue: Counter[Name] = field(default_factory=Counter)
    met: Counter[Name] = field(default_factory=Counter)
    missed: Counter[Name] = field(default_factory=Counter)


def tallies() -> Tallies:
    """Everything that article counts are made of: three grouped queries, each over an index alone."""
    found = Tallies()
    rows = Case.objects.values_list("procedure", "stage").order_by().annotate(n=Count("*"))
    for procedure, stage, number in rows:
        found.cases[procedure, stage] = number
    done = Event.objects.values_list("procedure", "act").order_by().annotate(n=Count("*"))
    for procedure, act, number in done:
        found.acts[procedure, act] = number
    state = TimeLimit.State
    columns = {
        state.RUNNING: found.running,
        state.PAUSED: found.running,
        state.MET: found.met,
        state.MISSED: found.missed,
    }
    is_late = Q(state=state.RUNNING, due__lt=clock.today(), waits=False)
    limits = TimeLimit.objects.values_list("procedure", "name", "state").order_by()
    for procedure, name, held, number, late in limits.annotate(
        n=Count("*"), late=Count("state", filter=is_late)
    ):
        if held in columns:
            columns[held][procedure, name] += number
        found.overdue[procedure, name] += late
    return found


def recent_tallies() -> Tallies:
    """`tallies`, at most a minute old: for pages that everybody may open."""
    found = caches["process"].get_or_set("supervision.tallies", tallies, FRESH)
    assert isinstance(found, Tallies)
    return found


def article_counts(instrument: Instrument, held: Tallies | None = None) -> dict[str, Counts]:
    """Provision key -> live numbers of what carries it out, for every provision that names acts or limits.

    `held` serves several instruments with one count; without it three queries are made.
    """
    held = held or tallies()
    return {
        provision.key: _counts(provision.by, held)
        for provision in instrument.provisions
        if any(reference.kind in {"act", "limit"} for reference in provision.by)
    }


def instrument_counts(instrument: Instrument, held: Tallies) -> Counts:
    """The same for a whole instrument; what several provisions name is counted once."""
    return _counts((reference for provision in instrument.provisions for reference in provision.by), held)


def _counts(by: Iterable[Reference], held: Tallies) -> Counts:
    named: defaultdict[str, set[Name]] = defaultdict(set)
    for reference in by:
        named[reference.kind].add(split(reference.name))
    acts, limits = named["act"], named["limit"]
    return Counts(
        cases=sum(held.cases[stage] for stage in _waiting_stages(acts)),
        acts=sum(held.acts[act] for act in acts),
        running=sum(held.running[limit] for limit in limits),
        overdue=sum(held.overdue[limit] for limit in limits),
        met=sum(held.met[limit] for limit in limits),
        missed=sum(held.missed[limit] for limit in limits),
    )


def split(name: str) -> Name:
    """`medical_aid.accept` -> (medical_aid, accept)."""
    procedure, _dot, rest = name.partition(".")
    return procedure, rest


def _waiting_stages(acts: Iterable[Name]) -> set[Name]:
    """The open stages at which one of these acts is what comes next."""
    by_procedure: defaultdict[str, set[str]] = defaultdict(set)
    for procedure, act in acts:
        by_procedure[procedure].add(act)
    return {
        (declared.name, stage)
        for declared in procedures.every()
        for act in declared.acts
        if act.name in by_procedure.get(declared.name, ())
        for stage in act.stages
        if not declared.stage(stage).closed
    }
