"""Every page of the role table under axe, in both themes, at both widths, and without sideways scrolling."""

import pytest
from django.test import Client
from django.urls import reverse

from chromium import ORIGIN, Chromium, sideways, violations
from routes import TABLE, argument

pytestmark = pytest.mark.browser

# They answer a learner's GET with something that is not a page.
NO_PAGE = {
    "courses:titles",
    "courses:certificate_pdf",
    "credits:statement",
    "due_calendar_feed",
    "personal_data",
    "health-live",
    "health-ready",
}
SIGN_IN = ["account_login", "account_signup", "account_reset_password", "account_reset_password_done"]
SETTINGS = ["account_email", "account_change_password", "mfa_index", "usersessions_list"]
SIZES = [("light", 1280), ("dark", 390)]

# A screen of 320 pixels is also what a wide one shows at 400 % zoom.
NARROWEST = 320


def every_page():
    """Each page as (role, name of the route or None for a missing page, arguments, query)."""
    for route in TABLE:
        words = dict(zip(("visitor", "learner"), route.answers.split(), strict=False))
        for role, word in words.items():
            if route.post is None and word in ("ok", "gate") and route.name not in NO_PAGE:
                identity = f"{role}-{route.name}-{word}"
                yield pytest.param(role, route.name, route.arguments, route.query, id=identity)
    yield pytest.param("admin", "styleguide", (), "toasts=1", id="admin-styleguide")
    yield pytest.param("visitor", None, (), "", id="visitor-404")
    for name in SIGN_IN:
        yield pytest.param("visitor", name, (), "", id=f"visitor-{name}")
    for name in SETTINGS:
        yield pytest.param("learner", name, (), "", id=f"learner-{name}")


@pytest.fixture(scope="module")
def browser():
    browser = Chromium()
    yield browser
    browser.close()


def client_of(world, role):
    client = Client()
    if role != "visitor":
        client.force_login(getattr(world, role))
    return client


def address(world, name, arguments, query):
    if name is None:
        return f"{ORIGIN}/no/such/page/"
    path = reverse(name, args=[argument(world, path) for path in arguments])
    return f"{ORIGIN}{path}?{query}"


@pytest.mark.parametrize(("role", "name", "arguments", "query"), list(every_page()))
def test_page_is_accessible(db, world, browser, role, name, arguments, query):
    target = address(world, name, arguments, query)

    def look(page):
        page.goto(target)
        found = violations(page)
        if name is not None:
            found += [f"console: {line}" for line in page.problems]
        page.set_viewport_size({"width": NARROWEST, "height": 640})
        if beyond := sideways(page):
            found.append(f"{beyond} px lie beyond a {NARROWEST} px screen")
        return found

    for theme, width in SIZES:
        found = browser.run(look, client_of(world, role), theme=theme, width=width)
        assert not found, "\n".join([f"{theme}, {width} px:", *found])


def test_right_to_left_pages_fit(db, world, browser):
    def look(page):
        beyond = {}
        for path in ("/", "/quizzes/", "/suggestions/"):
            page.goto(ORIGIN + path)
            page.evaluate("document.documentElement.dir = 'rtl'")
            beyond[path] = sideways(page)
        return beyond

    assert not any(browser.run(look, client_of(world, "learner"), width=NARROWEST).values())


def test_theme_is_remembered(db, world, browser):
    def choose_dark(page):
        page.goto(f"{ORIGIN}/")
        page.click("summary[aria-label^='Your account']")
        page.click("[data-theme-choice='dark']")
        page.goto(f"{ORIGIN}/search/")
        paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return page.get_attribute("html", "data-theme"), paper

    theme, paper = browser.run(choose_dark, client_of(world, "learner"), theme="light")
    assert theme == "dark"
    assert paper == "rgb(12, 19, 34)"


def test_keyboard_reaches_the_content_first(db, world, browser):
    def skip(page):
        page.goto(f"{ORIGIN}/")
        page.keyboard.press("Tab")
        first = page.evaluate("document.activeElement.className")
        page.keyboard.press("Enter")
        return first, page.evaluate("document.activeElement.id")

    assert browser.run(skip, Client()) == ("skip-link", "main")


def test_menu_closes_on_escape_and_gives_the_focus_back(db, world, browser):
    def escape(page):
        page.goto(f"{ORIGIN}/")
        page.click("summary[aria-label^='Your account']")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        is_open = page.evaluate("document.querySelector('details.menu').open")
        return is_open, page.evaluate("document.activeElement.closest('details')?.className")

    assert browser.run(escape, client_of(world, "learner")) == (False, "menu")


def test_answer_to_a_suggestion_redraws_its_row_without_a_reload(db, world, browser):
    def titles(page):
        return [text.strip() for text in page.locator(".suggestion .card__title").all_text_contents()]

    def hide_and_undo(page):
        page.goto(f"{ORIGIN}/")
        page.evaluate("window.sameDocument = true")
        before = titles(page)
        page.click("button[value='not_interested'] >> nth=0")
        page.wait_for_selector(".rail__outcome form")
        after = titles(page)
        focus = page.evaluate("document.activeElement.className")
        page.click(".rail__outcome button")
        page.wait_for_selector(".rail__outcome button", state="detached")
        return before, after, focus, page.evaluate("window.sameDocument === true")

    before, after, focus, same_document = browser.run(hide_and_undo, client_of(world, "learner"))
    assert before[0] not in after
    assert len(after) == len(before)
    assert focus == "rail__outcome"
    assert same_document


def test_suggestion_is_hidden_without_scripts(db, world, browser):
    def hide(page):
        page.goto(f"{ORIGIN}/")
        page.click("button[value='not_interested'] >> nth=0")
        page.wait_for_selector(".toast")
        return page.text_content(".toast")

    assert "will not be suggested again" in browser.run(hide, client_of(world, "learner"), javascript=False)


def test_what_opens_over_a_page_is_accessible(db, world, browser):
    """The menu of a phone, a dialog, and the toasts of a partial update that failed, in both themes."""

    def look(page):
        found = []

        def check(state):
            found.extend(f"{state}: {line}" for line in violations(page))

        page.goto(f"{ORIGIN}/suggestions/")
        page.click("summary[aria-label^='Your account']")
        check("menu")
        page.keyboard.press("Escape")
        page.click("[data-dialog-open='afresh']")
        check("dialog")
        within = page.evaluate("document.activeElement.closest('dialog') !== null")
        page.keyboard.press("Escape")
        back = page.evaluate("document.activeElement.dataset.dialogOpen")
        for event in ("htmx:sendError", "htmx:responseError"):
            page.evaluate("name => document.body.dispatchEvent(new Event(name))", event)
        page.wait_for_selector("[data-offline]")
        page.wait_for_selector("[data-refused]")
        check("toasts")
        return found, within, back

    for theme in ("light", "dark"):
        found, within, back = browser.run(look, client_of(world, "learner"), theme=theme, width=390)
        assert not found, "\n".join([theme, *found])
        assert within
        assert back == "afresh"


def test_a_partial_update_keeps_the_focus(db, world, browser):
    """Keyboard alone: what was pressed is replaced, and the next Tab goes on from there."""
    target = ORIGIN + world.lesson.get_absolute_url()

    def where(page):
        # Not wait_for_function: the site's policy forbids what it evaluates.
        page.wait_for_selector(".htmx-request", state="detached")
        page.wait_for_selector("main :focus", state="attached")
        return page.evaluate("(document.activeElement.id || document.activeElement.textContent).trim()")

    def press(page):
        page.goto(target)
        page.focus(".meta form button")
        page.keyboard.press("Enter")
        page.wait_for_selector(".meta button[aria-pressed='true']")
        marked = where(page)
        page.locator("#notes").scroll_into_view_if_needed()
        page.wait_for_selector("#note-body")
        page.focus("#note-body")
        page.keyboard.type("Worth a second look")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("#notes-list .row")
        kept = where(page)
        page.focus("#notes-list .row button")
        page.keyboard.press("Enter")
        page.wait_for_selector("#notes-list .row", state="detached")
        return marked, kept, where(page)

    found = browser.run(press, client_of(world, "learner"))
    assert found == ("Bookmarked", "notes-list", "notes-list")
