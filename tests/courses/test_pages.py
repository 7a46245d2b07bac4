"""Every page of courses, as a visitor, a learner and an author see it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses import authoring, completion, discussion, progress, publishing
from courses.models import Comment, Course, Lesson, Section

pytestmark = pytest.mark.django_db


def lesson_url(lesson):
    return reverse("courses:lesson", args=[lesson.course.slug, lesson.slug])


def test_catalogue_lists_published_courses_only(client, course):
    authoring.create_course(title="Hidden draft")
    page = client.get(reverse("courses:catalogue"))
    assert page.status_code == 200
    assert "Sailing by the stars" in page.text
    assert "Hidden draft" not in page.text


def test_course_page_shows_lessons_and_the_way_in(client, course):
    page = client.get(course.get_absolute_url())
    assert page.status_code == 200
    for text in ("Sailing by the stars", "The sky", "Third", "Enrol for free", "<strong>sky</strong>"):
        assert text in page.text


def test_a_draft_is_not_found_by_learners_and_previewed_by_staff(client, draft, learner, admin):
    client.force_login(learner)
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert client.get(draft.get_absolute_url() + "?preview=1").status_code == 404
    client.force_login(admin)
    assert client.get(draft.get_absolute_url()).status_code == 404
    page = client.get(draft.get_absolute_url() + "?preview=1")
    assert "Preview: this is what learners will see" in page.text


def test_visitor_reads_the_preview_and_is_asked_to_log_in_for_the_rest(client, lessons):
    preview = client.get(lesson_url(lessons[0]))
    assert "The pole star stands still." in preview.text
    gate = client.get(lesson_url(lessons[1]))
    assert "Log in to read on" in gate.text
    assert "Orion" not in gate.text
    assert f"{reverse('account_login')}?next={lesson_url(lessons[1])}" in gate.text


def test_signing_in_at_a_gated_lesson_leads_back_to_it(client, lessons, enrolled):
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=enrolled, email=enrolled.email, verified=True, primary=True)
    address = f"{reverse('account_login')}?next={lesson_url(lessons[1])}"
    answer = client.post(address, {"login": "ada@example.org", "password": "correct horse battery"})
    assert answer.status_code == 302
    assert answer.url == lesson_url(lessons[1])


def test_signed_in_but_not_enrolled_is_asked_to_enrol(client, lessons, learner):
    client.force_login(learner)
    gate = client.get(lesson_url(lessons[1]))
    assert "Enrol to read on" in gate.text
    assert "Orion" not in gate.text


def test_enrol_from_the_gate_leads_to_the_lesson(client, lessons, learner):
    client.force_login(learner)
    address = reverse("courses:enrol", args=[lessons[0].course.slug])
    answer = client.post(address, {"next": lesson_url(lessons[1])})
    assert answer.url == lesson_url(lessons[1])
    assert "Orion rises in winter." in client.get(answer.url).text


def test_enrol_does_not_redirect_to_another_site(client, course, learner):
    client.force_login(learner)
    answer = client.post(reverse("courses:enrol", args=[course.slug]), {"next": "https://evil.example/"})
    assert answer.url.startswith("/courses/")


@pytest.mark.parametrize("method", ["get", "head"])
def test_lesson_answers_get_and_head(client, lessons, enrolled, method):
    client.force_login(enrolled)
    answer = getattr(client, method)(lesson_url(lessons[1]))
    assert answer.status_code == 200
    assert (answer.content == b"") == (method == "head")


@pytest.mark.parametrize("name", ["enrol", "leave", "rate"])
def test_acts_refuse_get(client, course, learner, name):
    client.force_login(learner)
    assert client.get(reverse(f"courses:{name}", args=[course.slug])).status_code == 405


def test_completing_leads_to_the_next_lesson_and_counts(client, lessons, enrolled):
    client.force_login(enrolled)
    answer = client.post(reverse("courses:complete", args=[lessons[0].pk]))
    assert answer.url == lesson_url(lessons[1])
    assert "33 %" in client.get(lessons[0].course.get_absolute_url()).text


def test_a_foreign_lesson_can_not_be_completed(client, lessons, learner):
    client.force_login(learner)
    client.post(reverse("courses:complete", args=[lessons[1].pk]))
    assert not learner.lesson_progress.exists()


@pytest.mark.parametrize("name", ["my_learning", "my_notes", "certificates", "catalogue", "topics"])
def test_pages_of_a_learner_answer(client, enrolled, name):
    client.force_login(enrolled)
    assert client.get(reverse(f"courses:{name}")).status_code == 200


def test_leaderboard_is_for_learners_of_the_course(client, course, learner, other_learner, enrolled):
    address = reverse("courses:leaderboard", args=[course.slug])
    client.force_login(enrolled)
    assert client.get(address).status_code == 200
    client.force_login(other_learner)
    assert client.get(address).url == course.get_absolute_url()


def queries_of(client, address):
    client.get(address)  # the first visit opens the lesson; what counts is every later one too
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return captured


def test_lesson_with_500_comments_costs_what_one_without_costs(client, lessons, enrolled, other_learner):
    client.force_login(enrolled)
    quiet = queries_of(client, lesson_url(lessons[1]))
    tops = Comment.objects.bulk_create(
        [
            Comment(lesson=lessons[1], author=other_learner, body=f"Comment {n}", body_html=f"<p>{n}</p>")
            for n in range(250)
        ]
    )
    Comment.objects.bulk_create(
        [
            Comment(lesson=lessons[1], author=enrolled, parent=top, body="Reply", body_html="<p>Reply</p>")
            for top in tops
        ]
    )
    loud = queries_of(client, lesson_url(lessons[1]))
    assert len(loud) == len(quiet)
    assert len(loud) <= 20


def test_first_visit_of_a_lesson_stays_within_20_queries(client, lessons, enrolled):
    client.force_login(enrolled)
    client.get(reverse("courses:catalogue"))  # a process reads the catalogue for its suggestions once
    with CaptureQueriesContext(connection) as captured:
        client.get(lesson_url(lessons[1]))
    assert len(captured) <= 20, [query["sql"][:120] for query in captured]


def test_course_with_2000_lessons_costs_the_same_queries(client, course, enrolled):
    client.force_login(enrolled)
    small = queries_of(client, course.get_absolute_url())
    sections = Section.objects.bulk_create(
        [Section(course=course, title=f"Part {n}", slug=f"part-{n}", position=n + 2) for n in range(40)]
    )
    Lesson.objects.bulk_create(
        [
            Lesson(
                course=course, section=section, title=f"Lesson {n}", slug=f"{section.slug}-{n}", position=n
            )
            for section in sections
            for n in range(50)
        ]
    )
    large = queries_of(client, course.get_absolute_url())
    assert len(large) == len(small)
    assert len(large) <= 20, [query["sql"][:120] for query in large]


def test_catalogue_costs_the_same_queries_for_one_course_and_many(client, course, learner):
    client.force_login(learner)
    one = queries_of(client, reverse("courses:catalogue"))
    Course.objects.bulk_create(
        [Course(title=f"Course {n}", slug=f"course-{n}", status="published") for n in range(60)]
    )
    many = queries_of(client, reverse("courses:catalogue"))
    assert len(many) == len(one)
    assert len(many) <= 20


def test_comment_is_posted_and_shown(client, lessons, enrolled):
    client.force_login(enrolled)
    answer = client.post(reverse("courses:comments", args=[lessons[1].pk]), {"body": "Why **north**?"})
    comment = Comment.objects.get()
    assert answer.url == discussion.address(comment)
    assert "Why <strong>north</strong>?" in client.get(lesson_url(lessons[1])).text


def test_comment_of_another_is_not_mine_to_change(client, lessons, enrolled, other_learner):
    comment = Comment.objects.create(lesson=lessons[0], author=enrolled, body="Mine", body_html="<p>Mine</p>")
    client.force_login(other_learner)
    for name in ("edit_comment", "delete_comment"):
        assert (
            client.post(reverse(f"courses:{name}", args=[comment.pk]), {"body": "Yours"}).status_code == 404
        )
    comment.refresh_from_db()
    assert comment.body == "Mine"


def test_notes_are_private(client, lessons, enrolled, other_learner):
    client.force_login(enrolled)
    client.post(reverse("courses:notes", args=[lessons[1].pk]), {"body": "Remember the pole star"})
    assert "Remember the pole star" in client.get(reverse("courses:notes", args=[lessons[1].pk])).text
    note = enrolled.notes.get()
    client.force_login(other_learner)
    assert "Remember" not in client.get(reverse("courses:notes", args=[lessons[1].pk])).text
    assert client.post(reverse("courses:delete_note", args=[note.pk])).status_code == 404


def test_the_discussion_of_a_course_is_searched_by_its_learners_only(
    client, course, lessons, enrolled, other_learner
):
    question = discussion.post(lesson=lessons[1], author=enrolled, body="Which stars turn?", is_question=True)
    discussion.post(lesson=lessons[2], author=enrolled, body="Waves are **fine**.")
    address = reverse("courses:discussion", args=[course.slug])
    client.force_login(other_learner)
    assert client.get(address).url == course.get_absolute_url()
    client.force_login(enrolled)
    assert len(client.get(address).context["page"]) == 2
    page = client.get(address, {"q": "star turning"})
    assert list(page.context["page"]) == [question]
    assert "<mark>stars</mark>" in page.text
    assert list(client.get(address, {"only": "open"}).context["page"]) == [question]
    answer = discussion.post(lesson=lessons[1], author=enrolled, body="All of them.", parent=question)
    discussion.accept(comment=answer, user=enrolled)
    assert not client.get(address, {"only": "open"}).context["page"].object_list


def test_translations_name_each_other(client, course):
    german = authoring.create_course(title="Segeln nach den Sternen", language="de", translation_of=course)
    assert "Segeln" not in client.get(course.get_absolute_url()).text
    publishing.publish(course=german)
    assert german.get_absolute_url() in client.get(course.get_absolute_url()).text
    assert course.get_absolute_url() in client.get(german.get_absolute_url()).text


def test_what_is_missing_for_the_certificate_is_said(client, lessons, enrolled, monkeypatch):
    monkeypatch.setitem(completion._rules, "test", lambda course, learner: ["1 quiz to pass"])
    for lesson in lessons:
        progress.complete_lesson(lesson=lesson, learner=enrolled)
    client.force_login(enrolled)
    assert "1 quiz to pass" in client.get(lessons[0].course.get_absolute_url()).text


ODD = ["%00", "a%00b", "%ff", "%0a", "..", "%2e%2e", "%F0%9F%98%80", "'", "x" * 3000, "1" * 40]


@pytest.mark.parametrize("odd", ODD)
def test_odd_addresses_are_not_found(client, course, enrolled, odd):
    client.force_login(enrolled)
    for address in (
        f"/courses/{odd}/",
        f"/courses/{course.slug}/{odd}/",
        f"/topics/{odd}/",
        f"/certificates/{odd}/",
        f"/learning/board/{odd}/",
        f"/learning/discussion/{odd}/",
        f"/media/1/{odd}",
        f"/lessons/{odd}/comments/",
    ):
        assert client.get(address).status_code in (301, 404), address


@pytest.mark.parametrize("odd", ["\x00", "a\x00b", "-1", "9" * 40, "é", "../..", "%00", "[]", "<script>"])
def test_odd_parameters_are_answered(client, course, lessons, enrolled, odd):
    client.force_login(enrolled)
    names = ("q", "topic", "level", "language", "price", "sort", "page", "section", "only", "preview", "via")
    for address in (
        reverse("courses:catalogue"),
        course.get_absolute_url(),
        lesson_url(lessons[1]),
        reverse("courses:discussion", args=[course.slug]),
        reverse("courses:comments", args=[lessons[1].pk]),
        reverse("courses:titles"),
        reverse("courses:my_notes"),
    ):
        assert client.get(address, dict.fromkeys(names, odd)).status_code == 200, address
    for name, argument in (
        ("enrol", course.slug),
        ("rate", course.slug),
        ("place", lessons[1].pk),
        ("bookmark", lessons[1].pk),
        ("notes", lessons[1].pk),
        ("comments", lessons[1].pk),
    ):
        fields = ("cohort", "stars", "body", "block", "position", "seconds", "on", "quote", "next")
        answer = client.post(reverse(f"courses:{name}", args=[argument]), dict.fromkeys(fields, odd))
        assert answer.status_code in (204, 302), name
    assert client.post(reverse("courses:goal"), {"days_per_week": odd}).status_code == 302


def test_a_reply_to_nothing_is_not_found(client, lessons, enrolled):
    client.force_login(enrolled)
    address = reverse("courses:comments", args=[lessons[1].pk])
    assert client.post(address, {"body": "Hello", "parent": "9" * 30}).status_code == 404
