"""Authors and editors may agree with learners on accommodations; which ones, `quizzes.agreeing` says.

What a site changes about its roles later is left alone.
"""

from django.db import migrations

EVERY = ("view", "add", "change", "delete")


def give_rights(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    content_type, _created = ContentType.objects.get_or_create(app_label="quizzes", model="accommodation")
    for group in Group.objects.filter(name__in=["Author", "Editor"]):
        for act in EVERY:
            # Django itself adds permissions after the last migration, and then finds these.
            permission, _created = Permission.objects.get_or_create(
                codename=f"{act}_accommodation",
                content_type=content_type,
                defaults={"name": f"Can {act} accommodation"},
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("quizzes", "0013_pauses"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
