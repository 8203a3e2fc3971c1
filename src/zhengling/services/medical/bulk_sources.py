"""Settlement files by extension: CSV, Parquet and Excel as streams of Arrow batches, and the way back.

A source can be read more than once; a sink writes beside its target and takes its name only when all is
written.
"""

from __future__ import annotations

import codecs
import csv
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from zipfile import BadZipFile

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from zhengling.services.medical.bulk_columns import COLUMNS
from zhengling.services.medical.bulk_errors import RowError, UnusableFileError

ROWS_PER_BATCH = 131_072  # also the row group of Parquet output
CSV_BLOCK = 16 << 20
EXCEL_ROWS = 1_048_576  # with the header
LONGEST_EXACT_NUMBER = 10**15  # a spreadsheet keeps no more digits than this

# Read as dictionaries, texts of few values need not be spelled out and looked up again row by row.
FEW_TEXTS = frozenset({"benefit", "exclusion"})


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
        self._few = [
            name for name in self.names if name in FEW_TEXTS and _is_text(self.schema.field(name).type)
        ]

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        start = 0
        try:
            with pyarrow.parquet.ParquetFile(self.path, read_dictionary=self._few) as file:
                for group in range(file.num_row_groups):  # one reader over all would keep what it has read
                    for data in file.iter_batches(ROWS_PER_BATCH, row_groups=[group], columns=columns):
                        yield Batch(start, data)
                        start += data.num_rows
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
        self._misshapen: list[RowError] = []
        held: list[list[Any]] = [[] for _ in self.names]
        for line, row in enumerate(rows, start=2):
            if any(cell not in {None, ""} for cell in row[len(held) :]):
                reason = "has a value to the right of the header's last column"
                self._misshapen.append(RowError(line, "", reason))
            if any(cell not in {None, ""} for cell in row):
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
        yield Batch(0, batch.select(columns) if columns else batch, tuple(self._misshapen))

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


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
