"""Numbers for persons in a file without order: the same person, the same number, compared letter by
letter.
"""

from __future__ import annotations

import numpy as np

from zhengling.services.medical.bulk_columns import Ints, Texts
from zhengling.services.medical.bulk_kernel import number_persons, rebuild_slots


class Persons:
    """A growing hash table of texts; `count` persons are known."""

    def __init__(self) -> None:
        self.count = 0
        self._slots = np.zeros(1 << 12, dtype=np.int32)
        self._hashes = np.zeros(1 << 11, dtype=np.uint64)
        self._offsets = np.zeros((1 << 11) + 1, dtype=np.int64)
        self._data = np.zeros(1 << 15, dtype=np.uint8)

    def numbers(self, texts: Texts, hashes: Ints) -> Ints:
        """The number of every text of a batch, from 0."""
        self._make_room(len(hashes), int(texts.offsets[-1] - texts.offsets[0]))
        numbers = np.empty(len(hashes), dtype=np.int32)
        self.count = number_persons(
            *texts, hashes, self._slots, self._hashes, self._offsets, self._data, self.count, numbers
        )
        return numbers

    def _make_room(self, rows: int, characters: int) -> None:
        """Room for a batch of new persons only; the table stays at most half full."""
        wanted = self.count + rows
        if wanted > len(self._hashes):
            self._hashes = _grown(self._hashes, wanted)
            self._offsets = _grown(self._offsets, wanted + 1)
        used = int(self._offsets[self.count])
        if used + characters > len(self._data):
            self._data = _grown(self._data, used + characters)
        if 2 * wanted > len(self._slots):
            self._slots = np.zeros(1 << (2 * wanted - 1).bit_length(), dtype=np.int32)
            rebuild_slots(self._slots, self._hashes, self.count)


def _grown(values: Ints, least: int) -> Ints:
    """The values in an array of at least that length, and half as much again as before."""
    grown = np.zeros(max(least, len(values) * 3 // 2), dtype=values.dtype)
    grown[: len(values)] = values
    return grown
