"""The course of class-3 assistance once more, written down from the articles and not from the declaration.

test_stateful.py drives the house and this model side by side. Money is integer fen. Where the articles leave a
question open, the reading is named (A1, …); internal targets and readings are facts of the office, not of the law.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from zhengling.kernel.casework.errors import ActRefused, CaseworkError, InvalidData, NotYours, StaleCase
from zhengling.kernel.workdays.counting import due
from zhengling.kernel.workdays.queries import current_calendar

# Who is who in the house: names of actors in test_stateful.py.
CLERKS = frozenset({"clerk", "township_both"})
REVIEWERS = frozenset({"reviewer", "township_both"})
CIVIL = frozenset({"civil"})
COUNTY = frozenset({"county", "county_both"})
APPROVERS = frozenset({"approver", "county_both"})
CADRES = {"village": "cadre", "village2": "cadre2"}
SYSTEM = "system"

# Article 14: the township accepts, surveys and looks through; 4(5) and 6: civil affairs recognises; the county's
# department decides in writing; 25: the file is kept. Two persons decide: reviewer and approver.
STAGES = {
    "notify_missing": {"filed"},
    "supplement": {"incomplete"},
    "accept": {"filed"},
    "mark_urgent": {"filed", "township", "further", "county", "approval"},
    "survey": {"township"},
    "recognise": {"township"},
    "forward": {"township", "further"},
    "send_back": {"county"},
    "propose": {"county"},
    "return_to_review": {"approval"},
    "approve": {"approval"},
    "refuse": {"approval"},
    "withdraw": {"filed", "incomplete", "township", "further", "county"},
    "archive": {"closed", "refused", "withdrawn"},
    # Money and the public list move these, nobody's hand.
    "pay": {"payment"},
    "publicise": {"paid"},
}
DESKS = {
    "filed": ("clerk", "township"),
    "incomplete": ("cadre", "village"),
    "township": ("reviewer", "township"),
    "further": ("reviewer", "township"),
    "county": ("reviewer", "county_medical"),
    "approval": ("approver", "county_medical"),
    "payment": ("cashier", "county_medical"),
}
# Article 14: ten working days each for the township, the county and the payment; mending is an internal target.
WORKDAYS = {"township_review": 10, "county_review": 10, "payment": 10, "rework": 5}
HOLDERS = {
    "township_review": "township",
    "county_review": "county",
    "payment": "county",
    "rework": "township",
}

# Article 14 and 21: what comes with an application.
PAPERS = ("signed_form", "identity_card", "medical_history", "settlement_sheets", "bank_card")

Reasons = set[type[CaseworkError]]


def workdays_after(start: date, count: int) -> date:
    return due(start, count, "workdays", current_calendar()).due


@dataclass
class Clock:
    """One time limit: when it began, when it ended, and how."""

    name: str
    start: date
    ended: date | None = None
    dropped: bool = False

    @property
    def due(self) -> date:
        return workdays_after(self.start, WORKDAYS[self.name])

    @property
    def state(self) -> str:
        if self.dropped:
            return "dropped"
        if self.ended is None:
            return "running"
        return "met" if self.ended <= self.due else "missed"


@dataclass
class Bill:
    """One settlement handed in: `base` is the cost in scope that nobody has paid before."""

    setl_id: str
    day: date
    base: int
    special: bool = False
    excluded: bool = False


@dataclass
class Survey:
    income: int
    property: int
    cost: int


def half_up(amount: int, percent: int) -> int:
    return (amount * percent * 2 + 100) // 200


def pay_of(before: int, after: int, veteran: bool) -> int:
    """Article 10(3), (4): class 3 is assisted between 6,000 and 100,000 of the year's cost, by 50 %, veterans by 60 %."""

    def within(cost: int) -> int:
        return min(max(cost, 600_000), 10_000_000) - 600_000

    return half_up(within(after) - within(before), 60 if veteran else 50)


@dataclass
class Year:
    """A person's year: cost that accumulates (inpatient and major outpatient together), and what was paid."""

    cost: int = 0
    special: int = 0
    paid: int = 0
    granted: int = 0  # how many applications were granted; figures move with each


@dataclass
class Application:
    """One application as the articles see it."""

    village: str
    person: str
    filed_by: str
    bills: list[Bill]
    veteran: bool
    year: Year
    applicant: str = ""
    stage: str = "filed"
    papers: set[str] = field(default_factory=set)
    notified: bool = False
    urgent: bool = False
    survey: Survey | None = None
    surveyors: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    recognised: bool | None = None
    proposal: str = ""
    proposed: list[int] = field(default_factory=list)
    proposed_at: int = -1
    proposers: set[str] = field(default_factory=set)
    granted: int | None = None
    approved_on: date = date.max
    withdrew: bool = False
    letters: int = 0
    clocks: list[Clock] = field(default_factory=list)
    last: tuple[str, str] = ("file", "")
    forwarded_from: str = ""
    ended_by_forward: list[Clock] = field(default_factory=list)
    listed: bool = False
    list_over: bool = False
    objections: list[str] = field(default_factory=list)

    # --- who, where, why not --------------------------------------------------------------------------------------

    def entitled(self, act: str) -> frozenset[str]:
        cadre = CADRES[self.village]
        applicant = {self.applicant} - {""}
        return {
            "notify_missing": CLERKS,
            "supplement": CLERKS | {cadre} | applicant,
            "accept": CLERKS,
            "mark_urgent": CLERKS | REVIEWERS | COUNTY,
            "survey": CLERKS | {cadre},
            "recognise": CIVIL,
            "forward": REVIEWERS,
            "send_back": COUNTY,
            "propose": COUNTY,
            "return_to_review": APPROVERS,
            "approve": APPROVERS,
            "refuse": APPROVERS,
            "withdraw": CLERKS | applicant,
            "archive": CLERKS | COUNTY,
            "pay": frozenset({SYSTEM}),
            "publicise": frozenset({SYSTEM}),
        }[act]

    def reasons(self, act: str, actor: str, *, good: bool, stale: bool, data: dict[str, Any]) -> Reasons:
        """Every error that may be given; none: the act must succeed."""
        found: Reasons = set()
        if stale:
            found.add(StaleCase)
        if self.stage not in STAGES[act]:
            found.add(ActRefused)
        if actor not in self.entitled(act):
            found.add(NotYours)
        if not good:
            found.add(InvalidData)
        if act == "forward" and actor in self.surveyors:
            found.add(NotYours)
        if act in {"approve", "refuse"} and actor in self.proposers:
            found.add(NotYours)
        if getattr(self, f"_no_{act}", lambda _data: False)(data):
            found.add(ActRefused)
        if act == "recognise" and data.get("recognised") == "as_proposed" and self.finding() is None:
            found.add(InvalidData)
        return found

    def _no_notify_missing(self, _data: Any) -> bool:
        """What is missing is named once (A16)."""
        return self.notified

    def _no_accept(self, _data: Any) -> bool:
        return len(self.papers) < len(PAPERS)

    def _no_mark_urgent(self, _data: Any) -> bool:
        return self.urgent

    def _no_recognise(self, _data: Any) -> bool:
        """Article 6: no test without the figures of the survey."""
        return self.survey is None

    def _no_forward(self, _data: Any) -> bool:
        return self.stage == "township" and bool(self.waiting)

    def _no_approve(self, _data: Any) -> bool:
        """Articles 5(3), 10(3); the approver decides on the figures he was shown."""
        moved = self.proposed_at != self.year.granted
        return not self.recognised or self.proposal != "approve" or sum(self.proposed) == 0 or moved

    def _no_archive(self, _data: Any) -> bool:
        """A file is closed when its letters have gone out; in this test none ever does."""
        return self.letters > 0

    @property
    def is_open(self) -> bool:
        return self.stage not in {"closed", "refused", "withdrawn", "archived"}

    @property
    def came_to_nothing(self) -> bool:
        """Refused or withdrawn, perhaps archived since."""
        return self.granted is None and not self.is_open

    def may_hand_in(self, actor: str) -> bool:
        """Whoever filed it or applies, and whoever has it on the desk, while it is open."""
        desks = {
            "filed": CLERKS,
            "incomplete": {CADRES[self.village]},
            "township": REVIEWERS
            | (CLERKS if "survey" in self.waiting else set())
            | (CIVIL if "recognition" in self.waiting else set()),
            "further": REVIEWERS,
            "county": COUNTY,
            "approval": APPROVERS,
            "payment": {"cashier"},
        }
        return self.is_open and (actor == self.filed_by or actor in desks.get(self.stage, set()))

    # --- the tests of article 6 -----------------------------------------------------------------------------------

    def finding(self) -> bool | None:
        """None: no income line is set (R1), so the officer judges with a reason."""
        if self.survey is None:
            return None
        cost = max(
            self.survey.cost, self.year.cost + self.year.special + sum(bill.base for bill in self.bills)
        )
        if cost > 0 and cost * 2 >= self.survey.income:
            return True
        return None if self.survey.property < cost else False

    # --- what follows ---------------------------------------------------------------------------------------------

    def running(self, name: str) -> Clock | None:
        return next((c for c in self.clocks if c.name == name and c.state == "running"), None)

    def start(self, name: str, day: date) -> None:
        if not self.running(name):
            self.clocks.append(Clock(name, day))

    def stop(self, name: str, day: date) -> None:
        clock = self.running(name)
        if clock:
            clock.ended = day

    def close(self, stage: str) -> None:
        self.stage = stage
        for clock in self.clocks:
            if clock.state == "running":
                clock.dropped = True

    def plan(self) -> list[int]:
        """What each bill is paid, in the order of their days; excluded ones (article 8) neither count nor accumulate."""
        cost, paid = self.year.cost, []
        for bill in sorted(self.bills, key=lambda bill: bill.day):
            if bill.excluded or bill.special:
                paid.append(0)
                continue
            paid.append(pay_of(cost, cost + bill.base, self.veteran))
            cost += bill.base
        return paid

    def did(
        self, act: str, actor: str, day: date, data: dict[str, Any], earlier: Application | None = None
    ) -> None:
        """Follow an act that succeeded. `earlier`: an application of the year that was recognised (article 15)."""
        match act:
            case "accept":
                self._accepted(day, earlier)
            case "survey":
                self._surveyed(actor, data)
            case "recognise":
                given = data["recognised"]
                self.recognised = self.finding() if given == "as_proposed" else given == "recognise"
                self.waiting -= {"recognition"}
            case "forward" | "send_back":
                getattr(self, f"_{act}")(day)
            case "propose":
                self._proposed(actor, data)
            case "approve":
                self._approved(day)
            case "mark_urgent":
                self.urgent = True
            case _:
                self._moved(act, day)
        self.last = (act, actor)

    def _moved(self, act: str, day: date) -> None:
        """Acts that do little more than lead somewhere."""
        self.stage = {
            "notify_missing": "incomplete",
            "supplement": "filed",
            "return_to_review": "county",
            "refuse": "refused",
            "withdraw": "withdrawn",
            "archive": "archived",
        }[act]
        self.notified |= act == "notify_missing"
        self.withdrew |= act == "withdraw"
        self.letters += act in {"notify_missing", "refuse"}
        if act == "refuse":
            self.stop("county_review", day)
        if not self.is_open:
            self.close(self.stage)

    def _surveyed(self, actor: str, data: dict[str, Any]) -> None:
        """The recognition rests on the figures of the survey: new figures, new recognition."""
        figures = ("income_12_months", "property_beyond_necessities", "annual_in_scope_self_paid")
        self.survey = Survey(*(round(float(data[name]) * 100) for name in figures))
        self.surveyors.add(actor)
        self.waiting = {"recognition"}

    def _forward(self, day: date) -> None:
        self.forwarded_from, self.stage = self.stage, "county"
        ending = [self.running(name) for name in ("township_review", "rework")]
        self.ended_by_forward = [clock for clock in ending if clock]
        for clock in self.ended_by_forward:
            clock.ended = day
        self.start("county_review", day)

    def _send_back(self, day: date) -> None:
        self.stage, self.waiting = "township", {"survey", "recognition"}
        self.stop("county_review", day)
        self.start("rework", day)

    def _accepted(self, day: date, earlier: Application | None) -> None:
        """Article 15: looked into once a year; a further application goes to the review at once (A13)."""
        self.letters += 1
        self.start("township_review", day)
        if earlier is None:
            self.stage, self.waiting = "township", {"survey", "recognition"}
        else:
            self.stage, self.survey, self.recognised = "further", earlier.survey, True

    def _proposed(self, actor: str, data: dict[str, Any]) -> None:
        left_out = {row["setl_id"] for row in data.get("exclusions", [])}
        for bill in self.bills:
            bill.excluded = bill.setl_id in left_out
        self.stage, self.proposal, self.proposed = "approval", data["proposal"], self.plan()
        self.proposed_at = self.year.granted
        self.proposers.add(actor)

    def _approved(self, day: date) -> None:
        self.granted, self.stage, self.approved_on = sum(self.proposed), "payment", day
        self.letters += 1
        self.stop("county_review", day)
        self.start("payment", day)
        for bill in self.bills:
            if not bill.excluded and bill.special:
                self.year.special += bill.base
            elif not bill.excluded:
                self.year.cost += bill.base
        self.year.paid += self.granted
        self.year.granted += 1

    def may_recall(self, actor: str) -> bool:
        """撤回: one's own forwarding, while nobody has done anything since."""
        return self.last == ("forward", actor)

    def recalled(self, actor: str) -> None:
        self.stage = self.forwarded_from
        county = self.running("county_review")
        assert county is not None
        county.dropped = True
        for clock in self.ended_by_forward:
            clock.ended = None
        self.last = ("recall", actor)

    def paid(self, day: date) -> None:
        self.stage = "paid"
        self.stop("payment", day)
        self.last = ("pay", SYSTEM)
        self.settle_public()

    def settle_public(self) -> None:
        """A case is closed when its public list has run out and no objection stands against it (A14)."""
        held = any(state != "dismissed" for state in self.objections)
        if self.stage == "paid" and self.list_over and not held:
            self.close("closed")
            self.last = ("publicise", SYSTEM)
