"""Settled files on their way out: CSV, Parquet and Excel by extension.

A sink writes beside its target and takes its name only when all is written.
"""

from __future__ import annotations

import codecs
import os
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from zhengling.services.medical.bulk_columns import COLUMNS, RESULTS, SHANGHAI
from zhengling.services.medical.bulk_errors import UnusableFileError
from zhengling.services.medical.bulk_sources import ROWS_PER_BATCH, CsvSource, ParquetSource, Source

EXCEL_ROWS = 1_048_576  # with the header
# Columns of many different values: in Parquet a dictionary of them would only cost time.
MANY_VALUES = frozenset({*COLUMNS, *RESULTS}) - {
    "setl_seq",
    "benefit",
    "assistance_class",
    "hardship_veteran",
    "exclusion",
    "rate_pct",
    "articles",
}

# Nobody looks for rows by their amounts, so their smallest and largest values need not be noted.
UNSEARCHED = frozenset({*RESULTS, "inscp_scp_amt", "paid_before_assistance"}) - {"maf_pay"}


class Sink(Protocol):
    typed: bool  # wants numbers, dates and truth values instead of text

    def write(self, batch: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


class ParquetSink:
    typed = True

    def __init__(self, path: Path, source: Source) -> None:
        self.path = path
        self.compression, self._types = "snappy", pa.schema([])
        if isinstance(source, ParquetSource):
            self.compression, self._types = source.compression, source.schema
        self._writer: pyarrow.parquet.ParquetWriter | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(
                self.path,
                batch.schema,
                compression=self.compression,
                use_dictionary=[name for name in batch.schema.names if name not in MANY_VALUES],
                write_statistics=[name for name in batch.schema.names if name not in UNSEARCHED],
                store_decimal_as_integer=True,
                store_schema=False,
                write_batch_size=ROWS_PER_BATCH,
            )
            # Readers are told the types of the input: that a text was handed over as a dictionary is no one's
            # business.
            told = pa.schema([self._told(field) for field in batch.schema])
            self._writer.add_key_value_metadata({"ARROW:schema": b64encode(told.serialize().to_pybytes())})
        self._writer.write_batch(batch)

    def _told(self, field: pa.Field) -> pa.Field:
        if field.name in self._types.names:
            return self._types.field(field.name)
        return pa.field(
            field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        )

    def close(self) -> None:
        if self._writer:
            self._writer.close()


class CsvSink:
    typed = False

    def __init__(self, path: Path, source: Source) -> None:
        self._file = path.open("wb")
        if isinstance(source, CsvSource) and source.for_spreadsheet:
            self._file.write(codecs.BOM_UTF8)
        self._begun = False

    def write(self, batch: pa.RecordBatch) -> None:
        if not self._begun:
            self._file.write((",".join(_quoted(name) for name in batch.schema.names) + "\n").encode())
            self._begun = True
        columns = [
            column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
            for column in batch.columns
        ]
        table = pa.Table.from_arrays(columns, names=batch.schema.names)
        try:
            pyarrow.csv.write_csv(table, self._file, _csv_options("none"))
        except pa.ArrowInvalid:  # some text holds a comma, a quote or a line end
            pyarrow.csv.write_csv(table, self._file, _csv_options("needed"))

    def close(self) -> None:
        self._file.close()


def _csv_options(quoting: str) -> pyarrow.csv.WriteOptions:
    return pyarrow.csv.WriteOptions(include_header=False, quoting_style=quoting)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if any(mark in name for mark in ',"\n') else name


class ExcelSink:
    typed = True

    def __init__(self, path: Path, source: Source) -> None:
        from openpyxl import Workbook

        self.path = path
        self._book = Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet("settlements")
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        from openpyxl.cell import WriteOnlyCell

        if self._rows == 0:
            self._append(batch.schema.names)
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            cells: list[Any] = []
            for value in row:
                if isinstance(value, Decimal):
                    cell = WriteOnlyCell(self._sheet, value)  # type: ignore[arg-type]  # openpyxl writes decimals too
                    cell.number_format = "0.00"
                    cells.append(cell)
                elif isinstance(value, datetime) and value.tzinfo is not None:
                    # A spreadsheet knows no zones: Shanghai's clock, as everywhere.
                    cells.append(value.astimezone(timezone(SHANGHAI)).replace(tzinfo=None))
                else:
                    cells.append(value)
            self._append(cells)

    def _append(self, cells: Iterable[Any]) -> None:
        self._rows += 1
        if self._rows > EXCEL_ROWS:
            raise UnusableFileError(
                f"an .xlsx sheet holds {EXCEL_ROWS - 1} rows; write .csv or .parquet instead"
            )
        self._sheet.append(list(cells))

    def close(self) -> None:
        self._book.save(self.path)


SINKS: dict[str, type[ParquetSink] | type[CsvSink] | type[ExcelSink]] = {
    ".csv": CsvSink,
    ".parquet": ParquetSink,
    ".pq": ParquetSink,
    ".xlsx": ExcelSink,
}


@contextmanager
def open_sink(path: Path, source: Source) -> Iterator[Sink]:
    """A sink whose file stands at `path` if and only if the block ends well. Raises UnusableFileError."""
    kind = SINKS.get(path.suffix.lower())
    if kind is None:
        raise UnusableFileError(f"{path}: the extension says the format; use .csv, .parquet or .xlsx")
    if not path.parent.is_dir():
        raise UnusableFileError(f"{path}: there is no folder {path.parent}")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        sink = kind(part, source)
        try:
            yield sink
        finally:
            sink.close()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
