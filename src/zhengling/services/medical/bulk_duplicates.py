"""Whether every settlement number is there once, in memory that does not grow with the file.

Only 64-bit hashes are kept, sorted, and beyond a limit on disk. A hash seen twice is no proof: the file is
read again and the texts themselves are compared.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from zhengling.services.medical.bulk_columns import Ints, texts
from zhengling.services.medical.bulk_errors import RowError, RowErrorLog
from zhengling.services.medical.bulk_sources import Source

RUN = 1 << 22  # hashes sorted at a time: 32 MiB
PARTS = 64  # slices of the runs that are compared at a time


class Duplicates:
    """Give it the hashes of every batch with `add`, then ask `suspects`."""

    def __init__(self) -> None:
        self._pending: list[Ints] = []
        self._count = 0
        self._spilled: list[tuple[Path, list[int]]] = []  # a sorted run and where its parts begin
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def add(self, hashes: Ints) -> None:
        self._pending.append(hashes)
        self._count += len(hashes)
        if self._count >= RUN:
            self._spill()

    def suspects(self) -> Ints:
        """The hashes that came more than once, each once."""
        if not self._spilled:
            return _repeated(self._sorted())
        self._spill()
        found = []
        for part in range(PARTS):
            found.append(_repeated(np.sort(np.concatenate([_read(*run, part) for run in self._spilled]))))
        return np.concatenate(found)

    def _sorted(self) -> Ints:
        run = np.concatenate(self._pending) if self._pending else np.zeros(0, dtype=np.uint64)
        self._pending, self._count = [], 0
        run.sort()
        return run

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="zhengling-")
        run = self._sorted()
        edges = np.array([part * (2**64 // PARTS) for part in range(PARTS)], dtype=np.uint64)
        path = Path(self._folder.name) / str(len(self._spilled))
        run.tofile(path)
        self._spilled.append((path, [*np.searchsorted(run, edges).tolist(), len(run)]))


def _repeated(run: Ints) -> Ints:
    return np.unique(run[1:][run[1:] == run[:-1]])


def _read(path: Path, begins: list[int], part: int) -> Ints:
    start, end = begins[part], begins[part + 1]
    return np.fromfile(path, dtype=np.uint64, count=end - start, offset=start * 8)


def report_duplicates(source: Source, suspects: Ints, log: RowErrorLog) -> None:
    """Read the numbers again and report each that really comes a second time, naming the line of the
    first.
    """
    from zhengling.services.medical.bulk_kernel import hash_texts

    first: dict[str, int] = {}
    for batch in source.batches(columns=["setl_id"]):
        column = batch.data.column("setl_id")
        offsets, data = texts(column, "setl_id")
        hashes, blank = np.empty(len(column), dtype=np.uint64), np.empty(len(column), dtype=np.bool_)
        hash_texts(offsets, data, hashes, blank)
        for row in np.flatnonzero(np.isin(hashes, suspects) & ~blank):
            number = column[int(row)].as_py()
            if number in first:
                earlier = source.line(first[number])
                reason = f"is there already in line {earlier}; every settlement has its own number"
                log.add(RowError(source.line(batch.start + int(row)), "setl_id", reason))
            else:
                first[number] = batch.start + int(row)
