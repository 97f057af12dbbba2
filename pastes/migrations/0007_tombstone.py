"""What was ended is remembered, from the time before there were tombstones as well."""

import hashlib
from collections.abc import Iterable

import django.utils.timezone
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

BATCH = 500


def bury_what_was_ended(
    apps: StateApps, schema_editor: BaseDatabaseSchemaEditor
) -> None:
    alias = schema_editor.connection.alias
    pastes = apps.get_model("pastes", "Paste").objects.using(alias).order_by("pk")
    decisions = apps.get_model("pastes", "Decision").objects.using(alias)
    now = timezone.now()
    # The later row of one slug counts: deleted, burned, hidden.
    deleted = decisions.filter(act="deleted").order_by("pk")
    rows = deleted.values_list("slug", "reason", "entry__action_time")
    bury(apps, alias, "deleted", rows)
    hidden = pastes.filter(state="hidden").values_list("slug", "hidden_reason")
    bury(apps, alias, "hidden", ((*row, now) for row in hidden.iterator()))
    burned = pastes.filter(burned_at__isnull=False).values_list("slug", "burned_at")
    bury(apps, alias, "burned", ((slug, "", at) for slug, at in burned.iterator()))


def bury(apps: StateApps, alias: str, kind: str, rows: Iterable) -> None:
    model = apps.get_model("pastes", "Tombstone")
    stones = {}
    for slug, reason, at in rows:
        digest = hashlib.sha256(slug.encode()).hexdigest()
        stones[digest] = model(digest=digest, kind=kind, reason=reason, made_at=at)
    model.objects.using(alias).bulk_create(
        stones.values(),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["kind", "reason", "made_at"],
    )


class Migration(migrations.Migration):
    dependencies = [("pastes", "0006_cases")]
    operations = [
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                (
                    "digest",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("burned", "burned"),
                            ("deleted", "deleted"),
                            ("hidden", "hidden"),
                            ("lifted", "lifted"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("spam", "spam or advertising"),
                            ("malware", "malware or phishing"),
                            ("personal", "personal data or leaked secrets"),
                            ("copyright", "copyright"),
                            ("illegal", "illegal content"),
                            ("rules", "against the rules of this site"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "made_at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now
                    ),
                ),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(bury_what_was_ended, migrations.RunPython.noop),
    ]
