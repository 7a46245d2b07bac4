"""Learners who keep to one topic, so that a model trained on them has something to find."""

import random

from django.utils import timezone

from accounts.models import User
from activity.models import Event, Kind, Verb
from quizzes.models import Quiz


def simulate(world, count=80, seed=5):
    """Learners who keep to one topic: they look at, enrol in and finish its courses, and pass its quizzes."""
    random.seed(seed)
    by_topic = {}
    for course in world.others:
        by_topic.setdefault(course.topics.get().slug, []).append(course)
    quiz_of = dict(Quiz.objects.filter(course__in=world.others).values_list("course_id", "pk"))
    now = timezone.now()
    for number in range(count):
        user = User.objects.create_user(f"simulated{number}@example.org", is_simulated=True)
        events = []
        favourite = random.choice(sorted(by_topic))
        for day, course in enumerate(random.sample(by_topic[favourite], 3)):
            moment = now - timezone.timedelta(days=40 - 9 * day - random.random() * 5)
            for minutes, (kind, object_id, verb) in enumerate(
                [
                    (Kind.COURSE, course.pk, Verb.VIEWED),
                    (Kind.COURSE, course.pk, Verb.ENROLLED),
                    (Kind.QUIZ, quiz_of[course.pk], Verb.VIEWED),
                    (Kind.QUIZ, quiz_of[course.pk], random.choice([Verb.PASSED, Verb.FAILED])),
                ]
            ):
                events.append(
                    Event(
                        recorded_at=moment + timezone.timedelta(minutes=minutes),
                        occurred_at=moment + timezone.timedelta(minutes=minutes),
                        learner_id=user.pk,
                        verb=verb,
                        kind=kind,
                        object_id=object_id,
                    )
                )
        Event.objects.bulk_create(events)
