"""Tables whose rows are never changed: the database itself refuses UPDATE and DELETE, on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import RunPython

FUNCTION = """
CREATE OR REPLACE FUNCTION zhengling_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only table %', TG_TABLE_NAME; END $$
"""


def protect(connection: BaseDatabaseWrapper, table: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FUNCTION)
            cursor.execute(
                f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION zhengling_append_only()"
            )
        else:
            for verb in ("UPDATE", "DELETE"):
                cursor.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'append-only table {table}'); END"
                )


def release(connection: BaseDatabaseWrapper, table: str) -> None:
    """Undo `protect`; for reversing a migration and for emptying test databases."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
        else:
            for verb in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")


def append_only(*tables: str) -> RunPython:
    """The migration operation for `tables`."""

    def forward(_apps: Any, editor: Any) -> None:
        for table in tables:
            protect(editor.connection, table)

    def backward(_apps: Any, editor: Any) -> None:
        for table in tables:
            release(editor.connection, table)

    return RunPython(forward, backward)
