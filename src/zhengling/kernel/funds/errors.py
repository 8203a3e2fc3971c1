"""Why money did not move. Each error says what, under which article, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhengling.kernel.casework.errors import CaseworkError, NotYours


class FundsError(CaseworkError):
    """The books or the law do not allow it now; nothing has changed."""


class NotYourLedger(NotYours):
    """The actor lacks the role at this unit's ledger, or did the first half of the act himself."""


class Unbalanced(FundsError):
    """Debit and credit differ, or a side is not positive: a mistake of the calling code."""

    status = 500
    code = "unbalanced"


class PostedDifferently(FundsError):
    """The same fact was posted before with other figures."""

    code = "posted_differently"


class YearClosed(FundsError):
    code = "year_closed"


class NotEnough(FundsError):
    """More would leave than the source holds; `shortfalls` has fen by source."""

    code = "not_enough"

    def __init__(self, message: str, citation: str, shortfalls: dict[str, int]) -> None:
        super().__init__(message, citation)
        self.shortfalls = shortfalls


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in one row of an imported file; `row` counts from 1 with the heading."""

    row: int
    column: str
    reason: str


class BadFile(FundsError):
    """An imported file is wrong; nothing of it was taken. `problems` names row, column and reason."""

    status = 422
    code = "bad_file"

    def __init__(self, message: str, problems: Sequence[RowProblem] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)
