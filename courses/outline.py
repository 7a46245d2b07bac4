"""The outline of a course: its sections and lessons in order, and where the reader is."""

from dataclasses import dataclass, field

from django.urls import reverse

from courses.models import Lesson, Status

# A page that lists more lessons is slow to draw and no help to its reader: only open sections are drawn.
DRAWN_WHOLE = 300


@dataclass
class OutlineLesson:
    pk: int
    title: str
    slug: str
    url: str
    minutes: int
    is_preview: bool
    status: str
    done: bool = False
    locked: bool = False
    current: bool = False
    is_new: bool = False


@dataclass
class OutlineSection:
    pk: int
    title: str
    slug: str
    lessons: list[OutlineLesson] = field(default_factory=list)
    is_drawn: bool = True

    @property
    def minutes(self):
        return sum(lesson.minutes for lesson in self.lessons)

    @property
    def done(self):
        return sum(lesson.done for lesson in self.lessons)


@dataclass
class Outline:
    sections: list[OutlineSection]
    lessons: list[OutlineLesson]

    @property
    def done(self):
        return sum(lesson.done for lesson in self.lessons)

    @property
    def new(self):
        return sum(lesson.is_new for lesson in self.lessons)

    @property
    def minutes(self):
        return sum(lesson.minutes for lesson in self.lessons)

    @property
    def next_unread(self):
        """The first lesson that is not completed, else the first."""
        return next((lesson for lesson in self.lessons if not lesson.done), None) or next(
            iter(self.lessons), None
        )

    def neighbours(self, pk):
        """The lessons before and after one, None at the ends."""
        index = next((i for i, lesson in enumerate(self.lessons) if lesson.pk == pk), None)
        if index is None:
            return None, None
        before = self.lessons[index - 1] if index else None
        after = self.lessons[index + 1] if index + 1 < len(self.lessons) else None
        return before, after


def outline(course, learner, *, enrolment=None, current=None, section=None, drafts=False, at=None):
    """The outline as a learner sees it; one query, whatever the size.

    `current` is the lesson being read, `section` the slug of one to draw open, `drafts` includes what is not
    published (for its authors).
    """
    lessons = course.lessons.all() if drafts else course.lessons.published(at)
    rows = (
        # The sections' course is told as well: without it the database may read the sections of all courses.
        lessons.filter(section__course=course)
        .for_learner(learner)
        .in_order()
        .values(
            "pk",
            "title",
            "slug",
            "minutes",
            "measured_minutes",
            "is_preview",
            "status",
            "published_at",
            "is_done",
            "is_opened",
            "section_id",
            "section__title",
            "section__slug",
        )
    )
    # One reverse() serves all: the slug is the last part of the address.
    base = reverse("courses:course", args=[course.slug])
    suffix = "?preview=1" if drafts else ""
    sections, found = [], []
    for row in rows:
        if not sections or sections[-1].pk != row["section_id"]:
            sections.append(OutlineSection(row["section_id"], row["section__title"], row["section__slug"]))
        lesson = OutlineLesson(
            pk=row["pk"],
            title=row["title"],
            slug=row["slug"],
            url=f"{base}{row['slug']}/{suffix}",
            minutes=row["measured_minutes"] or row["minutes"],
            is_preview=row["is_preview"],
            status=row["status"],
            done=row["is_done"],
            locked=enrolment is None and not row["is_preview"] and not drafts,
            current=current is not None and row["pk"] == current.pk,
            is_new=bool(
                enrolment is not None
                and not row["is_opened"]
                and row["published_at"]
                and row["published_at"] > enrolment.enrolled_at
            ),
        )
        sections[-1].lessons.append(lesson)
        found.append(lesson)
    if len(found) > DRAWN_WHOLE:
        shown = section or (current and current.section_id) or None
        for index, part in enumerate(sections):
            part.is_drawn = shown in (part.pk, part.slug) or (shown is None and index == 0)
    return Outline(sections, found)


def course_minutes(course):
    """The sum of the reading times of a course's published lessons, measured ones where there are any."""
    rows = Lesson.objects.filter(course=course, status=Status.PUBLISHED).values_list(
        "measured_minutes", "minutes"
    )
    return sum(measured or minutes for measured, minutes in rows)
