"""The pages as a browser without scripts sees them, and what their HTML must never hold."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from credits import ledger
from quizzes import attempts, authoring
from quizzes.models import Attempt, Quiz

pytestmark = pytest.mark.django_db

KEY_WORDS = ["KEYWORD", "3.14159", "correct", "&quot;answer&quot;"]


@pytest.fixture
def signed_in(client, learner):
    client.force_login(learner)
    return client


def started(client, quiz):
    client.post(reverse("quizzes:start", args=[quiz.slug]))
    return Attempt.objects.get(quiz=quiz, state="in_progress")


def page(client, name, attempt):
    return client.get(reverse(f"quizzes:{name}", args=[attempt.public_id]))


def test_the_whole_way_without_a_script(signed_in, learner, quiz, answers):
    assert "earns 10 credits" in signed_in.get(quiz.get_absolute_url()).content.decode()
    attempt = started(signed_in, quiz)
    address = reverse("quizzes:attempt", args=[attempt.public_id])
    post = answers.post(attempt, {1: answers.right[1], 3: answers.right[3]})
    post["action"] = "finish"
    confirm = signed_in.post(address, post, follow=True)
    assert "3 questions have no answer" in confirm.content.decode()
    rest = answers.post(attempt, {place: answers.right[place] for place in (2, 4, 5)})
    rest["action"] = "save"
    assert signed_in.post(address, rest).status_code == 302
    finish = reverse("quizzes:finish", args=[attempt.public_id])
    result = signed_in.post(finish, follow=True).content.decode()
    assert "+10 credits" in result
    assert "100 %" in result
    assert ledger.balance(learner) == 10
    assert "KEYWORD-EXPLANATION" in page(signed_in, "review", attempt).content.decode()


def test_no_page_of_a_running_attempt_holds_the_key(signed_in, quiz):
    attempt = started(signed_in, quiz)
    for name in ("attempt", "finish"):
        html = page(signed_in, name, attempt).content.decode()
        for word in KEY_WORDS:
            assert word not in html, f"{word} is in the page “{name}”"


def test_the_place_of_an_option_says_nothing_of_its_number(quiz, learner):
    """The author wrote the right answer first: its value in the form must differ between attempts."""
    places = set()
    for _ in range(12):
        attempt = attempts.start(quiz=quiz, learner=learner, preview=True)
        question = attempt.questions.select_related("version").get(position=1)
        places.add(question.variant["order"].index(0))
        attempts.submit(attempt=attempt)
    assert len(places) > 1


def test_answers_stay_hidden_while_credits_can_still_be_earned(signed_in, quiz, take, answers):
    failed = take(answers.wrong)
    html = page(signed_in, "review", failed).content.decode()
    assert "KEYWORD" not in html
    assert "not right" in html
    take(answers.right)
    assert "KEYWORD-EXPLANATION" in page(signed_in, "review", failed).content.decode()


def test_answers_are_shown_once_no_attempt_is_left(signed_in, quiz, take, answers):
    Quiz.objects.filter(pk=quiz.pk).update(attempts_allowed=1)
    quiz.refresh_from_db()
    failed = take(answers.wrong)
    assert "KEYWORD-EXPLANATION" in page(signed_in, "review", failed).content.decode()


def test_a_running_attempt_hides_the_answers_of_the_earlier_ones(signed_in, quiz, take, answers):
    passed = take(answers.right)
    started(signed_in, quiz)
    assert "KEYWORD" not in page(signed_in, "review", passed).content.decode()


@pytest.mark.parametrize("name", ["attempt", "finish", "result", "review"])
def test_a_foreign_attempt_is_not_found(client, quiz, learner, other_learner, name):
    attempt = attempts.start(quiz=quiz, learner=learner)
    client.force_login(other_learner)
    assert page(client, name, attempt).status_code == 404
    assert client.get(reverse(f"quizzes:{name}", args=[uuid.uuid4()])).status_code == 404


def test_a_foreign_attempt_takes_no_answers(client, quiz, learner, other_learner, answers):
    attempt = attempts.start(quiz=quiz, learner=learner)
    client.force_login(other_learner)
    post = answers.post(attempt, answers.right)
    post["sequence"] = "1"
    assert client.post(reverse("quizzes:save", args=[attempt.public_id]), post).status_code == 404
    assert client.post(reverse("quizzes:finish", args=[attempt.public_id])).status_code == 404
    attempt.refresh_from_db()
    assert attempt.is_running


def test_the_script_saves_and_is_told_the_time(signed_in, quiz, answers):
    attempt = started(signed_in, quiz)
    address = reverse("quizzes:save", args=[attempt.public_id])
    post = answers.post(attempt, {1: "3"})
    post["sequence"], post["token"] = "1", "a"
    saved = signed_in.post(address, post)
    assert saved.json()["outcome"] == "saved"
    assert saved.json()["at"].count(":") == 2
    assert signed_in.post(address, post).json()["outcome"] == "repeated"
    post["token"] = "another tab"
    late = signed_in.post(address, post)
    assert (late.status_code, late.json()["sequence"]) == (409, 1)


def test_a_lost_session_is_told_and_nothing_is_kept(client, signed_in, quiz, answers):
    attempt = started(signed_in, quiz)
    client.logout()
    post = answers.post(attempt, {1: "3"})
    post["sequence"] = "1"
    response = client.post(reverse("quizzes:save", args=[attempt.public_id]), post)
    assert (response.status_code, response.json()["outcome"]) == (401, "signed_out")


def test_a_save_after_the_deadline_leads_to_the_result(signed_in, quiz, answers):
    attempt = started(signed_in, quiz)
    Attempt.objects.filter(pk=attempt.pk).update(deadline=attempt.started_at - timedelta(seconds=1))
    post = answers.post(attempt, {1: "3"})
    post["sequence"] = "1"
    response = signed_in.post(reverse("quizzes:save", args=[attempt.public_id]), post)
    assert (response.status_code, response.json()["outcome"]) == (410, "closed")
    assert page(signed_in, "attempt", attempt).url == response.json()["result"]


def test_a_visitor_is_asked_to_log_in(client, quiz):
    html = client.get(quiz.get_absolute_url()).content.decode()
    assert "Sign in to take it" in html
    assert client.post(reverse("quizzes:start", args=[quiz.slug])).status_code == 302
    assert not Attempt.objects.exists()


def test_a_draft_is_seen_by_its_editors_alone(client, quiz, learner, admin):
    authoring.unpublish(quiz=quiz)
    client.force_login(learner)
    assert client.get(quiz.get_absolute_url()).status_code == 404
    client.force_login(admin)
    assert "Preview as a learner" in client.get(quiz.get_absolute_url()).content.decode()
    client.post(reverse("quizzes:start", args=[quiz.slug]))
    assert Attempt.objects.get().is_preview


def test_a_quiz_can_be_tried_without_an_account(client, quiz, answers, learner):
    address = reverse("quizzes:try", args=[quiz.slug])
    assert client.get(address).status_code == 404
    Quiz.objects.filter(pk=quiz.pk).update(open_to_visitors=True)
    form = client.get(address)
    html = form.content.decode()
    assert "KEYWORD" not in html
    post = {"ticket": form.context["ticket"], "q3-shown": "1", "q3-choice": "true"}
    result = client.post(address, post)
    assert result.context["percent"] == 20
    assert "KEYWORD" not in result.content.decode()
    assert not Attempt.objects.exists()
    assert client.post(address, {**post, "ticket": "forged"}).status_code == 302


def test_pages_ask_few_questions_of_the_database(
    signed_in, quiz, take, answers, django_assert_max_num_queries
):
    take(answers.wrong)
    attempt = started(signed_in, quiz)
    signed_in.get(reverse("home"))
    for address in (
        reverse("quizzes:list"),
        quiz.get_absolute_url(),
        reverse("quizzes:attempt", args=[attempt.public_id]),
        reverse("quizzes:finish", args=[attempt.public_id]),
        reverse("quizzes:history"),
    ):
        with django_assert_max_num_queries(20):
            assert signed_in.get(address).status_code == 200
    post = answers.post(attempt, answers.right)
    post["sequence"] = "1"
    with django_assert_max_num_queries(14):
        signed_in.post(reverse("quizzes:save", args=[attempt.public_id]), post)
    attempts.submit(attempt=attempt)
    for name in ("result", "review"):
        with django_assert_max_num_queries(20):
            assert page(signed_in, name, attempt).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/quizzes/%00/", "/quizzes/%00/start/", "/quizzes/file/%00"])
def test_an_address_with_a_control_character_leads_nowhere(client, address):
    assert client.get(address).status_code == 404


def test_lists_of_attempts_say_which_and_how_it_went(signed_in, quiz, take, answers):
    passed, running = take(answers.right), started(signed_in, quiz)
    history = reverse("quizzes:history")
    for address, attempt, told in (
        (quiz.get_absolute_url(), passed, "passed"),
        (history, passed, "passed"),
        (history, running, "in progress"),
    ):
        shown = signed_in.get(address).content.decode()
        row = shown.partition(f'row__title"><a href="{attempt.get_absolute_url()}"')[2]
        row = row.partition("</div>\n</div>")[0]
        assert f"attempt {attempt.number}</a>" in row.lower()
        assert told in row


def test_a_gap_with_several_choices_is_ticked_saved_and_shown_again(client, learner, make_quiz):
    tea = {"choices": [{"text": "tea", "correct": True}, {"text": "milk", "correct": True}, {"text": "ink"}]}
    gaps = [{"type": "multiple_choice", "data": tea}, {"type": "short_text", "data": {"answers": ["hot"]}}]
    quiz = make_quiz({"type": "gap_fill", "text": "Drink [[1]] when [[2]].", "gaps": gaps})
    attempt = attempts.start(quiz=quiz, learner=learner)
    client.force_login(learner)
    address = attempt.get_absolute_url()
    page = client.get(address).content.decode()
    assert page.count('type="checkbox" name="q1-gap1"') == 3
    order = attempt.questions.get().variant["gaps"][0]["order"]
    ticked = [str(order.index(0)), str(order.index(1))]
    client.post(address, {"q1-shown": "1", "q1-gap1": ticked, "q1-gap2": "hot", "action": "save"})
    assert attempt.questions.get().response == {"1": [0, 1], "2": "hot"}
    assert client.get(address).content.decode().count('" checked> ') == 2
    assert attempts.submit(attempt=attempt).mark == 1
