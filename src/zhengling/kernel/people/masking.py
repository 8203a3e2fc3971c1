"""What a screen shows of personal data (脱敏). Pure. Masked on the server; the whole value needs `reveal`.

Each function has two strengths: for officers, who must tell people apart, and `public` for posted lists and
open pages. An empty value stays empty; a value too short to mask in part is masked whole.
"""

from __future__ import annotations

import re
from datetime import date

STAR = "*"


def _middle(text: str, head: int, tail: int, stars: int) -> str:
    if not text:
        return ""
    if len(text) <= head + tail:
        return STAR * len(text)
    return text[:head] + STAR * stars + text[len(text) - tail :]


def mask_name(name: str, *, public: bool = False) -> str:
    """王* · 欧*娜 for officers; 王* · 欧** in public, where never more than the first character is shown."""
    name = name.strip()
    if len(name) <= 1:
        return STAR * len(name)
    stars = min(len(name) - 1, 3)
    if public or len(name) == 2:
        return name[0] + STAR * stars
    return name[0] + STAR * min(len(name) - 2, 3) + name[-1]


def mask_id_number(id_number: str, *, public: bool = False) -> str:
    """First six and last four for officers; first three and last two in public."""
    head, tail = (3, 2) if public else (6, 4)
    return _middle(id_number, head, tail, max(len(id_number) - head - tail, 0))


def mask_phone(phone: str, *, public: bool = False) -> str:
    """138****5678 for officers; 138**** in public."""
    return _middle(phone, 3, 0 if public else 4, 4)


def mask_bank_account(account: str, *, public: bool = False) -> str:
    """The last four digits for officers; nothing but stars in public."""
    return STAR * 4 if public and account else _middle(account, 0, 4, 4)


def mask_address(address: str, *, public: bool = False) -> str:
    """The address down to the village or community (township in public); three stars for what lies below."""
    levels = ("镇", "乡", "街道") if public else ("村", "社区", "居委会", "镇", "乡", "街道")
    for level in levels:
        match = re.match(rf".*?[^{level[0]}]{level}", address)
        if match:
            return match[0] + STAR * 3 if len(match[0]) < len(address) else address
    return STAR * 3 if address else ""


def mask_birth_date(born: date | None) -> str:
    """The year only, on officers' screens as in public."""
    return f"{born.year}-**-**" if born else ""
