"""Writing courses: rendering at save, prerequisites, publishing, versions."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses import authoring, media, prerequisites, publishing, revisions
from courses.checks import content_problems
from courses.models import Course, Lesson, Status, Topic

pytestmark = pytest.mark.django_db


def test_everything_is_rendered_at_save(draft):
    assert draft.description_html == "<p>How to read the <strong>sky</strong>.</p>\n"
    lesson = Lesson.objects.get(slug="second")
    assert lesson.blocks.get().html == "<p>Orion rises in winter.</p>\n"
    assert Lesson.objects.values_list("search_text", flat=True).get(pk=lesson.pk) == "Orion rises in winter."


def test_titles_in_any_script_get_slugs_of_their_own():
    slugs = [authoring.create_course(title=title).slug for title in ("数据结构", "Data!", "Data", "???")]
    assert slugs == ["数据结构", "data", "data-2", "course"]


def test_topics_are_found_by_slug_or_name_and_added_once(draft):
    authoring.save_course(course=draft, topics=["navigation", "NAVIGATION", "Night sky"])
    assert set(draft.topics.values_list("slug", flat=True)) == {"navigation", "night-sky"}
    assert Topic.objects.count() == 2


def test_text_with_characters_no_database_holds_is_stored_without_them(draft):
    lesson = authoring.add_lesson(section=draft.sections.first(), title="Nul\x00l", blocks="a\x00b\ud800c")
    assert lesson.title == "Null"
    assert lesson.blocks.get().source == "abc"


def test_links_between_lessons_resolve_once_both_exist(draft):
    lesson = authoring.add_lesson(
        section=draft.sections.first(), title="Linking", blocks="[on](lesson:later#h-part)"
    )
    assert "href" not in lesson.blocks.get().html
    authoring.add_lesson(section=draft.sections.first(), title="Later", blocks="Text.")
    assert authoring.refresh_course(course=draft) == []
    assert f'href="/courses/{draft.slug}/later/#h-part"' in lesson.blocks.get().html


def test_a_new_slug_takes_the_links_along(draft):
    lesson = Lesson.objects.get(slug="second")
    authoring.set_blocks(lesson=lesson, blocks=[{"source": "[on](lesson:third)"}])
    authoring.save_course(course=draft, slug="by-the-stars")
    assert 'href="/courses/by-the-stars/third/"' in lesson.blocks.get().html


def test_images_are_shown_with_their_size_and_belong_to_the_block(draft, picture):
    asset = media.add_asset(course=draft, path="images/star.png", content=picture(40, 30))
    lesson = Lesson.objects.get(slug="second")
    problems = authoring.set_blocks(lesson=lesson, blocks=[{"source": "![A star](images/star.png)"}])
    assert problems == []
    block = lesson.blocks.get()
    assert f'src="{asset.get_absolute_url()}"' in block.html
    assert 'width="40"' in block.html
    assert list(block.assets.all()) == [asset]


def test_blocks_keep_their_identity_through_an_edit(draft):
    lesson = Lesson.objects.get(slug="second")
    first = lesson.blocks.get()
    authoring.set_blocks(lesson=lesson, blocks=[{"source": "New"}, {"id": first.pk, "source": "Old"}])
    assert [block.source for block in lesson.blocks.all()] == ["New", "Old"]
    assert lesson.blocks.get(position=1).pk == first.pk


def test_a_file_of_another_course_is_refused(draft, picture):
    other = authoring.create_course(title="Other")
    asset = media.add_asset(course=other, path="images/star.png", content=picture())
    with pytest.raises(ValidationError, match="another course"):
        authoring.set_blocks(
            lesson=Lesson.objects.get(slug="second"), blocks=[{"kind": "image", "asset": asset, "alt": "x"}]
        )


def test_too_long_a_lesson_is_refused_with_a_sentence(draft):
    with pytest.raises(ValidationError, match="split it"):
        authoring.add_lesson(section=draft.sections.first(), title="Long", blocks="x" * 200_001)


def test_a_scheduled_course_needs_a_date(draft):
    with pytest.raises(ValidationError, match="date and time"):
        authoring.save_course(course=draft, status=Status.SCHEDULED)


def test_a_scheduled_course_appears_by_itself_and_is_settled_later(draft):
    at = timezone.now() + datetime.timedelta(days=1)
    publishing.schedule(course=draft, at=at)
    assert not Course.objects.published().exists()
    later = at + datetime.timedelta(seconds=1)
    assert list(Course.objects.published(at=later)) == [draft]
    assert Lesson.objects.published(at=later).count() == 3
    assert publishing.publish_due(now=later) == (1, 0)
    draft.refresh_from_db()
    assert (draft.status, draft.published_at) == (Status.PUBLISHED, at)
    assert draft.lessons.filter(published_at=at).count() == 3


def test_only_what_is_ready_is_published(draft):
    bare = authoring.create_course(title="Bare")
    published, refused = publishing.publish_many(courses=[draft, bare])
    assert published == [draft]
    assert list(refused) == [bare]
    assert "At least one lesson is published or scheduled." in refused[bare]


def test_problems_are_found_with_their_lesson(draft):
    lesson = Lesson.objects.get(slug="third")
    authoring.set_blocks(lesson=lesson, blocks=[{"source": "![](images/gone.png)"}])
    problems = content_problems(draft)
    assert {problem.lesson for problem in problems} == {lesson}
    assert len(problems) == 2  # not found, and not described


def test_a_cycle_of_prerequisites_is_refused_by_any_detour():
    first, second, third = (authoring.create_course(title=name) for name in ("One", "Two", "Three"))
    prerequisites.set_prerequisites(item=second, prerequisites=[first])
    prerequisites.set_prerequisites(item=third, prerequisites=[second])
    with pytest.raises(ValidationError, match="“Three” can't come before “One”"):
        prerequisites.set_prerequisites(item=first, prerequisites=[third])
    with pytest.raises(ValidationError, match="its own prerequisite"):
        prerequisites.set_prerequisites(item=first, prerequisites=[first])
    assert not first.prerequisites.exists()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14))
def test_no_sequence_of_edits_makes_a_cycle(draft, edges):
    section = draft.sections.first()
    lessons = [authoring.add_lesson(section=section, title=f"L{n}") for n in range(6)]
    for later, earlier in edges:
        wanted = {*lessons[later].prerequisites.all(), lessons[earlier]}
        try:
            prerequisites.set_prerequisites(item=lessons[later], prerequisites=wanted)
        except ValidationError:
            continue
    before = {lesson.pk: set(lesson.prerequisites.values_list("pk", flat=True)) for lesson in lessons}
    while before:  # a graph without cycles can be taken apart from its ends
        free = [pk for pk, needs in before.items() if not needs & set(before)]
        assert free
        for pk in free:
            del before[pk]


def test_versions_keep_what_changed_and_bring_it_back(draft, admin, picture):
    media.add_asset(course=draft, path="images/star.png", content=picture())
    lesson = Lesson.objects.get(slug="second")
    revisions.save_revision(course=draft, lesson=lesson, author=admin)
    first = lesson.revisions.get()
    assert revisions.save_revision(course=draft, lesson=lesson) is None  # unchanged
    authoring.save_lesson(lesson=lesson, title="Renamed")
    authoring.set_blocks(lesson=lesson, blocks=[{"source": "Rewritten."}])
    second = revisions.save_revision(course=draft, lesson=lesson, author=admin)
    changes = revisions.diff(first.data, second.data)
    assert ("-", "Orion rises in winter.") in changes
    assert ("+", "Rewritten.") in changes
    revisions.revert(revision=first, author=admin)
    lesson.refresh_from_db()
    assert lesson.title == "Second"
    assert lesson.blocks.get().html == "<p>Orion rises in winter.</p>\n"
    assert lesson.revisions.first().data == first.data | {"blocks": lesson.revisions.first().data["blocks"]}


def test_versions_of_a_course_come_back_with_topics(draft):
    first = revisions.save_revision(course=draft)
    authoring.save_course(course=draft, title="Changed", topics=["Other"])
    revisions.revert(revision=first)
    draft.refresh_from_db()
    assert draft.title == "Sailing by the stars"
    assert [topic.name for topic in draft.topics.all()] == ["Navigation"]


def test_authors_see_their_own_courses_and_editors_all(draft, learner, admin):
    mine = authoring.create_course(title="Mine", author=learner)
    assert list(Course.objects.editable_by(learner)) == [mine]
    assert Course.objects.editable_by(admin).count() == 2
