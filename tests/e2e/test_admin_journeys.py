"""What admins do, in Chromium on the served site: courses and people, marks and credits, imports and jobs.

Training, switching and rolling back are in test_journey.py, writing a course from nothing in test_authors.py.
"""

import re

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from chromium import sideways, violations
from course_sources import CARTRIDGE, write_files, zip_of
from courses import publishing
from courses.models import Comment, Course, Enrolment
from credits import ledger
from credits.models import Rules
from jobs.models import Job
from notices.models import Notice
from people import add_authenticator, sign_in, superuser
from quizzes import attempts, authoring
from quizzes.authoring import create_quiz
from quizzes.models import Attempt, Question, QuestionBank
from world import build_course, build_world, quiz_data

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
ESSAY = {"type": "essay", "text": "Why does a knot hold?", "grader_notes": "Look for friction."}
WORD = {"type": "short_text", "name": "Word", "text": "The knot that makes a loop?", "answers": ["bowline"]}
GIFT = "::Sky::The sky is blue.{T}\n\n::Sum::2+2?{#4}\n\n::Broken::Never closed {=a"


@pytest.fixture
def world(transactional_db):
    return build_world()


@pytest.fixture
def see(look):
    """Keep pictures of a page of the admin: light, dark, and on a phone, which must not scroll sideways."""

    def see(page, name, *, axe=False):
        look(page, f"admin-{name}-light")
        page.evaluate("document.documentElement.classList.add('dark')")
        look(page, f"admin-{name}-dark")
        found = violations(page) if axe else []
        page.evaluate("document.documentElement.classList.remove('dark')")
        page.set_viewport_size(PHONE)
        look(page, f"admin-{name}-390")
        beyond = sideways(page)
        page.set_viewport_size(DESK)
        assert (found, beyond) == ([], 0)

    return see


def choose(page, label, *, row):
    """Tick a row of a list, run an action on it, and confirm the counts that it states."""
    page.locator("#result_list tbody tr", has_text=row).locator("input.action-select").check()
    page.locator("select[name=action]").select_option(label=label)
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name=label).click()


def download(page, link):
    """The bytes of what a link or button downloads."""
    with page.expect_download() as started:
        link.click()
    return started.value.path().read_bytes()


def test_courses_and_people(page, world, see):
    admin = superuser("root@example.org", "Root")
    draft = build_course("Knots", topic="Sailing")
    publishing.withdraw(course=draft)

    # An admin with an authenticator signs in with its code, and comes to the admin.
    page.goto("/admin/")
    sign_in(page, admin, code=add_authenticator(admin))
    expect(page).to_have_url(re.compile(r"/admin/$"))

    # Any course is a few keys away.
    page.keyboard.press("Control+k")
    expect(page.locator("#search-input-command")).to_be_focused()
    page.keyboard.type("knots")
    expect(page.locator("#command-results").get_by_role("link", name="Knots").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/admin/courses/course/{draft.pk}/change/")
    see(page, "course")

    # A lesson of it is edited beside its preview, and looked at as a learner will see it.
    page.get_by_role("link", name="Outline and lessons").click()
    page.get_by_role("link", name="Knots, part 1").click()
    page.locator("textarea[name=blocks-0-source]").fill("A knot is **friction**.")
    expect(page.locator(".markdown-preview strong").first).to_have_text("friction")
    see(page, "lesson")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("link", name="Preview as a learner").click()
    expect(page.locator(".prose strong")).to_have_text("friction")

    # Published from the list.
    page.goto("/admin/courses/course/")
    see(page, "courses")
    choose(page, "Publish those that are ready", row="Knots")
    expect(page.get_by_text("1 course is published.")).to_be_visible()
    assert Course.objects.published().filter(pk=draft.pk).exists()

    # A comment is hidden, and gone for learners.
    page.goto("/admin/courses/comment/")
    see(page, "comments")
    choose(page, "Hide, and close their reports", row="Is zero a number?")
    expect(page.get_by_text("1 comment is changed.")).to_be_visible()
    assert Comment.objects.get().status == Comment.Status.HIDDEN
    assert "Is zero a number?" not in Client().get(world.preview.get_absolute_url()).content.decode()

    # The gradebook of a course, one learner of it, and all as a table.
    page.goto(f"/admin/courses/course/{world.course.pk}/change/")
    page.get_by_role("link", name="Gradebook").click()
    page.get_by_label("Name or address").fill("ada")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("status")).to_have_text("1 learner")
    see(page, "gradebook")
    assert b"ada@example.org" in download(page, page.get_by_role("link", name="Download as CSV"))

    # An announcement to the learners of the course is counted before it is sent.
    page.goto("/admin/notices/notice/")
    page.locator("#main").get_by_role("link", name="Announce").click()
    page.get_by_label("To the learners of").select_option(label="Numbers")
    page.get_by_label("Title").fill("A new lesson on zero")
    page.get_by_label("Leads to").fill("/courses/")
    page.get_by_role("button", name="Count the learners").click()
    expect(page.get_by_text("It goes to 1 learner.")).to_be_visible()
    see(page, "announcement", axe=True)
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("Announced to 1 learner.")).to_be_visible()
    assert Notice.objects.get(title="A new lesson on zero").learner == world.learner

    # Somebody who asked for it is erased, once their number is typed.
    page.goto(f"/admin/accounts/user/{world.other.pk}/change/")
    see(page, "learner")
    page.get_by_role("link", name="Erase this account").click()
    page.get_by_label("Number of the account").fill("0")
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_text("This is not the number of this account.")).to_be_visible()
    see(page, "erase", axe=True)
    page.get_by_label("Number of the account").fill(str(world.other.pk))
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_text("everything about it is erased")).to_be_visible()
    assert User.objects.get(pk=world.other.pk).email is None


def test_marks_and_credits(page, world, see, browser, live_server, tmp_path):
    first, second = superuser("root@example.org", "Root"), superuser("second@example.org", "Second")
    quiz = create_quiz(data=quiz_data("On knots", questions=[WORD, ESSAY], credits=7), course=world.course)
    attempt = attempts.start(quiz=quiz, learner=world.learner)
    said = {1: {"answer": ["bowlin"]}, 2: {"answer": ["Because of friction."]}}
    attempts.submit(attempt=attempt, fields=said)
    page.goto("/admin/quizzes/attempt/")
    sign_in(page, first)

    # An essay waits for a person, who sees the notes for markers beside it.
    page.get_by_role("link", name="Answers to mark").click()
    see(page, "to-mark")
    page.get_by_role("link", name="Mark", exact=True).click()
    expect(page.get_by_text("Look for friction.")).to_be_visible()
    see(page, "mark", axe=True)
    page.get_by_label("Mark", exact=False).first.fill("0.5")
    page.get_by_label("Comment for the learner").fill("Well seen.")
    page.get_by_role("button", name="Keep the mark").click()
    expect(page.get_by_text("No answer waits for a mark.")).to_be_visible()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.mark) == (Attempt.State.GRADED, 0.5)

    # An answer turns out to be right as well: the dry run shows what changes before it is applied.
    word = quiz.slots.get(position=1).question
    authoring.revise_question(question=word, data={"answers": ["bowline", "bowlin"]})
    page.goto(f"/admin/quizzes/quiz/{quiz.pk}/change/")
    see(page, "quiz")
    page.get_by_role("link", name="Mark again").click()
    expect(page.get_by_role("row", name=re.compile("Ada"))).to_contain_text("1.5")
    see(page, "regrade", axe=True)
    attempt.refresh_from_db()
    assert attempt.mark == 0.5
    page.get_by_label("Why the marks change").fill("Both spellings are in use.")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("1 attempt marked again, 1 changed.")).to_be_visible()
    attempt.refresh_from_db()
    assert attempt.mark == 1.5

    # A large gift of credits is proposed by one admin and approved by another.
    Rules.objects.create(pk=1, one_admin_up_to=100)
    before = ledger.balance(world.learner)
    page.goto(f"/admin/credits/account/{world.learner.credit_account.pk}/change/")
    page.get_by_role("link", name="Adjust the balance").click()
    page.get_by_label("Credits").fill("5000")
    page.get_by_label("Reason").fill("A prize.")
    see(page, "adjust")
    page.get_by_role("button", name="Adjust the balance").click()
    expect(page.get_by_text("This takes a second admin")).to_be_visible()
    assert ledger.balance(world.learner) == before
    decision = page.url
    context = browser.new_context(base_url=live_server.url, viewport=DESK)
    other = context.new_page()
    other.goto(decision)
    sign_in(other, second)
    see(other, "decide", axe=True)
    other.get_by_role("button", name="Approve").click()
    expect(other.get_by_text("Your decision was carried out.")).to_be_visible()
    context.close()
    assert ledger.balance(world.learner) == before + 5000

    # Questions from a file: each is looked at, imported, exported and taken back.
    file = tmp_path / "sky.gift"
    file.write_text(GIFT)
    page.goto("/admin/quizzes/questionbank/")
    page.get_by_role("link", name="Import questions").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_label("Question bank").fill("Sky")
    see(page, "questions-upload")
    page.get_by_role("button", name="Look at the questions").click()
    expect(page.get_by_text("3 found, 2 can be imported, 0 skipped, 1 not understood")).to_be_visible()
    assert not QuestionBank.objects.filter(name="Sky").exists()
    see(page, "questions-preview", axe=True)
    page.get_by_role("button", name="Import into “Sky”").click()
    expect(page.get_by_text("2 of 3 questions imported.")).to_be_visible()
    see(page, "questions-imported", axe=True)
    imported = page.url
    bank = QuestionBank.objects.get(name="Sky")
    page.goto(f"/admin/quizzes/questionbank/{bank.pk}/change/")
    assert b"The sky is blue." in download(page, page.get_by_role("link", name="Export as GIFT"))
    page.goto(imported)
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("2 questions deleted")).to_be_visible()
    assert not Question.objects.filter(bank=bank).exists()


@pytest.mark.worker
def test_imports_jobs_and_figures(page, world, see, worker, tmp_path):
    admin = superuser("root@example.org", "Root")
    page.goto("/admin/exchange/courseimport/add/")
    sign_in(page, admin)

    # A course from another system is uploaded. While no worker runs its job waits, and can be cancelled.
    cartridge = zip_of(write_files(tmp_path / "cc", CARTRIDGE), tmp_path / "knots.imscc")
    page.locator("input[type=file]").set_input_files(cartridge)
    see(page, "course-upload")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="The job, to follow or cancel it").click()
    wizard = f"/admin/exchange/courseimport/{Job.objects.get().parameters['import']}/change/"
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled before it started.")).to_be_visible()
    see(page, "job-cancelled", axe=True)

    # Run again, it reads the file; what it found is shown before anything is written.
    worker()
    page.get_by_role("button", name="Run again").click()
    expect(page.locator("#job-live")).to_contain_text("100 %", timeout=60_000)
    see(page, "job-done")
    courses = set(Course.objects.values_list("pk", flat=True))
    page.goto(wizard)
    expect(page.get_by_role("heading", name="Knots in a cartridge")).to_be_visible()
    see(page, "course-preview", axe=True)
    page.get_by_role("button", name="Import it").click()
    expect(page.get_by_role("button", name="Undo the import")).to_be_visible(timeout=60_000)
    see(page, "course-imported", axe=True)
    imported = Course.objects.exclude(pk__in=courses).get()

    # It goes out again as a file, and the import is undone.
    page.goto("/admin/exchange/courseimport/")
    see(page, "course-imports")
    page.get_by_label("Export a course").select_option(label=imported.title)
    assert download(page, page.get_by_role("button", name="Download")).startswith(b"PK")
    page.goto(wizard)
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("The course was taken back.")).to_be_visible()
    assert set(Course.objects.values_list("pk", flat=True)) == courses

    # The figures of today, beside those of the day before, and as a table.
    page.goto("/admin/")
    today = timezone.localdate().isoformat()
    page.get_by_label("From").fill(today)
    page.get_by_label("To", exact=True).fill(today)
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(f"**since={today}*")
    figure = page.locator("#content").get_by_text("Enrolments", exact=True).first.locator("..")
    expect(figure).to_contain_text(str(Enrolment.objects.count()))
    see(page, "dashboard")
    assert download(page, page.get_by_role("link", name="Download as CSV"))
