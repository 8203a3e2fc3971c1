"""What the database itself holds: rows that never change, entries that balance, lines that are sealed by
their entry."""

from typing import Any

from django.db import migrations

from zhengling.kernel.append_only import append_only

SQLITE = {
    "funds_entry_balanced": """
        CREATE TRIGGER funds_entry_balanced BEFORE INSERT ON funds_entry
        WHEN (SELECT COUNT(*) < 2 OR SUM(debit) <> SUM(credit) FROM funds_line WHERE entry_id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'entry does not balance'); END
    """,
    "funds_line_unsealed": """
        CREATE TRIGGER funds_line_unsealed BEFORE INSERT ON funds_line
        WHEN EXISTS (SELECT 1 FROM funds_entry WHERE id = NEW.entry_id)
        BEGIN SELECT RAISE(ABORT, 'entry is sealed'); END
    """,
}
POSTGRESQL = {
    "funds_entry_balanced": """
        CREATE FUNCTION funds_entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (SELECT COUNT(*) < 2 OR SUM(debit) <> SUM(credit) FROM funds_line WHERE entry_id = NEW.id) THEN
            RAISE EXCEPTION 'entry does not balance' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER funds_entry_balanced BEFORE INSERT ON funds_entry
        FOR EACH ROW EXECUTE FUNCTION funds_entry_balanced()
    """,
    "funds_line_unsealed": """
        CREATE FUNCTION funds_line_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM funds_entry WHERE id = NEW.entry_id) THEN
            RAISE EXCEPTION 'entry is sealed' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER funds_line_unsealed BEFORE INSERT ON funds_line
        FOR EACH ROW EXECUTE FUNCTION funds_line_unsealed()
    """,
}
TABLES = {"funds_entry_balanced": "funds_entry", "funds_line_unsealed": "funds_line"}


def create(_apps: Any, editor: Any) -> None:
    statements = POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE
    with editor.connection.cursor() as cursor:
        for statement in statements.values():
            cursor.execute(statement)


def drop(_apps: Any, editor: Any) -> None:
    postgresql = editor.connection.vendor == "postgresql"
    with editor.connection.cursor() as cursor:
        for name, table in TABLES.items():
            cursor.execute(f"DROP TRIGGER {name} ON {table}" if postgresql else f"DROP TRIGGER {name}")
            if postgresql:
                cursor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("funds", "0001_initial")]
    operations = [
        append_only("funds_entry", "funds_line", "funds_yearclose", "funds_batchstep", "funds_override"),
        migrations.RunPython(create, drop),
    ]
