"""Export says everything; erasure leaves nothing of the person and everything of the others."""

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from courses import discussion, enrolment, notes, privacy, progress, reviews
from courses.models import Comment, Course, Enrolment

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(course, lessons, enrolled, other_learner):
    """Everything a learner can leave behind."""
    enrolment.enrol(learner=other_learner, course=course)
    for lesson in lessons:
        progress.complete_lesson(lesson=lesson, learner=enrolled)
    notes.add_note(learner=enrolled, lesson=lessons[0], body="my private thought")
    notes.set_bookmark(learner=enrolled, lesson=lessons[0], on=True)
    reviews.rate(learner=enrolled, course=course, stars=5, body="my honest opinion")
    reviews.rate(learner=other_learner, course=course, stars=3)
    question = discussion.post(lesson=lessons[0], author=enrolled, body="my silly question")
    reply = discussion.post(lesson=lessons[0], author=other_learner, body="not silly", parent=question)
    discussion.vote(comment=reply, learner=enrolled)
    return enrolled


def test_export_holds_what_the_learner_did_and_wrote(history):
    text = json.dumps(dict(privacy.export(history)), cls=DjangoJSONEncoder)
    for part in ("my private thought", "my honest opinion", "my silly question", "sailing-by-the-stars"):
        assert part in text


def test_export_holds_nothing_of_others(history, other_learner):
    text = json.dumps(dict(privacy.export(history)), cls=DjangoJSONEncoder)
    assert "not silly" not in text
    assert other_learner.email not in text


def test_erasure_leaves_others_and_correct_sums(history, other_learner, course):
    privacy.erase(history)
    assert all(not rows for _name, rows in privacy.export(history))
    assert Comment.objects.get(author=other_learner).vote_count == 0
    placeholder = Comment.objects.get(parent=None)
    assert (placeholder.author, placeholder.body) == (None, "")
    course = Course.objects.get(pk=course.pk)
    assert (course.learner_count, course.rating_count, course.rating_sum) == (1, 1, 3)
    assert Enrolment.objects.filter(learner=other_learner).exists()
