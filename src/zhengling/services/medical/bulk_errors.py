"""What is wrong with a settlement file: the file as a whole, or single rows with line, column and reason."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import NamedTuple

SHOWN = 20


class UnusableFileError(Exception):
    """The file cannot be settled at all (missing column, unreadable, not text); the message says what to
    do.
    """


class RowError(NamedTuple):
    """`line` counts like the file: the header of CSV and Excel is line 1; in Parquet the first row is line
    1.
    """

    line: int
    column: str
    reason: str


class BadRowsError(Exception):
    """Rows were refused and nothing was written; `log` has them."""

    def __init__(self, log: RowErrorLog) -> None:
        super().__init__(f"{log.total} errors")
        self.log = log


class RowErrorLog:
    """Counts every error, keeps the first few for the screen and writes all of them to a CSV file if one is
    asked for.

    The file holds line, column and reason, never a person's number.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.total = 0
        self.first: list[RowError] = []
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part") if path else None
        self._file = self._part.open("w", encoding="utf-8-sig", newline="") if self._part else None
        self.restart()

    def restart(self) -> None:
        """Forget all, because the file is read again from its first line."""
        self.total = 0
        self.first = []
        if self._file:
            self._file.seek(0)
            self._file.truncate()
            csv.writer(self._file).writerow(RowError._fields)

    def add(self, error: RowError) -> None:
        self.total += 1
        if len(self.first) < SHOWN:
            self.first.append(error)
        if self._file:
            csv.writer(self._file).writerow(error)

    def close(self) -> None:
        """Put the error file in place; without errors there is none."""
        if self._file and self._part and self.path:
            self._file.close()
            if self.total:
                self._part.replace(self.path)
            else:
                self._part.unlink()
