"""An archived file as a package that proves itself: BagIt (RFC 8493), zipped, with the chain of events inside.

``data/`` holds ``case.json``, ``events.json`` (every event with its digests and, unless deleted by law, its
payload), ``letters.json``, ``index.json``, ``index.pdf`` (卷内目录), ``course.pdf`` (办理过程), the papers and letters
as files, and what the service adds (decision receipts). Making and checking need no database.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bagit

from zhengling.kernel.canonical import canonical_json, chain, digest

LARGEST = 2 * 1024**3  # bytes a package may unpack to


def write_package(target: Path, name: str, content: Mapping[str, bytes], info: Mapping[str, str]) -> None:
    """Write a zipped bag with one folder `name`; `content` is path -> bytes below ``data/``."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        for path, data in content.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        bagit.make_bag(str(folder), dict(info), checksums=["sha256"])
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    archive.write(file, f"{name}/{file.relative_to(folder)}")


def verify_package(path: Path) -> list[str]:
    """What is wrong with a package; empty when its files, its index and its chain of events all agree."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            folder = _unpack(path, Path(scratch))
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            return [f"{path.name}: cannot be opened: {error}"]
        try:
            bagit.Bag(str(folder)).validate()
        except bagit.BagValidationError as error:
            return [f"{path.name}: {detail}" for detail in (error.details or [error])]
        except bagit.BagError as error:
            return [f"{path.name}: not a bag: {error}"]
        try:
            return list(_disagreements(folder / "data"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            return [f"{path.name}: the description of the file cannot be read: {error}"]


def file_digest(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(path: Path, scratch: Path) -> Path:
    """The bag's folder. Raises ValueError for entries that lead elsewhere or are larger than a package may be."""
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
            raise ValueError("larger than a package may be")
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            place = (scratch / entry.filename).resolve()
            if not place.is_relative_to(scratch.resolve()):
                raise ValueError(f"{entry.filename} leads out of the package")
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, place.open("wb") as target:
                shutil.copyfileobj(source, target)
    folders = list(scratch.iterdir())
    if len(folders) != 1 or not folders[0].is_dir():
        raise ValueError("not one folder")
    return folders[0]


def _disagreements(data: Path) -> Iterator[str]:
    case = json.loads((data / "case.json").read_text())
    yield from _broken_chain(json.loads((data / "events.json").read_text()), case["head"], "event")
    for letter in json.loads((data / "letters.json").read_text()):
        yield from _broken_chain(letter["steps"], letter["head"], f"{letter['title']} step")
    for entry in json.loads((data / "index.json").read_text())["entries"]:
        place = data / entry["file"]
        if not place.is_file():
            yield f"index entry {entry['number']}: {entry['file']} is not in the package"
        elif file_digest(place) != entry["sha256"]:
            yield f"index entry {entry['number']}: {entry['file']} is not the file that was indexed"


def _broken_chain(rows: list[dict[str, Any]], head: str, what: str) -> Iterator[str]:
    previous = ""
    for number, row in enumerate(rows, start=1):
        if row["body"]["seq"] != number:
            yield f"{what} {number} is missing"
        if row["previous"] != previous or row["digest"] != chain(previous, row["body"]):
            yield f"{what} {number}: changed after it was written"
        if "payload" in row and digest([row["salt"], row["payload"]]) != row["body"]["payload"]:
            yield f"{what} {number}: its payload was changed"
        previous = row["digest"]
    if previous != head:
        yield f"the chain of {what}s does not end where it was closed"


def json_bytes(value: Any) -> bytes:
    return canonical_json(value).encode()
