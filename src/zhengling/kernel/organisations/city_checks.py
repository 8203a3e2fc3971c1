"""Checks that the organisations of a city make one tree, and puts parents before their children. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from zhengling.kernel.organisations.city_rows import OrganisationRow
from zhengling.kernel.organisations.city_tree import Context, Draft
from zhengling.kernel.organisations.unit_names import COUNTY_KINDS, ZONE_KINDS

# A county's second form is internal: no statistical code holds letters. Kinds stay short: codes have 40.
_CODES = {
    "city": re.compile(r"\d{4}"),
    "county": re.compile(r"\d{6}|\d{4}-[A-Z]{2,4}"),
    "township": re.compile(r"\d{9}"),
    "village": re.compile(r"\d{12}"),
}
_KIND = re.compile(r"[a-z][a-z_]{1,31}")


def overlap(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    """Whether two periods share a day; an empty bound is open."""
    (start, end), (other_start, other_end) = one, other
    return (start is None or other_end is None or start <= other_end) and (
        other_start is None or end is None or other_start <= end
    )


def checked_tree(context: Context, drafts: list[Draft]) -> tuple[OrganisationRow, ...]:
    """The organisations, parents first, without those that hang on no root. Findings go to the context."""
    _check_codes(context, drafts)
    _check_names(context, drafts)
    return _parents_first(context, drafts)


def _check_codes(context: Context, drafts: Iterable[Draft]) -> None:
    seen: dict[str, Draft] = {}
    for draft in drafts:
        row = draft.row
        pattern = _CODES.get(row.level)
        if pattern and not pattern.fullmatch(row.code):
            context.faults.add(draft.line, f"{row.code!r} is no code of a {row.level}")
        elif not row.code.startswith(context.city):
            context.faults.add(draft.line, f"code {row.code} does not begin with the city's {context.city}")
        if row.level == "county" and row.kind not in COUNTY_KINDS | ZONE_KINDS:
            context.faults.add(draft.line, f"kind {row.kind!r} is no kind of county or zone")
        if not pattern and not _KIND.fullmatch(row.kind):
            context.faults.add(draft.line, f"{row.kind!r} is no name of a kind")
        if row.code in seen:
            context.faults.add(draft.line, f"code {row.code} is taken by {_where(seen[row.code])}")
        seen.setdefault(row.code, draft)


def _check_names(context: Context, drafts: Iterable[Draft]) -> None:
    """No two organisations under one parent share a name, short name or alias on the same day."""
    taken: dict[tuple[str | None, str], list[tuple[Draft, date | None, date | None]]] = defaultdict(list)
    for draft in drafts:
        row = draft.row
        if not row.name or not row.short_name:
            context.faults.add(draft.line, f"{row.code} has no name or no short name")
        periods = {alias.name: (alias.valid_from, alias.valid_to) for alias in row.aliases}
        periods |= dict.fromkeys((row.name, row.short_name), (row.valid_from, row.valid_to))
        for name, days in periods.items():
            for other, *other_days in taken[row.parent_code, name]:
                if overlap(days, (other_days[0], other_days[1])):
                    context.faults.add(draft.line, f"the name {name} is taken by {_where(other)}")
            taken[row.parent_code, name].append((draft, *days))


def _parents_first(context: Context, drafts: list[Draft]) -> tuple[OrganisationRow, ...]:
    children: dict[str | None, list[Draft]] = defaultdict(list)
    codes = {draft.row.code for draft in drafts}
    for draft in drafts:
        children[draft.row.parent_code].append(draft)
        if draft.row.parent_code is not None and draft.row.parent_code not in codes:
            context.faults.add(
                draft.line, f"parent {draft.row.parent_code} of {draft.row.code} does not exist"
            )
    placed: list[OrganisationRow] = []
    ranks = [draft.row for draft in children[None]]
    while ranks:
        placed += ranks
        ranks = [draft.row for row in ranks for draft in children.pop(row.code, [])]
    reached = {row.code for row in placed}
    for draft in drafts:
        if draft.row.code not in reached and draft.row.parent_code in codes:
            context.faults.add(draft.line, f"{draft.row.code} lies below no root")
    return tuple(placed)


def _where(draft: Draft) -> str:
    return f"{draft.row.code} ({draft.line.file}:{draft.line.number})"
