"""Seconds from the publication of a course to its first suggestion, with a real worker and its beat.

Whether a course is among the best for somebody is a matter of training; what is measured is how long it takes
until it can be. So the reader has said "not interested" to everything that was there before.
"""

import secrets
import time

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from activity.models import Kind
from courses import authoring, publishing
from courses.models import Topic
from embark.measuring.browser import Browser, signed_in
from embark.measuring.site import Site
from recommender import artifacts, catalog, live
from recommender.models import Feedback
from recommender.serving import delta

PATIENCE = 180
POLL_SECONDS = 0.5
NO = Feedback.Answer.NOT_INTERESTED


def measure():
    """Seconds until the course has a vector, and until a page of a learner interested in it shows it."""
    run = secrets.token_hex(3)
    topic = Topic.objects.create(slug=f"brand-new-{run}", name=f"Brand new {run}")
    reader = User.objects.create_user(f"reader-{run}@bench.invalid", display_name="Reader")
    reader.profile.interests = [topic.slug]
    reader.profile.save()
    Feedback.objects.bulk_create(
        [
            Feedback(learner=reader, kind=Kind[card.kind.upper()], object_id=card.object_id, answer=NO)
            for card in catalog.cards().values()
            if card.available
        ]
    )
    with Site() as site:
        site.start_web()
        site.start_worker()
        browser = Browser(site.port, signed_in(reader))
        _wait_for_worker(browser)
        course = authoring.create_course(
            title=f"Brand new course {run}", summary="New.", topics=[topic.name],
            level="beginner", language="en",
        )  # fmt: skip
        section = authoring.add_section(course=course, title="Beginning")
        authoring.add_lesson(section=section, title="New lesson", blocks=[{"kind": "text", "source": "New."}])
        publishing.publish(course=course)
        page = reverse("recommender:yours")
        published, vector, shown = time.monotonic(), None, None
        while not (shown and vector) and time.monotonic() - published < PATIENCE:
            path = artifacts.live(settings.MODELS_DIR)
            if vector is None and f"course:{course.pk}" in delta.known_items(path):
                vector = time.monotonic() - published
            _status, body, _location = browser.request(page)
            if shown is None and course.get_absolute_url().encode() + b"?via=" in body:
                shown = time.monotonic() - published
            time.sleep(POLL_SECONDS)
        live.forget()
    return {
        "vector after s": vector and round(vector, 1),
        "suggested after s": shown and round(shown, 1),
    }


def _wait_for_worker(browser):
    """The worker takes seconds to start, which is no part of what is measured."""
    from embark.celery import app

    deadline = time.monotonic() + PATIENCE
    while not app.control.ping(timeout=1) and time.monotonic() < deadline:
        browser.request("/")
