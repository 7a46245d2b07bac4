"""Ratings and reviews: one of each learner who is or was in the course."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from activity import events
from courses.content.markdown import storable
from courses.errors import Refused
from courses.models import Course, Enrolment, Review


@transaction.atomic
def rate(*, learner, course, stars, body="", now=None, context=None):
    """Give a course 1 to 5 stars and, if wanted, words; a second time replaces the first. Raises Refused."""
    if stars not in (1, 2, 3, 4, 5):
        raise Refused(_("Give 1 to 5 stars."))
    if not Enrolment.objects.filter(learner=learner, course=course).exists():
        raise Refused(_("Enrol in the course to rate it."))
    # The course row is locked first: its sums and the reviews behind them change together.
    course = Course.objects.select_for_update().get(pk=course.pk)
    old = Review.objects.filter(learner=learner, course=course).first()
    review = old or Review(learner=learner, course=course)
    before = old.stars if old else 0
    review.stars, review.body = stars, storable(body).strip()[:5_000]
    review.save()
    Course.objects.filter(pk=course.pk).update(
        rating_count=F("rating_count") + (0 if old else 1), rating_sum=F("rating_sum") + stars - before
    )
    events.record(
        verb="rated",
        kind="course",
        object_id=course.pk,
        learner=learner,
        value=stars,
        occurred_at=now or timezone.now(),
        context=context,
    )
    return review


@transaction.atomic
def remove(*, review):
    """Delete a review and take its stars out of the course's sums."""
    Course.objects.select_for_update().get(pk=review.course_id)
    deleted, _by_model = Review.objects.filter(pk=review.pk).delete()
    if deleted:
        Course.objects.filter(pk=review.course_id).update(
            rating_count=F("rating_count") - 1, rating_sum=F("rating_sum") - review.stars
        )
