"""The main job in two walks: a learner from a visit to credits, an admin from training to roll back."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import User
from courses.models import Course, Lesson
from credits import ledger
from jobs.models import Job
from people import PASSWORD, sign_in, superuser, typed_code
from quizzes.models import Attempt
from recommender import artifacts
from recommender.models import ModelVersion

pytestmark = [pytest.mark.browser, pytest.mark.worker]


def fill_in(page, attempt):
    """Answer every question of an attempt correctly, as a person with the key would."""
    for asked in attempt.questions.select_related("version").order_by("position"):
        question = page.locator(f"#question-{asked.position}")
        data = asked.version.data
        match asked.version.type:
            case "single_choice" | "multiple_choice":
                for place, number in enumerate(asked.variant["order"]):
                    if data["choices"][number].get("correct"):
                        question.locator("label.choice").nth(place).click()
            case "true_false":
                question.locator("label.choice").nth(0 if data["answer"] else 1).click()
            case "numeric":
                question.get_by_role("textbox").fill(str(data["answer"]))
            case "short_text":
                answer = data["answers"][0]
                question.get_by_role("textbox").fill(answer if isinstance(answer, str) else answer["text"])


def register(page, mailoutbox, *, name, email):
    """Fill in the registration form that is open, and type the code from the mail."""
    page.get_by_label("Name shown to others").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Join free").click()
    expect(page.locator("input[name=code]")).to_be_visible()
    page.locator("input[name=code]").fill(typed_code(mailoutbox))
    page.locator("main button.button--primary").click()


def test_a_learner_goes_from_a_visit_to_credits_and_suggestions(page, library, look, mailoutbox):
    main = page.get_by_role("main")

    # A visitor finds a course in spite of a typing mistake, filters, and reads its free preview.
    page.goto("/")
    expect(main.get_by_role("heading", level=1)).to_be_visible()
    look(page, "visitor-home")
    page.goto("/courses/?q=statstics")
    expect(main.get_by_role("link", name="Statistics that hold up").first).to_be_visible()
    page.goto("/courses/?level=beginner")
    expect(main.get_by_role("link", name="Python for data").first).to_be_visible()
    expect(main.get_by_role("link", name="Statistics that hold up")).to_have_count(0)
    page.goto("/courses/python-for-data/")
    look(page, "course")
    course = Course.objects.get(slug="python-for-data")
    first, second = list(Lesson.objects.filter(course=course).in_order())[:2]
    main.get_by_role("link", name=first.title).first.click()
    expect(main.get_by_role("heading", name=first.title, level=1)).to_be_visible()

    # The next lesson is gated; registering leads back to that very lesson.
    page.goto(second.get_absolute_url())
    expect(main).to_contain_text(re.compile("(log|sign) in to read on", re.IGNORECASE))
    look(page, "gate")
    main.get_by_role("link", name=re.compile("join|account", re.IGNORECASE)).first.click()
    register(page, mailoutbox, name="Maria", email="maria@example.org")
    expect(page.get_by_role("button", name="Skip for now")).to_be_visible()
    look(page, "interests")
    main.locator("label.chip", has_text="Statistics").click()
    page.get_by_role("button", name="Save interests").click()
    page.wait_for_url(f"**{second.get_absolute_url()}*")
    maria = User.objects.get(email="maria@example.org")
    assert maria.profile.interests == ["statistics"]

    # Enrolling opens the lesson: code, maths and questions to unfold; a comment; then on to the next.
    main.get_by_role("button", name=re.compile("enrol", re.IGNORECASE)).first.click()
    page.goto(second.get_absolute_url())
    expect(main.locator(".highlight").first).to_be_visible()
    unfold = main.locator("details").first
    unfold.locator("summary").click()
    expect(unfold).to_have_attribute("open", "")
    page.get_by_label("Write a comment").fill("Why are sets unordered?")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Why are sets unordered?").first).to_be_visible()
    look(page, "lesson")
    main.get_by_role("button", name=re.compile("^complete", re.IGNORECASE)).click()
    page.goto("/")
    expect(main).to_contain_text("Python for data")
    look(page, "learner-home")

    # A lesson ends with a call to its quiz, which names its credits.
    quiz = course.quizzes.first() or next(lesson.quizzes.first() for lesson in course.lessons.in_order())
    page.goto(quiz.lesson.get_absolute_url())
    call = main.get_by_role("link", name=quiz.title).or_(
        main.get_by_role("link", name=re.compile("quiz", re.I))
    )
    expect(main).to_contain_text(f"{quiz.credits} credits")
    call.first.click()
    page.goto(quiz.get_absolute_url())
    page.get_by_role("button", name=re.compile("start the quiz", re.IGNORECASE)).click()
    page.wait_for_url("**/attempt/**")
    attempt = Attempt.objects.get(learner=maria)
    fill_in(page, attempt)
    expect(page.locator("#saved")).to_contain_text("Saved")
    look(page, "quiz")

    # A reload loses nothing that was said to be saved.
    page.reload()
    expect(page.locator("input[type=radio]:checked").first).to_be_attached()
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url("**/result/**")
    expect(main).to_contain_text(f"{quiz.credits}")
    look(page, "result")
    assert [(asked.version.text, asked.response) for asked in attempt.questions.exclude(fraction=1)] == []
    assert ledger.balance(maria) == quiz.credits
    page.get_by_role("link", name="Look at your answers").click()
    expect(main.get_by_role("heading", name="Why").first).to_be_visible()
    page.goto("/wallet/")
    expect(main).to_contain_text("First pass")
    look(page, "wallet")

    # Credits unlock a priced course.
    page.goto("/courses/writing-that-explains/")
    main.get_by_role("button", name=re.compile("10 credits|unlock|enrol", re.IGNORECASE)).first.click()
    page.wait_for_load_state()
    assert ledger.balance(maria) == quiz.credits - 10

    # "Not interested" acts at once and can be undone.
    page.goto("/courses/")
    rail = page.locator(".rail").first
    title = rail.locator(".card__title a").first.inner_text()
    rail.get_by_role("button", name=f"Not interested in {title}").click()
    expect(rail.get_by_role("status")).to_contain_text("will not be suggested again")
    expect(rail.locator(".card__title a", has_text=title)).to_have_count(0)
    rail.get_by_role("button", name="Undo").click()
    expect(rail.locator(".card__title a", has_text=title)).to_have_count(1)


def test_an_admin_trains_switches_and_rolls_back(page, library, look, settings, worker, live_server):
    admin = superuser("root@example.org", "Root")
    worker()
    page.goto("/admin/")
    sign_in(page, admin)

    # Edit a lesson and look at it as a learner before it is published.
    lesson = Lesson.objects.filter(course__slug="python-for-data").in_order()[1]
    page.goto(f"/admin/courses/lesson/{lesson.pk}/change/")
    page.locator("input[name=title]").fill("Lists, dictionaries and sets, revised")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"{lesson.get_absolute_url()}?preview=1")
    expect(page.get_by_role("heading", name="Lists, dictionaries and sets, revised", level=1)).to_be_visible()

    # Train now, and watch: twice, so that there is something to go back to.
    for count in (1, 2):
        page.goto("/admin/recommender/modelversion/")
        page.get_by_role("button", name="Train now").click()
        page.wait_for_url("**/jobs/job/**")
        expect(page.get_by_role("progressbar").first).to_be_attached()
        if count == 1:
            look(page, "admin-training")
        job = Job.objects.latest("pk")
        expect(page.locator("body")).to_contain_text(re.compile("succeeded|done", re.I), timeout=240_000)
        job.refresh_from_db()
        assert job.status == Job.Status.SUCCEEDED, job.log
        assert ModelVersion.objects.count() == count
    page.goto("/admin/recommender/modelversion/")
    newest, oldest = ModelVersion.objects.order_by("-created_at")
    expect(page.locator("body")).to_contain_text("NDCG@10")
    look(page, "admin-models")
    if artifacts.live_id(settings.MODELS_DIR) == oldest.name:
        page.goto(f"/admin/recommender/modelversion/{newest.pk}/change/")
        page.get_by_role("button", name="Make this version live").click()
    assert artifacts.live_id(settings.MODELS_DIR) == newest.name
    page.goto("/admin/recommender/modelversion/")
    page.get_by_role("button", name="Roll back").click()
    expect(page.locator("body")).to_contain_text("is live again")
    assert artifacts.live_id(settings.MODELS_DIR) == oldest.name

    # The pages are served from it.
    page.goto("/courses/python-for-data/")
    expect(page.locator(".rail .card__title a").first).to_be_visible()
    look(page, "course-with-model")
