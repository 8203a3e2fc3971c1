"""What two sides say, made readable: labels of keys, values by the kind of their column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from zhengling.kernel.exchange.declaration import Column, DataSet
from zhengling.kernel.exchange.models import Difference


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing both sides speak of."""

    label: str
    ours: str
    theirs: str

    @property
    def differs(self) -> bool:
        return self.ours != self.theirs


def compared(difference: Difference) -> list[Pair]:
    """Ours and theirs side by side, in the order of the file's columns, then what has none."""
    data_set = difference.declaration
    columns = data_set.compared
    keys = [*difference.ours, *difference.theirs]
    order = [name for name in columns if name in keys]
    order += [key for key in dict.fromkeys(keys) if key not in columns]
    return [
        Pair(
            label_of(data_set, key),
            shown(difference.ours.get(key), columns.get(key)),
            shown(difference.theirs.get(key), columns.get(key)),
        )
        for key in order
    ]


def summary(difference: Difference) -> str:
    """The differing values in one line for lists."""
    parts = []
    for pair in compared(difference):
        if not pair.differs:
            continue
        both = f"{pair.ours} → {pair.theirs}" if pair.ours and pair.theirs else pair.ours or pair.theirs
        parts.append(f"{pair.label} {both}")
    return _("; ").join(parts)


def label_of(data_set: DataSet, key: str) -> str:
    column = data_set.compared.get(key)
    return str(column.label) if column else key


def shown(value: Any, column: Column | None) -> str:
    """A value as the reader writes it; nothing as empty text."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    kind = column.kind if column else "text"
    if kind == "money" and isinstance(value, int):
        sign = "-" if value < 0 else ""
        return f"{sign}￥{abs(value) // 100:,}.{abs(value) % 100:02d}"
    if kind == "choice" and column:
        return next((word for word, code in column.choices.items() if code == value), str(value))
    return _day(str(value)) or str(value)


def _day(text: str) -> str:
    try:
        return date_format(date.fromisoformat(text), "DATE_FORMAT") if len(text) == 10 else ""
    except ValueError:
        return ""


def totals_of(data_set: DataSet, counted: Mapping[str, int], declared: Mapping[str, int]) -> list[Pair]:
    """Control totals: what was declared against what was counted."""
    rows = [Pair(_("rows"), str(declared.get("rows", "")), str(counted.get("rows", "")))]
    columns = {column.name: column for column in data_set.columns}
    for name, value in counted.items():
        if name == "rows":
            continue
        column = columns.get(name)
        rows.append(Pair(label_of(data_set, name), shown(declared.get(name), column), shown(value, column)))
    return rows
