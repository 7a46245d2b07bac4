"""One idempotency key, sent by many requests at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from courses.models import Enrolment
from credits import ledger
from world import build_course


@pytest.mark.django_db(transaction=True)
def test_one_key_sent_by_many_at_once_works_once():
    learner = User.objects.create_user("ada@example.org")
    course = build_course("Numbers", topic="Mathematics", price=25)
    ledger.award(learner=learner, amount=30, reason="streak", source="streak:1")
    client = Client()
    client.force_login(learner)
    token = client.session.session_key

    def ask(_number):
        try:
            return (
                Client(headers={"Idempotency-Key": "one", "X-Session-Token": token})
                .post(f"/api/v1/courses/{course.slug}/enrolment/", {}, content_type="application/json")
                .status_code
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(6))) == [201] * 6
    assert ledger.balance(learner) == 5
    assert Enrolment.objects.count() == 1
