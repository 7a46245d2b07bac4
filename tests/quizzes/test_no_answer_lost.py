"""Answers under stress in a real browser: typed fast, over a slow network, with reloads and submissions while
saves are on their way. What the learner gave last is what counts.
"""

import os
import re
import time

import pytest
from playwright.sync_api import expect, sync_playwright

from chromium import ARGUMENTS, executable
from credits import ledger
from quizzes import attempts, authoring
from quizzes.models import Attempt, Quiz

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

WORDS = ["anchor", "bow", "cable", "deck", "ebb", "fathom", "galley"]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def words(db):
    """Seven questions that ask for a word each."""
    questions = [
        {"type": "short_text", "text": f"Word {number}?", "answers": [word], "hints": [f"{word[0]} and on"]}
        for number, word in enumerate(WORDS, start=1)
    ]
    return authoring.create_quiz(data={"title": "Words", "credits": 10, "questions": questions})


@pytest.fixture
def page(browser, live_server, client, learner, words):
    client.force_login(learner)
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(words.get_absolute_url())
    page.get_by_role("button", name="Start the quiz").click()
    expect(page.get_by_role("heading", name="Question 1", exact=True)).to_be_visible()
    page.wait_for_load_state()
    yield page
    context.close()


def type_all(page, words=WORDS):
    for number, word in enumerate(words, start=1):
        page.locator(f"#q{number}-answer").fill(word)


def hand_in(page):
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url("**/result/**")
    attempt = Attempt.objects.get()
    return [question.response for question in attempt.questions.order_by("position")]


def in_browser(test):
    return pytest.mark.browser(pytest.mark.django_db(transaction=True)(test))


@in_browser
def test_a_save_that_overtakes_a_reload_is_not_undone_by_the_page_made_before_it(page):
    type_all(page)
    held = []

    def hold(route):
        held.append((route, route.fetch()))

    # The server makes the page; before it arrives, the answers of the old one are kept.
    page.wait_for_timeout(300)
    page.route(re.compile(r"/attempt/[0-9a-f-]+/$"), hold)
    page.evaluate("setTimeout(() => location.reload())")
    attempt = Attempt.objects.get()
    for _ in range(200):
        if held and attempt.questions.exclude(response=None).count() == 7:
            break
        page.wait_for_timeout(50)
    route, response = held[0]
    assert attempt.questions.exclude(response=None).count() == 7
    route.fulfill(response=response)
    page.wait_for_timeout(1000)
    page.unroute_all()
    assert hand_in(page) == WORDS


@in_browser
@pytest.mark.parametrize("pause", [0, 400, 1200])
def test_typed_reloaded_and_submitted_over_a_slow_network(page, pause):
    def slow(route):
        time.sleep(0.25)
        route.continue_()

    page.route("**/save/", slow)
    type_all(page, [f"{word} not yet" for word in WORDS])
    page.wait_for_timeout(pause)
    page.reload()
    type_all(page)
    page.wait_for_timeout(pause)
    page.reload()
    assert [page.locator(f"#q{number}-answer").input_value() for number in range(1, 8)] == WORDS
    assert hand_in(page) == WORDS


@in_browser
def test_a_form_that_leaves_while_older_saves_are_on_their_way_wins(page):
    """The wait before leaving ends after 3 seconds; saves that arrive later are late, and stay late."""
    waiting = []
    page.route("**/save/", lambda route: waiting.append(route))
    page.locator("#q1-answer").fill("anch")
    page.wait_for_timeout(1000)
    type_all(page)
    page.get_by_role("button", name="Finish").click()
    page.wait_for_timeout(3100)
    for route in waiting:
        route.continue_()
    page.unroute_all()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url("**/result/**")
    assert [question.response for question in Attempt.objects.get().questions.order_by("position")] == WORDS


@pytest.fixture
def selling(page, words, learner):
    """The page, where each question offers a hint for 3 credits of the learner's 7."""
    Quiz.objects.filter(pk=words.pk).update(hint_price=3)
    ledger.award(learner=learner, amount=7, reason="streak", source="streak:1")
    page.reload()
    return page


@in_browser
def test_buying_a_hint_loses_nothing_that_was_typed(selling, learner):
    """While saves are on their way, and none of them arrives before the form."""
    page = selling
    waiting = []
    page.route("**/save/", lambda route: waiting.append(route))
    type_all(page)
    page.locator("#question-2").get_by_role("button", name="Buy a hint for 3 credits").click()
    expect(page.get_by_text("b and on")).to_be_visible()
    for route in waiting:
        route.continue_()
    page.unroute_all()
    assert [page.locator(f"#q{number}-answer").input_value() for number in range(1, 8)] == WORDS
    assert ledger.balance(learner) == 4
    assert hand_in(page) == WORDS


@in_browser
def test_buying_a_hint_without_a_connection_takes_nothing_and_loses_nothing(selling, learner):
    page = selling
    page.context.set_offline(True)
    type_all(page)
    page.locator("#question-1").get_by_role("button", name="Buy a hint").click()
    # Waiting for a navigation would fail with the navigation itself, where it had not begun yet.
    expect(page).to_have_url(re.compile("^chrome-error://"))
    page.context.set_offline(False)
    page.goto(Attempt.objects.get().get_absolute_url())
    assert [page.locator(f"#q{number}-answer").input_value() for number in range(1, 8)] == WORDS
    assert ledger.balance(learner) == 7
    assert hand_in(page) == WORDS


@in_browser
def test_the_enter_key_in_a_field_saves_and_buys_nothing(selling, learner):
    page = selling
    page.locator("#q1-answer").fill("anchor")
    page.locator("#q1-answer").press("Enter")
    expect(page.get_by_text("Your answers are saved.")).to_be_visible()
    assert Attempt.objects.get().questions.get(position=1).response == "anchor"
    assert ledger.balance(learner) == 7


@in_browser
def test_nothing_stays_in_the_browser_once_the_attempt_is_over(page):
    type_all(page)
    hand_in(page)
    assert page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('embark-quiz'))") == []


# --------------------------------------------------------------- without a script: what the server merges


def form(attempt, seen, **given):
    post = {"action": "save", "seen": str(seen)}
    for number in range(1, 8):
        post |= {f"q{number}-shown": "1", f"q{number}-answer": given.get(f"q{number}", "")}
    return post


@pytest.fixture
def attempt(words, learner, client):
    client.force_login(learner)
    return attempts.start(quiz=words, learner=learner)


def responses(attempt):
    return [question.response for question in attempt.questions.order_by("position")][:3]


def test_an_older_page_replaces_only_what_was_changed_there(client, attempt):
    client.post(attempt.get_absolute_url(), form(attempt, 0, q1="anchor"))
    assert responses(attempt) == ["anchor", None, None]
    # A page made before that, in which somebody answered the second question alone.
    client.post(attempt.get_absolute_url(), form(attempt, 0, q2="bow"))
    assert responses(attempt) == ["anchor", "bow", None]
    # A page made since can take answers back, and change them.
    client.post(attempt.get_absolute_url(), form(attempt, 2, q2="beam"))
    assert responses(attempt) == [None, "beam", None]


def test_the_script_tells_which_step_a_question_shows(client, attempt):
    client.post(attempt.get_absolute_url(), form(attempt, 0, q1="anchor"))
    post = form(attempt, 0) | {"q1-seen": "1"}
    client.post(attempt.get_absolute_url(), post)  # emptied on the page that had saved "anchor"
    assert responses(attempt) == [None, None, None]


def test_an_older_answer_that_was_kept_never_comes_back_under_a_new_number(client, attempt):
    address = f"{attempt.get_absolute_url()}save/"

    def save(word, token, sequence):
        post = {"q1-shown": "1", "q1-answer": word, "token": token, "sequence": sequence}
        return client.post(address, post).json()["outcome"]

    assert save("anch", "one", 1) == "saved"
    assert save("anchor", "two", 2) == "saved"
    assert save("anch", "one", 3) == "repeated"
    assert responses(attempt)[0] == "anchor"


@pytest.mark.parametrize("seen", ["x", "-1", "9" * 20, "²"])
def test_a_form_with_a_senseless_number_is_taken_as_it_is(client, attempt, seen):
    client.post(attempt.get_absolute_url(), form(attempt, seen, q1="anchor"))
    assert responses(attempt)[0] == "anchor"


def test_an_answer_given_before_the_script_has_come_is_saved(page):
    """On a slow connection the questions are there first."""
    held = []
    page.route(re.compile(r"/js/quiz(\.\w+)?\.js"), lambda route: held.append(route))
    page.reload(wait_until="commit")
    page.locator("#q2-answer").fill("bow")
    expect(page.locator("#saved")).to_have_text("")
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.locator("#saved")).to_have_text(re.compile(r"Saved"), timeout=20_000)
    assert "bow" in str(Attempt.objects.get().questions.get(position=2).response)
    page.unroute_all()
    page.reload()
    expect(page.locator("#q2-answer")).to_have_value("bow")
