"""Time limits as the provisions state them: a small typed form that reads in both languages.

``10 workdays``, ``60 days``, ``1 months`` — from the event the provision names; ``at least 15 workdays``;
``10-12 months``; ``by 2022-12-31``; ``every quarter``; ``at once`` (及时、第一时间); ``in stages`` (分批);
``standing`` (持续推进); ``none stated``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_UNITS = {
    "workdays": ("个工作日", "working day"),
    "days": ("日", "day"),
    "months": ("个月", "month"),
    "years": ("年", "year"),
}
_PERIODS = {
    "month": ("每月", "every month"),
    "quarter": ("每季度", "every quarter"),
    "semester": ("每学期", "every school term"),
    "year": ("每年", "every year"),
}
_WORDS = {
    "at once": ("及时", "without delay"),
    "in stages": ("分批推进", "in stages"),
    "standing": ("持续推进", "continuing"),
    "none stated": ("未规定期限", "no time stated"),
}


@dataclass(frozen=True)
class Limit:
    """A time limit; `text` is the typed form, periods have `count` and `unit`, dates `until`."""

    text: str
    zh: str
    en: str
    count: int | None = None
    unit: str = ""
    until: date | None = None

    @property
    def stated(self) -> bool:
        return self.text != "none stated"

    def in_language(self, language: str) -> str:
        return self.en if language.startswith("en") else self.zh


def parse_limit(text: str) -> Limit:
    """Raises ValueError with the forms that exist."""
    if text in _WORDS:
        return Limit(text, *_WORDS[text])
    if match := re.fullmatch(r"every (\w+)", text):
        if match[1] in _PERIODS:
            return Limit(text, *_PERIODS[match[1]])
    elif match := re.fullmatch(r"by (\d{4}-\d{2}-\d{2})", text):
        day = date.fromisoformat(match[1])
        return Limit(text, f"{day.year}年{day.month}月{day.day}日前", f"by {day}", until=day)
    elif match := re.fullmatch(r"(at least )?(?:(\d+)-)?(\d+) (workdays|days|months|years)", text):
        least, low, high, unit = match.groups()
        zh_unit, en_unit = _UNITS[unit]
        many = "" if high == "1" else "s"
        zh, en = f"{high}{zh_unit}", f"{high} {en_unit}{many}"
        if low:
            zh, en = f"{low}至{zh}", f"{low} to {en}"
        zh, en = (f"不少于{zh}", f"at least {en}") if least else (f"{zh}内", f"within {en}")
        return Limit(text, zh, en, count=int(high), unit=unit)
    raise ValueError(
        f"{text!r} is no time limit; write '10 workdays', '10-12 months', 'at least 5 workdays', "
        f"'by 2022-12-31', 'every quarter', or one of {', '.join(sorted(_WORDS))}"
    )
