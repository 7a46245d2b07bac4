"""Mistyped words are looked up among the words of the library, which triggers keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import authoring
from courses.models import Lesson, SearchWord
from courses.spelling import changes, corrections, tidy
from courses.tasks import tidy_search_words
from quizzes.authoring import create_quiz

QUESTION = {"type": "true_false", "name": "Sky", "text": "Is water wet?", "answer": True}
letters = st.text("abcd", max_size=7)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sailling", "sailing"),
        ("oiron", "orion"),
        ("wintr", "winter"),
        ("satrs", "stars"),
        ("creest", "crest"),
    ],
)
def test_a_word_with_a_mistake_is_known_by_the_one_it_is_like(course, typed, meant):
    assert corrections([typed])[typed][0] == meant


@pytest.mark.parametrize("typed", ["sailing", "zzzzqqqq", "abc", "", "x" * 5000, "%", "_____"])
def test_words_that_are_right_or_like_none_have_no_correction(course, typed):
    assert corrections([typed]) == {}


@given(letters, letters)
def test_changes_are_those_of_either_direction(one, other):
    assert changes(one, other) == changes(other, one)
    assert (changes(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= changes(one, other) <= max(len(one), len(other))


@pytest.mark.parametrize(
    ("one", "other", "count"), [("", "abc", 3), ("abcd", "abdc", 1), ("kitten", "sitting", 3)]
)
def test_changes_of_known_pairs(one, other, count):
    assert changes(one, other) == count


def words():
    return set(SearchWord.objects.values_list("word", flat=True))


def test_words_are_there_as_soon_as_they_are_written(lessons):
    authoring.set_blocks(lesson=lessons[0], blocks=[{"source": "A sextant of http://example.org/xyz2024."}])
    Lesson.objects.filter(pk=lessons[1].pk).update(title="Astrolabes")
    create_quiz(data={"title": "Chronometers", "description": "Of Harrison.", "questions": [QUESTION]})
    assert {"sextant", "astrolabes", "chronometers", "harrison"} <= words()
    assert not any("example" in word or "2024" in word for word in words())


def test_words_that_stand_nowhere_are_tidied_away_and_others_kept(lessons):
    before = words()
    SearchWord.objects.bulk_create([SearchWord(word=word) for word in ("nowhere", "winter", "winter")])
    SearchWord.objects.filter(word="orion").delete()
    assert tidy_search_words() == len(before)
    assert sorted(SearchWord.objects.values_list("word", flat=True)) == sorted(before)
    lessons[1].delete()
    tidy()
    assert before - words() >= {"orion", "winter"}
