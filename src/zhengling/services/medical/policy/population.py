"""The population of a what-if: settlements in columns, in a file that is mapped into memory and never changed.

An Arrow file without compression, one row a settlement, in the order of person, year and acceptance. A batch
never splits a person's year, so batches can be replayed apart from each other. The file names nobody: `person`
is a number within the file.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

# Why a person is assisted: no claim, the identities of article 5(1) and (2), class 3 recognised (article 5(3)),
# and settlements whose class is known but not the identity behind it.
NO_GROUP, CLASS_1, CLASS_2 = "none", "class_1", "class_2"
RECOGNISED = "recognised"
IDENTITIES = (
    "extreme_poverty",
    "orphan",
    "unattended_child",
    "minimum_living",
    "severe_disability",
    "marginal",
    "monitored",
)
GROUPS = (NO_GROUP, *IDENTITIES, RECOGNISED, CLASS_1, CLASS_2)

COLUMNS = {
    "person": pa.uint32(),
    "year": pa.int16(),
    "county": pa.int8(),  # place in the file's list of county codes
    "group": pa.int8(),  # place in GROUPS
    "veteran": pa.int8(),
    "benefit": pa.int8(),  # rules.INPATIENT ...
    "exclusion": pa.int8(),  # 0, or the place in terms.EXCLUSIONS from 1
    "base": pa.int64(),  # in-scope self-paid cost, fen
}
SCHEMA = pa.schema([pa.field(name, kind, nullable=False) for name, kind in COLUMNS.items()])
BATCH = 1 << 18  # rows
ABOUT = b"zhengling.population"

Column = npt.NDArray[Any]
Columns = Mapping[str, Column]


class UnusablePopulation(ValueError):
    """The file is no population, or not one of these columns."""


@dataclass(frozen=True)
class About:
    """What the file says of itself. `until` is the last day it covers, `origin` is ``register`` or ``generated``."""

    counties: tuple[str, ...]
    origin: str
    until: str
    note: str = ""


@dataclass(frozen=True)
class Size:
    rows: int
    person_years: int
    first_year: int
    last_year: int


class PopulationWriter:
    """Write a file batch by batch: ``with PopulationWriter(path, about) as file: file.write(columns)``."""

    def __init__(self, path: Path, about: About) -> None:
        schema = SCHEMA.with_metadata({ABOUT: json.dumps(vars(about), ensure_ascii=False)})
        self._writer = pa.ipc.new_file(str(path), schema)

    def __enter__(self) -> PopulationWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def write(self, columns: Mapping[str, Sequence[int] | Column]) -> None:
        """One batch of whole person-years."""
        arrays = [
            pa.array(np.asarray(columns[name], dtype=kind.to_pandas_dtype()))
            for name, kind in COLUMNS.items()
        ]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))


class Population:
    """An open file; `batch` gives views into the mapped memory, so that any size fits."""

    def __init__(self, reader: Any, about: About) -> None:
        self._reader = reader
        self.about = about

    @property
    def batches(self) -> int:
        return int(self._reader.num_record_batches)

    def batch(self, number: int) -> dict[str, Column]:
        found = self._reader.get_batch(number)
        return {name: found.column(name).to_numpy(zero_copy_only=True) for name in COLUMNS}

    def size(self) -> Size:
        """Counted in one pass over the persons and years."""
        rows = person_years = 0
        first, last = 9999, 0
        for number in range(self.batches):
            columns = self.batch(number)
            person, year = columns["person"], columns["year"]
            rows += len(person)
            if len(person):
                person_years += 1 + int(np.count_nonzero((np.diff(person) != 0) | (np.diff(year) != 0)))
                first, last = min(first, int(year.min())), max(last, int(year.max()))
        return Size(rows, person_years, first if rows else 0, last)


@contextmanager
def opened(path: Path) -> Iterator[Population]:
    """The population in a file. Raises UnusablePopulation, OSError."""
    with pa.memory_map(str(path)) as source:
        try:
            reader = pa.ipc.open_file(source)
            about = json.loads(reader.schema.metadata[ABOUT])
        except (pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
            raise UnusablePopulation(f"{path} is no population file") from error
        if not reader.schema.remove_metadata().equals(SCHEMA):
            raise UnusablePopulation(f"{path} has other columns than {', '.join(COLUMNS)}")
        yield Population(reader, About(**{**about, "counties": tuple(about["counties"])}))


def digest(path: Path) -> str:
    """SHA-256 of the file."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return hashlib.sha256().hexdigest()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return hashlib.sha256(content).hexdigest()
