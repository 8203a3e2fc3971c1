from django.db import migrations

from zhengling.kernel.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("returns", "0001_initial")]
    operations = [append_only("returns_returnstep", "returns_returnform")]
