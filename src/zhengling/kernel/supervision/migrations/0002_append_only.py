from django.db import migrations

from zhengling.kernel.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("supervision", "0001_initial")]
    operations = [append_only("supervision_verification")]
