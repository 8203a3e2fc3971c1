"""The loops over columns, compiled. The rule inside them is `rules.settle` itself, made callable for numba.

numba keeps compiled code on disk but does not notice when a function called from another file has changed; so
the cache has a folder of its own for every text of the sources that go into it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import register_jitable

from zhengling.services.medical import rules
from zhengling.services.medical.rules import Account, Manner, Terms

EXCLUDED_OUTCOMES = 6  # outcomes 1-5 are the exclusions; the others follow


def _cache_folder() -> Path | None:
    """The folder for the code compiled from these sources, None where none can be made."""
    digest = hashlib.sha256(numba.__version__.encode())
    for source in (Path(__file__), Path(rules.__file__)):
        digest.update(source.read_bytes())
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "zhengling" / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


CACHE = _cache_folder()
if CACHE:
    numba.config.CACHE_DIR = str(CACHE)  # type: ignore[attr-defined]  # numba sets its attributes at run time

A = npt.NDArray[Any]


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    wrapped: Callable[..., Any] = numba.njit(cache=CACHE is not None, nogil=True)(function)
    return wrapped


def _settle_rows(
    order: A,
    fresh: A,
    base: A,
    key: A,
    table: A,
    manners: A,
    account: Account,
    below: A,
    assisted: A,
    above: A,
    cut: A,
    pay: A,
    outcome: A,
) -> Account:
    """Settle rows in the given order; returns the account after the last one.

    `order[p]` is the row settled at position p, `fresh[p]` whether a new person or year begins there. `key`
    is ((period x 3 + benefit) x 4 + class) x 2 + veteran, or minus the exclusion's number. `table` holds the
    terms at key x 2 + after class 3, `manners` the readings of each period. `outcome` becomes
    EXCLUDED_OUTCOMES + key x 8 + above x 4 + cut x 2 + after class 3.
    """
    for position in range(len(order)):
        row = order[position]
        if fresh[position]:
            account = Account(0, 0, 0, 0, 0, 0)
        place = key[row]
        if place < 0:
            below[row] = assisted[row] = above[row] = cut[row] = pay[row] = 0
            outcome[row] = -place
            continue
        assistance_class = (place >> 1) & 3
        after = 1 if rules.included_after_class_3(assistance_class, account) else 0
        line = place * 2 + after
        terms = Terms(table[line, 0], table[line, 1], table[line, 2], table[line, 3])
        period = place // 24
        manner = Manner(manners[period, 0], manners[period, 1], manners[period, 2], manners[period, 3])
        settled, account = rules.settle(base[row], (place >> 3) % 3, assistance_class, terms, manner, account)
        below[row] = settled.below
        assisted[row] = settled.assisted
        above[row] = settled.above
        cut[row] = settled.cut
        pay[row] = settled.pay
        flags = (4 if settled.above > 0 else 0) + (2 if settled.cut > 0 else 0) + after
        outcome[row] = EXCLUDED_OUTCOMES + place * 8 + flags
    return account


def year(microseconds: int) -> int:
    """The civil year of a moment; days are counted in eras of 400 years that begin in March."""
    days = microseconds // 86_400_000_000 + 719_468
    era = days // 146_097
    day = days - era * 146_097
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    day_of_year = day - (365 * year + year // 4 - year // 100)
    return year + era * 400 + (1 if day_of_year >= 306 else 0)


def compare(offsets: A, data: A, row: int, other_offsets: A, other_data: A, other: int) -> int:
    """-1, 0 or 1: text `row` against text `other`, byte by byte."""
    start, length = offsets[row], offsets[row + 1] - offsets[row]
    other_start, other_length = other_offsets[other], other_offsets[other + 1] - other_offsets[other]
    for position in range(min(length, other_length)):
        left, right = data[start + position], other_data[other_start + position]
        if left != right:
            return -1 if left < right else 1
    if length == other_length:
        return 0
    return -1 if length < other_length else 1


def _mark_sorted(
    offsets: A,
    data: A,
    time: A,
    seq: A,
    last_offsets: A,
    last_data: A,
    last_time: int,
    last_seq: int,
    fresh: A,
) -> bool:
    """Set `fresh` where a new person or year begins; False when the rows are not in order of (person, time,
    seq).

    The row before the first one comes in as a text column of one row; an empty one stands for none.
    """
    for row in range(len(time)):
        if row == 0:
            if len(last_offsets) == 1:
                fresh[0] = True
                continue
            side = compare(offsets, data, 0, last_offsets, last_data, 0)
            before, before_seq = last_time, last_seq
        else:
            side = compare(offsets, data, row, offsets, data, row - 1)
            before, before_seq = time[row - 1], seq[row - 1]
        if side < 0:
            return False
        if side == 0 and (time[row] < before or (time[row] == before and seq[row] < before_seq)):
            return False
        fresh[row] = side > 0 or year(time[row]) != year(before)
    return True


def text_hash(data: A, start: int, end: int) -> Any:
    """64 bits of a text, eight bytes at a time, mixed by multiplication and shifts."""
    value = np.uint64(end - start) * np.uint64(0x9E3779B97F4A7C15)
    position = start
    while position < end:
        word = np.uint64(0)
        for step in range(8):
            if position + step < end:
                word |= np.uint64(data[position + step]) << np.uint64(8 * step)
        value = (value ^ word) * np.uint64(0xFF51AFD7ED558CCD)
        value ^= value >> np.uint64(32)
        position += 8
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(29))


def _hash_texts(offsets: A, data: A, hashes: A, blank: A) -> None:
    """Hash every text and mark those that are empty or begin or end with a blank; returns how many are
    marked.
    """
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        hashes[row] = text_hash(data, start, end)
        bad = end == start or data[start] <= 32 or data[end - 1] <= 32
        if not bad and end - start >= 3:
            # the ideographic space, E3 80 80
            first = data[start] == 0xE3 and data[start + 1] == 0x80 and data[start + 2] == 0x80
            bad = first or (data[end - 3] == 0xE3 and data[end - 2] == 0x80 and data[end - 1] == 0x80)
        blank[row] = bad


def _number_persons(
    offsets: A,
    data: A,
    hashes: A,
    slots: A,
    known_hash: A,
    known_offsets: A,
    known_data: A,
    count: int,
    numbers: A,
) -> int:
    """Give every text of a batch its number: the old one, or the next free one. Returns how many there are
    then.

    An open-addressing table: `slots` (a power of two) holds numbers from 1, 0 is free. Equal hashes are
    compared as texts, which are kept in `known_data`.
    """
    mask = np.uint64(len(slots) - 1)
    # First guess all numbers in loops whose steps do not wait for each other: memory answers many at a time.
    for row in range(len(hashes)):
        numbers[row] = slots[hashes[row] & mask] - 1
    for row in range(len(hashes)):
        if numbers[row] >= 0 and known_hash[numbers[row]] != hashes[row]:
            numbers[row] = -1
    for row in range(len(hashes)):
        number = numbers[row]
        if number >= 0 and compare(offsets, data, row, known_offsets, known_data, number) == 0:
            continue
        place = hashes[row] & mask
        while True:
            number = slots[place] - 1
            if number < 0:  # a person not seen before
                start, end = offsets[row], offsets[row + 1]
                begin = known_offsets[count]
                for step in range(end - start):
                    known_data[begin + step] = data[start + step]
                known_offsets[count + 1] = begin + end - start
                known_hash[count] = hashes[row]
                number = count
                count += 1
                slots[place] = count
                break
            if (
                known_hash[number] == hashes[row]
                and compare(offsets, data, row, known_offsets, known_data, number) == 0
            ):
                break
            place = (place + np.uint64(1)) & mask
        numbers[row] = number
    return count


def _rebuild_slots(slots: A, known_hash: A, count: int) -> None:
    mask = np.uint64(len(slots) - 1)
    for number in range(count):
        place = known_hash[number] & mask
        while slots[place] != 0:
            place = (place + np.uint64(1)) & mask
        slots[place] = number + 1


def later(time: A, seq: A, left: int, right: int) -> Any:
    """Whether row `left` belongs after row `right`; of equal ones the earlier in the file goes first."""
    if time[left] != time[right]:
        return time[left] > time[right]
    if seq[left] != seq[right]:
        return seq[left] > seq[right]
    return left > right


def sort_span(order: A, spare: A, start: int, end: int, time: A, seq: A) -> None:
    """Sort one person's rows, with spare room for as many: by insertion when few, else by merging sorted
    runs.
    """
    run = 32
    for low in range(start, end, run):
        for position in range(low + 1, min(low + run, end)):
            row = order[position]
            hole = position
            while hole > low and later(time, seq, order[hole - 1], row):
                order[hole] = order[hole - 1]
                hole -= 1
            order[hole] = row
    while run < end - start:
        for low in range(start, end, 2 * run):
            middle, high = min(low + run, end), min(low + 2 * run, end)
            left, right = low, middle
            for position in range(low, high):
                if left < middle and (right >= high or not later(time, seq, order[left], order[right])):
                    spare[position - start] = order[left]
                    left += 1
                else:
                    spare[position - start] = order[right]
                    right += 1
        for position in range(start, end):
            order[position] = spare[position - start]
        run *= 2


def _order_rows(persons: A, count: int, time: A, seq: A, order: A, fresh: A) -> None:
    """Fill `order` with the rows by person, time, seq and place in the file; `fresh` as in `settle_rows`."""
    starts = np.zeros(count + 1, dtype=np.int64)
    for row in range(len(persons)):
        starts[persons[row] + 1] += 1
    spare = np.empty(starts.max(), dtype=order.dtype)
    for person in range(count):
        starts[person + 1] += starts[person]
    filled = starts[:count].copy()
    for row in range(len(persons)):
        person = persons[row]
        order[filled[person]] = row
        filled[person] += 1
    for person in range(count):
        start, end = starts[person], starts[person + 1]
        if end - start > 1:
            sort_span(order, spare, start, end, time, seq)
        for position in range(start, end):
            fresh[position] = position == start or (
                year(time[order[position]]) != year(time[order[position - 1]])
            )


# Helpers stay Python for Python and are compiled into whatever calls them.
for helper in (
    rules.half_up_share,
    rules.included_after_class_3,
    rules.parts,
    rules.settle,
    year,
    compare,
    text_hash,
    later,
    sort_span,
):
    register_jitable(helper)

settle_rows = compiled(_settle_rows)
mark_sorted = compiled(_mark_sorted)
hash_texts = compiled(_hash_texts)
number_persons = compiled(_number_persons)
rebuild_slots = compiled(_rebuild_slots)
order_rows = compiled(_order_rows)
