"""Certificates: only for the completed, checkable by anybody, revocable."""

import pytest

from courses import certificates, progress
from courses.errors import Refused
from courses.models import Certificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(lessons, enrolled):
    for lesson in lessons:
        progress.complete_lesson(lesson=lesson, learner=enrolled)
    return Certificate.objects.get(learner=enrolled)


def test_not_before_the_course_is_completed(course, enrolled):
    with pytest.raises(Refused, match="Complete the course first"):
        certificates.issue(learner=enrolled, course=course)


def test_asking_again_finds_the_same(certificate, course, enrolled):
    assert certificates.issue(learner=enrolled, course=course) == certificate


def test_anybody_can_check_it(client, certificate):
    page = client.get(certificate.get_absolute_url())
    assert page.status_code == 200
    for text in ("This certificate is valid", "Ada", "Sailing by the stars", "<svg"):
        assert text in page.text
    assert client.get("/certificates/0000000000/").status_code == 404


def test_a_revoked_one_says_so_and_why(client, certificate, course, enrolled):
    certificates.revoke(certificate=certificate, reason="Issued by mistake.")
    page = client.get(certificate.get_absolute_url())
    assert "has been revoked" in page.text
    assert "Issued by mistake." in page.text
    assert "is valid" not in page.text
    assert certificates.issue(learner=enrolled, course=course) != certificate


def test_what_it_says_does_not_change_with_later_names(certificate, course, enrolled):
    enrolled.display_name = "Another"
    enrolled.save()
    certificate.refresh_from_db()
    assert certificate.learner_name == "Ada"


@pytest.mark.parametrize(
    "name", ["Ada Lovelace", "Žofie Łukasiewicz", "阿达", "عادة", "A" * 200, "<b>Ada</b>"]
)
def test_pdf_is_drawn_for_any_name(client, certificate, name):
    Certificate.objects.filter(pk=certificate.pk).update(learner_name=name)
    answer = client.get(f"{certificate.get_absolute_url()}certificate.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.count(b"/Type /Page\n") == 1
