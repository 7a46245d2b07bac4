"""The words of all texts, kept by triggers; quizzes add their own (see the migration there)."""

import django.contrib.postgres.indexes
from django.db import migrations, models

CREATE = r"""
CREATE FUNCTION courses_words_of(source text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT lexeme FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', left(source, 200000)))) lexeme
    WHERE (
        length(lexeme) BETWEEN 4 AND 40
        -- Thai to Burmese, Khmer, kana, Chinese characters.
        OR length(lexeme) BETWEEN 2 AND 3 AND lexeme ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]'
    ) AND lexeme !~ '[0-9/.:@_%&=#+~-]'
$$;

CREATE FUNCTION courses_note_words(source text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO courses_searchword (word)
    SELECT found.word FROM courses_words_of(source) AS found(word)
    WHERE NOT EXISTS (SELECT FROM courses_searchword known WHERE known.word = found.word);
END $$;

CREATE FUNCTION courses_note_course_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM courses_note_words(concat_ws(' ', NEW.title, NEW.summary, NEW.description));
    RETURN NULL;
END $$;
CREATE TRIGGER courses_course_words_added AFTER INSERT ON courses_course
    FOR EACH ROW EXECUTE FUNCTION courses_note_course_words();
CREATE TRIGGER courses_course_words_changed AFTER UPDATE OF title, summary, description ON courses_course
    FOR EACH ROW WHEN (
        (OLD.title, OLD.summary, OLD.description) IS DISTINCT FROM (NEW.title, NEW.summary, NEW.description)
    ) EXECUTE FUNCTION courses_note_course_words();

CREATE FUNCTION courses_note_lesson_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM courses_note_words(concat_ws(' ', NEW.title, NEW.search_text));
    RETURN NULL;
END $$;
CREATE TRIGGER courses_lesson_words_added AFTER INSERT ON courses_lesson
    FOR EACH ROW EXECUTE FUNCTION courses_note_lesson_words();
CREATE TRIGGER courses_lesson_words_changed AFTER UPDATE OF title, search_text ON courses_lesson
    FOR EACH ROW WHEN ((OLD.title, OLD.search_text) IS DISTINCT FROM (NEW.title, NEW.search_text))
    EXECUTE FUNCTION courses_note_lesson_words();
"""

FILL = """
INSERT INTO courses_searchword (word)
SELECT word FROM (SELECT concat_ws(' ', title, summary, description) FROM courses_course) AS texts(source),
    courses_words_of(source) AS found(word)
UNION
SELECT word FROM (SELECT concat_ws(' ', title, search_text) FROM courses_lesson) AS texts(source),
    courses_words_of(source) AS found(word);
"""

DROP = """
DROP TRIGGER courses_lesson_words_changed ON courses_lesson;
DROP TRIGGER courses_lesson_words_added ON courses_lesson;
DROP TRIGGER courses_course_words_changed ON courses_course;
DROP TRIGGER courses_course_words_added ON courses_course;
DROP FUNCTION courses_note_lesson_words;
DROP FUNCTION courses_note_course_words;
DROP FUNCTION courses_note_words;
DROP FUNCTION courses_words_of;
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0004_audit")]
    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("word", models.CharField(max_length=40)),
            ],
            options={
                "indexes": [
                    models.Index("word", name="search_word"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("word", name="gin_trgm_ops"),
                        name="search_word_trigrams",
                    ),
                ]
            },
        ),
        migrations.RunSQL(CREATE, DROP),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
