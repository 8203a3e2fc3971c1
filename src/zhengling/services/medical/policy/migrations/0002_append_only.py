from django.db import migrations

from zhengling.kernel.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("medical_policy", "0001_initial")]
    operations = [append_only("medical_policy_reformstep")]
