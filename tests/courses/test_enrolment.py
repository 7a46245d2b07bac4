"""Joining, paying, leaving."""

import threading

import pytest
from django.db import connection

from activity.models import Event, Kind, Verb
from courses import enrolment, prerequisites, progress, publishing
from courses.authoring import add_lesson, add_section, create_course, save_course
from courses.errors import Refused
from courses.models import Course, Enrolment
from credits import ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def priced(course):
    return save_course(course=course, price=30)


def test_enrolling_twice_is_enrolling_once(course, learner):
    first, created = enrolment.enrol(learner=learner, course=course)
    again, created_again = enrolment.enrol(learner=learner, course=course)
    assert (created, created_again) == (True, False)
    assert first == again
    course.refresh_from_db()
    assert course.learner_count == 1
    assert Event.objects.filter(verb=Verb.ENROLLED, kind=Kind.COURSE, learner_id=learner.pk).count() == 1


def test_a_draft_can_not_be_joined(draft, learner):
    with pytest.raises(Refused, match="not open yet"):
        enrolment.enrol(learner=learner, course=draft)


def test_a_priced_course_is_paid_once(priced, learner):
    ledger.award(learner=learner, amount=50, reason="first_pass", source="quiz:1")
    enrolment.enrol(learner=learner, course=priced)
    enrolment.leave(learner=learner, course=priced)
    returned, created = enrolment.enrol(learner=learner, course=priced)
    assert created
    assert returned.credits_paid == 30
    assert ledger.balance(learner) == 20


def test_short_of_credits_leaves_nothing_behind(priced, learner):
    ledger.award(learner=learner, amount=18, reason="first_pass", source="quiz:1")
    with pytest.raises(Refused, match="You need 12 more credits: pass a quiz to earn them"):
        enrolment.enrol(learner=learner, course=priced)
    assert not Enrolment.objects.exists()
    assert ledger.balance(learner) == 18


def test_prerequisites_come_first(course, learner):
    basics = publishing.publish(course=create_course(title="Basics"))
    add_lesson(section=add_section(course=basics, title="One"), title="Only", blocks="Text.")
    prerequisites.set_prerequisites(item=course, prerequisites=[basics])
    with pytest.raises(Refused, match="Complete “Basics” first"):
        enrolment.enrol(learner=learner, course=course)
    enrolment.enrol(learner=learner, course=basics)
    progress.complete_lesson(lesson=basics.lessons.get(), learner=learner)
    assert enrolment.enrol(learner=learner, course=course)[1]


def test_leaving_keeps_progress_and_counts_down(course, enrolled, lessons):
    progress.complete_lesson(lesson=lessons[1], learner=enrolled)
    assert enrolment.leave(learner=enrolled, course=course)
    assert not enrolment.leave(learner=enrolled, course=course)
    course.refresh_from_db()
    assert course.learner_count == 0
    back, _created = enrolment.enrol(learner=enrolled, course=course)
    assert back.percent == 33


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_pay_once(course, learner):
    save_course(course=course, price=30)
    ledger.award(learner=learner, amount=100, reason="first_pass", source="quiz:1")
    barrier, created = threading.Barrier(2), []

    def click():
        barrier.wait()
        try:
            created.append(enrolment.enrol(learner=learner, course=Course.objects.get(pk=course.pk))[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created) == [False, True]
    assert ledger.balance(learner) == 70
    course.refresh_from_db()
    assert course.learner_count == 1
