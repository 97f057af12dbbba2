"""What was reported before there were cases, and what moderators may do with blocks."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Count, Min

RIGHTS = ["view_report", "view_decision"]
RIGHTS += [f"{act}_block" for act in ("view", "add", "change", "delete")]


def open_cases(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    alias = schema_editor.connection.alias
    pastes = apps.get_model("pastes", "Paste").objects.using(alias)
    all_reports = apps.get_model("pastes", "Report").objects.using(alias)
    reports = all_reports.filter(paste__state="live")
    cases = reports.order_by().values_list("paste")
    for key, since, count in cases.annotate(Min("created_at"), Count("pk")):
        pastes.filter(pk=key).update(case_opened_at=since, open_reports=count)
    # What moderators had hidden by then is decided.
    decided = all_reports.exclude(paste__state="live")
    for report in decided:
        report.closed_at = report.created_at
        report.save(update_fields=["closed_at"])


def give_rights(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # Django makes a model's permissions only after all migrations have run.
    app = apps.get_app_config("pastes")
    app.models_module = True
    alias = schema_editor.connection.alias
    create_permissions(app, apps=apps, verbosity=0, using=alias)
    app.models_module = None
    groups = apps.get_model("auth", "Group").objects.using(alias)
    group, _ = groups.get_or_create(name="Moderators")
    rights = (
        apps.get_model("auth", "Permission")
        .objects.using(alias)
        .filter(content_type__app_label="pastes", codename__in=RIGHTS)
    )
    group.permissions.add(*rights)


def mark_as_told(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Spare the mailbox what is old when mail begins to be sent."""
    reports = apps.get_model("pastes", "Report").objects
    alias = schema_editor.connection.alias
    for report in reports.using(alias).filter(told_at=None):
        report.told_at = report.created_at
        report.save(update_fields=["told_at"])


class Migration(migrations.Migration):
    dependencies = [("pastes", "0005_moderation")]
    operations = [
        migrations.RunPython(open_cases, migrations.RunPython.noop),
        migrations.RunPython(mark_as_told, migrations.RunPython.noop),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
