"""The roles of people who work on courses, as groups. What a site changes about them later is left alone."""

from django.db import migrations

EVERY = ("view", "add", "change", "delete")
ROLES = {
    # Write their own courses.
    "Author": {
        "course": EVERY,
        "lesson": EVERY,
        "section": EVERY,
        "block": EVERY,
        "asset": EVERY,
        "cohort": EVERY,
        "topic": ("view",),
        "skill": ("view", "add"),
        "comment": ("view",),
        "enrolment": ("view",),
        "review": ("view",),
    },
    # Write everybody's, and keep topics, skills and authors in order.
    "Editor": {
        "course": (*EVERY, "edit_any"),
        "lesson": EVERY,
        "section": EVERY,
        "block": EVERY,
        "asset": EVERY,
        "cohort": EVERY,
        "courseauthor": EVERY,
        "topic": EVERY,
        "skill": EVERY,
        "comment": ("view",),
        "enrolment": ("view", "view_all"),
        "review": ("view", "change"),
        "certificate": ("view", "change"),
    },
    # Read and judge what learners write.
    "Moderator": {
        "comment": ("view", "change", "moderate"),
        "commentreport": ("view",),
        "review": ("view", "change"),
    },
    # See everything that learners did, change nothing.
    "Analyst": {
        "course": ("view", "edit_any"),
        "lesson": ("view",),
        "enrolment": ("view", "view_all"),
        "review": ("view",),
        "certificate": ("view",),
        "topic": ("view",),
    },
}
NAMES = {
    "edit_any": ("edit_any_course", "Can edit the courses of others"),
    "view_all": ("view_all_learners", "Can see the learners of every course"),
    "moderate": ("moderate_comment", "Can moderate comments"),
}


def make_roles(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for role, models in ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        for model, acts in models.items():
            content_type, _created = ContentType.objects.get_or_create(app_label="courses", model=model)
            for act in acts:
                # Django itself adds permissions after the last migration, and then finds these.
                codename, name = NAMES.get(act, (f"{act}_{model}", f"Can {act} {model}"))
                permission, _created = Permission.objects.get_or_create(
                    codename=codename, content_type=content_type, defaults={"name": name}
                )
                group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
