"""Figures of the whole site, which one process counts for all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pastes", "0007_tombstone"),
    ]

    operations = [
        migrations.CreateModel(
            name="Figure",
            fields=[
                (
                    "name",
                    models.CharField(max_length=40, primary_key=True, serialize=False),
                ),
                ("value", models.FloatField()),
                ("noted_at", models.DateTimeField()),
            ],
        ),
    ]
