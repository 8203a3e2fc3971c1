"""Everything an installation holds, in open formats (全量导出): a CSV file a table, the files, a manifest with digests.

For leaving, and for whoever wants to know that one could. Personal data stay sealed unless they are asked for with a
reason, which stands in the access record. What is written is read again and compared with the database before the
export counts as made.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from zhengling.kernel import ciphers, clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access

NULL = "\\N"
CHUNK = 2000
# Keys and passwords are of no use elsewhere and a danger anywhere.
LEFT_OUT = {
    "django_session": "sessions of signed-in people",
    "mfa_authenticator": "secrets of second factors",
    "axes_accessattempt": "failed sign-ins, kept for days only",
    "axes_accessfailurelog": "failed sign-ins, kept for days only",
    "axes_accesslog": "sign-ins of the lockout",
    "outbox_subscription": "secrets of webhooks",
}
BLANKED = {("accounts_user", "password"), ("clients_token", "digest")}


class ExportError(Exception):
    """The export was not made, or does not agree with the database."""


def export(folder: Path, *, decrypt: bool = False, reason: str = "") -> dict[str, Any]:
    """Write everything below an empty `folder`; returns the manifest. Raises `ExportError`."""
    if decrypt and not reason.strip():
        raise ExportError("personal data leave only with a reason: --reason TEXT")
    if folder.exists() and any(folder.iterdir()):
        raise ExportError(f"{folder} is not empty")
    (folder / "tables").mkdir(parents=True)
    with transaction.atomic(durable=True):
        if connection.vendor == "postgresql":
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        tables = [_write(model, folder, decrypt) for model in exported()]
        _verify(folder, tables)
    files = list(_copy_files(folder))
    manifest = {
        "made_at": clock.local(clock.now()).isoformat(),
        "city": settings.CITY.name,
        "personal_data": "open" if decrypt else "sealed",
        "tables": tables,
        "files": files,
        "left_out": LEFT_OUT,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    (folder / "README.md").write_text("\n".join(_readme(tables, decrypt)), encoding="utf-8")
    record_access(SYSTEM, Action.EXPORT, "installation", "", ["all"] if decrypt else ["sealed"], reason)
    return manifest


def exported() -> list[Any]:
    """The models whose tables are written, by table name."""
    found = [model for model in apps.get_models() if model._meta.db_table not in LEFT_OUT]
    return sorted((model for model in found if model._meta.managed), key=lambda model: model._meta.db_table)


def _columns(model: type[models.Model], decrypt: bool) -> list[tuple[str, models.Field[Any, Any]]]:
    """(heading, field); sealed columns get their plain name when they are opened, and lose their index."""
    fields = list(model._meta.concrete_fields)
    sealed = {field.name.removesuffix("_sealed") for field in fields if field.name.endswith("_sealed")}
    found = []
    for field in fields:
        name = str(field.column)
        if decrypt and name.endswith("_sealed"):
            found.append((name.removesuffix("_sealed"), field))
        elif not (decrypt and name.removesuffix("_index") in sealed):
            found.append((name, field))
    return found


def _write(model: Any, folder: Path, decrypt: bool) -> dict[str, Any]:
    table = model._meta.db_table
    columns = _columns(model, decrypt)
    path = folder / "tables" / f"{table}.csv"
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([name for name, _field in columns])
        for row in model._default_manager.order_by("pk").iterator(chunk_size=CHUNK):
            writer.writerow([_cell(row, field, decrypt) for _name, field in columns])
            rows += 1
    return {
        "table": table,
        "about": " ".join((model.__doc__ or "").split("\n\n")[0].split()),
        "file": f"tables/{table}.csv",
        "rows": rows,
        "sha256": digest_of(path),
        "columns": [
            {"name": name, "type": field.get_internal_type(), "choices": _choices(field)}
            for name, field in columns
        ],
    }


def _choices(field: models.Field[Any, Any]) -> list[str]:
    return [str(value) for value, _label in field.flatchoices]


def _cell(row: Any, field: models.Field[Any, Any], decrypt: bool) -> str:
    value = getattr(row, field.attname)
    table, name = row._meta.db_table, str(field.column)
    if value is None:
        return NULL
    if (table, name) in BLANKED:
        return ""
    if decrypt and name.endswith("_sealed"):
        column = f"{table}.{name.removesuffix('_sealed')}"
        return ciphers.unseal(value, column=column, row=row.pk)
    if isinstance(value, datetime):
        return clock.local(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _verify(folder: Path, tables: Iterable[dict[str, Any]]) -> None:
    """Read every table again: as many rows as the database holds, each as wide as its heading."""
    held = {model._meta.db_table: model._default_manager.count() for model in exported()}
    for table in tables:
        width, rows = len(table["columns"]), 0
        with (folder / table["file"]).open(encoding="utf-8", newline="") as file:
            for line in csv.reader(file):
                rows += 1
                if len(line) != width:
                    raise ExportError(f"{table['file']}: row {rows} has {len(line)} columns, not {width}")
        if rows - 1 != held[table["table"]] or rows - 1 != table["rows"]:
            raise ExportError(f"{table['file']}: {rows - 1} rows, the database holds {held[table['table']]}")


def _copy_files(folder: Path) -> Iterator[dict[str, Any]]:
    """Scans, letters and archives as they lie in the store."""
    root = Path(settings.MEDIA_ROOT)
    for source in sorted(path for path in root.rglob("*") if path.is_file()):
        name = source.relative_to(root)
        target = folder / "files" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        digest = digest_of(source)
        if digest_of(target) != digest:
            raise ExportError(f"files/{name}: the copy differs")
        yield {"file": f"files/{name.as_posix()}", "bytes": target.stat().st_size, "sha256": digest}


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _readme(tables: Iterable[dict[str, Any]], decrypt: bool) -> Iterator[str]:
    """What lies here, for whoever reads it without us."""
    yield "# Export of a Zhengling (政令) installation\n"
    yield f"Tables are CSV in UTF-8 with a heading; `{NULL}` is no value, amounts are integer fen, moments are Shanghai"
    yield "time, JSON columns hold JSON. `COPY … WITH (FORMAT csv, HEADER, NULL '\\N')` reads them. `manifest.json` has"
    yield "rows and SHA-256 of every file."
    state = "open: keep this folder like the originals" if decrypt else "sealed (columns `*_sealed`)"
    yield f"Personal data are {state}.\n"
    yield f"Left out: {'; '.join(f'`{name}` ({why})' for name, why in LEFT_OUT.items())}; passwords and token digests.\n"
    for table in tables:
        yield f"## {table['table']} ({table['rows']} rows)\n"
        if table["about"] and not table["about"].startswith(table["table"].title()):
            yield f"{table['about']}\n"
        yield "| column | type | values |\n|---|---|---|"
        for column in table["columns"]:
            yield f"| `{column['name']}` | {column['type']} | {', '.join(column['choices'])} |"
        yield ""
