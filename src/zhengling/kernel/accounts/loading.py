"""Accounts from an Excel list (批量开户): every row checked first, bad ones named, good ones opened one by
one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from openpyxl import load_workbook

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.errors import AccountError
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.operations import (
    check_username,
    create_account,
    grant_role,
    normalise_username,
)
from zhengling.kernel.accounts.queries import grantable_units
from zhengling.kernel.accounts.roles import ROLES, excluded, granting_role
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.spreadsheets import spreadsheet

MAX_ROWS = 5000
MAX_BYTES = 2 * 1024 * 1024

COLUMNS = {
    "username": gettext_lazy("username"),
    "full_name": gettext_lazy("name"),
    "unit": gettext_lazy("unit (code or full name)"),
    "phone": gettext_lazy("office telephone"),
    "roles": gettext_lazy("roles"),
    "valid_from": gettext_lazy("roles from"),
    "valid_to": gettext_lazy("roles until"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell; `row` is Excel's own number, `column` the heading."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row without problems. Dates are ISO text or empty, so that rows travel signed through a form."""

    number: int
    username: str
    full_name: str
    unit: str
    phone: str
    roles: tuple[str, ...]
    valid_from: str
    valid_to: str

    def plain(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Report:
    rows: list[Row]
    problems: list[Problem]

    @property
    def bad_rows(self) -> int:
        return len({problem.row for problem in self.problems})


@dataclass(frozen=True, slots=True)
class Opened:
    """One account opened, with the password to hand out."""

    user: User
    password: str


def template() -> bytes:
    """The empty list to fill in, with one example row."""
    example = ["zhang.san", "张三", "431102", "0746-1234567", ROLES["clerk"].label, "2022-01-01", ""]
    return spreadsheet(list(COLUMNS.values()), [example], widths=(18, 12, 26, 18, 26, 14, 14))


def precheck(xlsx: BinaryIO, actor: Actor) -> Report:
    """Read the list and say what each row's fate would be; nothing is written. A file that is no such list
    gives one problem in row 0."""
    try:
        cells = _cells(xlsx)
    except AccountError as error:
        return Report([], [Problem(0, "", str(error))])
    return _Check(actor, cells).run()


def load_accounts(rows: Iterable[Row], actor: Actor) -> tuple[list[Opened], list[Problem]]:
    """Open the accounts of checked rows. Each row is its own transaction: one that fails (taken meanwhile) is
    reported and leaves the others right."""
    opened, problems = [], []
    units = Organisation.objects.in_bulk(list({row.unit for row in rows}), field_name="code")
    for row in rows:
        try:
            with transaction.atomic():
                user, password = create_account(
                    actor, row.username, row.full_name, units[row.unit], phone=row.phone
                )
                for role in row.roles:
                    grant_role(
                        actor,
                        user,
                        role,
                        units[row.unit],
                        valid_from=_iso(row.valid_from),
                        valid_to=_iso(row.valid_to),
                    )
        except AccountError as error:
            problems.append(Problem(row.number, "", str(error)))
        else:
            opened.append(Opened(user, password))
    return opened, problems


def _cells(xlsx: BinaryIO) -> list[tuple[int, dict[str, Any]]]:
    """(row number, column name -> value) for every row that is not empty. Raises `AccountError`."""
    content = xlsx.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise AccountError(_("the file is larger than 2 MB"))
    try:
        sheet = load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets[0]
        lines = sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 2, max_col=40)
        heading = next(lines, ())
        columns = _columns(heading)
        found = [
            (number, {name: line[at] if at < len(line) else None for name, at in columns.items()})
            for number, line in enumerate(lines, start=2)
            if any(value not in (None, "") for value in line)
        ]
    except AccountError:
        raise
    except Exception as error:  # whatever the parser stumbles over, the reader needs one plain sentence
        raise AccountError(
            _("this is not an Excel file (.xlsx) that can be read; save it again as .xlsx")
        ) from error
    if len(found) > MAX_ROWS:
        raise AccountError(_("the list has more than %(n)s rows; divide it") % {"n": MAX_ROWS})
    return found


def _columns(heading: Sequence[Any]) -> dict[str, int]:
    """Column name -> position, by the headings in any of our languages. Raises `AccountError` for a missing
    one."""
    names: dict[str, str] = {}
    for language in ("zh-hans", "en"):
        with override(language):
            names.update({str(label): name for name, label in COLUMNS.items()})
    columns = {
        names[str(text).strip()]: position
        for position, text in enumerate(heading)
        if text is not None and str(text).strip() in names
    }
    missing = [str(COLUMNS[name]) for name in ("username", "full_name", "unit") if name not in columns]
    if missing:
        raise AccountError(
            _("the first row must hold the headings; missing: %(names)s") % {"names": "、".join(missing)}
        )
    return columns


class _Check:
    """The checks of one list; holds what the rows are compared with."""

    def __init__(self, actor: Actor, cells: list[tuple[int, dict[str, Any]]]) -> None:
        self.actor = actor
        self.cells = cells
        self.units = {
            role: {unit.pk for unit in grantable_units(actor, role)}
            for role in ("account_admin", "security_admin")
        }
        wanted = {_text(row.get("unit")) for _number, row in cells}
        found = [*Organisation.objects.filter(code__in=wanted), *Organisation.objects.filter(name__in=wanted)]
        self.by_code = {unit.code: unit for unit in found}
        self.by_name: dict[str, list[Organisation]] = {}
        for unit in self.by_code.values():
            self.by_name.setdefault(unit.name, []).append(unit)
        names = {normalise_username(_text(row.get("username"))) for _number, row in cells}
        self.taken = set(User.objects.filter(username__in=names).values_list("username", flat=True))
        self.roles: dict[str, str] = {}
        for language in ("zh-hans", "en"):
            with override(language):
                self.roles.update({str(role.label): name for name, role in ROLES.items()})
        self.roles.update({name: name for name in ROLES})
        self.problems: list[Problem] = []

    def run(self) -> Report:
        rows = [row for number, cell in self.cells if (row := self._row(number, cell))]
        if not self.cells:
            self.problems.append(Problem(0, "", _("the list is empty")))
        return Report(rows, self.problems)

    def _bad(self, number: int, column: str, reason: str) -> None:
        self.problems.append(Problem(number, str(COLUMNS[column]), reason))

    def _row(self, number: int, cell: dict[str, Any]) -> Row | None:
        before = len(self.problems)
        username = self._username(number, _text(cell.get("username")))
        full_name = _text(cell.get("full_name"))
        if not full_name:
            self._bad(number, "full_name", _("the name is missing"))
        elif len(full_name) > 60:
            self._bad(number, "full_name", _("longer than 60 characters"))
        phone = _text(cell.get("phone"))
        if phone and not re.fullmatch(r"[+0-9() -]{5,20}", phone):
            self._bad(number, "phone", _("this is no telephone number"))
        unit = self._unit(number, _text(cell.get("unit")))
        roles = self._roles(number, _text(cell.get("roles")), unit)
        start, end = (self._date(number, name, cell.get(name)) for name in ("valid_from", "valid_to"))
        if end and end < (start or clock.today().isoformat()):
            self._bad(number, "valid_to", _("the period ends before it begins"))
        if len(self.problems) > before or unit is None:
            return None
        return Row(number, username, full_name, unit.code, phone, roles, start, end)

    def _username(self, number: int, text: str) -> str:
        try:
            name = check_username(text)
        except AccountError as error:
            self._bad(number, "username", str(error))
            return text
        if name in self.taken:
            self._bad(number, "username", _("the username %(name)s is taken") % {"name": name})
        self.taken.add(name)
        return name

    def _unit(self, number: int, text: str) -> Organisation | None:
        named = self.by_name.get(text, [])
        unit = self.by_code.get(text) or (named[0] if len(named) == 1 else None)
        if unit is None:
            several = _("several units have this name; write the code")
            self._bad(number, "unit", several if named else _("there is no unit with this code or name"))
        elif unit.pk not in self.units["account_admin"]:
            self._bad(number, "unit", _("the unit lies outside the one whose accounts you manage"))
            return None
        return unit

    def _roles(self, number: int, text: str, unit: Organisation | None) -> tuple[str, ...]:
        names: list[str] = []
        for word in filter(None, (part.strip() for part in re.split(r"[、,，;；/]", text))):
            name = self.roles.get(word)
            if name is None:
                self._bad(number, "roles", _("there is no role “%(role)s”") % {"role": word})
            elif unit is not None and unit.pk not in self.units[granting_role(name)]:
                who = ROLES[granting_role(name)].label
                self._bad(
                    number,
                    "roles",
                    _("“%(role)s” is granted by: %(who)s") % {"role": ROLES[name].label, "who": who},
                )
            elif excluded(name, names):
                self._bad(number, "roles", _("“%(role)s” stands alone") % {"role": ROLES[name].label})
            elif name not in names:
                names.append(name)
        return tuple(names)

    def _date(self, number: int, column: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, datetime):
            return value.date().isoformat()
        if isinstance(value, date):
            return value.isoformat()
        match = re.fullmatch(r"(\d{4})\D(\d{1,2})\D(\d{1,2})日?", str(value).strip())
        try:
            if match:
                return date(*(int(part) for part in match.groups())).isoformat()
        except ValueError:
            pass
        self._bad(number, column, _("this is no date; write it as 2022-01-31"))
        return ""


def _text(value: Any) -> str:
    """A cell as text; Excel turns codes into numbers, they come back without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _iso(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
