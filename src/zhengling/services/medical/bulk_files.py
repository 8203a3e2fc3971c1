"""Settlement files by extension: CSV, Parquet and Excel as streams of Arrow batches, and the way back.

A source can be read more than once; a sink writes beside its target and takes its name only when all is
written.
"""

from __future__ import annotations

import codecs
import csv
import os
from base64 import b64encode
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from zipfile import BadZipFile

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from zhengling.services.medical.bulk_columns import COLUMNS, RESULTS
from zhengling.services.medical.bulk_errors import RowError, UnusableFileError

ROWS_PER_BATCH = 131_072  # also the row group of Parquet output
CSV_BLOCK = 16 << 20
EXCEL_ROWS = 1_048_576  # with the header
LONGEST_EXACT_NUMBER = 10**15  # a spreadsheet keeps no more digits than this

# Columns of few different values: worth a dictionary in Parquet, which identifiers and amounts are not.
FEW_TEXTS = frozenset({"benefit", "exclusion", "articles"})
FEW_VALUES = FEW_TEXTS | {"setl_seq", "assistance_class", "hardship_veteran", "rate_pct"}
MANY_VALUES = frozenset({*COLUMNS, *RESULTS}) - FEW_VALUES


class Batch(NamedTuple):
    start: int  # number of its first row in the file, from 0
    data: pa.RecordBatch
    misshapen: tuple[RowError, ...] = ()  # rows up to here that could not be cut into columns


class Source(Protocol):
    names: list[str]
    typed: bool  # columns carry their own types; otherwise every contract column is text

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        """All rows in order, at least one batch even when it is empty. Raises UnusableFileError."""
        ...

    def line(self, row: int) -> int:
        """The line of the file on which a row stands, as far as the batches have been read."""
        ...


class Sink(Protocol):
    typed: bool  # wants numbers, dates and truth values instead of text

    def write(self, batch: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


class ParquetSource:
    typed = True

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with pyarrow.parquet.ParquetFile(path) as file:
                self.names: list[str] = file.schema_arrow.names
                self.schema = file.schema_arrow
                has_rows = file.metadata.num_row_groups > 0 and file.metadata.num_columns > 0
                codec = file.metadata.row_group(0).column(0).compression if has_rows else "SNAPPY"
        except (pa.ArrowInvalid, OSError) as error:
            raise UnusableFileError(f"{path} is not a readable Parquet file: {error}") from error
        self.compression = "none" if codec == "UNCOMPRESSED" else codec.lower()
        # Read as dictionaries, texts of few values need not be spelled out and looked up again row by row.
        self._few = [
            name for name in self.names if name in FEW_TEXTS and _is_text(self.schema.field(name).type)
        ]

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        start = 0
        try:
            with pyarrow.parquet.ParquetFile(self.path, read_dictionary=self._few) as file:
                for batch in file.iter_batches(ROWS_PER_BATCH, columns=columns):
                    yield Batch(start, batch)
                    start += batch.num_rows
            if start == 0:
                yield Batch(0, pa.RecordBatch.from_pylist([], self.schema))
        except (pa.ArrowInvalid, OSError) as error:
            raise UnusableFileError(f"{self.path} breaks off after row {start}: {error}") from error

    def line(self, row: int) -> int:
        return row + 1


class CsvSource:
    """CSV with a header line, in UTF-8 (with or without byte order mark) or GB18030."""

    typed = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding = _encoding(path)
        with path.open(
            encoding="utf-8-sig" if self.encoding == "utf-8" else self.encoding, newline=""
        ) as file:
            self.names = [name.strip() for name in next(csv.reader(file), [])]
        with path.open("rb") as file:
            marked = file.read(3) == codecs.BOM_UTF8
        # Files of a Chinese spreadsheet come back in the form in which it reads Chinese.
        self.for_spreadsheet = marked or self.encoding != "utf-8"
        self._left_out: list[int] = []  # lines without a row, in order; replaced as a whole, never changed

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        self._left_out = []
        misshapen: list[RowError] = []

        def skip(row: pyarrow.csv.InvalidRow) -> str:
            reason = f"the row has {row.actual_columns} columns, the header {row.expected_columns}"
            misshapen.append(RowError(row.number, "", reason))
            return "skip"

        start = 0
        try:
            for read in self._reader(skip):
                found, misshapen[:] = tuple(misshapen), ()
                self._left_out = sorted([*self._left_out, *(error.line for error in found)])
                data = self._without_blank_rows(read, start)
                yield Batch(start, data.select(columns) if columns else data, found)
                start += data.num_rows
        except pa.ArrowInvalid as error:
            raise UnusableFileError(f"{self.path} is not readable as CSV: {error}") from error
        if start == 0 or misshapen:
            schema = pa.schema([(name, pa.string()) for name in columns or self.names])
            yield Batch(start, pa.RecordBatch.from_pylist([], schema), tuple(misshapen))

    def _reader(self, skip: Callable[[pyarrow.csv.InvalidRow], str]) -> Iterable[pa.RecordBatch]:
        reading = pyarrow.csv.ReadOptions(
            column_names=self.names,
            skip_rows=1,
            use_threads=False,  # gives misshapen rows their number
            block_size=CSV_BLOCK,
            encoding=self.encoding,
        )
        parsing = pyarrow.csv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip
        )
        types = dict.fromkeys(self.names, pa.string())
        conversion = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=False, null_values=[])
        try:
            reader: Iterable[pa.RecordBatch] = pyarrow.csv.open_csv(self.path, reading, parsing, conversion)
            return reader
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):  # a header and no rows
                return ()
            raise

    def _without_blank_rows(self, batch: pa.RecordBatch, start: int) -> pa.RecordBatch:
        """Leave empty lines out, remembering where they were."""
        blank = pc.equal(batch.column(0), "")
        for column in batch.columns[1:]:
            blank = pc.and_(blank, pc.equal(column, ""))
        if not pc.any(blank).as_py():
            return batch
        left_out = list(self._left_out)
        kept = 0
        for is_blank in blank.to_pylist():
            if is_blank:
                insort(left_out, _line(start + kept, left_out))
            else:
                kept += 1
        self._left_out = left_out
        return batch.filter(pc.invert(blank))

    def line(self, row: int) -> int:
        return _line(row, self._left_out)


def _line(row: int, left_out: list[int]) -> int:
    """The line of a row below a header, when some lines hold no row."""
    line = row + 2
    while (moved := row + 2 + bisect_right(left_out, line)) != line:
        line = moved
    return line


class ExcelSource:
    """The first sheet of an .xlsx workbook; row 1 is the header."""

    typed = False

    def __init__(self, path: Path) -> None:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        self.path = path
        try:
            book = load_workbook(path, read_only=True, data_only=True)
        except (InvalidFileException, BadZipFile, KeyError, OSError) as error:
            raise UnusableFileError(f"{path} is not a readable .xlsx workbook: {error}") from error
        rows: Iterator[tuple[Any, ...]] = book.worksheets[0].iter_rows(values_only=True)
        header = list(next(rows, ()))
        while header and header[-1] is None:
            header.pop()
        self.names = ["" if name is None else str(name).strip() for name in header]
        self._lines: list[int] = []
        held: list[list[Any]] = [[] for _ in self.names]
        for line, row in enumerate(rows, start=2):
            if any(cell is not None and cell != "" for cell in row):
                self._lines.append(line)
                for values, cell in zip_longest(held, row[: len(held)]):
                    values.append(cell)
        book.close()
        self._columns = [
            _text_column(values) if name in COLUMNS else _kept_column(values)
            for name, values in zip(self.names, held, strict=True)
        ]

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        batch = pa.RecordBatch.from_arrays(self._columns, names=self.names)
        yield Batch(0, batch.select(columns) if columns else batch)

    def line(self, row: int) -> int:
        return self._lines[row]


def _text_column(values: list[Any]) -> pa.Array:
    return pa.array([_cell_text(value) for value in values], pa.string())


def _cell_text(value: Any) -> str:
    """A cell as the text of a CSV file. A number too long to be kept by a spreadsheet is marked, and then
    refused.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float):
        if abs(value) >= LONGEST_EXACT_NUMBER:
            return f" {value!r} (number too long for a spreadsheet cell; make the cell text)"
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)


def _kept_column(values: list[Any]) -> pa.Array:
    """A column beyond the contract in the type of its cells, as text where they are mixed."""
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return _text_column(values)


def _encoding(path: Path) -> str:
    """utf-8 or gb18030, by reading the whole file once. Raises UnusableFileError."""
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        except OSError as error:
            raise UnusableFileError(f"{path} cannot be read: {error.strerror}") from error
        return encoding
    raise UnusableFileError(f"{path} is neither UTF-8 nor GB18030 text; save it as CSV UTF-8")


def open_source(path: Path) -> Source:
    """Raises UnusableFileError for an unknown extension or an unreadable file."""
    match path.suffix.lower():
        case ".csv":
            return CsvSource(path)
        case ".parquet" | ".pq":
            return ParquetSource(path)
        case ".xlsx":
            return ExcelSource(path)
    raise UnusableFileError(f"{path}: the extension says the format; use .csv, .parquet or .xlsx")


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


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


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
                elif isinstance(value, datetime | time) and value.tzinfo is not None:
                    cells.append(value.replace(tzinfo=None))
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
