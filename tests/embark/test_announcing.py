"""Announcements: counted first, sent once, to those they are meant for."""

import pytest
from django.test import Client

from accounts.models import User
from courses import enrolment
from notices.models import Notice, Preference
from world import build_course


@pytest.fixture
def client(admin):
    client = Client()
    client.force_login(admin)
    return client


@pytest.mark.django_db
def test_an_announcement_is_counted_then_sent(client, learner, other_learner):
    course, elsewhere = (build_course(title, topic="Mathematics") for title in ("Numbers", "Sets"))
    enrolment.enrol(learner=learner, course=course)
    enrolment.enrol(learner=other_learner, course=elsewhere)
    enrolment.enrol(learner=other_learner, course=course)
    enrolment.leave(learner=other_learner, course=course)
    words = {"course": course.pk, "title": "A new lesson", "body": "It's about %s zero.", "url": "/courses/"}
    counted = client.post("/admin/announcement/", words)
    assert "It goes to 1 learner." in counted.content.decode()
    assert not Notice.objects.exists()
    more = client.post("/admin/announcement/", {**words, "course": "", "send": "1"})
    assert "It goes to 3 learners." in more.content.decode(), "counted again after a change"
    assert not Notice.objects.exists()
    client.post("/admin/announcement/", {**words, "send": "1"})
    [notice] = Notice.objects.all()
    assert (notice.learner, notice.title, notice.body) == (learner, words["title"], words["body"])
    assert notice.mail_at is not None


@pytest.mark.django_db
def test_everybody_is_told_and_only_those_mailed_who_want_it(client, admin, learner, other_learner):
    Preference.objects.create(learner=learner, email=False)
    User.objects.create_user("gone@example.org", is_active=False)
    User.objects.create_user("simulated@example.org", is_simulated=True)
    client.post("/admin/announcement/", {"title": "Hello", "send": "4"})
    told = {notice.learner.email: notice.mail_at is not None for notice in Notice.objects.all()}
    assert told == {
        admin.email: True,
        learner.email: False,
        other_learner.email: True,
        "simulated@example.org": False,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["https://elsewhere.example", "//elsewhere.example", "javascript:alert(1)"])
def test_an_announcement_leads_nowhere_else(client, learner, url):
    page = client.post("/admin/announcement/", {"title": "Hello", "url": url, "send": "1"}).content.decode()
    assert "Write an address of this site" in page
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_the_list_of_notices_leads_to_it(client):
    page = client.get("/admin/notices/notice/").content.decode()
    assert "/admin/notices/notice/announce" in page
    followed = client.get("/admin/notices/notice/announce", follow=True)
    assert followed.redirect_chain[-1][0] == "/admin/announcement/"
