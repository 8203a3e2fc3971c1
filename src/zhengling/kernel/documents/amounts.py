"""Amounts as letters print them: digits with separators, and capital characters (大写) that cannot be altered."""

from __future__ import annotations

DIGITS = "零壹贰叁肆伍陆柒捌玖"
GROUPS = ("", "万", "亿", "万亿")
PLACES = ("", "拾", "佰", "仟")


def yuan(fen: int) -> str:
    """1,234.50 for 123450 fen."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def in_capitals(fen: int) -> str:
    """人民币肆万柒仟元整 for 4700000 fen. Raises ValueError below zero and from 10^16 yuan on."""
    if fen < 0 or fen >= 10**18:
        raise ValueError(f"{fen} fen has no form in capital characters")
    whole, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    words = "人民币" + (_integer(whole) + "元" if whole else "")
    if not rest:
        return (words if whole else words + "零元") + "整"
    if jiao:
        words += DIGITS[jiao] + "角"
    elif whole:
        words += "零"
    return words + (DIGITS[cents] + "分" if cents else "整")


def _integer(number: int) -> str:
    """Groups of four digits; one 零 stands for every run of zeros inside the number."""
    words, gap = "", False
    for index in range((len(str(number)) - 1) // 4, -1, -1):
        group = number // 10 ** (4 * index) % 10_000
        if group == 0:
            gap = bool(words)
            continue
        if words and (gap or group < 1_000):
            words += "零"
        words += _group(group) + GROUPS[index]
        gap = False
    return words


def _group(group: int) -> str:
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return words
