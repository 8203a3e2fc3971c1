"""The dated numbers and readings of a regulation, read from a city's ``parameters.yaml``.

One entry of the file::

    inpatient_deductible:
      label: {en: Yearly deductible of inpatient assistance, zh: 住院医疗救助起付线}
      unit: yuan
      by: assistance_class                   # only where the value is a table
      article: {1: "10(1)", 2: "10(2)"}      # one place, or one for each key of the table
      values:
        - from: 2022-01-01
          value: {1: 0, 2: 1200}

An ambiguous clause has ``reading`` (A1 ...), ``choices`` where there are several, and ``why``. ``optional:
true`` lets a value be null: the law leaves it open or grants nothing. How a value is loaded, by unit:

=========================  ========================================================
yuan                       integer fen (at most two decimals)
percent                    integer hundredths of a percent: 90 -> 9000
workdays, days, months     integer, not negative
number                     integer
flag                       true or false
choice                     one of ``choices``
text, date                 text, date
=========================  ========================================================

The keys of a table are text, "1" for class 1, as in JSON. Pure: no framework, no database. Approved changes
come from the caller (`ParameterSet.with_changes`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from zhengling.kernel.law.citations import InvalidCitation, parse_place

UNITS = ("yuan", "percent", "workdays", "days", "months", "number", "flag", "choice", "text", "date")

_PERIODS = {"workdays", "days", "months"}
_KINDS: Mapping[str, tuple[type, str]] = {
    **dict.fromkeys((*_PERIODS, "number"), (int, "a whole number")),
    **dict.fromkeys(("choice", "text"), (str, "text")),
    "flag": (bool, "true or false"),
    "date": (date, "a date like 2022-01-01"),
}
_REQUIRED = {"label", "unit", "article", "values"}
_ENTRY_KEYS = _REQUIRED | {"reading", "choices", "why", "by", "optional"}


class ParameterError(ValueError):
    """A parameter is missing, wrong or not valid on the day asked for; says where and what to do next."""

    def __init__(self, source: str, name: str, problem: str) -> None:
        super().__init__(f"{source}: {name}: {problem}" if name else f"{source}: {problem}")
        self.source, self.name, self.problem = source, name, problem


@dataclass(frozen=True, slots=True)
class Dated:
    """A value and the first day on which it holds. `source` names the approved change, "" for the city's
    file.
    """

    valid_from: date
    value: Any
    source: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """An approved change: `value` is written as in the file (yuan, percent), and holds from `valid_from`
    on.
    """

    name: str
    valid_from: date
    value: object
    source: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One entry of the file; `values` in the order of their dates, at least one."""

    name: str
    label: Mapping[str, str]
    unit: str
    article: str | Mapping[str, str]
    values: tuple[Dated, ...]
    reading: str = ""
    choices: tuple[str, ...] = ()
    why: str = ""
    by: str = ""
    optional: bool = False

    def dated(self, on: date) -> Dated | None:
        """What holds on that day, None before the first date."""
        held = None
        for candidate in self.values:
            if candidate.valid_from > on:
                break
            held = candidate
        return held

    @property
    def articles(self) -> tuple[str, ...]:
        """Every place that this parameter carries out, once each."""
        places = [self.article] if isinstance(self.article, str) else self.article.values()
        return tuple(dict.fromkeys(places))


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value as it holds on a day, with what it rests on."""

    name: str
    value: Any
    unit: str
    article: str | Mapping[str, str]
    reading: str
    valid_from: date
    source: str

    def article_of(self, key: str) -> str:
        """The place that the value of one key of the table rests on."""
        return self.article if isinstance(self.article, str) else self.article[key]


@dataclass(frozen=True)
class ParameterSet:
    """All parameters of one instrument. Immutable; changes make a new set."""

    source: str
    instrument: str
    parameters: Mapping[str, Parameter]

    def parameter(self, name: str) -> Parameter:
        try:
            return self.parameters[name]
        except KeyError:
            problem = f"there is no such parameter; known are {', '.join(sorted(self.parameters))}"
            raise ParameterError(self.source, name, problem) from None

    def resolve(self, name: str, on: date) -> Resolved:
        """The value valid on a day with its article, reading and source. Raises ParameterError."""
        parameter = self.parameter(name)
        held = parameter.dated(on)
        if held is None:
            first = parameter.values[0].valid_from
            problem = f"no value is valid on {on}; the first one holds from {first}: add an earlier value"
            raise ParameterError(self.source, name, problem)
        return Resolved(
            name,
            held.value,
            parameter.unit,
            parameter.article,
            parameter.reading,
            held.valid_from,
            held.source,
        )

    def value(self, name: str, on: date) -> Any:
        """The plain value valid on a day, loaded as its unit says. Raises ParameterError."""
        return self.resolve(name, on).value

    def on(self, day: date) -> ParametersOn:
        return ParametersOn(self, day)

    def turning_days(self, names: Iterable[str]) -> tuple[date, ...]:
        """The days on which one of these parameters takes a new value, in order."""
        return tuple(sorted({dated.valid_from for name in names for dated in self.parameter(name).values}))

    def with_changes(self, changes: Iterable[Change]) -> ParameterSet:
        """A new set; a change on the same day as an older value takes its place. Raises ParameterError."""
        parameters = dict(self.parameters)
        for change in changes:
            self.parameter(change.name)  # refuses an unknown name
            parameter = parameters[change.name]
            value = _load_value(self.source, parameter, change.value)
            values = {dated.valid_from: dated for dated in parameter.values}
            values[change.valid_from] = Dated(change.valid_from, value, change.source)
            ordered = tuple(values[day] for day in sorted(values))
            parameters[change.name] = replace(parameter, values=ordered)
        return replace(self, parameters=MappingProxyType(parameters))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides (names, units, articles, dates, values); labels and reasons do not."""
        content = [self.instrument]
        for name in sorted(self.parameters):
            parameter = self.parameters[name]
            values = [[dated.valid_from.isoformat(), _plain(dated.value)] for dated in parameter.values]
            content.append(
                json.dumps([name, parameter.unit, _plain(parameter.article), parameter.by, values])
            )
        return hashlib.sha256("\n".join(content).encode()).hexdigest()


@dataclass(frozen=True)
class ParametersOn(Mapping[str, Any]):
    """The parameters of one day: ``on["inpatient_annual_limit"]`` is the plain value. Raises
    ParameterError.
    """

    parameters: ParameterSet
    day: date

    def __getitem__(self, name: str) -> Any:
        return self.parameters.value(name, self.day)

    def resolve(self, name: str) -> Resolved:
        return self.parameters.resolve(name, self.day)

    def __contains__(self, name: object) -> bool:
        parameter = self.parameters.parameters.get(str(name))
        return parameter is not None and parameter.dated(self.day) is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.parameters.parameters if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def load_parameters(path: Path) -> ParameterSet:
    """Read and check a whole file. Raises ParameterError for the first thing that is wrong in it."""
    source = str(path)
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(source, "", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ParameterError(source, "", "is not UTF-8 text; save it as UTF-8") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        problem = str(error.problem).split(" with value")[0].split(" (original")[0]
        raise ParameterError(source, "", f"line {line}: {problem}; correct it") from error
    except YAMLError as error:
        raise ParameterError(source, "", f"is not YAML: {error}") from error
    if not isinstance(content, dict) or set(content) != {"instrument", "parameters"}:
        raise ParameterError(source, "", "must hold exactly the keys instrument and parameters")
    entries = content["parameters"]
    if not isinstance(entries, dict) or not entries:
        raise ParameterError(source, "parameters", "must be a mapping of names to entries")
    parameters = {str(name): _load_entry(source, str(name), entry) for name, entry in entries.items()}
    return ParameterSet(source, str(content["instrument"]), MappingProxyType(parameters))


def _load_entry(source: str, name: str, entry: object) -> Parameter:
    if not isinstance(entry, dict):
        raise ParameterError(source, name, f"must be a mapping with {', '.join(sorted(_REQUIRED))}")
    if unknown := sorted(str(key) for key in entry.keys() - _ENTRY_KEYS):
        allowed = ", ".join(sorted(_ENTRY_KEYS))
        raise ParameterError(source, name, f"unknown keys {', '.join(unknown)}; allowed are {allowed}")
    if missing := sorted(_REQUIRED - entry.keys()):
        raise ParameterError(source, name, f"lacks {', '.join(missing)}")
    label, unit = entry["label"], entry["unit"]
    if not isinstance(label, dict) or set(label) != {"en", "zh"}:
        raise ParameterError(source, name, "label must hold exactly en and zh")
    if unit not in UNITS:
        raise ParameterError(source, name, f"unknown unit {unit!r}; units are {', '.join(UNITS)}")
    choices = tuple(str(choice) for choice in entry.get("choices") or ())
    if (unit == "choice") != bool(choices):
        raise ParameterError(source, name, "choices belong to the unit choice, and only there")
    if (choices or entry.get("reading")) and not entry.get("why"):
        raise ParameterError(source, name, "a reading must say why: add why")
    parameter = Parameter(
        name=name,
        label=MappingProxyType({str(language): str(text) for language, text in label.items()}),
        unit=unit,
        article=_load_article(source, name, entry["article"]),
        values=(),
        reading=str(entry.get("reading") or ""),
        choices=choices,
        why=" ".join(str(entry.get("why") or "").split()),
        by=str(entry.get("by") or ""),
        optional=entry.get("optional") is True,
    )
    return replace(parameter, values=_load_values(source, parameter, entry["values"]))


def _load_article(source: str, name: str, written: object) -> str | Mapping[str, str]:
    table = {str(key): str(place) for key, place in written.items()} if isinstance(written, Mapping) else None
    for place in [str(written)] if table is None else table.values():
        try:
            parse_place(place)
        except InvalidCitation as error:
            raise ParameterError(source, name, f"article: {error}") from error
    return str(written) if table is None else MappingProxyType(table)


def _load_values(source: str, parameter: Parameter, entries: object) -> tuple[Dated, ...]:
    if not isinstance(entries, list) or not entries:
        raise ParameterError(source, parameter.name, "values must be a list of {from, value}")
    loaded: list[Dated] = []
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != {"from", "value"}:
            raise ParameterError(
                source, parameter.name, f"a value must hold exactly from and value, not {entry!r}"
            )
        start = entry["from"]
        if not isinstance(start, date) or isinstance(start, datetime):
            raise ParameterError(
                source, parameter.name, f"from must be a date like 2022-01-01, not {start!r}"
            )
        if loaded and start <= loaded[-1].valid_from:
            raise ParameterError(
                source, parameter.name, f"{start} does not follow {loaded[-1].valid_from}: put in order"
            )
        value = _load_value(source, parameter, entry["value"])
        if loaded and _keys(value) != _keys(loaded[-1].value):
            raise ParameterError(
                source, parameter.name, f"the value from {start} has other keys than the one before"
            )
        loaded.append(Dated(start, value))
    return tuple(loaded)


def _load_value(source: str, parameter: Parameter, written: object) -> Any:
    """One written value as its unit says; a table when the parameter has `by`."""
    name = parameter.name
    if not parameter.by:
        if isinstance(written, Mapping):
            raise ParameterError(source, name, "a table of values needs by: what its keys are")
        if isinstance(parameter.article, Mapping):
            raise ParameterError(source, name, "an article for each key needs a table of values")
        return _load_scalar(source, parameter, name, written)
    if not isinstance(written, Mapping) or not written:
        raise ParameterError(source, name, f"must be a table by {parameter.by}, not {written!r}")
    table = {
        str(key): _load_scalar(source, parameter, f"{name}[{key}]", item) for key, item in written.items()
    }
    expected = _keys(parameter.values[-1].value) if parameter.values else None
    if expected is not None and set(table) != expected:
        raise ParameterError(source, name, f"the table must have the keys {', '.join(sorted(expected))}")
    if isinstance(parameter.article, Mapping) and set(parameter.article) != set(table):
        raise ParameterError(source, name, "the articles and the values must have the same keys")
    return MappingProxyType(table)


def _load_scalar(source: str, parameter: Parameter, place: str, written: object) -> Any:
    unit = parameter.unit
    if written is None:
        if parameter.optional:
            return None
        raise ParameterError(
            source, place, "is empty; write a value, or optional: true when the law leaves it open"
        )
    if unit in {"yuan", "percent"}:
        return _hundredths(source, place, unit, written)
    kind, wanted = _KINDS[unit]
    # The exact type: to Python True is an integer too, and a date-time is a date.
    if type(written) is not kind or written == "":
        raise ParameterError(source, place, f"{unit} must be {wanted}, not {written!r}")
    if unit in _PERIODS and written < 0:  # type: ignore[operator]  # an int by now
        raise ParameterError(source, place, f"{unit} must not be negative, not {written!r}")
    if unit == "choice" and written not in parameter.choices:
        raise ParameterError(
            source, place, f"{written!r} is no choice; choices are {', '.join(parameter.choices)}"
        )
    return written


def _hundredths(source: str, place: str, unit: str, written: object) -> int:
    """Yuan as fen, percent as hundredths of a percent; exact or refused."""
    try:
        if isinstance(written, bool) or not isinstance(written, int | float | str | Decimal):
            raise InvalidOperation
        # A float prints the shortest decimal that means it, which is what stands in the file.
        value = Decimal(str(written)) * 100
        if not value.is_finite() or value != value.to_integral_value():
            raise InvalidOperation
    except InvalidOperation:
        problem = f"{unit} must be a number with at most two decimals, not {written!r}"
        raise ParameterError(source, place, problem) from None
    if value < 0:
        raise ParameterError(source, place, f"{unit} must not be negative, not {written!r}")
    return int(value)


def _keys(value: object) -> set[str] | None:
    return set(value) if isinstance(value, Mapping) else None


def _plain(value: object) -> object:
    """The value in JSON's own types."""
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    return value.isoformat() if isinstance(value, date) else value
