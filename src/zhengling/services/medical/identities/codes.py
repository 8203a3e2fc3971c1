"""The platform's codes of marks (身份类别代码): regional, dated, from the city's file ``medical/identity_codes.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from zhengling.kernel.law.instruments import Text
from zhengling.kernel.law.reading import Fields, InvalidRegulation, read_yaml
from zhengling.services.medical.identities.kinds import CODES


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Our code -> the platform's, from a day on; `confirmed`: the province published it."""

    valid_from: date
    source: Text
    confirmed: bool
    codes: dict[str, str]

    def of(self, code: str) -> str:
        return self.codes[code] if code in self.codes else self.codes[code.partition(".")[0]]

    def ours(self, code: str) -> str | None:
        """Our code for one of the platform's, None for a strange one."""
        return next((ours for ours, theirs in self.codes.items() if theirs == code), None)


def read_tables(path: Path) -> tuple[CodeTable, ...]:
    """Raises `InvalidRegulation` for a table that lacks a code or gives one twice."""
    fields = Fields(read_yaml(path), str(path))

    def table(value: object) -> CodeTable:
        row = Fields(value, f"{path}: versions")
        found = CodeTable(
            row.take("from", date), row.text("source"), row.take("confirmed", bool), row.take("codes", dict)
        )
        row.end()
        missing = set(CODES) - set(found.codes)
        if missing or len(set(found.codes.values())) != len(found.codes):
            what = f"{', '.join(sorted(missing))} missing" if missing else "a code stands twice"
            raise InvalidRegulation(f"{path}: table of {found.valid_from}: {what}")
        return found

    tables = fields.each("versions", table)
    fields.end()
    return tuple(sorted(tables, key=lambda item: item.valid_from))


@lru_cache(maxsize=1)
def _tables_in(folder: Path) -> tuple[CodeTable, ...]:
    return read_tables(folder / "medical" / "identity_codes.yaml")


def table_on(day: date) -> CodeTable:
    """The table that holds on a day; before the first one, the first."""
    tables = _tables_in(settings.CITY)
    return next((item for item in reversed(tables) if item.valid_from <= day), tables[0])
