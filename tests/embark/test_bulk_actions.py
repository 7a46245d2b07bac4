"""Every bulk action of the admin says in numbers what it will do, and does nothing before it is confirmed."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from chromium import LOOKS, ORIGIN, Chromium, violations
from courses import authoring, discussion
from courses.models import Comment, Course, Lesson, Review
from quizzes.authoring import create_quiz
from quizzes.models import Quiz
from world import QUESTIONS, quiz_data

COURSES = reverse("admin:courses_course_changelist")
# Django's own states what hangs on the rows; moving asks where to, and names the lessons.
OTHER_PAGES = {"delete_selected", "move_selected"}
# What the list sends when all rows are ticked and the action is chosen.
SUBMIT = """() => {
    const form = document.getElementById("changelist-form")
    form.querySelectorAll("[name=_selected_action]").forEach(box => { box.checked = true })
    form.querySelector("[name=action]").value = "publish_selected"
    HTMLFormElement.prototype.submit.call(form)
}"""
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="(\w*)">')


def actions_of(model_admin):
    return {getattr(action, "__name__", action): action for action in model_admin.actions or ()}


ACTIONS = sorted(
    (model._meta.app_label, model._meta.model_name, name)
    for model, model_admin in admin.site._registry.items()
    for name in actions_of(model_admin)
)


def choose(client, rows, action, **more):
    address = reverse(f"admin:{rows.model._meta.app_label}_{rows.model._meta.model_name}_changelist")
    posted = {"action": action, "_selected_action": list(rows.values_list("pk", flat=True))}
    return address, client.post(address, posted | more)


def confirm(client, address, page):
    """Send the form of the page as it is."""
    form = {}
    for name, value in HIDDEN.findall(page.text):
        form.setdefault(name, []).append(value)
    return client.post(address, form, follow=True)


@pytest.fixture
def staff_client(client, world):
    client.force_login(world.admin)
    return client


def test_actions_are_found():
    assert ("courses", "course", "publish_selected") in ACTIONS
    assert ("quizzes", "quiz", "publish_selected") in ACTIONS


@pytest.mark.django_db
@pytest.mark.parametrize(("app", "model", "action"), ACTIONS)
def test_no_action_changes_anything_before_it_was_confirmed(staff_client, world, app, model, action):
    found = apps.get_model(app, model)
    Review.objects.create(course=world.course, learner=world.learner, stars=4, body="Good.")
    EmailAddress.objects.create(user=world.learner, email=world.learner.email)
    rows = found.objects.order_by("pk")
    before = list(rows.values())
    assert before, "the world has no row to choose"
    _address, page = choose(staff_client, rows, action)
    assert list(rows.values()) == before
    if action not in OTHER_PAGES and not re.search(r"This will \w+[^.]* \d+ ", page.text):
        pytest.fail("the page says no number")


@pytest.mark.django_db
def test_publishing_says_how_many_are_ready_and_what_the_others_lack(staff_client, world):
    authoring.create_course(title="Bare")
    Course.objects.filter(pk__in=[world.course.pk, world.priced.pk]).update(status="draft")
    chosen = Course.objects.filter(title__in=["Bare", "Numbers", "Novels", "Finished"])
    address, page = choose(staff_client, chosen, "publish_selected")
    assert "This will publish 2 courses." in page.text
    assert "1 is published already." in page.text
    assert "1 is not ready. What has to be true first:" in page.text
    assert "Bare: It has a title and a summary." in page.text
    done = confirm(staff_client, address, page)
    assert "2 courses are published." in done.text
    assert set(chosen.filter(status="published").values_list("title", flat=True)) == {
        "Numbers", "Novels", "Finished",
    }  # fmt: skip


@pytest.mark.django_db
def test_with_nothing_to_do_there_is_nothing_to_confirm(staff_client, world):
    _address, page = choose(staff_client, Course.objects.filter(pk=world.course.pk), "publish_selected")
    assert "This will publish 0 courses." in page.text
    assert 'name="confirmed"' not in page.text


@pytest.mark.django_db
def test_all_of_a_long_list_are_chosen_without_naming_each(staff_client, world):
    first = Course.objects.order_by("pk")[:1]
    address, page = choose(staff_client, first, "withdraw_selected", select_across="1")
    count = Course.objects.count()
    assert count > 10
    assert f"This will take {count} courses back to draft" in page.text
    assert f"and {count - 10} more" in page.text
    confirm(staff_client, address, page)
    assert not Course.objects.exclude(status="draft").exists()


@pytest.mark.django_db
def test_a_search_still_holds_when_all_are_confirmed(staff_client, world):
    first = Course.objects.filter(title="Numbers")
    address = f"{COURSES}?q=numbers"
    posted = {"action": "withdraw_selected", "_selected_action": [first.get().pk], "select_across": "1"}
    page = staff_client.post(address, posted)
    assert "This will take 1 course back" in page.text
    confirm(staff_client, address, page)
    assert Course.objects.get(status="draft").title == "Numbers"


@pytest.mark.django_db
def test_quizzes_are_sorted_out_alike(staff_client, world):
    Quiz.objects.create(title="Empty", slug="empty")
    create_quiz(data=quiz_data("New", questions=QUESTIONS), course=world.course, status="draft")
    address, page = choose(staff_client, Quiz.objects.all(), "publish_selected")
    assert "This will open 1 quiz to learners." in page.text
    assert "Empty: Add at least one question" in page.text
    assert "1 quiz is open to learners." in confirm(staff_client, address, page).text
    address, page = choose(staff_client, Quiz.objects.filter(pk=world.quiz.pk), "unpublish_selected")
    assert "1 attempt is under way and may still be finished." in page.text
    assert "1 quiz is a draft now." in confirm(staff_client, address, page).text
    world.quiz.refresh_from_db()
    assert not world.quiz.is_published


@pytest.mark.django_db
def test_reports_of_comments_that_are_shown_already_can_still_be_closed(staff_client, world):
    discussion.report(comment=world.comment, reporter=world.other, reason="Rude.")
    Comment.objects.update(status="visible")
    address, page = choose(staff_client, Comment.objects.all(), "show_selected")
    assert "This will show 0 comments." in page.text
    assert "1 open report will be closed." in page.text
    confirm(staff_client, address, page)
    assert not world.comment.reports.filter(resolved_at=None).exists()


@pytest.mark.django_db
def test_lessons_and_reviews_state_and_then_act(staff_client, world):
    lessons = Lesson.objects.filter(course=world.course)
    address, page = choose(staff_client, lessons, "copy_selected")
    assert "This will make copies of 2 lessons, as drafts." in page.text
    confirm(staff_client, address, page)
    assert lessons.count() == 4
    address, page = choose(staff_client, lessons, "publish_selected")
    assert "This will publish 2 lessons." in page.text
    assert "2 are published already." in page.text
    Review.objects.create(
        course=world.course, learner=world.learner, stars=4, body="Rude.", created_at=timezone.now()
    )
    address, page = choose(staff_client, Review.objects.all(), "hide_selected")
    assert "This will hide the words of 1 review" in page.text
    confirm(staff_client, address, page)
    assert Review.objects.get().is_hidden


@pytest.mark.django_db
def test_who_may_not_change_courses_is_not_shown_a_plan(client, world):
    world.author.user_permissions.clear()
    client.force_login(world.author)
    _address, page = choose(client, Course.objects.all(), "publish_selected")
    assert page.status_code == 403


@pytest.mark.browser
def test_the_page_that_states_counts_in_a_browser(staff_client, world, tmp_path_factory):
    authoring.create_course(title="Bare")
    Course.objects.filter(pk__in=[world.course.pk, world.priced.pk]).update(status="draft")
    shots, browser = tmp_path_factory.getbasetemp(), Chromium()

    def look(page):
        page.goto(f"{ORIGIN}{COURSES}")
        page.evaluate(SUBMIT)
        page.wait_for_selector("text=This will publish 2 courses.")
        page.screenshot(path=f"{shots}/bulk-{theme}-{width}.png", full_page=True)
        found = violations(page)
        page.get_by_role("button", name="Publish those that are ready").click()
        page.wait_for_selector("text=are published.")
        return found

    try:
        for theme, width in LOOKS:
            Course.objects.filter(pk__in=[world.course.pk, world.priced.pk]).update(status="draft")
            assert browser.run(look, staff_client, theme=theme, width=width) == []
    finally:
        browser.close()
