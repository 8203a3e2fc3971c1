"""The table in which all server processes count sign-in attempts together (settings.CACHES)."""

from django.core.management import call_command
from django.db import migrations

TABLE = "web_shared_counts"


def make(apps, schema_editor):
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


def drop(apps, schema_editor):
    schema_editor.execute(f'DROP TABLE "{TABLE}"')


class Migration(migrations.Migration):
    dependencies = [("web", "0001_demo_day")]
    operations = [migrations.RunPython(make, drop)]
