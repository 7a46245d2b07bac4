"""What the roles may do with quizzes. What a site changes about them later is left alone."""

from django.db import migrations

EVERY = ("view", "add", "change", "delete")
WRITING = {
    "quiz": (*EVERY, "grade"),
    "quizslot": EVERY,
    "duedate": EVERY,
    "questionbank": EVERY,
    "question": EVERY,
    "questionversion": ("view",),
    "questionimport": ("view",),
    "attempt": ("view",),
}
READING = ("quiz", "quizslot", "duedate", "questionbank", "question", "questionversion", "attempt")
ROLES = {
    # The quizzes and banks of their own courses, and to mark what learners wrote there.
    "Author": WRITING,
    "Editor": {**WRITING, "quiz": (*WRITING["quiz"], "edit_any")},
    "Analyst": {model: ("view",) for model in READING} | {"quiz": ("view", "edit_any")},
}
NAMES = {
    "edit_any": ("edit_any_quiz", "Can edit the quizzes of others"),
    "grade": ("grade_quiz", "Can mark essays and change marks"),
}
LABELS = {
    "quizslot": "question of the quiz",
    "duedate": "due date",
    "questionbank": "question bank",
    "questionversion": "question version",
    "questionimport": "question import",
}


def give_rights(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for role, models in ROLES.items():
        group = Group.objects.filter(name=role).first()
        if group is None:
            continue  # the site did without it
        for model, acts in models.items():
            content_type, _created = ContentType.objects.get_or_create(app_label="quizzes", model=model)
            for act in acts:
                # Django itself adds permissions after the last migration, and then finds these.
                codename, name = NAMES.get(act, (f"{act}_{model}", f"Can {act} {LABELS.get(model, model)}"))
                permission, _created = Permission.objects.get_or_create(
                    codename=codename, content_type=content_type, defaults={"name": name}
                )
                group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("quizzes", "0011_banks_of_one_course"),
        ("courses", "0002_roles"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
