"""The authors' side: what each person sees, saving through the forms, order, state, moderation."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses import arranging, authoring, discussion, progress
from courses.errors import Refused
from courses.models import Certificate, Comment, Course, CourseAuthor, Lesson, Revision, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(django_user_model):
    """A staff member with the permissions of an author."""
    user = django_user_model.objects.create_user("author@example.org", "correct horse battery", is_staff=True)
    names = [
        f"{act}_{model}" for model in ("course", "lesson") for act in ("view", "add", "change", "delete")
    ]
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="courses", codename__in=names)
    )
    return user


def change(model, pk):
    return reverse(f"admin:courses_{model}_change", args=[pk])


def lesson_form(lesson, *blocks, **fields):
    """The POST data of the lesson editor; each block is a dict of its fields."""
    existing = list(lesson.blocks.all())
    data = {
        "title": lesson.title,
        "slug": lesson.slug,
        "section": lesson.section_id,
        "status": lesson.status,
        "minutes": lesson.minutes,
        "blocks-TOTAL_FORMS": len(blocks),
        "blocks-INITIAL_FORMS": min(len(existing), len(blocks)),
        "blocks-MIN_NUM_FORMS": 0,
        "blocks-MAX_NUM_FORMS": 1000,
    } | fields
    for number, block in enumerate(blocks):
        pk = existing[number].pk if number < len(existing) else ""
        defaults = {"id": pk, "lesson": lesson.pk, "position": number, "kind": "text", "source": ""}
        data |= {f"blocks-{number}-{name}": value for name, value in (defaults | block).items()}
    return data


@pytest.mark.parametrize(
    "name", ["course", "lesson", "topic", "skill", "comment", "enrolment", "review", "certificate"]
)
def test_lists_open(client, admin, lessons, name):
    client.force_login(admin)
    assert client.get(reverse(f"admin:courses_{name}_changelist")).status_code == 200


def test_course_pages_open(client, admin, draft):
    client.force_login(admin)
    assert client.get(change("course", draft.pk)).status_code == 200
    for name in ("outline", "ready", "versions"):
        assert client.get(reverse(f"admin:courses_course_{name}", args=[draft.pk])).status_code == 200
    assert client.get(change("lesson", draft.lessons.first().pk)).status_code == 200


def test_an_author_sees_and_changes_only_their_own(client, author, draft):
    mine = authoring.create_course(title="Mine", author=author)
    client.force_login(author)
    page = client.get(reverse("admin:courses_course_changelist"))
    assert "Mine" in page.text
    assert "Sailing" not in page.text
    assert client.get(change("course", mine.pk)).status_code == 200
    foreign = draft.lessons.first()
    for address in (
        change("course", draft.pk),
        change("lesson", foreign.pk),
        reverse("admin:courses_course_outline", args=[draft.pk]),
        reverse("admin:courses_course_ready", args=[draft.pk]),
    ):
        assert client.get(address).status_code in (302, 404)
    for address in (
        reverse("admin:courses_course_state", args=[draft.pk]),
        reverse("admin:courses_course_arrange", args=[draft.pk]),
        reverse("admin:courses_lesson_markdown", args=[foreign.pk]),
        reverse("admin:courses_lesson_paste", args=[foreign.pk]),
    ):
        assert client.post(address).status_code == 404


def test_a_course_written_in_the_admin_is_its_authors_and_rendered(client, author):
    client.force_login(author)
    inlines = {
        f"{prefix}-{name}": 0
        for prefix in ("author_roles", "cohorts")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
    }
    answer = client.post(
        reverse("admin:courses_course_add"),
        {
            "title": "Knots",
            "slug": "knots",
            "summary": "Tie them.",
            "description": "**Bold** <script>alert(1)</script>",
            "language": "en",
            "price": 0,
            "estimated_minutes": 0,
            "instructors": "",
        }
        | inlines,
    )
    assert answer.status_code == 302
    course = Course.objects.get(slug="knots")
    assert course.description_html == "<p><strong>Bold</strong> </p>\n"
    assert course.status == Status.DRAFT
    assert CourseAuthor.objects.get(course=course).user == author
    assert Revision.objects.filter(course=course).count() == 1


def test_the_lesson_editor_saves_blocks_and_a_version(client, admin, draft, picture):
    client.force_login(admin)
    lesson = draft.lessons.get(slug="second")
    kept = lesson.blocks.get()
    data = lesson_form(
        lesson,
        {"source": "Changed **text**.", "position": 1},
        {
            "kind": "image",
            "alt": "A star",
            "position": 0,
            "upload": SimpleUploadedFile("star.png", picture(), "image/png"),
        },
    )
    assert client.post(change("lesson", lesson.pk), data).status_code == 302
    image, text = lesson.blocks.all()
    assert (image.kind, image.asset.path) == ("image", "files/star.png")
    assert (text.pk, text.html) == (kept.pk, "<p>Changed <strong>text</strong>.</p>\n")
    assert lesson.revisions.count() == 1
    data = lesson_form(lesson, {"source": "", "kind": "image", "alt": "A star", "asset": image.asset_id}, {})
    data |= {"blocks-1-DELETE": "on"}
    client.post(change("lesson", lesson.pk), data)
    assert lesson.blocks.count() == 1


def test_a_refused_upload_is_said_and_the_text_kept(client, admin, draft):
    client.force_login(admin)
    lesson = draft.lessons.get(slug="second")
    upload = SimpleUploadedFile("setup.exe", b"MZ", "application/octet-stream")
    page = client.post(
        change("lesson", lesson.pk), lesson_form(lesson, {"source": "Kept.", "upload": upload}), follow=True
    )
    assert "is a program" in page.text
    assert lesson.blocks.get().source == "Kept."


def test_a_cycle_is_refused_in_the_form(client, admin, draft):
    client.force_login(admin)
    first, second = draft.lessons.in_order()[:2]
    second.prerequisites.add(first)
    data = lesson_form(first, {"source": "Text."}, prerequisites=[second.pk])
    page = client.post(change("lesson", first.pk), data)
    assert page.status_code == 200
    assert "it already needs" in page.text
    assert not first.prerequisites.exists()


def test_preview_shows_what_the_page_will_and_names_problems(client, admin, draft):
    client.force_login(admin)
    address = reverse("admin:courses_lesson_markdown", args=[draft.lessons.first().pk])
    answer = client.post(address, {"source": "**x** ![](no.png) <script>alert(1)</script>"}).json()
    assert "<strong>x</strong>" in answer["html"]
    assert "<script" not in answer["html"]
    assert len(answer["problems"]) == 2
    assert client.get(address).status_code == 405


def test_a_pasted_image_becomes_markdown_and_a_broken_one_a_sentence(client, admin, draft, picture):
    client.force_login(admin)
    address = reverse("admin:courses_lesson_paste", args=[draft.lessons.first().pk])
    for expected in ("images/image.png", "images/image-2.png"):
        answer = client.post(address, {"file": SimpleUploadedFile("image.png", picture(), "image/png")})
        assert expected in answer.json()["markdown"]
    broken = SimpleUploadedFile("image.png", b"\x89PNG broken", "image/png")
    answer = client.post(address, {"file": broken})
    assert answer.status_code == 400
    assert "can't be read" in answer.json()["error"]


def order_of(course):
    return [
        (section.title, [lesson.title for lesson in section.lessons.all()])
        for section in course.sections.all()
    ]


def test_outline_adds_moves_and_copies(client, admin, draft):
    client.force_login(admin)
    address = reverse("admin:courses_course_outline", args=[draft.pk])
    sky, sea = draft.sections.all()
    second = draft.lessons.get(slug="second")
    client.post(address, {"act": "down", "of": "lesson", "id": second.pk})
    assert order_of(draft) == [("The sky", ["First"]), ("The sea", ["Second", "Third"])]
    client.post(address, {"act": "up", "of": "section", "id": sea.pk})
    assert order_of(draft) == [("The sea", ["Second", "Third"]), ("The sky", ["First"])]
    client.post(address, {"act": "add_section", "title": "The wind"})
    client.post(address, {"act": "add_lesson", "of": "section", "id": sky.pk, "title": "Fourth"})
    client.post(address, {"act": "copy", "of": "lesson", "id": second.pk})
    assert order_of(draft) == [
        ("The sea", ["Second", "Third", "Second (copy)"]),
        ("The sky", ["First", "Fourth"]),
        ("The wind", []),
    ]
    copy = draft.lessons.get(title="Second (copy)")
    assert copy.status == Status.DRAFT
    assert copy.blocks.get().html == second.blocks.get().html


def test_a_dragged_order_is_saved_whole_or_not_at_all(client, admin, draft):
    client.force_login(admin)
    address = reverse("admin:courses_course_arrange", args=[draft.pk])
    sky, sea = draft.sections.all()
    first, second, third = draft.lessons.in_order()
    good = [[sea.pk, [third.pk, first.pk]], [sky.pk, [second.pk]]]
    assert client.post(address, json.dumps(good), "application/json").json() == {"saved": True}
    assert order_of(draft) == [("The sea", ["Third", "First"]), ("The sky", ["Second"])]
    for bad in (
        [[sea.pk, [third.pk]]],
        [[sea.pk, [first.pk, first.pk]], [sky.pk, [second.pk]]],
        "x",
        [[1]],
        [1],
    ):
        assert client.post(address, json.dumps(bad), "application/json").status_code in (400, 409)
    assert order_of(draft) == [("The sea", ["Third", "First"]), ("The sky", ["Second"])]


def test_lessons_of_another_course_can_not_be_arranged_into_this(draft):
    other = authoring.create_course(title="Other")
    foreign = authoring.add_lesson(section=authoring.add_section(course=other, title="One"), title="Foreign")
    order = [
        (section.pk, list(section.lessons.values_list("pk", flat=True))) for section in draft.sections.all()
    ]
    order[0][1].append(foreign.pk)
    with pytest.raises(Refused, match="has changed"):
        arranging.arrange(course=draft, order=order)


def test_publishing_needs_what_is_required_and_says_what(client, admin, draft):
    client.force_login(admin)
    bare = authoring.create_course(title="Bare")
    page = client.post(reverse("admin:courses_course_state", args=[bare.pk]), {"act": "publish"}, follow=True)
    assert "At least one lesson is published or scheduled." in page.text
    client.post(reverse("admin:courses_course_state", args=[draft.pk]), {"act": "publish"})
    draft.refresh_from_db()
    assert draft.status == Status.PUBLISHED
    assert draft.published_at


def test_bulk_publish_states_counts(client, admin, draft):
    authoring.create_course(title="Bare")
    client.force_login(admin)
    page = client.post(
        reverse("admin:courses_course_changelist"),
        {
            "action": "publish_selected",
            "confirmed": "yes",
            "_selected_action": list(Course.objects.values_list("pk", flat=True)),
        },
        follow=True,
    )
    assert "1 course is published." in page.text
    assert "Bare: " in page.text


def test_a_course_is_copied_with_its_files_and_without_its_learners(course, enrolled, picture, admin):
    from courses import media

    media.add_asset(course=course, path="images/star.png", content=picture())
    lesson = course.lessons.get(slug="second")
    authoring.set_blocks(lesson=lesson, blocks=[{"source": "![Star](images/star.png) [on](lesson:third)"}])
    copy = arranging.copy_course(course=course, author=admin)
    assert order_of(copy) == order_of(course)
    assert copy.status == Status.DRAFT
    assert not copy.enrolments.exists()
    html = copy.lessons.get(slug="second").blocks.get().html
    assert copy.assets.get().get_absolute_url() in html
    assert f"/courses/{copy.slug}/third/" in html


def test_versions_are_listed_compared_and_brought_back(client, admin, draft):
    client.force_login(admin)
    lesson = draft.lessons.get(slug="second")
    client.post(change("lesson", lesson.pk), lesson_form(lesson, {"source": "One."}))
    client.post(change("lesson", lesson.pk), lesson_form(lesson, {"source": "Two."}))
    first = lesson.revisions.get(number=1)
    listing = client.get(reverse("admin:courses_course_versions", args=[draft.pk]), {"lesson": lesson.pk})
    assert len(listing.context["versions"]) == 2
    page = client.get(reverse("admin:courses_course_version", args=[first.pk]))
    assert ("+", "Two.") in page.context["lines"]
    client.post(reverse("admin:courses_course_version", args=[first.pk]))
    assert lesson.blocks.get().source == "One."


def test_moderation_queue(client, admin, lessons, enrolled):
    comment = discussion.post(lesson=lessons[1], author=enrolled, body="See https://example.org")
    client.force_login(admin)
    queue = client.get(reverse("admin:courses_comment_changelist"), {"status__exact": "pending"})
    assert "See https://example.org" in queue.text
    page = client.post(
        reverse("admin:courses_comment_changelist"),
        {"action": "show_selected", "confirmed": "yes", "_selected_action": [comment.pk]},
        follow=True,
    )
    assert "1 comment is changed." in page.text
    assert Comment.objects.get().status == Comment.Status.VISIBLE


def test_revoking_asks_for_a_reason(client, admin, lessons, enrolled):
    for lesson in lessons:
        progress.complete_lesson(lesson=lesson, learner=enrolled)
    certificate = Certificate.objects.get()
    client.force_login(admin)
    address = reverse("admin:courses_certificate_revoke", args=[certificate.pk])
    assert client.post(address, {"reason": ""}).status_code == 200
    client.post(address, {"reason": "Copied answers."})
    certificate.refresh_from_db()
    assert certificate.revoked_reason == "Copied answers."


def test_a_course_with_learners_is_not_deleted(client, admin, course, enrolled):
    client.force_login(admin)
    client.post(reverse("admin:courses_course_delete", args=[course.pk]), {"post": "yes"})
    assert Course.objects.filter(pk=course.pk).exists()
    assert Lesson.objects.filter(course=course).count() == 3
