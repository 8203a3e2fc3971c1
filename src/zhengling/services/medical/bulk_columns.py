"""The columns of a settlement file: what each must hold, read from Arrow into integers, bad rows named with a
reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhengling.services.medical.bulk_errors import UnusableFileError
from zhengling.services.medical.terms import BENEFITS, EXCLUSIONS

COLUMNS = (
    "setl_id",
    "psn_no",
    "setl_time",
    "setl_seq",
    "benefit",
    "assistance_class",
    "hardship_veteran",
    "inscp_scp_amt",
    "paid_before_assistance",
    "exclusion",
)
OPTIONAL = frozenset({"setl_seq"})
RESULTS = (
    "base_amt",
    "below_deductible_amt",
    "assisted_amt",
    "above_ceiling_amt",
    "rate_pct",
    "cap_cut_amt",
    "maf_pay",
    "articles",
)

FEN = 10**16  # amounts are numeric(16,2): at most 14 digits before the point
DAY = 86_400_000_000  # microseconds
SHANGHAI = timedelta(hours=8)  # without summer time since 1992, long before these rules

Ints = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Reason = Callable[[object], str]

BENEFIT_CODES: Mapping[str, int] = BENEFITS
EXCLUSION_CODES: Mapping[str, int] = {code: number for number, code in enumerate(("", *EXCLUSIONS))}
CLASS_CODES: Mapping[str, int] = {"0": 0, "1": 1, "2": 2, "3": 3}
FLAG_CODES: Mapping[str, int] = dict.fromkeys(("true", "1", "yes", "y", "是"), 1) | dict.fromkeys(
    ("false", "0", "no", "n", "否"), 0
)


class Problem(NamedTuple):
    row: int  # within the batch
    column: str
    reason: str


class Texts(NamedTuple):
    """A text column as numba reads it: row i is data[offsets[i]:offsets[i + 1]]."""

    offsets: Ints
    data: Ints


class Checked(NamedTuple):
    """A batch as integers. Where `problems` is not empty the bad values are 0 and nothing is settled."""

    setl_id: Texts
    psn_no: Texts
    time: Ints  # microseconds since 1970 of Shanghai's clock
    seq: Ints
    benefit: Ints
    assistance_class: Ints
    veteran: Ints
    in_scope: Ints  # fen
    paid: Ints  # fen
    exclusion: Ints  # 0 none, else the place in EXCLUSIONS from 1
    problems: list[Problem]


def check_header(names: list[str]) -> None:
    """Raises UnusableFileError unless every column is there once and none has the name of a result."""
    if "" in names:
        raise UnusableFileError(
            f"column {names.index('') + 1} has no name in the header; name it or remove it"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnusableFileError(
            f"the header names {', '.join(twice)} more than once; every column must have its own name"
        )
    if missing := [name for name in COLUMNS if name not in names and name not in OPTIONAL]:
        raise UnusableFileError(f"the file lacks the columns {', '.join(missing)}; it has {', '.join(names)}")
    if taken := [name for name in RESULTS if name in names]:
        raise UnusableFileError(
            f"the file already has {', '.join(taken)}; give the input, not a settled output"
        )


def check(batch: pa.RecordBatch) -> Checked:
    """Read one batch. Raises UnusableFileError when a column has a type that cannot hold what it must."""
    problems: list[Problem] = []

    def read(name: str, reader: Callable[[pa.Array], tuple[Ints, Bools | None]], reason: Reason) -> Ints:
        column = _plain(batch.column(name))
        try:
            values, bad = reader(column)
        except (_WrongTypeError, pa.ArrowNotImplementedError) as error:
            raise UnusableFileError(f"column {name} has the type {column.type}; {reason(None)}") from error
        if bad is not None:
            problems.extend(
                Problem(int(row), name, reason(column[int(row)].as_py())) for row in np.flatnonzero(bad)
            )
        return frozen(values)

    setl_id, psn_no = texts(batch.column("setl_id"), "setl_id"), texts(batch.column("psn_no"), "psn_no")
    time = read("setl_time", times, _time_reason)
    if "setl_seq" in batch.schema.names:
        seq = read("setl_seq", whole_numbers, lambda value: f"must be a whole number or empty{_not(value)}")
    else:
        seq = frozen(np.zeros(batch.num_rows, dtype=np.int64))
    benefit = read("benefit", lambda column: codes(column, BENEFIT_CODES), _one_of(BENEFIT_CODES))
    assistance_class = read(
        "assistance_class", lambda column: codes(column, CLASS_CODES), _one_of(CLASS_CODES)
    )
    veteran = read("hardship_veteran", lambda column: codes(column, FLAG_CODES, fold=True), _flag_reason)
    in_scope = read("inscp_scp_amt", amounts, _amount_reason)
    paid = read("paid_before_assistance", amounts, _amount_reason)
    exclusion = read(
        "exclusion", lambda column: codes(column, EXCLUSION_CODES, empty=0), _one_of(EXCLUSION_CODES)
    )
    over = paid > in_scope
    if over.any():
        known_bad = {row for row, name, _ in problems if name in {"inscp_scp_amt", "paid_before_assistance"}}
        problems.extend(
            Problem(
                int(row),
                "paid_before_assistance",
                "is more than inscp_scp_amt; nobody pays more than the cost",
            )
            for row in np.flatnonzero(over)
            if int(row) not in known_bad
        )
    return Checked(
        setl_id, psn_no, time, seq, benefit, assistance_class, veteran, in_scope, paid, exclusion, problems
    )


class _WrongTypeError(Exception):
    """No value of this Arrow type can be meant."""


def texts(column: pa.Array, name: str) -> Texts:
    """A text column's buffers; a missing value becomes "" (and is refused where the texts are read)."""
    column = _plain(column)
    if not pa.types.is_string(column.type):
        raise UnusableFileError(
            f"column {name} has the type {column.type}; it must be text, or leading zeros are lost"
        )
    if column.null_count:
        column = pc.fill_null(column, "")
    _, offsets, data = column.buffers()
    starts = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    characters = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
    return Texts(frozen(starts), frozen(characters))


def frozen(values: Ints) -> Ints:
    """A read-only, contiguous view: one kind of array, so that every loop is compiled for one kind only."""
    values = np.ascontiguousarray(values).view()
    values.flags.writeable = False
    return values


def _plain(column: pa.Array) -> pa.Array:
    """Without dictionary, and every kind of string as the one with 32-bit offsets."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    return column


def codes(
    column: pa.Array, known: Mapping[str, int], *, empty: int | None = None, fold: bool = False
) -> tuple[Ints, Bools | None]:
    """A column of few different values as the numbers they stand for; `empty` stands for a missing one."""
    kind = column.type
    if pa.types.is_floating(kind):
        column, broken = _whole_floats(column)
        values, bad = codes(column, known, empty=empty)
        return values, broken if bad is None else bad | broken
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        column = column.cast(pa.int64()) if pa.types.is_integer(kind) else column.cast(pa.int8())
        column = column.cast(pa.string())
    elif not pa.types.is_string(kind):
        raise _WrongTypeError
    encoded = column.dictionary_encode(null_encoding="encode")
    meant = []
    for value in encoded.dictionary.to_pylist():
        word = (value or "").strip()
        word = word.lower() if fold else word
        number = empty if word == "" and empty is not None else known.get(word)
        meant.append(-1 if number is None else number)
    table = np.array(meant or [0], dtype=np.int8)
    values = table[np.asarray(encoded.indices)]
    if -1 not in meant:
        return values, None
    bad = values < 0
    return np.where(bad, 0, values).astype(np.int8), bad


def whole_numbers(column: pa.Array) -> tuple[Ints, Bools | None]:
    """64-bit integers; a missing one is 0 (setl_seq: the order of the file)."""
    kind = column.type
    if pa.types.is_floating(kind):
        column, broken = _whole_floats(column)
        return np.asarray(pc.fill_null(column, 0)), broken
    if pa.types.is_integer(kind):
        if kind == pa.uint64():
            values = np.asarray(pc.fill_null(column, 0))
            bad = values > np.uint64(2**63 - 1)
            return np.where(bad, 0, values).astype(np.int64), bad
        return np.asarray(pc.fill_null(column, 0).cast(pa.int64())), None
    if not pa.types.is_string(kind):
        raise _WrongTypeError
    column = pc.fill_null(pc.utf8_trim_whitespace(column), "")
    good = pc.match_substring_regex(column, r"^-?[0-9]{1,18}$")
    is_empty = pc.equal(column, "")
    values = np.asarray(pc.if_else(good, column, "0").cast(pa.int64()))
    bad = ~_bools(pc.or_(good, is_empty))
    return values, bad if bad.any() else None


def _whole_floats(column: pa.Array) -> tuple[pa.Array, Bools]:
    """Floats that are whole numbers, as integers (a column with gaps becomes float in many tools)."""
    values = np.asarray(pc.fill_null(column.cast(pa.float64()), 0.0))
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(values) < 2**53) | (values != np.rint(values))
    whole = pa.array(np.where(bad, 0, values).astype(np.int64))
    return pc.if_else(column.is_null(), pa.scalar(None, pa.int64()), whole), bad


def amounts(column: pa.Array) -> tuple[Ints, Bools | None]:
    """Yuan with at most two decimals, as fen from 0 up to numeric(16,2)."""
    kind = column.type
    if pa.types.is_string(kind):
        return _amounts_of_text(column)
    if pa.types.is_decimal(kind):
        return _amounts_of_decimals(column)
    missing = _bools(column.is_null())
    if pa.types.is_integer(kind):
        yuan = np.asarray(pc.fill_null(column, 0).cast(pa.float64(), safe=False))
        bad = missing | (yuan < 0) | (yuan >= FEN // 100)
        exact = np.asarray(pc.fill_null(column, 0))
        return np.where(bad, 0, exact).astype(np.int64) * 100, bad if bad.any() else None
    if pa.types.is_floating(kind):
        yuan = np.asarray(pc.fill_null(column.cast(pa.float64()), 0.0))
        with np.errstate(invalid="ignore", over="ignore"):
            fen = np.rint(yuan * 100)
            # A float means two decimals when it is as near to them as reckoning with floats comes.
            near = np.abs(fen / 100 - yuan) <= 4 * np.spacing(yuan)
            bad = missing | ~(yuan >= 0) | ~(fen < 2**53) | ~near
        return np.where(bad, 0, fen).astype(np.int64), bad if bad.any() else None
    raise _WrongTypeError


def _amounts_of_text(column: pa.Array) -> tuple[Ints, Bools | None]:
    column = pc.fill_null(pc.utf8_trim_whitespace(column), "")
    good = pc.match_substring_regex(column, r"^[0-9]{1,14}(\.[0-9]{1,2})?$")
    fen, _ = _amounts_of_decimals(pc.if_else(good, column, "0").cast(pa.decimal128(18, 2)))
    bad = ~_bools(good)
    return fen, bad if bad.any() else None


def _amounts_of_decimals(column: pa.Array) -> tuple[Ints, Bools | None]:
    if not pa.types.is_decimal128(column.type):
        column = column.cast(pa.decimal128(38, column.type.scale))
    bad = _bools(column.is_null()) if column.null_count else np.zeros(len(column), dtype=np.bool_)
    if column.type.scale != 2:
        rescaled = column.cast(pa.decimal128(38, 2), safe=False)
        if column.type.scale > 2:
            wide = pa.decimal128(38, column.type.scale)
            bad |= ~_bools(pc.fill_null(pc.equal(rescaled.cast(wide), column.cast(wide)), False))
        column = rescaled
    words = np.frombuffer(column.buffers()[1], dtype=np.int64)
    words = words[2 * column.offset : 2 * (column.offset + len(column))]
    low, high = words[::2], words[1::2]
    bad |= (high != 0) | (low < 0) | (low >= FEN)
    if bad.any():
        return np.where(bad, 0, low), bad
    return np.ascontiguousarray(low), None


def times(column: pa.Array) -> tuple[Ints, Bools | None]:
    """Moments as microseconds of Shanghai's clock; what carries no zone is Shanghai's already."""
    kind = column.type
    bad = _bools(column.is_null()) if column.null_count else None
    if pa.types.is_date(kind):
        return np.asarray(pc.fill_null(column.cast(pa.date32()).cast(pa.int32()), 0)).astype(
            np.int64
        ) * DAY, bad
    if pa.types.is_timestamp(kind):
        shift = 0 if kind.tz is None else SHANGHAI // timedelta(microseconds=1)
        moments = column.cast(pa.timestamp("us", tz=kind.tz), safe=False).cast(pa.int64())
        return np.asarray(pc.fill_null(moments, 0)) + shift, bad
    if not pa.types.is_string(kind):
        raise _WrongTypeError
    column = pc.fill_null(pc.utf8_trim_whitespace(column), "")
    try:
        return np.asarray(column.cast(pa.timestamp("us")).cast(pa.int64())), None
    except pa.ArrowInvalid:
        pass
    encoded = column.dictionary_encode()
    read = [_moment(text) for text in encoded.dictionary.to_pylist()]
    indices = np.asarray(encoded.indices)
    values = np.array([moment or 0 for moment in read], dtype=np.int64)[indices]
    bad = np.array([moment is None for moment in read])[indices]
    return values, bad if bad.any() else None


_SLASHED = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(text: str) -> int | None:
    """One written moment: ISO 8601, or the slashes that spreadsheets write."""
    try:
        if match := _SLASHED.fullmatch(text):
            moment = datetime(*(int(part or 0) for part in match.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]  # six integers
        else:
            moment = datetime.fromisoformat(text)
        # A moment without zone is Shanghai's wall clock, and so is what this function returns.
        wall = (
            moment.replace(tzinfo=UTC)
            if moment.tzinfo is None or match
            else moment.astimezone(UTC) + SHANGHAI
        )
    except (ValueError, OverflowError):
        return None
    return (wall - _EPOCH) // timedelta(microseconds=1)


def _bools(column: pa.Array) -> Bools:
    return np.asarray(pc.fill_null(column, False).cast(pa.uint8())).astype(np.bool_)


def _not(value: object) -> str:
    if value is None:
        return "; it is empty"
    shown = str(value)
    return f", not {shown[:40]!r}" if shown else "; it is empty"


def _one_of(known: Mapping[str, int]) -> Reason:
    words = ", ".join(word or "empty" for word in known)
    return lambda value: f"must be one of {words}{_not(value)}"


def _flag_reason(value: object) -> str:
    return f"must be true or false{_not(value)}"


def _time_reason(value: object) -> str:
    return f"must be a date or date-time like 2022-03-01 or 2022-03-01 09:30:00{_not(value)}"


def _amount_reason(value: object) -> str:
    return f"must be an amount in yuan from 0 with at most two decimals{_not(value)}"
