"""The departments' monthly lists as data sets (名单), and their comparison with the marks (数据比对)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.exchange import operations as exchange_room
from zhengling.kernel.exchange import rhythm
from zhengling.kernel.exchange.declaration import Column, DataSet, Mismatch, Outcome, Row
from zhengling.kernel.exchange.models import Exchange
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.kernel.people.masking import mask_name
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_all
from zhengling.services.medical import queries as medical
from zhengling.services.medical.identities import operations, questions
from zhengling.services.medical.identities.comparison import Claim, Finding, Held, Key, compare
from zhengling.services.medical.identities.kinds import (
    KEEPERS,
    LAW,
    Keeper,
    code_of,
    keeper_of,
    words_of,
)
from zhengling.services.medical.identities.models import Listed
from zhengling.services.medical.models import Identity

OFFICES = frozenset({"medical_insurance"})
ASK = Outcome("ask", _("keep ours and ask the department"), operations.ask, needs_reason=True)
FINDINGS = ("new", "changed", "ended", "deceased", "duplicate", "elsewhere", "conflicting")


def columns_of(keeper: Keeper) -> tuple[Column, ...]:
    heading = _("grade of disability") if keeper.name == "disabled" else _("kind of mark")
    return (
        Column("psn_name", _("name"), names=("姓名",), personal=True),
        Column(
            "certno",
            _("identity number"),
            names=("身份证号", "身份证号码", "证件号码"),
            personal=True,
            kind="id_number",
        ),
        Column(
            "category", heading, "choice", names=("对象类别", "身份类别", "残疾等级"), choices=keeper.codes
        ),
        Column(
            "village",
            _("village or community"),
            required=False,
            names=("村（社区）", "行政区划代码"),
            help=_("code or name; used for persons who are entered anew"),
        ),
        Column("since", _("recognised on"), "date", required=False, names=("认定日期",)),
        Column("until", _("recognised until"), "date", required=False, names=("有效期止",)),
        Column(
            "evidence",
            _("evidence"),
            required=False,
            names=("认定文号", "残疾类别"),
            help=_("number of the document; no identity or certificate numbers"),
        ),
        Column("deceased_on", _("died on"), "date", required=False, names=("死亡日期",)),
    )


def mismatches_of(keeper: Keeper) -> tuple[Mismatch, ...]:
    law = f"{LAW}/{keeper.article}"
    follow = Outcome("follow", _("ours follows from a day"), operations.follow, needs_day=True)
    return (
        Mismatch("new", _("new on the list"), (
            Outcome("confirm", _("mark the person from a day"), operations.confirm, needs_day=True), ASK,
        ), f"{LAW}/13.1"),
        Mismatch("changed", _("changed"), (
            follow, Outcome("correct", _("ours was entered wrongly; correct it"), operations.correct), ASK,
        ), law),
        Mismatch("ended", _("no longer on the list"), (
            Outcome("end", _("end the mark with a day"), operations.end, needs_reason=True, needs_day=True), ASK,
        ), law),
        Mismatch("deceased", _("deceased"), (
            Outcome("deceased", _("record the death and end the marks"), operations.deceased, needs_day=True), ASK,
        ), law),
        Mismatch("duplicate", _("listed twice"), (
            Outcome("merge", _("count the first row only"), needs_reason=True), ASK,
        ), law),
        Mismatch("elsewhere", _("marked in another county"), (
            Outcome("leave", _("leave it to the other county"), needs_reason=True), ASK,
        ), f"{LAW}/13.1"),
        Mismatch("conflicting", _("another name for this number"), (
            Outcome("rename", _("the list's name is right"), operations.rename, needs_reason=True), ASK,
        ), law),
    )  # fmt: skip


def awaited_from(county: Organisation) -> date | None:
    """Lists are awaited of a county from the day on which it began to work here."""
    return medical.begins_on(county)


def data_set_of(keeper: Keeper) -> DataSet:
    """The list of one department: it keeps it, we compare; the reviewers of the county's medical-insurance office decide."""
    return DataSet(
        name=keeper.data_set,
        label=keeper.list_label,
        keeper=keeper.label,
        columns=columns_of(keeper),
        citation=f"{LAW}/{keeper.article}",
        roles=frozenset({"reviewer"}),
        offices=OFFICES,
        rhythm="monthly",
        since=awaited_from,
        full=True,
        take=take,
        finish=finish,
        give=questions.sheet_of(keeper),
        mismatches=mismatches_of(keeper),
        facts=(
            Column("rows", _("rows of the list")),
            Column("unit", _("county")),
            Column("since", _("from"), "date"),
            Column("until", _("until"), "date"),
        ),
    )


def take(exchange: Exchange, rows: Sequence[Row]) -> None:
    """Keep a portion of the list. Persons we do not know are entered; nobody is marked."""
    villages = villages_of(exchange.unit)
    persons = enter_all(
        SYSTEM,
        [
            {
                "name": row["psn_name"],
                "id_number": row["certno"],
                "residence": villages.get(row["village"]),
                "household_register": villages.get(row["village"]),
            }
            for row in rows
        ],
    )
    Listed.objects.bulk_create(
        [
            Listed(
                exchange=exchange,
                person=persons[row["certno"]],
                row=row.number,
                name=row["psn_name"],
                code=row["category"],
                since=row["since"],
                until=row["until"],
                evidence=row["evidence"][:120],
                deceased_on=row["deceased_on"],
            )
            for row in rows
        ],
        batch_size=100,
    )


def villages_of(county: Organisation) -> dict[str, Organisation]:
    """Villages of the county by code, and by names that only one of them has."""
    found: dict[str, Organisation | None] = {}
    for village in Organisation.objects.filter(path__startswith=county.path, level=Level.VILLAGE):
        found[village.code] = village
        for name in {village.name, village.short_name}:
            found[name] = None if name in found else village
    return {name: village for name, village in found.items() if village}


def finish(exchange: Exchange) -> None:
    """The list is whole: compare it, raise what nobody has asked about yet, forget the list before it."""
    found = findings(exchange)
    questions.answer(exchange, {matter_of(item): item.theirs for item in found})
    asked = questions.open_matters(exchange)
    fresh = [item for item in found if asked.get(matter_of(item)) != dict(item.theirs)]
    names = dict(Person.objects.in_bulk([item.key[0] for item in fresh]))
    exchange_room.note(exchange, [_noted(item, names[item.key[0]]) for item in fresh])
    exchange_room.close_vanished(exchange, FINDINGS)
    Listed.objects.filter(exchange__data_set=exchange.data_set, exchange__unit=exchange.unit).exclude(
        exchange=exchange
    ).delete()


def findings(exchange: Exchange, person: Person | None = None) -> list[Finding]:
    """What differs between a list as it is kept and the marks of today; of one person only, when named."""
    keeper = keeper_of(exchange.data_set)
    listed = Listed.objects.filter(exchange=exchange).select_related("person")
    kinds = Identity.objects.filter(kind__in=keeper.kinds)
    today = clock.today()
    holds = Q(valid_to=None) | Q(valid_to__gte=today)
    marks = kinds.filter(holds & (Q(unit=exchange.unit) | Q(person__in=listed.values("person"))))
    if person:
        listed, marks = listed.filter(person=person), marks.filter(person=person)
    claims = [_as_claim(row) for row in listed.order_by("row")]
    first = rhythm.first_day("monthly", exchange.period)
    dead = {row.person_id: row.person.deceased_on for row in listed if row.person.deceased_on}
    held = _as_held(marks, exchange.unit)
    return compare(claims, held, first, dead=dead, over=_over(kinds, claims))


def _over(kinds: QuerySet[Identity], claims: Sequence[Claim]) -> dict[Key, date]:
    """The last day of the marks of listed persons that have ended."""
    persons = {claim.person for claim in claims}
    past = (
        kinds.filter(valid_to__lt=clock.today()).values_list("person", "kind").annotate(last=Max("valid_to"))
    )
    return {(person, kind): last for person, kind, last in past.order_by() if person in persons}


def _as_claim(row: Listed) -> Claim:
    return Claim(
        row.person_id, row.code, row.row, row.since, row.until, row.evidence, row.deceased_on,
        alias="" if row.name.strip() == row.person.name else mask_name(row.name),
    )  # fmt: skip


def _as_held(marks: QuerySet[Identity], unit: Organisation) -> list[Held]:
    # An open mark after one that ends later stands for its kind.
    rows = sorted(marks, key=lambda mark: (mark.valid_to is None, mark.valid_to or date.max))
    earlier: dict[tuple[object, str], set[date]] = defaultdict(set)
    past = Identity.objects.filter(person__in={mark.person_id for mark in rows}, unit=unit)
    for person, kind, day in past.values_list("person", "kind", "valid_from"):
        earlier[person, kind].add(day)
    return [
        Held(
            mark.person_id, code_of(mark), mark.valid_from, mark.valid_to, mark.evidence,
            here=mark.unit_id == unit.pk, starts=frozenset(earlier[mark.person_id, mark.kind]),
        )
        for mark in rows
    ]  # fmt: skip


def matter_of(item: Finding) -> str:
    """What identifies a finding within list and county: the person and the kind of mark."""
    person, kind = item.key
    return f"{item.kind}:{kind}:{person}"


def _noted(item: Finding, person: Person) -> exchange_room.Found:
    return exchange_room.Found(
        item.kind,
        matter_of(item),
        person=person,
        subject=words_of(item.key[1]),
        row=item.row,
        ours={"psn_name": person.masked_name, **item.ours} if item.kind == "conflicting" else item.ours,
        theirs=item.theirs,
        on=item.on,
    )


def recompare(exchange: Exchange, person: Person) -> None:
    """Compare one person of a list again, after what hid the rest was settled."""
    found = [item for item in findings(exchange, person) if item.kind != "duplicate"]
    exchange_room.note(exchange, [_noted(item, person) for item in found])


DATA_SETS = tuple(data_set_of(keeper) for keeper in KEEPERS)
