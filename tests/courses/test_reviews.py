"""One rating each, by learners of the course; the sums always agree with the rows."""

import pytest
from django.db.models import Count, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses import enrolment, reviews
from courses.errors import Refused
from courses.models import Course, Review

pytestmark = pytest.mark.django_db


def test_only_learners_of_the_course_rate(course, learner):
    with pytest.raises(Refused, match="Enrol"):
        reviews.rate(learner=learner, course=course, stars=5)


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_stars_are_1_to_5(course, enrolled, stars):
    with pytest.raises(Refused, match="1 to 5"):
        reviews.rate(learner=enrolled, course=course, stars=stars)


def test_few_ratings_weigh_less_than_many(course, enrolled):
    reviews.rate(learner=enrolled, course=course, stars=5)
    course.refresh_from_db()
    assert course.rating == pytest.approx((5 * 3.5 + 5) / 6)
    Course.objects.filter(pk=course.pk).update(rating_count=100, rating_sum=480)
    course.refresh_from_db()
    assert course.rating == pytest.approx(4.738, abs=0.001)
    assert Course.objects.with_rating().get().bayesian_rating == pytest.approx(course.rating)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), max_size=8))
def test_sums_agree_with_the_rows(course, learner, other_learner, acts):
    people = [learner, other_learner]
    for person in people:
        enrolment.enrol(learner=person, course=course)
    Review.objects.all().delete()
    Course.objects.update(rating_count=0, rating_sum=0)
    for who, stars in acts:
        if stars:
            reviews.rate(learner=people[who], course=course, stars=stars)
        else:
            for review in Review.objects.filter(learner=people[who]):
                reviews.remove(review=review)
    course.refresh_from_db()
    rows = Review.objects.aggregate(n=Count("pk"), total=Sum("stars", default=0))
    assert (course.rating_count, course.rating_sum) == (rows["n"], rows["total"])
