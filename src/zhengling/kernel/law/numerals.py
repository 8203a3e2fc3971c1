"""Chinese numerals as statutes count with them: 一 … 九百九十九 (第一百零三条)."""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
VALUES = {character: value for value, character in enumerate(DIGITS)} | {"〇": 0, "两": 2}
WEIGHTS = {"百": 100, "十": 10}
CHARACTERS = "".join(VALUES) + "".join(WEIGHTS)


def to_chinese(number: int) -> str:
    """10 -> 十, 21 -> 二十一, 103 -> 一百零三, 110 -> 一百一十. Raises ValueError outside 1-999."""
    if not 1 <= number <= 999:
        raise ValueError(f"no Chinese numeral for {number}: statutes here count from 1 to 999")
    hundreds, rest = divmod(number, 100)
    tens, units = divmod(rest, 10)
    text = f"{DIGITS[hundreds]}百" if hundreds else ""
    if hundreds and units and not tens:
        text += "零"
    if tens:
        text += ("" if tens == 1 and not hundreds else DIGITS[tens]) + "十"
    return text + (DIGITS[units] if units else "")


def from_chinese(text: str) -> int:
    """The inverse of `to_chinese`; raises ValueError for anything it would not write."""
    total = digit = 0
    for character in text:
        if character in VALUES:
            digit = VALUES[character]
        elif character in WEIGHTS:
            total += (digit or 1) * WEIGHTS[character]
            digit = 0
        else:
            raise ValueError(f"{text!r} is not a Chinese numeral")
    total += digit
    if not 1 <= total <= 999 or to_chinese(total) != text:
        raise ValueError(f"{text!r} is not a Chinese numeral from 1 to 999")
    return total
