"""Comments: who may write, what is held back, what stays after a deletion."""

import datetime

import pytest
from django.utils import timezone

from courses import discussion, enrolment
from courses.errors import Refused
from courses.models import Comment

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment(lessons, enrolled):
    return discussion.post(lesson=lessons[1], author=enrolled, body="What is *north*?", is_question=True)


@pytest.fixture
def classmate(course, other_learner):
    enrolment.enrol(learner=other_learner, course=course)
    return other_learner


def test_only_readers_write(lessons, other_learner):
    with pytest.raises(Refused, match="Enrol"):
        discussion.post(lesson=lessons[1], author=other_learner, body="Hello")


@pytest.mark.parametrize(("body", "reason"), [("  \n ", "Write something"), ("x" * 10_001, "at most 10,000")])
def test_empty_and_endless_comments_are_refused(lessons, enrolled, body, reason):
    with pytest.raises(Refused, match=reason):
        discussion.post(lesson=lessons[1], author=enrolled, body=body)


def test_a_double_click_is_one_comment(lessons, enrolled, comment):
    again = discussion.post(lesson=lessons[1], author=enrolled, body="What is *north*?", is_question=True)
    assert again == comment
    assert Comment.objects.count() == 1


def test_a_flood_is_stopped(lessons, enrolled):
    for number in range(discussion.PER_MINUTE):
        discussion.post(lesson=lessons[1], author=enrolled, body=f"Comment {number}")
    with pytest.raises(Refused, match="wait a minute"):
        discussion.post(lesson=lessons[1], author=enrolled, body="One more")
    later = timezone.now() + datetime.timedelta(minutes=2)
    assert discussion.post(lesson=lessons[1], author=enrolled, body="One more", now=later)


def test_a_newcomers_link_waits_and_a_known_persons_does_not(lessons, enrolled, admin):
    held = discussion.post(lesson=lessons[1], author=enrolled, body="See https://example.org")
    assert held.status == Comment.Status.PENDING
    assert list(Comment.objects.visible_to(enrolled)) == [held]
    assert not Comment.objects.visible_to(None).exists()
    assert list(Comment.objects.visible_to(admin)) == [held]
    for number in range(discussion.TRUSTED_AFTER):
        discussion.post(lesson=lessons[1], author=enrolled, body=f"Plain {number}")
    trusted = discussion.post(lesson=lessons[1], author=enrolled, body="See https://example.org/2")
    assert trusted.status == Comment.Status.VISIBLE


def test_reply_notifies_and_can_be_accepted(comment, enrolled, classmate):
    reply = discussion.post(lesson=comment.lesson, author=classmate, body="Up.", parent=comment)
    assert enrolled.notices.get().url == discussion.address(reply)
    with pytest.raises(Refused, match="Only the person who asked"):
        discussion.accept(comment=reply, user=classmate)
    discussion.accept(comment=reply, user=enrolled)
    second = discussion.post(lesson=comment.lesson, author=classmate, body="Down.", parent=comment)
    discussion.accept(comment=second, user=enrolled)
    assert list(comment.replies.filter(is_accepted=True)) == [second]


def test_replies_go_one_level_deep(comment, enrolled, classmate):
    reply = discussion.post(lesson=comment.lesson, author=classmate, body="Up.", parent=comment)
    with pytest.raises(Refused, match="Reply to a comment"):
        discussion.post(lesson=comment.lesson, author=enrolled, body="No.", parent=reply)


def test_a_reply_in_another_lesson_is_refused(comment, lessons, enrolled):
    with pytest.raises(Refused, match="Reply to a comment"):
        discussion.post(lesson=lessons[2], author=enrolled, body="No.", parent=comment)


def test_mentions_reach_people_of_the_discussion_only(comment, lessons, enrolled, classmate, admin):
    discussion.post(lesson=lessons[1], author=classmate, body="@ADA and @Admin, look")
    assert enrolled.notices.filter(kind="mention").count() == 1
    assert not admin.notices.exists()


def test_votes_count_once_and_not_for_oneself(comment, enrolled, classmate):
    with pytest.raises(Refused, match="your own"):
        discussion.vote(comment=comment, learner=enrolled)
    assert discussion.vote(comment=comment, learner=classmate) == 1
    assert discussion.vote(comment=comment, learner=classmate) == 1
    assert discussion.vote(comment=comment, learner=classmate, on=False) == 0
    assert discussion.vote(comment=comment, learner=classmate, on=False) == 0


def test_deleting_with_replies_leaves_a_place_without_words_or_name(comment, enrolled, classmate):
    reply = discussion.post(lesson=comment.lesson, author=classmate, body="Up.", parent=comment)
    discussion.delete(comment=comment)
    comment.refresh_from_db()
    assert (comment.status, comment.body, comment.body_html, comment.author) == ("deleted", "", "", None)
    reply.refresh_from_db()
    discussion.delete(comment=reply)
    assert not Comment.objects.exists()


def test_three_reports_take_a_comment_to_the_queue_and_a_moderator_decides(
    comment, classmate, admin, django_user_model
):
    reporters = [classmate, admin, django_user_model.objects.create_user("c@example.org")]
    for person in reporters:
        discussion.report(comment=comment, reporter=person, reason="Rude")
        discussion.report(comment=comment, reporter=person, reason="Rude")
    comment.refresh_from_db()
    assert comment.status == Comment.Status.PENDING
    assert comment.reports.count() == 3
    assert discussion.moderate(comments=[comment], show=False) == 1
    comment.refresh_from_db()
    assert comment.status == Comment.Status.HIDDEN
    assert not comment.reports.filter(resolved_at=None).exists()


def test_editing_cleans_again(comment):
    discussion.edit(comment=comment, body="<script>alert(1)</script> **bold**")
    assert "<script" not in comment.body_html
    assert "<strong>bold</strong>" in comment.body_html
