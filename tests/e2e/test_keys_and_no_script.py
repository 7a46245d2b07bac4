"""A learner's whole way twice: with the keyboard alone, and in a browser without JavaScript."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from credits import ledger
from people import PASSWORD, typed_code
from quizzes.authoring import create_quiz
from quizzes.models import Attempt
from world import QUESTIONS, build_course, build_world, quiz_data

pytestmark = pytest.mark.browser

# Stops of a page, far more than any has: who has not arrived by then is trapped.
FAR = 250

KINDS = [
    *QUESTIONS,
    {
        "type": "multiple_choice",
        "text": "Which are knots?",
        "choices": [
            {"text": "Bowline", "correct": True},
            {"text": "Reef", "correct": True},
            {"text": "Rope"},
        ],
    },
    {"type": "numeric", "text": "Half of 5?", "answer": 2.5},
    {"type": "short_text", "text": "The opposite of dry?", "answers": ["wet"]},
    {
        "type": "matching",
        "text": "Capitals?",
        "pairs": [{"prompt": "France", "answer": "Paris"}, {"prompt": "Italy", "answer": "Rome"}],
    },
    {"type": "ordering", "text": "Count.", "items": ["one", "two", "three"]},
]

# Where the focus is: whether it is drawn and on the screen, and whether it comes after the stop before.
STOP = """before => {
    const element = document.activeElement;
    if (element === document.body || element === document.documentElement) return null;
    const drawn = [element, element.closest("label, .card, .input")].filter(Boolean);
    const ringed = drawn.some(one => {
        const style = getComputedStyle(one);
        const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
        return outlined || style.boxShadow !== "none";
    });
    const box = (element.closest("label") ?? element).getBoundingClientRect();
    const seen = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight
        && box.right > 0 && box.left < innerWidth;
    const after = !before?.isConnected
        || Boolean(before.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING);
    const name = (element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 60);
    return { ringed, seen, after, name: `${element.tagName} ${element.name ?? ""} ${name}` };
}"""


class Keys:
    """Hands on a keyboard and nowhere else. Each stop on the way must show the focus, in the page's order."""

    javascript = True

    def __init__(self, page):
        self.page = page
        self.jumps = 0

    def to(self, target, *, key="Tab"):
        """Press Tab (or Shift+Tab) until the target has the focus."""
        target.wait_for(state="attached")
        for _ in range(FAR):
            if target.evaluate("element => element === document.activeElement"):
                return
            before = self.page.evaluate_handle("document.activeElement")
            self.page.keyboard.press(key)
            # What a stop slides in with is over when it is looked at, as it is for a person.
            self.page.evaluate("Promise.all(document.getAnimations().map(motion => motion.finished))")
            stop = self.page.evaluate(STOP, before)
            if stop is not None:
                assert stop["ringed"], f"the focus can't be seen: {stop}"
                assert stop["seen"], f"the focus is off the screen: {stop}"
                # After the last stop the first one follows again.
                self.jumps += (key == "Tab") != stop["after"]
        raise AssertionError(f"no key leads to {target}")

    def press(self, target):
        """Follow a link, or push a button."""
        self.jumps = 0
        self.to(target)
        assert self.jumps <= 1, f"the order of the page jumps back on the way to {target}"
        self.page.keyboard.press("Enter")

    def write(self, target, text):
        self.to(target)
        self.page.keyboard.type(text)

    def tick(self, box):
        self.to(box)
        self.page.keyboard.press("Space")

    def choose(self, group, choice):
        """One of several: a group is one stop, within it the arrows choose."""
        self.to(group.first)
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if choice.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no arrow leads to {choice}")

    def select(self, target, text):
        self.to(target)
        self.page.keyboard.type(text)
        expect(target.locator("option:checked")).to_have_text(text)


class Clicks:
    """A mouse, and a browser that runs no scripts."""

    javascript = False

    def __init__(self, page):
        self.page = page

    def press(self, target):
        target.click()

    def write(self, target, text):
        target.fill(text)

    def tick(self, box):
        box.check()

    def choose(self, _group, choice):
        choice.check()

    def select(self, target, text):
        target.select_option(label=text)


@pytest.fixture
def quiz(transactional_db):
    """A quiz of every kind of question below a course's second lesson, and a course that its credits buy."""
    build_world()
    build_course("Tides", topic="Sailing", price=20)
    lesson = build_course("Knots", topic="Sailing").lessons.in_order()[1]
    return create_quiz(data=quiz_data("All about knots", questions=KINDS, credits=30), lesson=lesson)


@pytest.fixture(params=[Keys, Clicks], ids=["keys", "no_script"])
def hands(request, browser, live_server):
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 1280, "height": 900},
        java_script_enabled=request.param.javascript,
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    yield request.param(context.new_page())
    context.close()


def answer(hands, page, attempt):
    """Answer every question of the form rightly."""
    for asked in attempt.questions.select_related("version").order_by("position"):
        question = page.locator(f"#question-{asked.position}")
        data = asked.version.data
        match asked.version.type:
            case "single_choice" | "true_false":
                right = "True" if "answer" in data else "4"
                hands.choose(question.get_by_role("radio"), question.get_by_role("radio", name=right))
            case "multiple_choice":
                for name in ("Bowline", "Reef"):
                    hands.tick(question.get_by_role("checkbox", name=name))
            case "numeric":
                hands.write(question.get_by_role("textbox"), str(data["answer"]))
            case "short_text":
                hands.write(question.get_by_role("textbox"), data["answers"][0])
            case "matching":
                for pair in data["pairs"]:
                    hands.select(question.get_by_label(pair["prompt"]), pair["answer"])
            case "ordering":
                for place, item in enumerate(data["items"], start=1):
                    hands.select(question.get_by_label(item), str(place))


def test_a_learner_gets_everywhere(hands, quiz, look, mailoutbox):
    page = hands.page
    main = page.get_by_role("main")

    # Past the header with the first key, then into an account.
    page.goto("/")
    if isinstance(hands, Keys):
        hands.press(page.locator(".skip-link"))
        expect(main).to_be_focused()
    hands.press(page.get_by_role("banner").get_by_role("link", name="Join free"))
    hands.write(page.get_by_label("Name shown to others"), "Maria")
    hands.write(page.get_by_label("Email"), "maria@example.org")
    hands.write(page.get_by_label("Password", exact=True), PASSWORD)
    hands.press(page.get_by_role("button", name="Join free"))
    code = page.locator("input[name=code]")
    expect(code).to_be_visible()
    hands.write(code, typed_code(mailoutbox))
    hands.press(main.locator("button.button--primary"))
    hands.tick(page.get_by_role("checkbox", name="Sailing"))
    hands.press(page.get_by_role("button", name="Save interests"))
    expect(page.get_by_role("button", name="Save interests")).to_have_count(0)

    # Browse, enrol, read.
    hands.press(page.get_by_role("banner").get_by_role("link", name="Courses"))
    hands.press(main.locator(".card__title").get_by_role("link", name="Knots", exact=True).first)
    hands.press(main.get_by_role("button", name="Enrol for free"))
    expect(main.get_by_role("heading", name="Knots, part 1", level=1)).to_be_visible()
    hands.press(main.get_by_role("button", name="Complete and continue"))
    expect(main.get_by_role("heading", name="Knots, part 2", level=1)).to_be_visible()

    # A quiz of every kind of question, and its result.
    hands.press(main.locator(".quiz-call").get_by_role("link"))
    hands.press(main.get_by_role("button", name="Start the quiz"))
    page.wait_for_url("**/attempt/**")
    answer(hands, page, Attempt.objects.get(quiz=quiz))
    hands.press(main.get_by_role("button", name="Finish"))
    expect(main.get_by_text("Every question has an answer.")).to_be_visible()
    hands.press(main.get_by_role("button", name="Submit", exact=True))
    page.wait_for_url("**/result/**")
    maria = User.objects.get(email="maria@example.org")
    assert Attempt.objects.get(quiz=quiz).mark == len(KINDS)
    assert ledger.balance(maria) == quiz.credits
    look(page, f"result-{'scripts' if hands.javascript else 'no-scripts'}")

    # The credits buy a course.
    hands.press(page.get_by_role("banner").get_by_role("link", name="Courses"))
    hands.press(main.locator(".card__title").get_by_role("link", name="Tides", exact=True).first)
    hands.press(main.get_by_role("button", name="Unlock for 20 credits"))
    expect(main.get_by_role("heading", name="Tides, part 1", level=1)).to_be_visible()
    assert ledger.balance(maria) == quiz.credits - 20

    # A suggestion goes, and comes back.
    hands.press(page.get_by_role("banner").get_by_role("link", name="Courses"))
    rail = page.locator(".rail").first
    title = rail.locator(".card__title a").first.inner_text()
    hands.press(rail.get_by_role("button", name=f"Not interested in {title}"))
    if hands.javascript:
        expect(rail.locator(".rail__outcome button")).to_be_visible()
        undo = rail.get_by_role("button", name="Undo")
    else:
        expect(page.locator(".toast")).to_contain_text("will not be suggested again")
        hands.press(page.locator("summary[aria-label^='Your account']"))
        hands.press(page.get_by_role("link", name="Your suggestions").first)
        undo = main.get_by_role("button", name=f"Undo for {title}")
    expect(rail.get_by_role("link", name=title, exact=True)).to_have_count(0)
    hands.press(undo)
    expect(undo).to_have_count(0)
    assert not maria.suggestion_feedback.exists()
