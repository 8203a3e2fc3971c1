import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


def note_veterans(apps, editor):
    """What was decided so far came with applications, which say whether the patient is a veteran in difficulty."""
    decisions = apps.get_model("medical", "Decision").objects.filter(application__hardship_veteran=True)
    decisions.update(veteran=True)


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0004_limits_by_holder'),
        ('medical', '0003_persons_and_channels'),
        ('organisations', '0002_posts'),
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Flag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('spans_inclusion', 'stay across the day of inclusion'), ('late', 'came after a later settlement'), ('after_reversal', 'rests on a settlement that was reversed')], max_length=20)),
                ('citation', models.CharField(max_length=60)),
                ('raised_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('finding', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'ordering': ['-raised_at'],
            },
        ),
        migrations.CreateModel(
            name='ScopeException',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='scope_exception', serialize=False, to='casework.case')),
                ('ground', models.CharField(choices=[('rescue', 'emergency rescue'), ('residence', 'long residence elsewhere'), ('reason', 'another good reason')], max_length=10)),
                ('setl_id', models.CharField(blank=True, max_length=40)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField()),
                ('granted', models.BooleanField(default=False)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='one_decision_a_settlement',
        ),
        migrations.RemoveConstraint(
            model_name='settlement',
            name='paid_within_scope',
        ),
        migrations.AddField(
            model_name='benefityear',
            name='latest',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='decision',
            name='told',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='decision',
            name='undone',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='decision',
            name='veteran',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='settlement',
            name='also_counted',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='decision',
            name='receipt',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name='settlement',
            name='benefit',
            field=models.CharField(choices=[('inpatient', 'inpatient'), ('major_outpatient', 'outpatient, major disease'), ('special_outpatient', 'outpatient, special disease'), ('other_outpatient', 'outpatient, not assisted')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(condition=models.Q(('reverses', None), ('undone', False)), fields=('settlement',), name='one_decision_a_settlement'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('paid_before_assistance__lte', django.db.models.expressions.CombinedExpression(models.F('inscp_scp_amt'), '+', models.F('also_counted')))), name='paid_within_scope'),
        ),
        migrations.AddField(
            model_name='flag',
            name='closed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='flag',
            name='settlement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='flags', to='medical.settlement'),
        ),
        migrations.AddField(
            model_name='scopeexception',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scope_exceptions', to='people.person'),
        ),
        migrations.AddConstraint(
            model_name='flag',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('settlement', 'kind'), name='one_open_flag_a_kind'),
        ),
        migrations.AddIndex(
            model_name='scopeexception',
            index=models.Index(fields=['person', 'granted'], name='medical_sco_person__0d32cc_idx'),
        ),
        migrations.RunPython(note_veterans, migrations.RunPython.noop),
    ]
