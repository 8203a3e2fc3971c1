"""Reading `city.yaml` and the regulations: strict, with errors that name file, provision and field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from zhengling.kernel.law.citations import InvalidCitation, parse_place
from zhengling.kernel.law.instruments import (
    City,
    Division,
    Duty,
    Expiry,
    Form,
    Gazette,
    Instrument,
    Mark,
    Provision,
    Reason,
    Reference,
    Section,
    Source,
    Text,
)
from zhengling.kernel.law.limits import parse_limit
from zhengling.kernel.law.references import KINDS

T = TypeVar("T")


class InvalidRegulation(ValueError):
    """A file of the law that does not say what it must; the message names file, place and field."""


class Fields:
    """A YAML mapping being read: every field is taken once, and what is left over is an error."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, Mapping):
            raise InvalidRegulation(f"{where}: expected named fields, found {value!r}")
        self.rest = dict(value)
        self.where = where

    def take(self, name: str, kind: type[T]) -> T:
        if name not in self.rest:
            raise InvalidRegulation(f"{self.where}: {name!r} is missing")
        value = self.rest.pop(name)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise InvalidRegulation(f"{self.where}: {name!r} must be {kind.__name__}, found {value!r}")
        return value

    def optional(self, name: str, kind: type[T], default: T) -> T:
        return self.take(name, kind) if name in self.rest else default

    def text(self, name: str) -> Text:
        return read_text(self.take(name, dict), f"{self.where}: {name}")

    def optional_text(self, name: str) -> Text | None:
        return self.text(name) if name in self.rest else None

    def each(self, name: str, read: Callable[[Any], T]) -> tuple[T, ...]:
        return tuple(read(item) for item in self.optional(name, list, []))

    def end(self) -> None:
        if self.rest:
            raise InvalidRegulation(f"{self.where}: unknown field {', '.join(map(repr, self.rest))}")


def read_yaml(path: Path) -> Any:
    """The file's content; duplicate keys and broken syntax raise InvalidRegulation."""
    try:
        return YAML(typ="safe", pure=True).load(path)
    except FileNotFoundError:
        raise InvalidRegulation(f"{path}: no such file") from None
    except YAMLError as error:
        raise InvalidRegulation(f"{path}: {error}") from error


def read_text(value: Any, where: str) -> Text:
    fields = Fields(value, where)
    text = Text(fields.take("zh", str).strip(), fields.take("en", str).strip())
    fields.end()
    if not text.zh or not text.en:
        raise InvalidRegulation(f"{where}: both languages are needed")
    return text


def read_city(folder: Path) -> City:
    """Read `city.yaml`, `owners.yaml` and every regulation of the contents page. Raises InvalidRegulation."""
    path = folder / "city.yaml"
    fields = Fields(read_yaml(path), str(path))
    code, name = fields.take("code", str), fields.text("name")
    series = fields.take("series", dict)
    instruments: dict[str, Instrument] = {}

    def read_document(value: Any) -> str:
        document = Fields(value, f"{path}: documents")
        first, last = document.take("pages", list)
        instrument = read_regulation(folder / document.take("file", str), (first, last))
        document.end()
        if instrument.key in instruments:
            raise InvalidRegulation(f"{path}: {instrument.key} stands twice in the contents")
        instruments[instrument.key] = instrument
        return instrument.key

    def read_section(value: Any) -> Section:
        section = Fields(value, f"{path}: sections")
        result = Section(section.text("heading"), section.each("documents", read_document))
        section.end()
        return result

    printed = Fields(fields.take("gazette", dict), f"{path}: gazette")
    gazette = Gazette(
        title=printed.text("title"),
        year=printed.take("year", int),
        issue=printed.take("issue", str),
        cumulative=printed.take("cumulative", str),
        permit=printed.take("permit", str),
        effect=printed.text("effect"),
        sections=printed.each("sections", read_section),
    )
    printed.end()
    fields.end()
    owners = read_yaml(folder / "owners.yaml")
    return City(code, name, gazette, instruments, series, owners)


def read_regulation(path: Path, gazette_pages: tuple[int, int] = (0, 0)) -> Instrument:
    """One `regulation.yaml`. Raises InvalidRegulation."""
    fields = Fields(read_yaml(path), str(path))
    form = _choice(Form, fields.take("form", str), f"{path}: form")
    key = fields.take("key", str)
    title = fields.text("title")
    reasons = {
        name: _reason(value, f"{path}: reasons: {name}")
        for name, value in fields.optional("reasons", dict, {}).items()
    }
    used: set[str] = set()
    divisions: list[Division] = []
    provisions: list[Provision] = []
    for value in fields.take("text", list):
        part = Fields(value, f"{path}: text")
        number = part.optional("chapter", int, 0)
        if number:
            divisions.append(Division(number, part.text("heading")))
        for entry in part.take("provisions", list):
            provisions.append(_provision(entry, key, number, reasons, used=used, path=path))
        part.end()
    instrument = Instrument(
        key=key,
        yzcr=fields.optional("yzcr", str, ""),
        document=fields.take("document", str),
        form=form,
        service=fields.take("service", str),
        title=title,
        short_title=fields.optional_text("short_title") or title,
        issuer=fields.text("issuer"),
        issued=fields.take("issued", date),
        valid_from=fields.take("valid_from", date),
        valid_from_basis=fields.text("valid_from_basis"),
        expiry=_expiry(fields.take("expiry", dict), f"{path}: expiry"),
        gazette_pages=gazette_pages,
        parents=fields.each("parents", lambda value: _source(value, f"{path}: parents")),
        repeals=fields.optional_text("repeals"),
        note=fields.optional_text("note"),
        divisions=tuple(divisions),
        provisions=tuple(provisions),
        path=path,
        unused_reasons=tuple(name for name in reasons if name not in used),
    )
    fields.end()
    if len(instrument.by_key) != len(provisions):
        twice = sorted({p.key for p in provisions if [q.key for q in provisions].count(p.key) > 1})
        raise InvalidRegulation(f"{path}: provision {', '.join(twice)} stands twice")
    return instrument


def _provision(
    value: Any, instrument: str, division: int, reasons: Mapping[str, Reason], *, used: set[str], path: Path
) -> Provision:
    fields = Fields(value, f"{path}: provision")
    at = fields.take("at", str)
    fields.where = f"{path}: {at}"
    try:
        place = parse_place(at)
    except InvalidCitation as error:
        raise InvalidRegulation(f"{path}: {error}") from error
    if place.key != at:
        raise InvalidRegulation(f"{path}: write {place.key!r} for {at!r}")
    mark = fields.optional("mark", str, "")
    reason = fields.optional("reason", str, "")
    if reason and reason not in reasons:
        raise InvalidRegulation(f"{fields.where}: no reason {reason!r} among the file's reasons")
    used.add(reason)
    provision = Provision(
        instrument=instrument,
        place=place,
        division=division,
        heading=fields.text("heading"),
        summary=fields.optional_text("summary"),
        mark=_choice(Mark, mark, fields.where) if mark else None,
        by=_references(fields.optional("by", dict, {}), fields.where),
        reason=reasons.get(reason),
        duties=fields.each("duties", lambda item: _duty(item, fields.where)),
        note=fields.optional_text("note"),
    )
    fields.end()
    return provision


def _references(value: Mapping[str, Any], where: str) -> tuple[Reference, ...]:
    found: list[Reference] = []
    for kind, names in value.items():
        if (
            kind not in KINDS
            or not isinstance(names, list)
            or not all(isinstance(name, str) for name in names)
        ):
            raise InvalidRegulation(f"{where}: by: {kind!r} must be a known kind with a list of names")
        found += (Reference(kind, name) for name in names)
    return tuple(found)


def _duty(value: Any, where: str) -> Duty:
    fields = Fields(value, f"{where}: duties")
    owner = fields.rest.pop("owner", "")
    owners = tuple(owner) if isinstance(owner, list) else (owner,) if owner else ()
    limit = fields.optional("limit", str, "")
    fields.end()
    try:
        return Duty(owners, parse_limit(limit) if limit else None)
    except ValueError as error:
        raise InvalidRegulation(f"{where}: {error}") from error


def _reason(value: Any, where: str) -> Reason:
    fields = Fields(value, where)
    issue = fields.optional("issue", int, 0)
    return Reason(read_text(fields.rest, where), issue or None)


def _expiry(value: Any, where: str) -> Expiry:
    fields = Fields(value, where)
    on = fields.take("on", date) if fields.rest.get("on") else fields.rest.pop("on", None)
    expiry = Expiry(on, fields.take("presumed", bool), fields.text("basis"))
    fields.end()
    return expiry


def _source(value: Any, where: str) -> Source:
    fields = Fields(value, where)
    source = Source(fields.take("title", str), fields.optional("document", str, ""))
    fields.end()
    return source


E_ = TypeVar("E_", Form, Mark)


def _choice(options: type[E_], value: str, where: str) -> E_:
    try:
        return options(value)
    except ValueError:
        allowed: Sequence[str] = [option.value for option in options]
        raise InvalidRegulation(f"{where}: {value!r} is none of {', '.join(allowed)}") from None
