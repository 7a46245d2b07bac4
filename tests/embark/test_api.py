"""The site for programs: a whole journey by token, and what every answer has."""

import json

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from activity.models import Event, Impression, Verb
from courses.models import LessonProgress
from credits import ledger
from embark.models import StoredResponse
from notices.messages import notify
from quizzes.models import Attempt, Quiz


@pytest.fixture
def client(world):
    """A signed-in learner who sends and reads JSON."""
    return signed_in(world.learner)


def signed_in(user, **headers):
    client = Client(headers=headers)
    client.force_login(user)
    return client


def post(client, path, body=None, **headers):
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)


def get(client, path, **headers):
    return client.get(f"/api/v1/{path}", headers=headers)


# ------------------------------------------------------------------------------------------- the journey


@pytest.mark.django_db
def test_a_program_learns_and_earns_by_token(world):
    learner = User.objects.get(pk=world.other.pk)
    EmailAddress.objects.create(user=learner, email=learner.email, verified=True, primary=True)
    learner.set_password("correct horse battery")
    learner.save()
    program = Client()
    signed = program.post(
        "/api/auth/app/v1/auth/login",
        {"email": learner.email, "password": "correct horse battery"},
        content_type="application/json",
    )
    token = {"X-Session-Token": signed.json()["meta"]["session_token"]}
    program = Client()  # nothing but the token tells who it is

    found = get(program, "courses/?q=number", **token).json()["results"]
    assert [course["slug"] for course in found] == [world.course.slug]
    detail = get(program, f"courses/{world.course.slug}/", **token).json()
    lessons = [lesson for section in detail["outline"] for lesson in section["lessons"]]
    assert [lesson["is_locked"] for lesson in lessons] == [False, True]
    assert post(program, f"courses/{world.course.slug}/enrolment/", **token).status_code == 201
    assert post(program, f"courses/{world.course.slug}/enrolment/", **token).status_code == 200
    for lesson in lessons:
        assert get(program, f"lessons/{lesson['id']}/", **token).json()["blocks"][0]["html"]
        assert post(program, f"lessons/{lesson['id']}/open/", **token).status_code == 200
        done = post(program, f"lessons/{lesson['id']}/complete/", **token).json()
        assert done["is_new"]
    assert done["progress"]["percent"] == 100

    started = post(program, f"quizzes/{world.quiz.slug}/attempts/", **token)
    assert started.status_code == 201
    attempt = started.json()
    answers = [right_answer(question) for question in attempt["questions"]]
    step = {"sequence": attempt["sequence"] + 1, "token": "one", "answers": answers}
    saved = post(program, f"attempts/{attempt['id']}/answers/", step, **token)
    assert saved.json()["outcome"] == "saved"
    again = post(program, f"attempts/{attempt['id']}/answers/", step, **token)
    assert again.json()["outcome"] == "repeated"
    result = post(program, f"attempts/{attempt['id']}/submit/", **token).json()
    assert (result["passed"], result["percent"], result["credits_earned"]) == (True, 100.0, 10)
    review = get(program, f"attempts/{attempt['id']}/review/", **token).json()
    assert [question["state"] for question in review] == ["right", "right"]
    assert get(program, "wallet/", **token).json() == {"balance": 10, "expiring": []}
    [entry] = get(program, "wallet/entries/", **token).json()["results"]
    assert (entry["amount"], entry["reason"]) == (10, "first_pass")
    assert get(program, "enrolments/", **token).json()["count"] == 1
    verbs = set(Event.objects.filter(learner_id=world.other.pk).values_list("verb", flat=True))
    assert {Verb.VIEWED, Verb.ENROLLED, Verb.COMPLETED, Verb.PASSED} <= verbs


def right_answer(question):
    """What a learner who knows would send."""
    right = {"radio": "4"}
    for option in question["inputs"]["options"]:
        label = option["html"] if "html" in option else option["text"]
        if right["radio"] in label or "True" in label:
            return {"position": question["position"], "values": {"choice": [str(option["value"])]}}
    raise AssertionError(question)


@pytest.mark.django_db
def test_a_wrong_token_is_refused_even_where_anybody_may_ask(world):
    for token in ("wrong", "x" * 41, "ä"):
        response = get(Client(), "courses/", **{"X-Session-Token": token})
        assert (response.status_code, response.json()["code"]) == (401, "authentication_failed")
        assert response.headers["WWW-Authenticate"] == "X-Session-Token"


@pytest.mark.django_db
def test_an_account_that_was_closed_has_no_way_in(world):
    client = signed_in(world.other)
    token = client.session.session_key
    assert get(Client(), "wallet/", **{"X-Session-Token": token}).status_code == 200
    User.objects.filter(pk=world.other.pk).update(is_active=False)
    assert get(Client(), "wallet/", **{"X-Session-Token": token}).status_code == 401


# ---------------------------------------------------------------------------------------- answers hidden


SECRETS = ["Two and two are four", "It is.", "correct", 'fraction":', 'right_answer":"4']


@pytest.mark.django_db
def test_no_answer_key_leaves_while_an_attempt_can_earn(world, client):
    quiz, attempt = world.quiz, world.attempt
    texts = [
        get(client, path).content.decode()
        for path in ("quizzes/", f"quizzes/{quiz.slug}/", f"attempts/{attempt.public_id}/", "attempts/")
    ]
    saved = post(client, f"attempts/{attempt.public_id}/answers/", {"sequence": 1, "answers": []})
    submitted = post(client, f"attempts/{attempt.public_id}/submit/")
    review = get(client, f"attempts/{attempt.public_id}/review/")
    assert submitted.json()["shows_answers"] is False
    texts += [saved.content.decode(), submitted.content.decode(), review.content.decode()]
    assert [(secret, text) for text in texts for secret in SECRETS if secret in text] == []


@pytest.mark.django_db
def test_answers_are_explained_once_nothing_can_be_earned(world, client):
    attempt = get(client, f"attempts/{world.attempt.public_id}/").json()
    answers = [right_answer(question) for question in attempt["questions"]]
    post(client, f"attempts/{attempt['id']}/submit/", {"answers": answers})
    review = get(client, f"attempts/{attempt['id']}/review/").json()
    assert "Two and two are four" in review[0]["explanation_html"] + review[1]["explanation_html"]


@pytest.mark.django_db
def test_forward_only_quizzes_show_the_page_at_hand_alone(world, client):
    Quiz.objects.filter(pk=world.quiz.pk).update(navigation=Quiz.Navigation.SEQUENTIAL)
    first, second = world.attempt.questions.order_by("position")
    type(second).objects.filter(pk=second.pk).update(page=2)
    path = f"attempts/{world.attempt.public_id}/"
    assert [question["position"] for question in get(client, path).json()["questions"]] == [first.position]
    turned = post(client, f"{path}page/", {"page": 2}).json()
    assert [question["position"] for question in turned["questions"]] == [second.position]


@pytest.mark.django_db
def test_marks_stay_hidden_where_the_quiz_hides_them(world, client):
    Quiz.objects.filter(pk=world.done.quiz_id).update(show_marks=False)
    result = get(client, f"attempts/{world.done.public_id}/result/").json()
    assert (result["mark"], result["percent"]) == (None, None)
    listed = get(client, "quizzes/").json()["results"]
    assert [quiz["best_percent"] for quiz in listed if quiz["slug"] == world.done.quiz.slug] == [None]


@pytest.mark.django_db
def test_a_model_answer_is_for_those_who_answered(world, client):
    blocks = get(client, f"lessons/{world.preview.pk}/").json()["blocks"]
    assert "Gladly" not in json.dumps(blocks)


@pytest.mark.django_db
def test_a_late_step_tells_where_to_go_on_and_a_closed_attempt_is_gone(world, client):
    path = f"attempts/{world.attempt.public_id}/answers/"
    assert post(client, path, {"sequence": 5, "token": "a", "answers": []}).status_code == 200
    late = post(client, path, {"sequence": 3, "token": "b", "answers": []})
    assert (late.status_code, late.json()["code"], late.json()["sequence"]) == (409, "late", 5)
    post(client, f"attempts/{world.attempt.public_id}/submit/")
    gone = post(client, path, {"sequence": 9, "answers": []})
    assert (gone.status_code, gone.json()["code"]) == (410, "closed")


# ------------------------------------------------------------------------------------------- suggestions


PROGRAM = "suggestions/?placement=program&limit=3"


@pytest.mark.django_db
def test_suggestions_are_logged_heed_feedback_and_forget_it(world, client):
    before = Impression.objects.filter(learner_id=world.learner.pk).count()
    row = get(client, PROGRAM).json()
    assert len(row["items"]) == 3
    assert all(item["reason"] for item in row["items"])
    assert Impression.objects.filter(learner_id=world.learner.pk, placement="program").count() == 3
    assert Impression.objects.filter(learner_id=world.learner.pk).count() == before + 3
    key = row["items"][0]["key"]
    assert post(client, "suggestions/feedback/", {"item": key, "answer": "not_interested"}).status_code == 201
    assert key not in [item["key"] for item in get(client, PROGRAM).json()["items"]]
    assert [answer["item"] for answer in get(client, "suggestions/feedback/").json()] == [key]
    assert client.delete(f"/api/v1/suggestions/feedback/{key}/").status_code == 204
    assert client.delete(f"/api/v1/suggestions/feedback/{key}/").status_code == 404
    assert key in [item["key"] for item in get(client, PROGRAM).json()["items"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("item=course:999999999", 404),
        ("item=nothing", 400),
        ("limit=0", 400),
        ("limit=x", 400),
        ("placement=%00", 400),
    ],
)
def test_what_suggestions_can_not_be_asked(client, query, status):
    assert get(client, f"suggestions/?{query}").status_code == status


@pytest.mark.django_db
def test_notices_are_read_and_preferences_kept(world, client):
    notify(learner=world.learner, kind="test", title="Hello")
    unread = get(client, "notices/?unread=true").json()
    assert unread["results"][0]["title"] == "Hello"
    assert post(client, "notices/read/").json() == {"marked": unread["count"]}
    assert get(client, "notices/?unread=true").json()["count"] == 0
    whole = {"quiet_from": "22:00", "quiet_until": "07:00", "digest": True}
    client.patch("/api/v1/notices/preferences/", whole, content_type="application/json")
    assert get(client, "notices/preferences/").json() == {"email": True} | whole


# ----------------------------------------------------------------------------------------------- problems


@pytest.mark.django_db
def test_every_error_is_a_problem_document(world, client):
    visitor = Client()
    responses = {
        401: get(visitor, "wallet/"),
        403: get(signed_in(world.other), f"lessons/{world.lesson.pk}/"),
        404: get(client, "nowhere/at/all/"),
        405: client.put("/api/v1/wallet/"),
        406: get(client, "wallet/", Accept="text/csv"),
        409: post(client, f"courses/{world.priced.slug}/enrolment/"),
        415: client.post(f"/api/v1/attempts/{world.attempt.public_id}/submit/", {"a": "b"}),
        400: client.post(
            f"/api/v1/attempts/{world.attempt.public_id}/submit/", "{", content_type="application/json"
        ),
    }
    for status, response in responses.items():
        assert response.status_code == status, response.content
        assert response.headers["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert problem["status"] == status
        assert problem["detail"].endswith(".") or status in (400, 415), problem
        assert problem["instance"].startswith("/api/v1/")
        page = Client().get("/api/v1/").content.decode()
        assert f'id="{problem["type"].partition("#")[2]}"' in page, "the type leads to its explanation"
    assert "GET" in responses[405].headers["Allow"]
    assert "20 more credits" in responses[409].json()["detail"]


@pytest.mark.django_db
def test_validation_names_each_field_by_pointer(world, client):
    step = {"sequence": 0, "answers": [{"position": 1, "values": {"choice": "0"}}, {"values": {}}]}
    problem = post(client, f"attempts/{world.attempt.public_id}/answers/", step).json()
    pointers = {error["pointer"] for error in problem["errors"]}
    assert pointers == {"/sequence", "/answers/0/values/choice", "/answers/1/position"}


@pytest.mark.django_db
def test_a_body_that_is_too_large_is_refused_unread(world, client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = post(client, "notices/read/", {"a": "b" * 2000})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.django_db
def test_a_fault_of_ours_is_a_problem_too_and_tells_nothing(world, client, caplog):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE credits_account RENAME TO elsewhere")
        response = get(client, "wallet/")
        transaction.set_rollback(True)
    assert response.status_code == 500
    assert "credits_account" not in response.content.decode()
    assert "credits_account" in caplog.text


@pytest.mark.django_db
def test_a_name_with_a_nul_is_no_name(client):
    assert get(client, "courses/a%00b/").status_code == 404
    assert get(client, "courses/?q=a%00b").status_code == 400


@pytest.mark.django_db
def test_a_browser_s_session_needs_its_csrf_token(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.learner)
    response = post(client, "notices/read/")
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    client.get("/")
    token = client.cookies["csrftoken"].value
    assert post(client, "notices/read/", **{"X-CSRFToken": token}).status_code == 200


@pytest.mark.django_db
def test_lists_come_in_pages_and_a_wrong_page_is_an_error(world, client):
    first = get(client, "courses/?limit=5&sort=title").json()
    second = client.get(first["next"]).json()
    titles = [course["title"] for course in first["results"] + second["results"]]
    assert len(first["results"]) == 5
    assert titles == sorted(titles)
    assert len(set(titles)) == len(titles)
    for query in ("limit=0", "limit=101", "limit=x", "offset=-1", "limit=9999999999999999999999"):
        assert get(client, f"courses/?{query}").status_code == 400


# ---------------------------------------------------------------------------------------- throttling


@pytest.mark.django_db
@pytest.mark.parametrize("cache", ["there", "away"])
def test_too_many_requests_are_put_off(world, settings, monkeypatch, cache):
    if cache == "away":
        nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
        settings.CACHES = {**settings.CACHES, "default": nowhere}
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"visitor": 2, "learner": 3, "write": 1, "suggestions": 1},
    }
    visitor, learner = Client(), signed_in(world.learner)
    assert [get(visitor, "courses/").status_code for _ in range(3)] == [200, 200, 429]
    assert [get(learner, "courses/").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert [post(learner, "notices/read/").status_code for _ in range(2)] == [200, 429]
    assert [get(learner, "suggestions/").status_code for _ in range(2)] == [200, 429]
    refused = get(visitor, "courses/")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    forged = get(visitor, "courses/", **{"X-Forwarded-For": "203.0.113.9"})
    assert forged.status_code == 429, "an address is not what the caller says it is"


# ---------------------------------------------------------------------------------------- idempotency


@pytest.mark.django_db
def test_a_repeated_write_is_done_once_and_answered_alike(world):
    client = signed_in(world.other)
    path = f"courses/{world.course.slug}/enrolment/"
    first = post(client, path, **{"Idempotency-Key": "one"})
    again = post(client, path, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert post(client, path, **{"Idempotency-Key": "two"}).status_code == 200


@pytest.mark.django_db
def test_a_key_belongs_to_one_request_of_one_learner(world):
    client = signed_in(world.other)
    path = "suggestions/feedback/"
    key = {"Idempotency-Key": "one"}
    course = {"item": f"course:{world.course.pk}", "answer": "known"}
    assert post(client, path, course, **key).status_code == 201
    for other in ({**course, "answer": "more"},):
        response = post(client, path, other, **key)
        assert (response.status_code, response.json()["code"]) == (422, "key_reused")
    assert post(client, "notices/read/", course, **key).status_code == 422
    assert post(signed_in(world.learner), path, {**course, "answer": "more"}, **key).status_code == 201
    assert post(client, path, course, **{"Idempotency-Key": "x" * 256}).status_code == 400


@pytest.mark.django_db
def test_work_that_was_refused_leaves_its_key_free(world):
    client, key = signed_in(world.other), {"Idempotency-Key": "one"}
    path = f"courses/{world.priced.slug}/enrolment/"
    assert post(client, path, **key).status_code == 409
    assert not StoredResponse.objects.filter(learner=world.other).exists()
    ledger.award(learner=world.other, amount=30, reason="streak", source="streak:1")
    assert post(client, path, **key).status_code == 201
    assert ledger.balance(world.other) == 5


# ------------------------------------------------------------------------------------------------ ETags


@pytest.mark.django_db
def test_what_a_learner_has_is_not_sent_again(world, client):
    first = get(client, "wallet/")
    etag = first.headers["ETag"]
    assert get(client, "wallet/", **{"If-None-Match": etag}).status_code == 304
    assert get(client, "wallet/", **{"If-None-Match": f'"other", W/{etag}'}).status_code == 304
    assert get(client, "wallet/", **{"If-None-Match": '"other"'}).status_code == 200
    assert {"Cookie", "X-Session-Token"} <= set(first.headers["Vary"].split(", "))
    assert "private" in first.headers["Cache-Control"]
    ledger.award(learner=world.learner, amount=1, reason="streak", source="streak:2")
    assert get(client, "wallet/", **{"If-None-Match": etag}).status_code == 200


@pytest.mark.django_db
def test_a_tag_tells_nothing_to_another(world):
    """Two learners with the same balance have different tags, and none passes where access is refused."""
    one, two = signed_in(world.other), signed_in(world.author)
    assert get(one, "wallet/").content == get(two, "wallet/").content
    assert get(one, "wallet/").headers["ETag"] != get(two, "wallet/").headers["ETag"]
    owner = get(signed_in(world.learner), f"attempts/{world.done.public_id}/result/").headers["ETag"]
    stranger = get(one, f"attempts/{world.done.public_id}/result/", **{"If-None-Match": owner})
    assert stranger.status_code == 404
    assert "ETag" not in stranger.headers
    assert get(one, f"attempts/{world.done.public_id}/result/", **{"If-None-Match": "*"}).status_code == 404


# ------------------------------------------------------------------------------------- the page and the rest


@pytest.mark.django_db
def test_the_reference_names_every_operation(world):
    schema = get(Client(), "schema/").json()
    page = Client().get(reverse("api:reference")).content.decode()
    operations = [
        operation["operationId"] for methods in schema["paths"].values() for operation in methods.values()
    ]
    assert len(operations) > 25
    assert [name for name in operations if f'id="{name}"' not in page] == []
    assert "style=" not in page


@pytest.mark.django_db
def test_an_api_answer_depends_on_nobody_else(world):
    """Another learner's attempt can't be read, saved, turned, checked, submitted or reviewed."""
    stranger = signed_in(world.other)
    for path, body in [
        ("answers/", {"sequence": 1, "answers": []}),
        ("page/", {"page": 1}),
        ("check/", {"position": 1, "values": {}}),
        ("submit/", {}),
    ]:
        assert post(stranger, f"attempts/{world.attempt.public_id}/{path}", body).status_code == 404
    assert Attempt.objects.get(pk=world.attempt.pk).is_running
    Quiz.objects.filter(pk=world.quiz.pk).update(status="draft")
    assert get(stranger, f"quizzes/{world.quiz.slug}/").status_code == 404
    assert not LessonProgress.objects.filter(learner=world.other).exists()
