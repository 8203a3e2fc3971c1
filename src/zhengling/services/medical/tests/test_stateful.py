"""Assistance, its public list and objections in every lawful and unlawful order, beside a model of the articles.

Each step tries some act by somebody with good or bad data. The model (reference.py) says whether it must succeed or
which refusal is right; a refusal changes nothing in the whole database, and what succeeded leaves events, limits,
tasks and money in agreement with the model.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from zhengling.kernel import clock
from zhengling.kernel.casework import chain
from zhengling.kernel.casework.errors import ActRefused, CaseworkError, InvalidData, NotYours
from zhengling.kernel.casework.models import Case, Task
from zhengling.kernel.casework.operations import attach, perform, recall
from zhengling.kernel.files.operations import store
from zhengling.kernel.funds import verify
from zhengling.kernel.funds.models import Ledger, Payable
from zhengling.kernel.law.models import DecisionReceipt
from zhengling.kernel.law.receipts import Receipt, replay
from zhengling.kernel.notices import operations as notices
from zhengling.kernel.notices.models import Notice
from zhengling.kernel.outbox.delivery import deliver, fan_out
from zhengling.kernel.workdays.counting import next_workday
from zhengling.kernel.workdays.queries import current_calendar
from zhengling.services.medical import operations, publicity
from zhengling.services.medical.explain import settlement_rule
from zhengling.services.medical.models import BenefitYear, PublicItem
from zhengling.services.medical.tests import reference
from zhengling.services.medical.tests.house import PERSONS, House, entered, everything
from zhengling.services.medical.tests.reference import (
    APPROVERS,
    CADRES,
    CLERKS,
    COUNTY,
    PAPERS,
    Application,
    Bill,
    Year,
    workdays_after,
)
from zhengling.services.medical.tests.world import SCAN, settlement

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

START = date(2022, 3, 24)
QUARTERS = (date(2022, 3, 31), date(2022, 6, 30))  # both are working days
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
PICK = st.integers(0, 30)
OFFICERS = [
    "cadre",
    "cadre2",
    "clerk",
    "reviewer",
    "township_both",
    "civil",
    "county",
    "county_both",
    "approver",
    "cashier",
]
STRANGERS = [
    "foreign_clerk",
    "foreign_county",
    "foreign_civil",
    "supervisor",
    "auditor",
    "resident",
    "nobody",
    "system",
]
KINDS = st.sampled_from(["usual", "usual", "usual", "lawful", "lawful", "recall"])
NAMES = st.sampled_from(OFFICERS + STRANGERS)
ACTS = [act for act in reference.STAGES if act not in {"pay", "publicise"}]
# The way most applications take.
ONWARD = {
    "filed": [("accept", "clerk")],
    "incomplete": [("supplement", "cadre")],
    "township": [("survey", "clerk"), ("recognise", "civil"), ("forward", "reviewer")],
    "further": [("forward", "reviewer")],
    "county": [("propose", "county")],
    "approval": [("approve", "approver")],
}
ITEMS = {"survey": "survey", "recognise": "recognition"}

Reasons = set[type[CaseworkError]]


@dataclass
class Listing:
    """A village's list of a quarter."""

    village: str
    quarter: date
    drawn: date
    items: list[Any]
    stage: str = "to_post"
    photo: bool = False
    posted: date | None = None

    @property
    def closes(self) -> date:
        """Article 14: five working days on the board."""
        assert self.posted is not None
        return workdays_after(self.posted, 5)


@dataclass
class Objection:
    about: Any
    number: int
    stage: str = "filed"
    examiners: set[str] = field(default_factory=set)


class Assistance(RuleBasedStateMachine):
    house: House

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.day = START
        self.stack.enter_context(clock.freeze(clock.at(self.day)))
        self.applications: dict[Any, Application] = {}
        self.years = {name: Year() for name in PERSONS}
        self.lists: dict[Any, Listing] = {}
        self.objections: dict[Any, Objection] = {}
        self.touched: Any = None
        self.serial = 0

    def teardown(self) -> None:
        try:
            for key in self.applications:
                self.agree(key)
            for row in DecisionReceipt.objects.all():
                assert replay(Receipt(**row.data), {"medical.settlement": settlement_rule}).equal
        finally:
            transaction.set_rollback(True)
            self.stack.close()

    # --- trying -----------------------------------------------------------------------------------------------------

    def attempt(self, reasons: Reasons, work: Any, what: Any) -> Any:
        """Do the work: it succeeds if no reason is against it, else fails by one of them and changes nothing."""
        before = everything() if reasons else None
        try:
            result = work()
        except CaseworkError as error:
            assert type(error) in reasons, (what, error, reasons)
            assert str(error)
            assert everything() == before, what
            return None
        assert not reasons, (what, reasons)
        return result or True

    def actor(self, name: str) -> Any:
        return self.house.actors[name]

    def at(self, *stages: str) -> dict[Any, Application]:
        return {key: model for key, model in self.applications.items() if model.stage in stages}

    @staticmethod
    def picked(rows: dict[Any, Any], pick: int) -> tuple[Any, Any]:
        return list(rows.items())[pick % len(rows)]

    # --- applications -----------------------------------------------------------------------------------------------

    def bills(self, costs: list[int], special: bool) -> list[Bill]:
        made = []
        for n, base in enumerate(costs):
            self.serial += 1
            made.append(Bill(f"S{self.serial}", START - timedelta(days=40 - n), base, special and n > 0))
        return made

    def form(self, person: str, village: str, bills: list[Bill], veteran: bool) -> dict[str, Any]:
        name, id_number = PERSONS[person]
        return {
            "name": name,
            "id_number": id_number,
            "phone": "19907460100",
            "village": self.house.city.units[village].code,
            "bank_name": "农商行",
            "bank_account": "6230901000000000123",
            "disease": "乳腺恶性肿瘤",
            "hardship_veteran": veteran,
            "settlements": [
                settlement(
                    bill.setl_id,
                    bill.day.isoformat(),
                    f"{bill.base / 100 + 1000:.2f}",
                    "1000.00",
                    "special_outpatient" if bill.special else "inpatient",
                )
                for bill in bills
            ],
        }

    def file(
        self, actor: str, person: str, village: str, bills: list[Bill], veteran: bool, form: Any, bad: bool
    ) -> Any:
        reasons: Reasons = {InvalidData} if bad else set()
        if actor not in CLERKS | {CADRES[village], "resident"}:
            reasons.add(NotYours)
        if actor == "resident" and person != "self":
            reasons.add(InvalidData)  # a resident applies for himself
        case = self.attempt(
            reasons, lambda: operations.apply(self.actor(actor), form), ("apply", actor, form)
        )
        if case:
            applicant = actor if actor == "resident" else ""
            model = Application(village, person, actor, bills, veteran, self.years[person], applicant)
            self.applications[case.pk], self.touched = model, case.pk
        return case

    @initialize(veteran=st.booleans(), again=st.booleans())
    def two_applications(self, veteran: bool, again: bool) -> None:
        """Complete ones, of one person or of two."""
        for person in ("li", "li" if again else "wang"):
            bills = self.bills([2_443_000], special=False)
            form = self.form(person, "village", bills, veteran)
            self.file("cadre", person, "village", bills, veteran, form, bad=False)
            self.hand_in(self.touched, "cadre", PAPERS)

    @rule(
        actor=st.sampled_from(["cadre", "cadre", "clerk", "resident", "cadre2", "foreign_clerk", "nobody"]),
        person=st.sampled_from(["li", "wang", "self"]),
        village=st.sampled_from(["village", "village2"]),
        costs=st.lists(st.sampled_from([310_000, 2_443_000, 9_000_000]), min_size=1, max_size=2),
        special=st.booleans(),
        veteran=st.booleans(),
    )
    def apply(
        self, actor: str, person: str, village: str, costs: list[int], special: bool, veteran: bool
    ) -> None:
        bills = self.bills(costs, special)
        self.file(
            actor, person, village, bills, veteran, self.form(person, village, bills, veteran), bad=False
        )

    @rule(
        fault=st.sampled_from(["name", "id_number", "village", "none", "future", "scope", "again"]), pick=PICK
    )
    def apply_wrongly(self, fault: str, pick: int) -> None:
        bills = self.bills([2_443_000], special=False)
        form = self.form("li", "village", bills, veteran=False)
        row, bad = form["settlements"][0], True
        match fault:
            case "name":
                form["name"] = "某某某"
            case "id_number":
                form["id_number"] = "431102196001010014"
            case "village":
                form["village"] = self.house.city.township.code
            case "none":
                form["settlements"] = []
            case "future":
                row["setl_time"] = (self.day + timedelta(1)).isoformat()
            case "scope":
                row["paid_before_assistance"] = "999999999.00"
            case "again":
                # A refused or withdrawn application decided nothing about its bills: they may come again.
                _key, other = self.picked(self.applications, pick)
                row["setl_id"] = bills[0].setl_id = other.bills[0].setl_id
                bad = any(
                    bill.setl_id == row["setl_id"] and not model.came_to_nothing
                    for model in self.applications.values()
                    for bill in model.bills
                )
        self.file("cadre", "li", "village", bills, False, form, bad)

    @rule(
        pick=PICK,
        whole=st.booleans(),
        actor=st.sampled_from(["", "", "", "county", "foreign_clerk", "auditor"]),
    )
    def hand_in_papers(self, pick: int, whole: bool, actor: str) -> None:
        key, model = self.picked(self.applications, pick)
        lacking = tuple(paper for paper in PAPERS if paper not in model.papers) or PAPERS
        self.hand_in(key, actor or model.filed_by, lacking if whole and not actor else lacking[:1])

    def hand_in(self, key: Any, name: str, papers: tuple[str, ...]) -> None:
        model, self.touched = self.applications[key], key
        file = store("scan.pdf", SCAN, None)
        for paper in papers:
            reasons: Reasons = set() if model.may_hand_in(name) else {ActRefused}
            work = lambda paper=paper: attach(key, paper, file, self.actor(name))  # noqa: E731
            if self.attempt(reasons, work, ("attach", name, model.stage)):
                model.last = ("attach", name)
                model.papers.add(paper)

    def act(
        self, key: Any, act: str, actor: str, choice: int, *, good: bool = True, stale: bool = False
    ) -> None:
        model, self.touched = self.applications[key], key
        version = Case.objects.values_list("version", flat=True).get(pk=key) - stale
        data, good = entered(act, choice, good, self.day, model.bills)
        reasons = model.reasons(act, actor, good=good, stale=stale, data=data)
        others = [
            other
            for other in self.applications.values()
            if other is not model and other.person == model.person and other.recognised and not other.withdrew
        ]
        work = lambda: perform(key, act, self.actor(actor), data, version=version)  # noqa: E731
        if self.attempt(reasons, work, (act, actor, model.stage, data)):
            model.did(act, actor, self.day, data, others[-1] if others else None)

    @rule(
        pick=PICK,
        act=st.sampled_from(ACTS),
        actor=NAMES,
        choice=PICK,
        good=st.booleans(),
        stale=st.booleans(),
    )
    def any_act(self, pick: int, act: str, actor: str, choice: int, good: bool, stale: bool) -> None:
        key, _model = self.picked(self.applications, pick)
        if act == "fly":
            self.attempt({ActRefused}, lambda: perform(key, act, self.actor(actor), {}), (act, actor))
        else:
            self.act(key, act, actor, choice, good=good, stale=stale)

    @rule(pick=PICK, act=st.sampled_from(ACTS), choice=PICK, good=st.sampled_from([True, True, False]))
    def an_act_by_whom_it_belongs_to(self, pick: int, act: str, choice: int, good: bool) -> None:
        """Perhaps at the wrong stage."""
        key, model = self.picked(self.applications, pick)
        who = sorted(model.entitled(act))
        self.act(key, act, who[choice % len(who)], choice, good=good)

    @rule(
        pick=PICK,
        days=st.sampled_from([0, 0, 1, 4, 9]),
        moves=st.lists(st.tuples(KINDS, PICK, PICK), min_size=1, max_size=8),
    )
    def work(self, pick: int, days: int, moves: list[tuple[str, int, int]]) -> None:
        """The usual next act, or any that the stage allows by somebody it belongs to; a few days later."""
        self.days_pass(days)
        key, model = self.picked(self.applications, pick)
        for kind, number, choice in moves:
            self.agree(key)
            possible = [act for act in ACTS if model.stage in reference.STAGES[act]]
            if kind == "recall" and model.last[0] == "forward":
                self.recall(pick, model.last[1])
            elif kind == "lawful" and possible:
                act = possible[number % len(possible)]
                who = sorted(model.entitled(act))
                self.act(key, act, who[choice % len(who)], choice)
            else:
                for act, actor in ONWARD.get(model.stage, []):
                    if act not in ITEMS or ITEMS[act] in model.waiting:
                        who = sorted(model.entitled(act))
                        self.act(
                            key, act, who[choice % len(who)] if choice > 9 else actor, max(choice - 20, 0)
                        )
                        break

    @rule(pick=PICK, choices=st.lists(PICK, min_size=3, max_size=6))
    def straight_through(self, pick: int, choices: list[int]) -> None:
        """To the payment, or a few steps short of it."""
        self.work(pick, 0, [("usual", 0, choice) for choice in choices])

    @rule(pick=PICK, actor=st.sampled_from(["reviewer", "reviewer", "township_both", "county", "clerk"]))
    def recall(self, pick: int, actor: str) -> None:
        key, model = self.picked(self.applications, pick)
        reasons: Reasons = set() if model.may_recall(actor) else {ActRefused}
        self.touched = key
        if self.attempt(reasons, lambda: recall(key, self.actor(actor)), ("recall", actor, model.last)):
            model.recalled(actor)

    def days_pass(self, days: int) -> None:
        self.day += timedelta(days=days)
        self.stack.enter_context(clock.freeze(clock.at(self.day)))

    @precondition(lambda self: self.at("payment"))
    @rule(pick=PICK, good=st.sampled_from([True, True, False]))
    def the_bank_answers(self, pick: int, good: bool) -> None:
        self.touched, model = self.picked(self.at("payment"), pick)
        self.serial += 1
        self.house.bank(self.touched, self.day, f"财预{self.serial}号", good)
        if good:
            model.paid(self.day)

    # --- the quarter's list -----------------------------------------------------------------------------------------

    @precondition(lambda self: any(not model.listed for model in self.at("payment", "paid").values()))
    @rule(wait=st.booleans())
    def lists_are_drawn_up(self, wait: bool) -> None:
        """Article 14: at the end of a quarter, for those whom the county approved in it."""
        if wait and self.day < QUARTERS[0]:
            self.days_pass((QUARTERS[0] - self.day).days)
        publicity.draw_up_lists()
        over = [quarter for quarter in QUARTERS if quarter <= self.day]
        for village in CADRES if over else []:
            if any(row.village == village and row.quarter == over[-1] for row in self.lists.values()):
                continue
            ready = [
                key
                for key, model in self.at("payment", "paid").items()
                if model.village == village and not model.listed and model.approved_on <= over[-1]
            ]
            if ready:
                number = over[-1].month // 3
                case = Case.objects.get(place=self.house.city.units[village], medical_list__quarter=number)
                self.lists[case.pk] = Listing(village, over[-1], self.day, ready)
                for key in ready:
                    self.applications[key].listed = True
        assert Case.objects.filter(procedure="medical_list").count() == len(self.lists)

    @precondition(lambda self: self.lists)
    @rule(
        pick=PICK,
        actor=NAMES,
        right=st.booleans(),
        photo=st.booleans(),
        back=st.sampled_from([0, 0, 1, -1, 12]),
    )
    def post(self, pick: int, actor: str, right: bool, photo: bool, back: int) -> None:
        key, row = self.picked(self.lists, pick)
        cadre = CADRES[row.village]
        actor, on = cadre if right else actor, self.day - timedelta(days=back)
        if photo and row.stage == "to_post" and not row.photo:
            attach(key, "photo", store("photo.png", PNG, None), self.actor(cadre))
            row.photo = True
        reasons: Reasons = set()
        if row.stage != "to_post" or not row.photo:
            reasons.add(ActRefused)
        if actor not in CLERKS | {cadre}:
            reasons.add(NotYours)
        if not row.drawn <= on <= self.day:
            reasons.add(InvalidData)
        work = lambda: perform(key, "post", self.actor(actor), {"posted_on": on.isoformat()})  # noqa: E731
        if self.attempt(reasons, work, ("post", actor, row, on)):
            row.stage, row.posted = "posted", on
            shown = Notice.objects.get(case=key)
            names = sorted(PERSONS[self.applications[item].person][0][0] + "**" for item in row.items)
            assert sorted(line["cells"][0] for line in shown.rows) == names
            assert shown.closes_on == row.closes

    @precondition(lambda self: self.lists)
    @rule(pick=PICK, actor=NAMES, right=st.booleans(), wait=st.booleans())
    def take_down(self, pick: int, actor: str, right: bool, wait: bool) -> None:
        key, row = self.picked(self.lists, pick)
        if right:
            actor = "clerk"
        if wait and row.stage == "posted" and self.day <= row.closes:
            self.days_pass((next_workday(row.closes, current_calendar()) - self.day).days)
        reasons: Reasons = set()
        if row.stage != "posted" or self.day < next_workday(row.closes, current_calendar()):
            reasons.add(ActRefused)
        if actor not in CLERKS | {CADRES[row.village], "system"}:
            reasons.add(NotYours)
        work = lambda: perform(key, "take_down", self.actor(actor), {})  # noqa: E731
        if self.attempt(reasons, work, ("take_down", actor, row)):
            row.stage = "taken_down"
            for item in row.items:
                self.applications[item].list_over = True
                self.applications[item].settle_public()

    @precondition(lambda self: self.lists)
    @rule(pick=PICK, objected=st.booleans())
    def a_list_runs_its_time(self, pick: int, objected: bool) -> None:
        self.post(pick, "cadre", right=True, photo=True, back=0)
        if objected and any(row.posted for row in self.lists.values()):
            self.object(pick, pick, "system", "家有商铺")
        self.take_down(pick, "clerk", right=True, wait=True)

    # --- objections -------------------------------------------------------------------------------------------------

    @precondition(lambda self: any(row.posted for row in self.lists.values()))
    @rule(
        pick=PICK,
        item=PICK,
        actor=st.sampled_from(["system", "resident", "cadre", "foreign_clerk", "nobody"]),
        words=st.sampled_from(["家有商铺", "家有商铺", ""]),
    )
    def object(self, pick: int, item: int, actor: str, words: str) -> None:
        key, row = self.picked({key: row for key, row in self.lists.items() if row.posted}, pick)
        about = row.items[item % len(row.items)]
        reasons: Reasons = set()
        if self.day > row.closes:
            reasons.add(ActRefused)
        if not words:
            reasons.add(InvalidData)
        if actor == "nobody":  # a visitor's objection comes in by the system
            reasons.add(NotYours)
        notice = Notice.objects.get(case=key)
        public = str(PublicItem.objects.get(application=about).pk)
        work = lambda: notices.object_to(notice, public, {"grounds": words}, self.actor(actor))  # noqa: E731
        case = self.attempt(reasons, work, ("object", actor))
        if case:
            against = self.applications[about].objections
            against.append("filed")
            self.objections[case.pk] = Objection(about, len(against) - 1)

    @precondition(lambda self: self.objections)
    @rule(
        pick=PICK,
        act=st.sampled_from(["examine", "examine", "uphold", "dismiss", "dismiss"]),
        actor=NAMES,
        right=st.sampled_from([True, True, False]),
        words=st.sampled_from(["已核", "已核", " "]),
    )
    def handle_objection(self, pick: int, act: str, actor: str, right: bool, words: str) -> None:
        key, row = self.picked(self.objections, pick)
        who, usual = (COUNTY, "county") if act == "examine" else (APPROVERS, "approver")
        actor = usual if right else actor
        reasons: Reasons = set()
        if row.stage != ("filed" if act == "examine" else "examined"):
            reasons.add(ActRefused)
        if actor not in who or (act != "examine" and actor in row.examiners):
            reasons.add(NotYours)
        if not words.strip():
            reasons.add(InvalidData)
        data = {"findings" if act == "examine" else "reasons": words}
        if not self.attempt(reasons, lambda: perform(key, act, self.actor(actor), data), (act, actor, row)):
            return
        row.stage = {"examine": "examined", "uphold": "upheld", "dismiss": "dismissed"}[act]
        row.examiners |= {actor} if act == "examine" else set()
        model, self.touched = self.applications[row.about], row.about
        model.objections[row.number] = row.stage
        fan_out()
        deliver()
        if act == "dismiss":
            model.settle_public()

    # --- what is always true ----------------------------------------------------------------------------------------

    @invariant()
    def the_touched_case_agrees(self) -> None:
        if self.touched is not None:
            self.agree(self.touched)
        for key, row in {**self.lists, **self.objections}.items():
            case = Case.objects.get(pk=key)
            assert list(chain.problems(case)) == []
            assert case.stage == row.stage

    def agree(self, key: Any) -> None:
        case, model = Case.objects.get(pk=key), self.applications[key]
        assert list(chain.problems(case)) == []
        assert (case.stage, case.urgent) == (model.stage, model.urgent)
        assert bool(case.closed_at) == (not model.is_open)
        assert case.letters.count() == model.letters
        units = {"township": self.house.city.township.pk, "county": self.house.city.county_mib.pk}
        assert list(
            case.limits.order_by("pk").values_list("name", "started_on", "due", "state", "holder")
        ) == [(c.name, c.start, c.due, c.state, units[reference.HOLDERS[c.name]]) for c in model.clocks]
        self.tasks_agree(case, model)
        self.money_agrees(case, model)

    def tasks_agree(self, case: Case, model: Application) -> None:
        waiting = case.tasks.filter(done_at=None).exclude(kind=Task.Kind.COPY)
        stage = [(task.role, task.organisation_id) for task in waiting if task.kind == Task.Kind.STAGE]
        desk = reference.DESKS.get(model.stage)
        assert stage == ([(desk[0], case.units[desk[1]].pk)] if desk else [])
        items = {task.name for task in waiting if task.kind == Task.Kind.ITEM}
        assert items == (model.waiting if model.stage == "township" else set())

    def money_agrees(self, case: Case, model: Application) -> None:
        granted = [] if model.granted is None else [model.granted]
        decided = case.medical_application.decisions.order_by("order").values_list("maf_pay", flat=True)
        assert list(decided) == (model.proposed if granted else [])
        owed = list(Payable.objects.filter(origin_id=str(case.pk)).values_list("amount", "state"))
        assert [amount for amount, _state in owed] == granted
        assert all((state == "paid") == (model.stage in {"paid", "closed", "archived"}) for _n, state in owed)
        if granted:
            assert list(verify.problems(Ledger.objects.get(unit=self.house.city.county))) == []
            proposers = {self.actor(name).user for name in model.proposers}
            assert case.letters.get(kind="approval").drafter in proposers
        year = BenefitYear.objects.filter(person=case.subject, year=2022).first() or BenefitYear()
        told = self.years[model.person]
        paid = year.inpatient_paid + year.special_paid
        assert (year.inpatient_cost, year.special_cost, paid) == (told.cost, told.special, told.paid)
        rows = list(year.decisions.all()) if year.pk else []
        assert sum(row.maf_pay for row in rows) == paid
        assert [row.order for row in rows] == list(range(1, year.order + 1))


def test_assistance_in_any_order(city, officer, resident, frozen):
    machine = type("Assistance", (Assistance,), {"house": House(city, officer, resident)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=set(Phase) - {Phase.explain},
        ),
    )
