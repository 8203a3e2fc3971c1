"""Reporting periods: a month, a quarter, a year. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Kind = Literal["month", "quarter", "year"]
MONTHS: dict[Kind, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """`index` counts from 1 inside the year. `str()` is the stored form: ``2022-03``, ``2022Q1``, ``2022``."""

    year: int
    index: int
    kind: Kind

    @classmethod
    def parse(cls, text: str) -> Period:
        """Raises ValueError for what is no period."""
        if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
            period = cls(int(match[1]), int(match[2]), "month")
        elif match := re.fullmatch(r"(\d{4})Q(\d)", text):
            period = cls(int(match[1]), int(match[2]), "quarter")
        elif match := re.fullmatch(r"(\d{4})", text):
            period = cls(int(match[1]), 1, "year")
        else:
            raise ValueError(f"{text!r} is no period; write 2022-03, 2022Q1 or 2022")
        if period.year < 1 or not 1 <= period.index <= 12 // MONTHS[period.kind]:
            raise ValueError(f"{text!r} is no period of a year")
        return period

    @classmethod
    def holding(cls, day: date, kind: Kind) -> Period:
        """The period of that kind in which the day lies."""
        return cls(day.year, (day.month - 1) // MONTHS[kind] + 1, kind)

    @property
    def first(self) -> date:
        return date(self.year, (self.index - 1) * MONTHS[self.kind] + 1, 1)

    @property
    def last(self) -> date:
        end = self.index * MONTHS[self.kind]
        return date(self.year + end // 12, end % 12 + 1, 1) - timedelta(days=1)

    @property
    def before(self) -> Period:
        return Period.holding(self.first - timedelta(days=1), self.kind)

    def __str__(self) -> str:
        match self.kind:
            case "month":
                return f"{self.year:04d}-{self.index:02d}"
            case "quarter":
                return f"{self.year:04d}Q{self.index}"
            case "year":
                return f"{self.year:04d}"

    def zh(self) -> str:
        """2022年3月, 2022年第一季度, 2022年度."""
        match self.kind:
            case "month":
                return f"{self.year}年{self.index}月"
            case "quarter":
                return f"{self.year}年第{'一二三四'[self.index - 1]}季度"
            case "year":
                return f"{self.year}年度"

    def en(self) -> str:
        """March 2022, first quarter of 2022, 2022."""
        match self.kind:
            case "month":
                return f"{self.first:%B} {self.year}"
            case "quarter":
                return f"{('first', 'second', 'third', 'fourth')[self.index - 1]} quarter of {self.year}"
            case "year":
                return str(self.year)

    def in_language(self, language: str) -> str:
        return self.en() if language.startswith("en") else self.zh()
