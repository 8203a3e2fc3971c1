"""Reads the tables of a city's folder (CSV, UTF-8, one header line) and gathers faults by line. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

SEPARATOR = "|"


class CityFileError(ValueError):
    """A city's files contradict themselves. `faults` holds every finding as ``file:line: reason``."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table; `number` is its line in the file, the header being line 1."""

    file: str
    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


class Faults:
    """Collects findings, so that whoever mends a file sees all of them at once."""

    def __init__(self) -> None:
        self._found: list[tuple[str, int, str]] = []

    def add(self, line: Line, reason: str) -> None:
        self.add_at(line.file, line.number, reason)

    def add_at(self, file: str, number: int, reason: str) -> None:
        self._found.append((file, number, reason))

    def raise_if_any(self) -> None:
        """Raises `CityFileError` with every finding so far, in the order of files and lines."""
        if self._found:
            raise CityFileError(
                [f"{file}:{number}: {reason}" for file, number, reason in sorted(self._found)]
            )


def read_table(path: Path, columns: Sequence[str], faults: Faults) -> list[Line]:
    """The rows of a table, which must have exactly these columns. What cannot be read is a fault, no row."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        faults.add_at(path.name, 1, "the file is missing")
        return []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.add_at(path.name, content[: error.start].count(b"\n") + 1, "not UTF-8")
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[Line] = []
    try:
        header = next(reader, [])
        if header != list(columns):
            faults.add_at(path.name, 1, f"columns must be {','.join(columns)}")
            return []
        for cells in reader:
            # A quoted cell may span lines: line_num is where the row ends, as an editor counts.
            if len(cells) != len(columns):
                faults.add_at(path.name, reader.line_num, f"{len(cells)} cells instead of {len(columns)}")
                continue
            line = Line(path.name, reader.line_num, dict(zip(columns, cells, strict=True)))
            for column, cell in line.cells.items():
                if cell != cell.strip():
                    faults.add(line, f"{column}: blank space around {cell!r}")
            lines.append(line)
    except csv.Error as error:
        faults.add_at(path.name, reader.line_num, f"not CSV: {error}")
    return lines


def items(line: Line, column: str, needed: Faults | None = None) -> tuple[str, ...]:
    """The parts of a cell that lists things; where they are `needed`, an empty cell is a fault."""
    parts = tuple(part for part in line[column].split(SEPARATOR) if part)
    if needed and not parts:
        needed.add(line, f"{column} is empty")
    return parts


def day(line: Line, column: str, faults: Faults) -> date | None:
    """A date written 2022-01-31; an empty or absent cell means unknown or open and gives None."""
    text = line.cells.get(column, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.add(line, f"{column}: {text!r} is not a date like 2022-01-31")
        return None


def period(line: Line, faults: Faults) -> tuple[date | None, date | None]:
    """From `valid_from` to `valid_to`, both days included."""
    start, end = day(line, "valid_from", faults), day(line, "valid_to", faults)
    if start and end and end < start:
        faults.add(line, f"ends on {end}, before it begins on {start}")
    return start, end
