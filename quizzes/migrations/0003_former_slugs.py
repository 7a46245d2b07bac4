"""Former slugs of quizzes, and the blocks that name a quiz by its slug."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER quiz_keep_slug AFTER UPDATE ON quizzes_quiz FOR EACH ROW
    WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION courses_keep_slug('quiz');
CREATE TRIGGER quiz_forget_slugs AFTER DELETE ON quizzes_quiz FOR EACH ROW
    EXECUTE FUNCTION courses_keep_slug('quiz');

CREATE FUNCTION quizzes_rename_in_blocks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE courses_block SET settings = jsonb_set(settings, '{quiz}', to_jsonb(NEW.slug::text))
    WHERE kind = 'quiz' AND settings ->> 'quiz' = OLD.slug;
    RETURN NULL;
END $$;
CREATE TRIGGER quiz_rename_in_blocks AFTER UPDATE ON quizzes_quiz FOR EACH ROW
    WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION quizzes_rename_in_blocks();
"""
BACKWARD = """
DROP TRIGGER quiz_rename_in_blocks ON quizzes_quiz;
DROP FUNCTION quizzes_rename_in_blocks();
DROP TRIGGER quiz_forget_slugs ON quizzes_quiz;
DROP TRIGGER quiz_keep_slug ON quizzes_quiz;
"""


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0002_guards"), ("courses", "0003_former_slugs")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
