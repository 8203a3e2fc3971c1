from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('medical', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='settlement',
            name='released',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='settlement',
            name='setl_id',
            field=models.CharField(db_index=True, max_length=40),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(condition=models.Q(('released', False)), fields=('setl_id',), name='one_settlement_a_number'),
        ),
    ]
