"""One small world that every page of the site can show something of."""

import io
from dataclasses import dataclass

from django.contrib.auth.models import Permission
from PIL import Image

from accounts.models import User
from courses import authoring, discussion, enrolment, media, notes, progress
from courses.models import Certificate, Course, Lesson
from credits import ledger
from notices import unsubscribing
from quizzes import attempts, due_calendar
from quizzes.authoring import create_quiz
from quizzes.models import Attempt, DueCalendar, Quiz

QUESTIONS = [
    {
        "type": "single_choice",
        "name": "Sum",
        "text": "What is 2 + 2?",
        "choices": [{"text": "4", "correct": True}, {"text": "5", "correct": False}],
        "explanation": "Two and two are four.",
    },
    {"type": "true_false", "name": "Sky", "text": "Is water wet?", "answer": True, "explanation": "It is."},
]


def quiz_data(title, **fields):
    return {"title": title, "description": "", "credits": 10, "pass_mark": 50, "attempts": 3} | fields


@dataclass
class World:
    learner: User
    other: User
    author: User
    admin: User
    course: Course
    preview: Lesson
    lesson: Lesson
    priced: Course
    quiz: Quiz
    attempt: Attempt
    done: Attempt
    comment: object
    note: object
    exercise: object
    certificate: object
    asset: object
    others: list[Course]

    @property
    def unsubscribe_token(self):
        return unsubscribing.link(self.learner, "digest").rstrip("/").rsplit("/", 1)[-1]

    @property
    def calendar_token(self):
        calendar = DueCalendar.objects.filter(learner=self.learner).first()
        return due_calendar.token(calendar or due_calendar.renew(learner=self.learner))

    @property
    def topic(self):
        return self.course.topics.get()


def build_course(title, *, topic, author=None, price=0, level="beginner", lessons=2):
    course = authoring.create_course(
        title=title, summary=f"All about {title}.", description="Welcome.", topics=[topic], level=level,
        language="en", provider="Embark", price=price, status="published", author=author,
    )  # fmt: skip
    section = authoring.add_section(course=course, title="Beginning")
    for number in range(lessons):
        authoring.add_lesson(
            section=section,
            title=f"{title}, part {number + 1}",
            is_preview=number == 0,
            blocks=[
                {"kind": "text", "source": f"# {title}\n\nSome words about {topic}."},
                {
                    "kind": "exercise",
                    "source": "Say it in your own words.",
                    "settings": {"answer": "Gladly."},
                },
            ],
        )
    return course


def build_world():
    """A learner in the middle of things, somebody else, an author, an admin; courses and quizzes."""
    learner = User.objects.create_user("ada@example.org", "correct horse battery", display_name="Ada")
    other_learner = User.objects.create_user(
        "grace@example.org", "correct horse battery", display_name="Grace"
    )
    admin = User.objects.create_superuser("admin@example.org", display_name="Admin")
    author = User.objects.create_user("author@example.org", "correct horse battery", is_staff=True)
    codes = ["view_course", "change_course", "add_course", "view_lesson", "change_lesson", "add_lesson"]
    author.user_permissions.add(*Permission.objects.filter(codename__in=codes))
    course = build_course("Numbers", topic="Mathematics", author=author)
    priced = build_course("Novels", topic="Literature", price=25)
    others = [
        build_course(f"{topic} {step}", topic=topic)
        for topic in ("Mathematics", "Literature", "Biology", "Music")
        for step in ("one", "two", "three")
    ]
    lessons = list(course.lessons.in_order())
    quiz = create_quiz(data=quiz_data("Check your numbers", questions=QUESTIONS), lesson=lessons[1])
    for other in others:
        create_quiz(data=quiz_data(f"Check {other.title}", questions=QUESTIONS), course=other)
    done_quiz = create_quiz(data=quiz_data("Warm up", questions=QUESTIONS), lesson=lessons[0])
    enrolment.enrol(learner=learner, course=course)
    progress.open_lesson(lesson=lessons[0], learner=learner)
    comment = discussion.post(lesson=lessons[0], author=learner, body="Is zero a number?")
    done = attempts.start(quiz=done_quiz, learner=learner)
    attempts.submit(attempt=done)
    attempt = attempts.start(quiz=quiz, learner=learner)
    note = notes.add_note(learner=learner, lesson=lessons[0], body="Zero counts.")
    exercise = lessons[0].blocks.get(kind="exercise")
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(picture, "PNG")
    asset = media.add_asset(course=course, path="cover.png", content=picture.getvalue(), alt="A square")
    finished = build_course("Finished", topic="Music", lessons=1)
    enrolment.enrol(learner=learner, course=finished)
    progress.complete_lesson(lesson=finished.lessons.get(), learner=learner)
    certificate = Certificate.objects.get(learner=learner, course=finished)
    ledger.award(learner=learner, amount=5, reason="streak", source="streak:1")
    return World(
        learner, other_learner, author, admin, course, lessons[0], lessons[1], priced, quiz, attempt, done,
        comment, note, exercise, certificate, asset, others,
    )  # fmt: skip
