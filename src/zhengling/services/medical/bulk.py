"""Settle a whole file of settlements with the very rule that settles one (`rules.settle`).

A file in the order of (psn_no, setl_time, setl_seq) flows through: read, check, settle and write a batch at a
time, with each person's account carried over the edge, in memory that does not grow with the file. Whether it
is in order is seen while reading; if not, the rows are first all read as integers, settled by person, and the
file is read a second time to be written with the results. Either way the output has the order of the input.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from zhengling.kernel.law.parameters import ParameterSet
from zhengling.services.medical.bulk_columns import (
    COLUMNS,
    Bools,
    Checked,
    Ints,
    Problem,
    Texts,
    check,
    check_header,
)
from zhengling.services.medical.bulk_duplicates import Duplicates, report_duplicates
from zhengling.services.medical.bulk_errors import BadRowsError, RowError, RowErrorLog, UnusableFileError
from zhengling.services.medical.bulk_law import Law
from zhengling.services.medical.bulk_results import Results, output_batch
from zhengling.services.medical.bulk_sinks import Sink, open_sink
from zhengling.services.medical.bulk_sources import Batch, Source, open_source
from zhengling.services.medical.rules import EMPTY, Account

T = TypeVar("T")

THREADS = min(4, os.cpu_count() or 1)
AHEAD = 3  # batches read before they are settled, and settled before they are written


class Summary(NamedTuple):
    """What was settled, in fen; `in_order` when the file came sorted and one pass was enough."""

    rows: int
    base: int
    paid: int
    in_order: bool


class _Prepared(NamedTuple):
    """What the loops need of a checked batch besides its columns."""

    base: Ints
    key: Ints
    person_hashes: Ints


class _OutOfOrderError(Exception):
    """A row stands after one that belongs after it."""


def settle_file(
    source_path: Path, target: Path, parameters: ParameterSet, errors: Path | None = None
) -> Summary:
    """Settle a file into another; the formats go by extension.

    Raises UnusableFileError, BadRowsError or ParameterError; then nothing stands at `target` that did not
    stand there before, and after BadRowsError the file `errors` lists them all.
    """
    law = Law(parameters)
    if target.exists() and source_path.exists() and target.samefile(source_path):
        raise UnusableFileError("the output must be another file than the input")
    source = open_source(source_path)
    check_header(source.names)
    log = RowErrorLog(errors)
    try:
        try:
            return _settle_in_order(source, target, law, log)
        except _OutOfOrderError:
            log.restart()
            return _settle_whole(source, target, law, log)
    finally:
        log.close()


def _settle_in_order(source: Source, target: Path, law: Law, log: RowErrorLog) -> Summary:
    """One pass over a sorted file. Raises _OutOfOrderError at the first row that is not."""
    with (
        ThreadPoolExecutor(1) as reader,
        open_sink(target, source) as sink,
        ThreadPoolExecutor(1) as writer,  # ends before its sink
    ):
        batches = _ahead(reader, _checked(source))
        # The first batches are being read while the compiled code is loaded.
        from zhengling.services.medical.bulk_kernel import mark_sorted, settle_rows

        duplicates, account = Duplicates(), EMPTY
        settled = base = paid = 0
        before: tuple[Texts, int, int] = (_NOBODY, 0, 0)
        writing: deque[Future[None]] = deque()
        for batch, checked in batches:
            rows, fresh = batch.data.num_rows, np.empty(batch.data.num_rows, dtype=np.bool_)
            prepared = _prepare(batch, checked, source, law, log, duplicates)
            last, time, seq = before
            if not mark_sorted(*checked.psn_no, checked.time, checked.seq, *last, time, seq, fresh):
                raise _OutOfOrderError
            if rows:
                before = (_last_text(checked.psn_no), checked.time[-1], checked.seq[-1])
            if log.total:
                continue  # nothing will be written; the rest is only checked
            results = Results.for_rows(prepared.base)
            order = np.arange(rows, dtype=np.int32)
            after = settle_rows(
                order, fresh, prepared.base, prepared.key, law.table, law.manners, account, *results[1:]
            )
            account = Account(*after)
            settled, base, paid = (
                settled + rows,
                base + int(prepared.base.sum()),
                paid + int(results.pay.sum()),
            )
            writing.append(writer.submit(sink.write, _output(batch, results, law, source, sink)))
            while len(writing) > AHEAD:
                writing.popleft().result()
        _report_duplicates(duplicates, source, log)
        for future in writing:
            future.result()
    return Summary(settled, base, paid, in_order=True)


def _settle_whole(source: Source, target: Path, law: Law, log: RowErrorLog) -> Summary:
    """Two passes over a file in any order: read all as integers, settle by person; then write."""
    from zhengling.services.medical.bulk_kernel import order_rows
    from zhengling.services.medical.bulk_persons import Persons

    duplicates, persons = Duplicates(), Persons()
    held: list[list[Ints]] = [[], [], [], [], []]
    with ThreadPoolExecutor(1) as reader:
        for batch, checked in _ahead(reader, _checked(source)):
            prepared = _prepare(batch, checked, source, law, log, duplicates)
            numbers = persons.numbers(checked.psn_no, prepared.person_hashes)
            for column, values in zip(
                held, (numbers, checked.time, checked.seq, prepared.base, prepared.key), strict=True
            ):
                column.append(values)
    _report_duplicates(duplicates, source, log)
    numbers, time, seq, base, key = (_joined(column) for column in held)
    rows = len(base)
    order, fresh = np.empty(rows, dtype=np.int32), np.empty(rows, dtype=np.bool_)
    order_rows(numbers, persons.count, time, seq, order, fresh)
    del numbers, time, seq, persons
    results = Results.for_rows(base)
    _settle_spans(order, fresh, key, results, law)
    with ThreadPoolExecutor(1) as reader, open_sink(target, source) as sink:
        for batch in _ahead(reader, source.batches()):
            part = results.span(batch.start, batch.start + batch.data.num_rows)
            sink.write(_output(batch, part, law, source, sink))
    return Summary(rows, int(base.sum()), int(results.pay.sum()), in_order=False)


def _settle_spans(order: Ints, fresh: Bools, key: Ints, results: Results, law: Law) -> None:
    """Settle all rows, a share of the persons on each thread."""
    from zhengling.services.medical.bulk_kernel import settle_rows

    cuts = [0]
    for part in range(1, THREADS):
        cut = max(cuts[-1], len(order) * part // THREADS)
        while cut < len(order) and not fresh[cut]:
            cut += 1
        cuts.append(cut)
    cuts.append(len(order))

    def settle(start: int, end: int) -> None:
        settle_rows(
            order[start:end], fresh[start:end], results.base, key, law.table, law.manners, EMPTY, *results[1:]
        )

    with ThreadPoolExecutor(THREADS) as threads:
        for future in [threads.submit(settle, start, end) for start, end in pairwise(cuts)]:
            future.result()


def _prepare(
    batch: Batch, checked: Checked, source: Source, law: Law, log: RowErrorLog, duplicates: Duplicates
) -> _Prepared:
    """Report what is wrong with a batch, and reckon what counts (article 8)."""
    key, early = law.keys(checked)
    problems = list(checked.problems)
    if early.any():
        unread = {row for row, name, _ in problems if name == "setl_time"}
        reason = f"is before {law.first_day}, the first day of the parameters; add values for that time"
        problems += [
            Problem(row, "setl_time", reason) for row in np.flatnonzero(early).tolist() if row not in unread
        ]
    setl_hashes, unnamed = _hashes(checked.setl_id)
    person_hashes, nameless = _hashes(checked.psn_no)
    for name, blank in (("setl_id", unnamed), ("psn_no", nameless)):
        reason = "is empty, or begins or ends with a blank"
        problems += [Problem(row, name, reason) for row in np.flatnonzero(blank).tolist()]
    duplicates.add(setl_hashes[~unnamed] if unnamed.any() else setl_hashes)
    _report(batch, source, problems, log)
    # In-scope cost less all that was paid before assistance (R6); excluded cost counts nothing.
    base = np.where(key < 0, 0, checked.in_scope - checked.paid)
    return _Prepared(base, key, person_hashes)


def _hashes(column: Texts) -> tuple[Ints, Bools]:
    """A hash of every text, and which texts are empty or have a blank at an end."""
    from zhengling.services.medical.bulk_kernel import hash_texts

    rows = len(column.offsets) - 1
    hashed, blank = np.empty(rows, dtype=np.uint64), np.empty(rows, dtype=np.bool_)
    hash_texts(*column, hashed, blank)
    return hashed, blank


def _report(batch: Batch, source: Source, problems: list[Problem], log: RowErrorLog) -> None:
    """Log a batch's errors in the order of lines and, within a line, of the contract's columns."""
    errors = [*batch.misshapen]
    errors += [RowError(source.line(batch.start + row), column, reason) for row, column, reason in problems]
    places = {name: place for place, name in enumerate(("", *COLUMNS))}
    for error in sorted(errors, key=lambda error: (error.line, places[error.column])):
        log.add(error)


def _report_duplicates(duplicates: Duplicates, source: Source, log: RowErrorLog) -> None:
    """The last check. Raises BadRowsError when it or any before it found something."""
    suspects = duplicates.suspects()
    if len(suspects):
        report_duplicates(source, suspects, log)
    if log.total:
        raise BadRowsError(log)


def _checked(source: Source) -> Iterator[tuple[Batch, Checked]]:
    return ((batch, check(batch.data)) for batch in source.batches())


def _ahead(reader: ThreadPoolExecutor, items: Iterator[T]) -> Iterator[T]:
    """The items, some of them made by the other thread before they are asked for."""
    making = deque(reader.submit(next, items, None) for _ in range(AHEAD))

    def taken() -> Iterator[T]:
        while (item := making.popleft().result()) is not None:
            making.append(reader.submit(next, items, None))
            yield item

    return taken()


def _output(batch: Batch, results: Results, law: Law, source: Source, sink: Sink) -> pa.RecordBatch:
    return output_batch(batch.data, results, law, source_typed=source.typed, sink_typed=sink.typed)


_NOBODY = Texts(np.zeros(1, dtype=np.int32), np.zeros(0, dtype=np.uint8))


def _last_text(column: Texts) -> Texts:
    begin, end = int(column.offsets[-2]), int(column.offsets[-1])
    return Texts(np.array([0, end - begin], dtype=np.int32), column.data[begin:end].copy())


def _joined(parts: list[Ints]) -> Ints:
    """One array of the parts, which are let go one by one."""
    joined = np.concatenate(parts)
    parts.clear()
    return joined
