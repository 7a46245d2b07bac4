"""What the database itself refuses: changing a step of an attempt, or what a version of a question says."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION quizzes_refuse_step_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('quizzes.erasing', true) = 'on' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'steps of an attempt are append-only';
END $$;
CREATE TRIGGER quizzes_step_append_only BEFORE UPDATE OR DELETE ON quizzes_attemptstep
    FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_step_change();

CREATE FUNCTION quizzes_refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.question_id, OLD.number, OLD.type, OLD.text, OLD.data, OLD.explanation, OLD.hints)
       IS DISTINCT FROM
       (NEW.question_id, NEW.number, NEW.type, NEW.text, NEW.data, NEW.explanation, NEW.hints) THEN
        RAISE EXCEPTION 'a version of a question is never changed: make a new one';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quizzes_version_immutable BEFORE UPDATE ON quizzes_questionversion
    FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_version_change();
"""

BACKWARD = """
DROP TRIGGER quizzes_version_immutable ON quizzes_questionversion;
DROP FUNCTION quizzes_refuse_version_change();
DROP TRIGGER quizzes_step_append_only ON quizzes_attemptstep;
DROP FUNCTION quizzes_refuse_step_change();
"""


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
