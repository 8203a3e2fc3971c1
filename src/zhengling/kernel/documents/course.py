"""The course of a letter as a table a secretary can read: step, where, whereto, who, and who may not do both.

拟稿–核稿–会签–签发–编号–用印–印发–归档, the order of issuing documents in every office. Two persons at least: who
drafted neither checks nor signs.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from zhengling.kernel.documents.models import Letter

State = Letter.State


@dataclass(frozen=True, slots=True)
class Step:
    """One row. `roles` are held in the letter's organ, or in a unit asked to countersign (`at_countersigner`).

    Whoever did one of `different_from` on this letter may not do this step; `drafter_only` is for the drafter.
    `words` says whether the step needs a reason, may have an opinion, or has none.
    """

    name: str
    label: str | Promise
    at: tuple[str, ...]
    to: str
    roles: tuple[str, ...]
    different_from: tuple[str, ...] = ()
    words: str = ""
    words_needed: bool = False
    at_countersigner: bool = False
    drafter_only: bool = False


OPINION, REASON = "opinion", "reason"
DRAFTING = ("draft", "revise", "submit")
OFFICE = ("clerk", "reviewer")
OPEN = (State.DRAFT, State.REVIEW, State.COUNTERSIGN, State.SIGN)

# fmt: off
STEPS: tuple[Step, ...] = (
    Step("draft", pgettext_lazy("letter", "draft"), (), State.DRAFT, OFFICE),
    Step("revise", pgettext_lazy("letter", "revise"), (State.DRAFT,), State.DRAFT, OFFICE),
    Step("submit", pgettext_lazy("letter", "submit for checking"), (State.DRAFT,), State.REVIEW, OFFICE),
    Step("check", pgettext_lazy("letter", "checked"), (State.REVIEW,), State.SIGN, ("reviewer",),
         different_from=DRAFTING, words=OPINION),
    Step("return", pgettext_lazy("letter", "return to the drafter"), (State.REVIEW,), State.DRAFT, ("reviewer",),
         words=REASON, words_needed=True),
    Step("agree", pgettext_lazy("letter", "agree"), (State.COUNTERSIGN,), State.COUNTERSIGN, ("reviewer", "approver"),
         words=OPINION, at_countersigner=True),
    Step("object", pgettext_lazy("letter", "object"), (State.COUNTERSIGN,), State.COUNTERSIGN, ("reviewer", "approver"),
         words=REASON, words_needed=True, at_countersigner=True),
    Step("sign", pgettext_lazy("letter", "sign"), (State.SIGN,), State.NUMBER, ("approver",),
         different_from=DRAFTING, words=OPINION),
    Step("refuse", pgettext_lazy("letter", "refuse to sign"), (State.SIGN,), State.DRAFT, ("approver",),
         words=REASON, words_needed=True),
    Step("number", pgettext_lazy("letter", "number"), (State.NUMBER,), State.SEAL, ("secretary",)),
    Step("seal", pgettext_lazy("letter", "seal"), (State.SEAL,), State.DISPATCH, ("secretary",)),
    Step("dispatch", pgettext_lazy("letter", "dispatch"), (State.DISPATCH,), State.DISPATCHED, ("secretary",)),
    Step("file", pgettext_lazy("letter", "put on file"), (State.DISPATCHED,), State.ARCHIVED, ("secretary",)),
    Step("withdraw", pgettext_lazy("letter", "withdraw"), OPEN, State.WITHDRAWN, OFFICE,
         words=REASON, words_needed=True, drafter_only=True),
    Step("void", pgettext_lazy("letter", "declare void"), (State.SEAL, State.DISPATCH), State.VOID, ("approver",),
         words=REASON, words_needed=True),
)
# fmt: on

# The steps a letter goes through when nothing is sent back, for the bar on its page.
MAIN_COURSE = ("draft", "submit", "check", "sign", "number", "seal", "dispatch", "file")


def step(name: str) -> Step:
    """Raises KeyError for a step the course does not have."""
    return _BY_NAME[name]


def steps_at(state: str) -> list[Step]:
    return [row for row in STEPS if state in row.at]


_BY_NAME = {row.name: row for row in STEPS}
