"""The columns that a settlement adds, and the output batch: the input's columns followed by them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from zhengling.services.medical.bulk_columns import (
    BENEFIT_CODES,
    EXCLUSION_CODES,
    RESULTS,
    Ints,
    check,
)
from zhengling.services.medical.bulk_law import Law


class Results(NamedTuple):
    """Fen in the order of the input; `outcome` as the compiled loop numbers it."""

    base: Ints
    below: Ints
    assisted: Ints
    above: Ints
    cut: Ints
    pay: Ints
    outcome: Ints

    @classmethod
    def for_rows(cls, base: Ints) -> Results:
        """Room for the results of these rows."""
        below, assisted, above, cut, pay = (np.empty(len(base), dtype=np.int64) for _ in range(5))
        return cls(base, below, assisted, above, cut, pay, np.empty(len(base), dtype=np.int32))

    def span(self, start: int, end: int) -> Results:
        return Results._make(column[start:end] for column in self)


def output_batch(
    batch: pa.RecordBatch, results: Results, law: Law, *, source_typed: bool, sink_typed: bool
) -> pa.RecordBatch:
    """The rows as they are written. Text stays text between text files; otherwise columns get their own
    types.
    """
    columns = list(batch.columns)
    if sink_typed and not source_typed:
        columns = _typed(batch)
    names = [*batch.schema.names, *RESULTS]
    articles = pa.DictionaryArray.from_arrays(law.article_numbers[results.outcome], law.articles)
    rate: pa.Array
    if sink_typed:
        rate = decimals(law.rates[results.outcome], 5)
    else:
        written = [f"{value / 100:g}" for value in law.rates.tolist()]
        rate = pa.array(written, pa.string()).take(pa.array(results.outcome))
    columns += [
        decimals(results.base),
        decimals(results.below),
        decimals(results.assisted),
        decimals(results.above),
        rate,
        decimals(results.cut),
        decimals(results.pay),
        articles,
    ]
    return pa.RecordBatch.from_arrays(columns, names=names)


def decimals(hundredths: Ints, precision: int = 16) -> pa.Array:
    """Non-negative hundredths as decimal128(precision, 2), without a detour over objects."""
    words = np.zeros((len(hundredths), 2), dtype=np.int64)
    words[:, 0] = hundredths
    return pa.Array.from_buffers(pa.decimal128(precision, 2), len(hundredths), [None, pa.py_buffer(words)])


def _typed(batch: pa.RecordBatch) -> list[pa.Array]:
    """A text batch with the contract's columns as text, time, numbers, truth values and decimals."""
    checked = check(batch)
    typed = {
        "setl_time": pa.array(checked.time).cast(pa.timestamp("us")),
        "setl_seq": pa.array(checked.seq),
        "benefit": pa.array(list(BENEFIT_CODES)).take(pa.array(checked.benefit)),
        "assistance_class": pa.array(checked.assistance_class),
        "hardship_veteran": pa.array(checked.veteran.astype(np.bool_)),
        "inscp_scp_amt": decimals(checked.in_scope),
        "paid_before_assistance": decimals(checked.paid),
        "exclusion": pa.array(list(EXCLUSION_CODES)).take(pa.array(checked.exclusion)),
    }
    return [typed.get(name, batch.column(name)) for name in batch.schema.names]
