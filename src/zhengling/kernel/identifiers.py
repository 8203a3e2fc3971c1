"""Keys made before the insert, so that they can enter encryption and digests; and opaque numbers for people to read."""

from __future__ import annotations

import os
import secrets
import time
import uuid

# No 0/O, 1/I/L: a number is read over the telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def uuid7() -> uuid.UUID:
    """RFC 9562 version 7: 48 bits of milliseconds, then randomness; sorts by time, so indexes stay compact."""
    millis = time.time_ns() // 1_000_000
    value = (millis & 0xFFFFFFFFFFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def opaque(length: int) -> str:
    """Random characters without look-alikes, `length` of them (31 ** length values)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def whole_number(text: str) -> int | None:
    """The number a form or address sent, or None for anything else ("²" is a digit and no number; int64 holds 18 places)."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
