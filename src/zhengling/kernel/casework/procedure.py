"""How a procedure is declared: literal tables a lawyer can read.

One declaration, five uses: the inbox, the permitted acts, the API, the deadline clock and the diagram all read
these rows, so they cannot disagree. Guards and effects are plain functions named in the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from django.utils.functional import Promise

from zhengling.kernel.law import references

if TYPE_CHECKING:
    from zhengling.kernel.accounts.actors import Actor
    from zhengling.kernel.casework.models import Case
    from zhengling.kernel.casework.steps import Step

Text = str | Promise
MAX_LENGTH = 200
MAX_INTEGER = 32_767  # fits the smallest column that keeps one
MAX_ROWS = 500
Kind = Literal[
    "text",
    "name",
    "key",
    "long_text",
    "integer",
    "money",
    "date",
    "choice",
    "flag",
    "unit",
    "id_number",
    "phone",
    "bank_account",
    "table",
]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing an act asks for; the page's form, the API's schema and the printed form come from it.

    `money` is cleaned to integer fen. A choice listed in `reason_when` is a discretion (酌情): it demands
    `<name>_reason`. A `sensitive` value reaches the effect but never the event: it is sealed in the person's record
    and leaves a mask behind. A `name` is a person's; a `key` comes from a machine and is shown to nobody. A `text`
    has at most `max_length` characters (0: what `MAX_LENGTH` says). A `unit` is the code of an organisation of
    `level`. `article` is where the question comes from.
    """

    name: str
    label: Text
    kind: Kind = "text"
    required: bool = True
    choices: tuple[tuple[str, Text], ...] = ()
    help: Text = ""
    sensitive: bool = False
    reason_when: tuple[str, ...] = ()
    article: str = ""
    level: str = ""
    max_length: int = 0
    columns: tuple[Field, ...] = ()
    initial: Any = None


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may act: `role` held in the unit that stands in relation `at` to the case.

    Two names are not roles: ``applicant`` (the resident whose case it is) and ``system`` (schedules and limits).
    """

    role: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a case can be. `desk` has it on the desk; `items` are side-by-side tasks that gate the next act."""

    name: str
    label: Text
    desk: Authority | None = None
    article: str = ""
    closed: bool = False
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A task inside a stage, done by an act that `completes` it."""

    name: str
    label: Text
    desk: Authority


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit (时限): starts with an act, ends with an act, counted by a parameter of the law.

    `statutory` ones warn, escalate and show in supervision; internal ones are marked as internal. `start_field`
    names a date in the starting act's data that counts instead of the day of the act. A limit that `waits` is a
    minimum period (公示): the acts in `ends` are refused before it has run out.
    """

    name: str
    label: Text
    parameter: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    article: str
    holder: str
    statutory: bool = True
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    start_field: str = ""
    waits: bool = False


Guard = Callable[["Step"], Text | None]
Effect = Callable[["Step"], None]


@dataclass(frozen=True, slots=True)
class Act:
    """One lawful act (行为). `stages` is where it may happen (empty: it opens a case); `to` is where it leads.

    `guards` return why the act is refused, or None. `effect` changes the service's records in the same
    transaction. `copies` are relations whose desks get a copy (抄送). `batch` acts may be done on many cases at
    once. A `recallable` act may be taken back (撤回) by whoever did it while nobody has acted since; it has no
    effect beyond the case. An act `completes` an item of its stage and `reopens` those that rest on what it changed.
    An act that `returns` sends the case back (退回). Whoever did one of `different_from` on
    this case may not do this act: the second person is another person.
    """

    name: str
    label: Text
    stages: tuple[str, ...]
    to: str | None
    by: tuple[Authority, ...]
    article: str
    fields: tuple[Field, ...] = ()
    guards: tuple[Guard, ...] = ()
    effect: Effect | None = None
    completes: str = ""
    reopens: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    batch: bool = False
    recallable: bool = False
    returns: bool = False
    different_from: tuple[str, ...] = ()
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document the applicant brings (材料)."""

    name: str
    label: Text
    article: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Relation:
    """A unit by its relation to the case: the `level` above the case's place, or the department of `kind` there.
    Without a level the unit, of that `kind`, is named by
    whoever opens the case."""

    level: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Procedure:
    """One procedure: stages, acts, limits, papers, and which units take part.

    `opener` is the service's operation that opens a case from the data of the opening act, for the page and the API;
    a procedure without one is opened by the system only.
    """

    name: str
    label: Text
    service: str
    instrument: str
    prefix: str
    stages: Sequence[Stage]
    acts: Sequence[Act]
    limits: Sequence[Limit] = ()
    papers: Sequence[Paper] = ()
    relations: Mapping[str, Relation] = field(default_factory=dict)
    retention: str = ""
    opener: Callable[[Actor, Mapping[str, Any]], Case] | None = None

    def __post_init__(self) -> None:
        stages = {stage.name for stage in self.stages}
        acts = {act.name for act in self.acts}
        items = {item.name for stage in self.stages for item in stage.items}
        for act in self.acts:
            used = {*act.needs, *act.reopens, act.completes} - {""}
            assert used <= items, f"{self.name}.{act.name}: no item {used - items}"
            for stage in (*act.stages, *([act.to] if act.to else [])):
                assert stage in stages, f"{self.name}.{act.name}: no stage {stage}"
            for authority in act.by:
                assert not authority.at or authority.at in self.relations, (
                    f"{act.name}: no relation {authority.at}"
                )
            assert not (act.recallable and act.effect), (
                f"{self.name}.{act.name}: an effect cannot be recalled"
            )
            assert set(act.different_from) <= acts, f"{self.name}.{act.name}: unknown act in different_from"
        for limit in self.limits:
            named = {*limit.starts, *limit.ends, *limit.pauses, *limit.resumes, *limit.extends}
            assert named <= acts, f"{self.name}.{limit.name}: unknown act {named - acts}"

    def stage(self, name: str) -> Stage:
        return next(stage for stage in self.stages if stage.name == name)

    def act(self, name: str) -> Act:
        return next(act for act in self.acts if act.name == name)

    def limit(self, name: str) -> Limit:
        return next(limit for limit in self.limits if limit.name == name)

    @property
    def opening(self) -> Act:
        return next(act for act in self.acts if not act.stages)

    def acts_at(self, stage: str) -> list[Act]:
        return [act for act in self.acts if stage in act.stages]


_procedures: dict[str, Procedure] = {}


def register(procedure: Procedure) -> Procedure:
    """Make a procedure known to the kernel; called by a service's AppConfig.ready."""
    _procedures[procedure.name] = procedure
    references.register("act", *(f"{procedure.name}.{act.name}" for act in procedure.acts))
    references.register("limit", *(f"{procedure.name}.{limit.name}" for limit in procedure.limits))
    return procedure


def get(name: str) -> Procedure:
    """Raises KeyError for a procedure no installed service declares."""
    return _procedures[name]


def every() -> list[Procedure]:
    return list(_procedures.values())
