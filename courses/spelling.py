"""Words like those that were typed: what a mistyped word may have meant, among the words of the library."""

import re

from django.db import connection, transaction

from courses.models import Course, Lesson

# Shorter words are like too many others; longer ones are not kept.
SHORTEST, LONGEST = 4, 40
# Thai to Burmese, Khmer, kana, Chinese characters: no spaces stand between words.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# So many words that contain an unspaced one are asked for in its place.
HOLDING = 40
# The most words of one query that are corrected, and the most words that one of them may have meant.
CORRECTED = 5
MEANT = 3
# Trigrams name this many words, of which the fewest changed letters decide.
LOOKED_AT = 25

_texts = {Course: ("title", "summary", "description"), Lesson: ("title", "search_text")}


def corrections(words):
    """Words of the library in place of each of `words` (lower case) that is none of them: a dict of word to
    list, closest first. A word that the library has, or that is like none of its words, is left out. One
    statement.
    """
    words = [word for word in dict.fromkeys(words) if SHORTEST <= len(word) <= LONGEST][:CORRECTED]
    if not words:
        return {}
    # Two letters that changed places leave a short word hardly a trigram in common with itself.
    swapped = [(word, other) for word in words for other in _swapped(word)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked.word, near.word
            FROM unnest(%s::text[]) AS asked(word)
            CROSS JOIN LATERAL (
                SELECT word FROM courses_searchword WHERE word %% asked.word
                ORDER BY similarity(word, asked.word) DESC LIMIT %s
            ) near
            UNION
            SELECT asked.word, known.word
            FROM unnest(%s::text[], %s::text[]) AS asked(word, other)
            JOIN courses_searchword known ON known.word = asked.other
            """,
            [
                words,
                LOOKED_AT,
                words + [word for word, _other in swapped],
                words + [other for _word, other in swapped],
            ],
        )
        near = {}
        for word, other in cursor:
            near.setdefault(word, []).append(other)
    meant = {word: _closest(word, others) for word, others in near.items() if word not in others}
    return {word: others for word, others in meant.items() if others}


def containing(parts):
    """Words of the library that contain each of `parts`, which are of scripts without spaces: what the index
    has as one word is a whole sentence there. A dict of part to list, shortest first. One statement.
    """
    held = {}
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT asked.part, holding.word
                FROM unnest(%s::text[]) AS asked(part)
                CROSS JOIN LATERAL (
                    SELECT word FROM courses_searchword
                    WHERE strpos(word, lower(asked.part)) > 0 AND word <> lower(asked.part)
                    ORDER BY length(word), word LIMIT %s
                ) holding
                """,
                [parts, HOLDING],
            )
            for part, word in cursor:
                held.setdefault(part.lower(), []).append(word)
    return held


def register(model, *columns):
    """Name the columns of a model whose triggers add their words; `tidy` keeps what stands there."""
    _texts[model] = columns


@transaction.atomic
def tidy():
    """Make the words anew from the texts; returns how many there are. A word that somebody writes at the same
    moment, and that stood nowhere before, may be missing until the next time.
    """
    name = connection.ops.quote_name
    texts = " UNION ".join(
        f"SELECT word FROM (SELECT concat_ws(' ', {', '.join(map(name, columns))}) FROM "  # noqa: S608 (own names)
        f"{name(model._meta.db_table)}) AS texts(source), courses_words_of(source) AS found(word)"
        for model, columns in _texts.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE standing ON COMMIT DROP AS {texts}")
        cursor.execute("DELETE FROM courses_searchword WHERE word NOT IN (SELECT word FROM standing)")
        cursor.execute(
            "DELETE FROM courses_searchword USING courses_searchword other"
            " WHERE courses_searchword.word = other.word AND courses_searchword.id > other.id"
        )
        cursor.execute(
            "INSERT INTO courses_searchword (word)"
            " SELECT word FROM standing EXCEPT SELECT word FROM courses_searchword"
        )
        cursor.execute("SELECT count(*) FROM courses_searchword")
        [count] = cursor.fetchone()
        cursor.execute("DROP TABLE standing")
    return count


def _swapped(word):
    return {
        word[:place] + word[place + 1] + word[place] + word[place + 2 :] for place in range(len(word) - 1)
    } - {word}


def _closest(word, others):
    """At most MEANT of `others`, by changed letters: one in a short word, two in a longer one."""
    allowed = 1 if len(word) < 6 else 2
    near = [(changes(word, other), other) for other in set(others) if abs(len(word) - len(other)) <= allowed]
    return [other for count, other in sorted(near) if count <= allowed][:MEANT]


def changes(one, other):
    """How many letters to add, drop, replace or swap with their neighbour until `one` is `other`."""
    before, last = [], list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, wanted in enumerate(other, start=1):
            best = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                best = min(best, before[column - 2] + 1)
            current.append(best)
        before, last = last, current
    return last[-1]
