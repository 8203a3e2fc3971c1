"""Why a file was not taken or a difference not settled: what, where, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhengling.kernel.casework.errors import CaseworkError, NotYours


class ExchangeError(CaseworkError):
    """The exchange cannot go on; nothing has changed."""


class NotYourData(NotYours):
    """The actor lacks the role at this unit for this data set."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell; `row` is the file's own number (the heading is 1), `column` its heading."""

    row: int
    column: str
    reason: str


class UnusableFile(ExchangeError):
    """Nothing of the file can be read: wrong kind, encoding or columns. `problems` names them."""

    status = 422
    code = "bad_file"

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)
