import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from quizzes import attempts, authoring, privacy
from quizzes.models import Accommodation, Attempt, AttemptStep
from quizzes.regrade import regrade
from quizzes.reports import quiz_report

pytestmark = pytest.mark.django_db


def test_an_export_holds_the_answers_in_words(learner, other_learner, quiz, take):
    take()
    take(who=other_learner)
    rows = dict(privacy.export(learner))
    [attempt] = rows["quiz_attempts"]
    assert attempt["answers"][0]["answer"] == "0, 1, 2"
    assert attempt["credits_earned"] == 10
    json.dumps(rows, cls=DjangoJSONEncoder)


def test_erasure_takes_the_name_and_the_words_and_keeps_the_marks(
    learner, other_learner, quiz, take, answers
):
    take({**answers.right, 5: "my own words"})
    take(who=other_learner)
    question = quiz.slots.get(position=5).question
    authoring.revise_question(question=question, data={"answers": ["my own words"]})
    regrade(quiz=quiz, dry_run=False)
    attempts.start(quiz=quiz, learner=learner)
    Accommodation.objects.create(learner=learner, extra_time_percent=50)
    before = quiz_report(quiz).quiz
    privacy.erase(learner)
    assert not Attempt.objects.filter(learner=learner).exists()
    assert not Accommodation.objects.exists()
    assert quiz_report(quiz).quiz == before
    erased = Attempt.objects.get(learner=None)
    assert erased.questions.get(position=5).response is None
    kept = json.dumps(list(AttemptStep.objects.filter(attempt=erased).values_list("payload", flat=True)))
    assert "my own words" not in kept
    assert str(learner) not in json.dumps(quiz.regrades.get().report)
    assert Attempt.objects.filter(learner=other_learner).count() == 1
