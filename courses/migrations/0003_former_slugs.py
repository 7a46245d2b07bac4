"""Addresses that changed: a table of former slugs, and the triggers that write it.

The function takes the kind as its argument; `quizzes` uses it for its own table.
"""

import django.utils.timezone
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION courses_keep_slug() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_kind text := TG_ARGV[0];
    old_scope bigint := 0;
    new_scope bigint := 0;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM courses_formerslug WHERE kind = of_kind AND target = OLD.id;
        RETURN NULL;
    END IF;
    IF of_kind = 'lesson' THEN
        old_scope := OLD.course_id;
        new_scope := NEW.course_id;
    END IF;
    INSERT INTO courses_formerslug (kind, scope, slug, target, changed_at)
    VALUES (of_kind, old_scope, OLD.slug, NEW.id, now())
    ON CONFLICT (kind, scope, slug) DO UPDATE SET target = EXCLUDED.target, changed_at = now();
    DELETE FROM courses_formerslug WHERE kind = of_kind AND scope = new_scope AND slug = NEW.slug;
    RETURN NULL;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER {kind}_keep_slug AFTER UPDATE ON courses_{kind} FOR EACH ROW
    WHEN ({condition}) EXECUTE FUNCTION courses_keep_slug('{kind}');
CREATE TRIGGER {kind}_forget_slugs AFTER DELETE ON courses_{kind} FOR EACH ROW
    EXECUTE FUNCTION courses_keep_slug('{kind}');
"""
    for kind, condition in {
        "topic": "OLD.slug <> NEW.slug",
        "course": "OLD.slug <> NEW.slug",
        "lesson": "(OLD.course_id, OLD.slug) <> (NEW.course_id, NEW.slug)",
    }.items()
)
BACKWARD = (
    "".join(
        f"DROP TRIGGER {kind}_keep_slug ON courses_{kind}; DROP TRIGGER {kind}_forget_slugs ON courses_{kind};"
        for kind in ("topic", "course", "lesson")
    )
    + "DROP FUNCTION courses_keep_slug();"
)


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0002_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='FormerSlug',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('scope', models.BigIntegerField(default=0)),
                ('slug', models.CharField(max_length=160)),
                ('target', models.BigIntegerField()),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'target'], name='former_slug_target')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'scope', 'slug'), name='former_slug_once')],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
