"""Taking a quiz in a real browser against a real server: nothing that was acknowledged or typed is lost."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from chromium import ARGUMENTS, executable, sideways, violations
from credits import ledger
from embark import maintenance
from quizzes import authoring
from quizzes.models import Attempt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
PICTURES = Path(__file__).parents[2] / "test-output" / "screenshots"

EVERY_TYPE = [
    {
        "type": "multiple_choice",
        "text": "Which of these are **immutable**?",
        "choices": [
            {"text": "`tuple`", "correct": True},
            {"text": "`str`", "correct": True},
            {"text": "`list`"},
        ],
    },
    {
        "type": "true_false",
        "text": "An empty list is false.",
        "answer": True,
        "hints": ["Ask `bool([])`.", "It has nothing in it."],
    },
    {
        "type": "numeric",
        "text": "What is $g$ near the ground?",
        "answer": 9.81,
        "tolerance": 0.01,
        "unit": "m/s²",
    },
    {"type": "short_text", "text": "Which word leaves a loop?", "answers": ["break"]},
    {
        "type": "matching",
        "text": "Which capital belongs where?",
        "pairs": [{"prompt": "France", "answer": "Paris"}, {"prompt": "Italy", "answer": "Rome"}],
        "distractors": ["Berlin"],
    },
    {"type": "ordering", "text": "From small to large.", "items": ["ant", "cat", "cow", "whale"]},
    {
        "type": "gap_fill",
        "text": "A [[1]] of [[2]] makes a good afternoon.",
        "gaps": [
            {"type": "short_text", "data": {"answers": ["cup"]}},
            {
                "type": "single_choice",
                "data": {"choices": [{"text": "tea", "correct": True}, {"text": "sand"}]},
            },
        ],
    },
    {
        "type": "select_from_list",
        "text": "The [[1]] sat on the [[2]].",
        "choices": [{"text": "cat"}, {"text": "mat"}, {"text": "moon"}],
        "gaps": [0, 1],
    },
    {
        "type": "calculated",
        "text": "How much is {a} times {b}?",
        "expression": "a*b",
        "parameters": {"a": {"min": 2, "max": 9}, "b": {"min": 2, "max": 9}},
    },
    {"type": "essay", "text": "Why do loops end?", "min_words": 20, "lines": 4},
    {"type": "text_block", "text": "## A word before the end\n\nTake your time."},
]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, live_server, client, learner):
    """Open a page of the site as the learner; options are those of a browser context."""
    client.force_login(learner)
    contexts = []

    def visit(address, **options):
        context = browser.new_context(base_url=live_server.url, **options)
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def page(visit, quiz):
    """A started attempt at the quiz."""
    page = visit(quiz.get_absolute_url())
    page.get_by_role("button", name="Start the quiz").click()
    expect(page.get_by_role("heading", name="Question 1", exact=True)).to_be_visible()
    page.wait_for_load_state()  # the scripts have run
    return page


def saved(page):
    expect(page.locator("#saved")).to_have_text(re.compile(r"Saved \d\d:\d\d:\d\d"))


def settled(page):
    """Everything typed has been acknowledged: nothing waits in the browser any more."""
    for _ in range(100):
        if page.evaluate("Object.keys(localStorage).every(name => !name.includes('-wait-'))"):
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.locator("#saved").text_content())


def response_to(position):
    return Attempt.objects.get().questions.get(position=position).response


def test_answers_are_saved_as_they_are_given_and_earn_credits(page, quiz):
    questions = page.get_by_role("navigation", name="Questions")
    expect(questions.get_by_role("link", name="Question 1", exact=True)).to_be_visible()
    page.get_by_label("0, 1, 2").check()
    saved(page)
    assert response_to(1) == 0
    expect(questions.get_by_role("link", name=re.compile(r"^Question 1 ?, answered$"))).to_be_visible()
    for box in ("tuple", "str"):
        page.get_by_label(box, exact=True).check()
    page.get_by_label("True", exact=True).check()
    page.locator("#q4-answer").fill("3.14")
    page.locator("#q5-answer").fill("KEYWORDbreak")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("Every question has an answer.")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("+10 credits")).to_be_visible()
    assert Attempt.objects.get().mark == 5


def test_answers_wait_while_the_connection_is_away(page):
    page.context.set_offline(True)
    page.get_by_label("0, 1, 2").check()
    page.locator("#q5-answer").fill("typed without a net")
    page.locator("#q5-answer").press("Tab")
    expect(page.locator("#saved")).to_contain_text("offline")
    assert response_to(1) is None
    page.context.set_offline(False)
    saved(page)
    settled(page)
    assert (response_to(1), response_to(5)) == (0, "typed without a net")


def test_answers_given_during_maintenance_arrive_afterwards(page, learner):
    page.get_by_label("0, 1, 2").check()
    saved(page)
    maintenance.begin(message="Back in a minute.")
    page.get_by_label("True", exact=True).check()
    page.locator("#q5-answer").fill("while it was closed")
    page.locator("#q5-answer").press("Tab")
    expect(page.locator("#saved")).to_contain_text("Your answers are kept here")
    assert (response_to(1), response_to(3), response_to(5)) == (0, None, None)
    closed = page.context.new_page()
    assert closed.goto(page.url).status == 503
    maintenance.end()
    settled(page)
    assert (response_to(1), response_to(3), response_to(5)) == (0, True, "while it was closed")


def test_an_unsent_answer_survives_a_reload(page):
    page.route("**/save/", lambda route: route.abort())
    page.locator("#q5-answer").fill("before the reload")
    expect(page.locator("#saved")).to_contain_text("offline")
    page.unroute("**/save/")
    page.reload()
    expect(page.locator("#q5-answer")).to_have_value("before the reload")
    saved(page)
    assert response_to(5) == "before the reload"


def test_a_lost_session_keeps_the_answers_until_it_is_back(page, client, learner):
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("0, 1, 2").check()
    expect(page.locator("#saved")).to_contain_text("signed out")
    page.context.add_cookies(cookies)
    saved(page)
    assert response_to(1) == 0


def test_two_tabs_are_told_of_each_other_and_lose_nothing(page):
    second = page.context.new_page()
    second.goto(page.url)
    expect(page.locator("#elsewhere")).to_contain_text("another tab")
    expect(second.locator("#elsewhere")).to_contain_text("another tab")
    page.get_by_label("0, 1, 2").check()
    saved(page)
    second.locator("#q5-answer").fill("from the second tab")
    saved(second)
    page.get_by_label("True", exact=True).check()
    settled(page)
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert (response_to(1), response_to(3), response_to(5)) == (0, True, "from the second tab")


def test_the_keyboard_alone_is_enough(page):
    page.keyboard.press("j")
    page.keyboard.press("1")
    saved(page)
    assert response_to(1) is not None
    page.get_by_text("Keyboard", exact=True).click()
    page.get_by_label("Single-key shortcuts").uncheck()
    page.locator("h1").click()
    before = page.evaluate("document.activeElement.name")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.name") == before


def test_the_time_ends_on_the_result(visit, quiz, learner):
    quiz.time_limit = 1
    quiz.save()
    page = visit(quiz.get_absolute_url())
    page.get_by_role("button", name="Start the quiz").click()
    page.get_by_label("0, 1, 2").check()
    saved(page)
    Attempt.objects.update(deadline=Attempt.objects.get().started_at)
    page.get_by_label("True", exact=True).check()
    expect(page.get_by_role("heading", name="Not yet")).to_be_visible()
    assert Attempt.objects.get().mark == 1


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_every_type_can_be_read_and_filled_in(visit, learner, width, theme):
    quiz = authoring.create_quiz(
        data={
            "title": "Every type of question",
            "credits": 25,
            "hint_price": 3,
            "questions": EVERY_TYPE,
            "time_limit": 60,
        }
    )
    ledger.award(learner=learner, amount=7, reason="streak", source="streak:1")
    page = visit(quiz.get_absolute_url(), viewport={"width": width, "height": 844}, color_scheme=theme)
    PICTURES.mkdir(parents=True, exist_ok=True)

    def look(name):
        assert sideways(page) <= 0, name
        assert violations(page) == [], name
        page.screenshot(path=PICTURES / f"quiz-{name}-{width}-{theme}.png", full_page=True)

    look("start")
    page.get_by_role("button", name="Start the quiz").click()
    expect(page.get_by_role("heading", name="Question 1", exact=True)).to_be_visible()
    page.get_by_label("tuple").check()
    saved(page)
    page.get_by_role("button", name="Buy a hint for 3 credits").click()
    expect(page.get_by_text("You have 4 credits.")).to_be_visible()
    look("attempt")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", name="Ready to submit?")).to_be_visible()
    look("finish")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Not yet")).to_be_visible()
    look("result")
    page.get_by_role("link", name="Look at your answers").click()
    expect(page.get_by_role("heading", name="Your answers")).to_be_visible()
    look("review")
