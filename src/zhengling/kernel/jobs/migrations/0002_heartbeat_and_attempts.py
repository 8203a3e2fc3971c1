from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("jobs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("worker", models.CharField(max_length=80, unique=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="run",
            name="attempts",
            field=models.PositiveIntegerField(default=1),
        ),
    ]
