"""Numbers that identify persons, checked by their own check characters. Pure: no framework, no clock.

A well-formed number is no proof of the person; it only shows that nobody mistyped it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Literal

# GB 11643: weights 2 ** (18 - i) mod 11 for position i, and the check character for each remainder.
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"

# GB 32100: 31 characters (no I O S V Z), weights 3 ** (i - 1) mod 31.
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = tuple(pow(3, power, 31) for power in range(17))


def normalise(text: str) -> str:
    """One spelling for one number: full-width forms narrowed, spaces and hyphens gone, capitals."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


def check_id_number(text: str) -> bool:
    """Whether `text` (normalised) is an identity number: form, date of birth, check character (GB 11643).

    Residence permits of Hong Kong, Macao, Taiwan and foreign residents share the form: no prefix is demanded.
    """
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text) or _date_in(text) is None:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, ID_WEIGHTS, strict=False))
    return text[17] == ID_CHECKS[total % 11]


def birth_date_of(id_number: str) -> date:
    """The date of birth in a checked identity number. Raises ValueError for any other text."""
    _require(id_number)
    born = _date_in(id_number)
    assert born is not None
    return born


def sex_of(id_number: str) -> Literal["male", "female"]:
    """The sex in a checked identity number: odd 17th digit male. Raises ValueError for any other text."""
    _require(id_number)
    return "male" if int(id_number[16]) % 2 else "female"


def check_credit_code(text: str) -> bool:
    """Whether `text` (normalised) is a unified social credit code: form and check character (GB 32100)."""
    if len(text) != 18 or any(character not in CREDIT_ALPHABET for character in text):
        return False
    total = sum(
        CREDIT_ALPHABET.index(character) * weight
        for character, weight in zip(text, CREDIT_WEIGHTS, strict=False)
    )
    return text[17] == CREDIT_ALPHABET[-total % 31]


def _date_in(id_number: str) -> date | None:
    try:
        return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError:
        return None


def _require(id_number: str) -> None:
    if not check_id_number(id_number):
        raise ValueError("not an identity number")
