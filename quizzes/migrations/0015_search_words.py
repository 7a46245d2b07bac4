"""The words of quizzes among those that mistyped words are looked up in (see the migration of courses)."""

from django.db import migrations

CREATE = """
CREATE FUNCTION quizzes_note_quiz_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM courses_note_words(concat_ws(' ', NEW.title, NEW.description));
    RETURN NULL;
END $$;
CREATE TRIGGER quizzes_quiz_words_added AFTER INSERT ON quizzes_quiz
    FOR EACH ROW EXECUTE FUNCTION quizzes_note_quiz_words();
CREATE TRIGGER quizzes_quiz_words_changed AFTER UPDATE OF title, description ON quizzes_quiz
    FOR EACH ROW WHEN ((OLD.title, OLD.description) IS DISTINCT FROM (NEW.title, NEW.description))
    EXECUTE FUNCTION quizzes_note_quiz_words();
"""

FILL = """
INSERT INTO courses_searchword (word)
SELECT DISTINCT word FROM (SELECT concat_ws(' ', title, description) FROM quizzes_quiz) AS texts(source),
    courses_words_of(source) AS found(word)
WHERE NOT EXISTS (SELECT FROM courses_searchword known WHERE known.word = found.word);
"""

DROP = """
DROP TRIGGER quizzes_quiz_words_changed ON quizzes_quiz;
DROP TRIGGER quizzes_quiz_words_added ON quizzes_quiz;
DROP FUNCTION quizzes_note_quiz_words;
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0005_search_words"), ("quizzes", "0014_accommodation_roles")]
    operations = [migrations.RunSQL(CREATE, DROP), migrations.RunSQL(FILL, migrations.RunSQL.noop)]
