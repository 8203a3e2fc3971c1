"""Identity numbers of nobody, with right check digits."""

from __future__ import annotations

from zhengling.kernel.people.identity import ID_CHECKS, ID_WEIGHTS


def number(serial: int) -> str:
    head = f"4311991970010{1 + serial // 1000}{serial % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(head, ID_WEIGHTS, strict=True))
    return head + ID_CHECKS[total % 11]
