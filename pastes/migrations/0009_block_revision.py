"""Blocks tell of a change without a clock."""

from django.db import migrations, models

import pastes.models


class Migration(migrations.Migration):
    dependencies = [
        ("pastes", "0008_figures"),
    ]

    operations = [
        migrations.AddField(
            model_name="block",
            name="revision",
            field=models.PositiveIntegerField(
                db_default=0, default=pastes.models.new_revision
            ),
        ),
    ]
