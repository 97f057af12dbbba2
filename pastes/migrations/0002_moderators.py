"""The group of people who take pastes down, with the rights that takes and no more."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

RIGHTS = ["view_paste", "moderate_paste", "delete_paste"]


def make_group(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
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


class Migration(migrations.Migration):
    dependencies = [
        ("pastes", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]
