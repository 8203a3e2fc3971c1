"""The opening load (期初): what a county brings when it begins here, each file with control totals that a second person signs.

Order: the first day, persons, marks, this year's accumulators, balances, open cases. A county may begin in the middle
of a year; what was settled before its first day is in these files and is not settled again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.exchange.authority import require
from zhengling.kernel.exchange.declaration import Column, DataSet, Mismatch, Outcome, Row
from zhengling.kernel.exchange.errors import ExchangeError
from zhengling.kernel.exchange.models import Exchange
from zhengling.kernel.exchange.operations import Found, note
from zhengling.kernel.funds.ledger import Origin, credit, debit, post
from zhengling.kernel.funds.models import Entry, Source
from zhengling.kernel.funds.operations import owe
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_all
from zhengling.services.medical import queries as medical
from zhengling.services.medical.decisions import carry, locked_year
from zhengling.services.medical.identities.kinds import LAW, WORDS, words_of
from zhengling.services.medical.identities.lists import OFFICES, villages_of
from zhengling.services.medical.identities.models import PaperCase
from zhengling.services.medical.models import Benefit, BenefitYear, Commencement, Identity

ROLES = frozenset({"reviewer", "approver"})
EXPENSES = {
    Benefit.INPATIENT: "expense.inpatient",
    Benefit.MAJOR_OUTPATIENT: "expense.outpatient",
    Benefit.SPECIAL_OUTPATIENT: "expense.outpatient",
}


# --- the first day ---------------------------------------------------------------------------------------------------


@transaction.atomic
def commence(actor: Actor, unit: Organisation, begins_on: date) -> Commencement:
    """Record from which day a county works here. Raises `ExchangeError` once a file of its opening load was taken over:
    accumulators and balances are those of this day."""
    require(actor, PERSONS, unit)
    if not actor.holds("approver"):
        raise ExchangeError(_("the first day is set by an approver of the county's office"), f"{LAW}/15")
    if begun(unit):
        raise ExchangeError(_("the opening load has begun; the first day stands"), f"{LAW}/15")
    row, _made = Commencement.objects.update_or_create(
        unit=unit,
        defaults={"begins_on": begins_on, "recorded_by": actor.user, "recorded_at": clock.now()},
    )
    return row


def begun(unit: Organisation) -> bool:
    """Whether a file of the opening load was taken over."""
    names = [item.name for item in DATA_SETS]
    files = Exchange.objects.filter(data_set__in=names, unit=unit)
    return files.exclude(state__in=[Exchange.State.CHECKED, Exchange.State.DROPPED]).exists()


def first_day(unit: Organisation) -> date:
    """Raises `ExchangeError` while nobody has said it."""
    begins = medical.begins_on(unit)
    if begins is None:
        raise ExchangeError(_("say first from which day the county works here"), f"{LAW}/15")
    return begins


# --- what each file does ---------------------------------------------------------------------------------------------


def take_persons(exchange: Exchange, rows: Sequence[Row]) -> None:
    villages = villages_of(exchange.unit)
    enter_all(
        SYSTEM,
        [
            {
                "name": row["psn_name"],
                "id_number": row["certno"],
                "phone": row["tel"],
                "bank_name": row["bank_name"],
                "bank_account": row["bank_account"],
                "residence": villages.get(row["village"]),
                "household_register": villages.get(row["village"]),
            }
            for row in rows
        ],
    )


def take_marks(exchange: Exchange, rows: Sequence[Row]) -> None:
    """Marks as they were on the first day; one that overlaps a mark held here is left out and told."""
    persons = _known(rows)
    held: dict[tuple[object, str], list[tuple[date, date]]] = {}
    for known in Identity.objects.filter(person__in=persons.values()):
        period = (known.valid_from, known.valid_to or date.max)
        held.setdefault((known.person_id, known.kind), []).append(period)
    new, refused = [], []
    for row in rows:
        person, (kind, _dot, detail) = persons[row["certno"]], row["category"].partition(".")
        begins, ends = row["begntime"], row["endtime"] or date.max
        if any(begins <= last and first <= ends for first, last in held.get((person.pk, kind), [])):
            refused.append(_left_out("held", row, person, words_of(row["category"])))
            continue
        held.setdefault((person.pk, kind), []).append((begins, ends))
        new.append(
            Identity(
                person=person,
                kind=kind,
                detail=detail,
                unit=exchange.unit,
                source=row["source"][:80],
                evidence=row["evidence"][:120],
                valid_from=begins,
                valid_to=row["endtime"],
            )
        )
    Identity.objects.bulk_create(new, batch_size=100)
    note(exchange, refused)


def take_years(exchange: Exchange, rows: Sequence[Row]) -> None:
    """What the person's year came to before the county began here (article 15: it carries). A year that has begun
    here is left as it is and told."""
    persons, refused = _known(rows), []
    for row in sorted(rows, key=lambda row: str(persons[row["certno"]].pk)):
        person = persons[row["certno"]]
        year = locked_year(person, row["year"])
        if year.order or year.inpatient_cost or year.special_cost:
            refused.append(_left_out("begun", row, person, str(row["year"])))
            continue
        sums = {name: row[name] for name in YEAR_SUMS}
        carry(year, sums, was_class_3=row["was_class_3"], source="medical.opening.years")
    note(exchange, refused)


def take_balances(exchange: Exchange, rows: Sequence[Row]) -> None:
    """Articles 18 and 21: what each source held when the county began, as opening entries of its books."""
    begins = first_day(exchange.unit)
    for row in rows:
        if row["balance"] > 0:
            post(
                exchange.unit.pk,
                [debit("bank", row["source"], row["balance"]), credit("fund", row["source"], row["balance"])],
                origin=Origin("opening", exchange.unit.code),
                purpose=f"opening:{row['source']}",
                citation=f"{LAW}/21",
                description=row["note"] or exchange.file_name,
                actor=Actor(user=exchange.applied_by),
                on=begins,
                kind=Entry.Kind.OPENING,
            )


def take_cases(exchange: Exchange, rows: Sequence[Row]) -> None:
    persons = _known(rows)
    numbers = [row["number"] for row in rows]
    known = set(
        PaperCase.objects.filter(unit=exchange.unit, number__in=numbers).values_list("number", flat=True)
    )
    new, refused = [], []
    for row in rows:
        person = persons[row["certno"]]
        if row["number"] in known:
            refused.append(_left_out("known", row, person, row["number"]))
            continue
        known.add(row["number"])
        new.append(
            PaperCase(
                unit=exchange.unit,
                number=row["number"][:40],
                person=person,
                filed_on=row["filed_on"],
                stage=row["stage"],
                exchange=exchange,
            )
        )
    PaperCase.objects.bulk_create(new, batch_size=100)
    note(exchange, refused)


def _left_out(kind: str, row: Row, person: Person, subject: str) -> Found:
    matter = f"{kind}:{row.number}:{person.pk}"
    return Found(kind, matter, person=person, subject=subject, row=row.number)


def _known(rows: Sequence[Row]) -> dict[str, Person]:
    return enter_all(SYSTEM, [{"name": row["psn_name"], "id_number": row["certno"]} for row in rows])


# --- cases that end on paper -----------------------------------------------------------------------------------------


@transaction.atomic
def close_paper_case(actor: Actor, pk: Any, data: dict[str, Any]) -> PaperCase:
    """A case finished on paper: what was granted counts in the person's year and is owed like any other decision.
    Raises `ExchangeError`, `NotYourData`."""
    row = PaperCase.objects.select_for_update(of=("self",)).select_related("unit", "person").get(pk=pk)
    require(actor, CASES, row.unit)
    if row.closed_on:
        raise ExchangeError(_("this case was closed already; reload the list"), f"{LAW}/14")
    if not row.filed_on <= data["closed_on"] <= clock.today():
        raise ExchangeError(_("the day lies between filing and today"), f"{LAW}/14")
    row.closed_on, row.granted, row.note = data["closed_on"], data["granted"] == "yes", data["note"]
    row.closed_by = actor.user
    if row.granted:
        row.benefit, row.cost, row.amount = data["benefit"], data["cost"], data["amount"]
        _count(locked_year(row.person, data["closed_on"].year), row)
        owe(
            row.unit.pk,
            amount=row.amount,
            expense=EXPENSES[Benefit(row.benefit)],
            origin=Origin("paper_case", row.pk),
            reference=row.number,
            citation=f"{LAW}/14",
            actor=actor,
            person=row.person,
        )
    row.save()
    return row


def _count(year: BenefitYear, row: PaperCase) -> None:
    pool = "special" if row.benefit == Benefit.SPECIAL_OUTPATIENT else "inpatient"
    sums = {f"{pool}_cost": row.cost, f"{pool}_paid": row.amount}
    if row.benefit == Benefit.MAJOR_OUTPATIENT:
        sums["major_cost"] = row.cost
    carry(year, sums, was_class_3=True, source=f"paper case {row.number}")


# --- the data sets ---------------------------------------------------------------------------------------------------

NAME = Column("psn_name", gettext_lazy("name"), names=("姓名",), personal=True)
NUMBER = Column(
    "certno", gettext_lazy("identity number"), "id_number", names=("身份证号", "身份证号码"), personal=True
)
YEAR_SUMS = ("inpatient_cost", "major_cost", "inpatient_paid", "special_cost", "special_paid")


def _opening(
    name: str, label: Any, columns: tuple[Column, ...], take: Any, article: str, left_out: Any = None
) -> DataSet:
    seen = Outcome("seen", gettext_lazy("looked at; ours stays"), needs_reason=True)
    kinds = (Mismatch(left_out[0], left_out[1], (seen,), f"{LAW}/{article}"),) if left_out else ()
    return DataSet(
        name=f"medical.opening.{name}",
        label=label,
        keeper=gettext_lazy("the county's books and lists so far"),
        columns=columns,
        citation=f"{LAW}/{article}",
        roles=ROLES,
        offices=OFFICES,
        sign_off=True,
        take=take,
        ready=first_day,
        mismatches=kinds,
    )


PERSONS = _opening(
    "persons",
    gettext_lazy("opening load: persons"),
    (
        NAME,
        NUMBER,
        Column("tel", gettext_lazy("mobile number"), required=False, names=("联系电话",), personal=True),
        Column("village", gettext_lazy("village or community"), names=("村（社区）", "行政区划代码")),
        Column("bank_name", gettext_lazy("bank"), required=False, names=("开户银行",)),
        Column(
            "bank_account", gettext_lazy("bank account"), required=False, names=("银行账号",), personal=True
        ),
    ),
    take_persons,
    "13.1",
)
MARKS = _opening(
    "marks",
    gettext_lazy("opening load: marks"),
    (
        NAME,
        NUMBER,
        Column(
            "category",
            gettext_lazy("kind of mark"),
            "choice",
            names=("身份类别",),
            choices=WORDS,
        ),
        Column("begntime", gettext_lazy("from"), "date", names=("开始日期",)),
        Column("endtime", gettext_lazy("until"), "date", required=False, names=("终止日期",)),
        Column("source", gettext_lazy("Said by"), names=("认定单位",)),
        Column("evidence", gettext_lazy("evidence"), required=False, names=("认定文号",)),
    ),
    take_marks,
    "5",
    ("held", gettext_lazy("row left out: marked here for that time already")),
)
YEARS = _opening(
    "years",
    gettext_lazy("opening load: this year's accumulators"),
    (
        NAME,
        NUMBER,
        Column("year", gettext_lazy("year"), "integer", names=("年度",)),
        Column(
            "inpatient_cost",
            gettext_lazy("inpatient and major outpatient: in-scope self-paid cost"),
            "money",
            total=True,
        ),
        Column("major_cost", gettext_lazy("of which major outpatient"), "money", total=True),
        Column(
            "inpatient_paid",
            gettext_lazy("inpatient and major outpatient: assistance paid"),
            "money",
            total=True,
        ),
        Column(
            "special_cost", gettext_lazy("special outpatient: in-scope self-paid cost"), "money", total=True
        ),
        Column("special_paid", gettext_lazy("special outpatient: assistance paid"), "money", total=True),
        Column("was_class_3", gettext_lazy("assisted as class 3 this year"), "flag"),
    ),
    take_years,
    "15",
    ("begun", gettext_lazy("row left out: the person's year has begun here")),
)
BALANCES = _opening(
    "balances",
    gettext_lazy("opening load: fund balances"),
    (
        Column(
            "source",
            gettext_lazy("Source"),
            "choice",
            names=("资金来源",),
            choices={
                "财政预算": Source.BUDGET,
                "福彩公益金": Source.WELFARE_LOTTERY,
                "社会捐赠": Source.DONATION,
            },
        ),
        Column("balance", gettext_lazy("balance"), "money", names=("结余",), total=True),
        Column("note", gettext_lazy("remark"), required=False, names=("备注",)),
    ),
    take_balances,
    "18",
)
CASES = _opening(
    "cases",
    gettext_lazy("opening load: open cases on paper"),
    (
        Column("number", gettext_lazy("number of the file"), names=("受理编号",)),
        NAME,
        NUMBER,
        Column("filed_on", gettext_lazy("filed on"), "date", names=("申请日期",)),
        Column(
            "stage",
            gettext_lazy("where it stands"),
            "choice",
            names=("办理环节",),
            choices={"乡镇审核": "township", "县级审核": "county", "待支付": "to_pay"},
        ),
    ),
    take_cases,
    "14",
    ("known", gettext_lazy("row left out: this number is known")),
)
DATA_SETS = (PERSONS, MARKS, YEARS, BALANCES, CASES)
