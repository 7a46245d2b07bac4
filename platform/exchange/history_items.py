"""Items of a history bundle as courses, lessons, quizzes and questions of the catalogue.

Each is found again by its external id, so a second import makes nothing new. A bundle says nothing about
which course a lesson belongs to: its lessons come into one course of their own. Its quizzes stay drafts and
its questions without content, because a bundle holds no questions that could be answered.
"""

from collections.abc import Iterable
from datetime import UTC

from django.conf.locale import LANG_INFO
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Block, Course, Lesson, Level, Section, Skill, Status, Topic
from courses.slugs import free_slug
from quizzes.models import Question, QuestionBank, Quiz
from recommender.data.bundles import ItemRow
from recommender.data.prerequisites import without_circles

BATCH = 1000
LANGUAGE_CODES = {info["name"].lower(): code for code, info in LANG_INFO.items() if "name" in info}


def bring_in(*, bundle: str, rows: Iterable[ItemRow]) -> tuple[dict[str, tuple[str, int]], int]:
    """Makes the items that are not there yet. Returns ({item_id: (kind, primary key)}, how many are new).

    To be called inside a transaction.
    """
    by_kind: dict[str, list[ItemRow]] = {"course": [], "lesson": [], "quiz": [], "question": []}
    for row in rows:
        by_kind[row.kind].append(row)
    topics = _named(Topic, (name for row in _all(by_kind) if row.kind != "question" for name in row.topics))
    skills = _named(Skill, (name for row in by_kind["question"] for name in row.topics))
    found: dict[str, tuple[str, int]] = {}
    new = 0
    for kind, bring in (("course", _courses), ("lesson", _lessons), ("quiz", _quizzes)):
        ids, added = bring(bundle, by_kind[kind], topics)
        found |= {item_id: (kind, pk) for item_id, pk in ids.items()}
        new += added
    ids, added = _questions(bundle, by_kind["question"], skills)
    found |= {item_id: ("question", pk) for item_id, pk in ids.items()}
    return found, new + added


def external_id(bundle: str, own_id: str) -> str:
    return f"{bundle}:{own_id}"


def _all(by_kind: dict[str, list[ItemRow]]) -> Iterable[ItemRow]:
    for rows in by_kind.values():
        yield from rows


def _named(model, names: Iterable[str]) -> dict[str, int]:
    """{name: primary key} of topics or skills; those that don't exist yet are made."""
    slugs = {name: free_slug(name, (), max_length=100, fallback="other") for name in dict.fromkeys(names)}
    known = dict(model.objects.filter(slug__in=slugs.values()).values_list("slug", "pk"))
    missing = {slug: name for name, slug in slugs.items() if slug not in known}
    made = model.objects.bulk_create([model(slug=slug, name=name[:200]) for slug, name in missing.items()])
    known |= {item.slug: item.pk for item in made}
    return {name: known[slug] for name, slug in slugs.items()}


def _known(model, bundle: str, rows: list[ItemRow]) -> dict[str, int]:
    """{item_id: primary key} of the rows that an earlier import brought."""
    if not rows:
        return {}
    prefix = external_id(bundle, "")
    pairs = model.objects.filter(external_id__startswith=prefix).values_list("external_id", "pk")
    known = {key.removeprefix(prefix): pk for key, pk in pairs}
    return {row.item_id: known[row.item_id] for row in rows if row.item_id in known}


def _common(bundle: str, row: ItemRow, slugs: set[str]) -> dict:
    slug = free_slug(row.title or row.item_id, slugs, fallback=row.kind)
    slugs.add(slug)
    return {
        "external_id": external_id(bundle, row.item_id),
        "title": (row.title or row.item_id)[:300],
        "slug": slug,
        "language": language_code(row.language),
    }


def language_code(language: str) -> str:
    """ "English", "en" and "en_GB" as codes; empty for what is not a language."""
    name = language.strip().lower().replace("_", "-")
    code = LANGUAGE_CODES.get(name, name)
    return code if 2 <= len(code) <= 16 and code.replace("-", "").isalnum() and code.isascii() else ""


def _level(level: str) -> str:
    return level.strip().lower() if level.strip().lower() in Level.values else ""


def _published_at(row: ItemRow):
    moment = row.published_at
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _minutes(row: ItemRow) -> int:
    return round(row.minutes) if 0 < row.minutes < 1e6 else 0


def _link_topics(model, pairs: list[tuple[int, list[int]]], through, owner: str, other: str) -> None:
    through.objects.bulk_create(
        [through(**{owner: pk, other: topic}) for pk, topics in pairs for topic in dict.fromkeys(topics)],
        batch_size=BATCH * 5,
        ignore_conflicts=True,
    )


def _courses(bundle: str, rows: list[ItemRow], topics: dict[str, int]) -> tuple[dict[str, int], int]:
    known = _known(Course, bundle, rows)
    missing = [row for row in rows if row.item_id not in known]
    slugs = set(Course.objects.values_list("slug", flat=True)) if missing else set()
    courses = Course.objects.bulk_create(
        [
            Course(
                **_common(bundle, row, slugs),
                description=row.description,
                level=_level(row.level),
                provider=row.provider[:200],
                instructors=[name[:200] for name in row.instructors],
                estimated_minutes=_minutes(row),
                status=Status.PUBLISHED,
                published_at=_published_at(row),
            )
            for row in missing
        ],
        batch_size=BATCH,
    )
    pairs = [(c.pk, [topics[t] for t in row.topics]) for c, row in zip(courses, missing, strict=True)]
    _link_topics(Course, pairs, Course.topics.through, "course_id", "topic_id")
    made = {row.item_id: course.pk for row, course in zip(missing, courses, strict=True)}
    _link_prerequisites(missing, made, known | made)
    return known | made, len(made)


def _link_prerequisites(rows: list[ItemRow], made: dict[str, int], courses: dict[str, int]) -> None:
    """Those of new courses alone, so that no circle can close; a course waits for nothing but courses."""
    before = {row.item_id: [other for other in row.prerequisites if other in courses] for row in rows}
    link = Course.prerequisites.through
    link.objects.bulk_create(
        [
            link(from_course_id=made[item_id], to_course_id=courses[other])
            for item_id, required in without_circles(before).items()
            for other in dict.fromkeys(required)
        ],
        batch_size=BATCH * 5,
    )


def _lessons(bundle: str, rows: list[ItemRow], topics: dict[str, int]) -> tuple[dict[str, int], int]:
    known = _known(Lesson, bundle, rows)
    missing = [row for row in rows if row.item_id not in known]
    if not missing:
        return known, 0
    section = _lesson_shelf(bundle)
    slugs = set(section.course.lessons.values_list("slug", flat=True))
    first = section.lessons.count()
    lessons = Lesson.objects.bulk_create(
        [
            Lesson(
                **_common(bundle, row, slugs),
                course=section.course,
                section=section,
                position=position,
                minutes=_minutes(row),
                search_text=row.description,
                published_at=_published_at(row),
            )
            for position, row in enumerate(missing, start=first)
        ],
        batch_size=BATCH,
    )
    Block.objects.bulk_create(
        [
            Block(lesson=lesson, source=row.description)
            for lesson, row in zip(lessons, missing, strict=True)
            if row.description
        ],
        batch_size=BATCH,
    )
    pairs = [
        (lesson.pk, [topics[t] for t in row.topics]) for lesson, row in zip(lessons, missing, strict=True)
    ]
    _link_topics(Lesson, pairs, Lesson.topics.through, "lesson_id", "topic_id")
    made = {row.item_id: lesson.pk for row, lesson in zip(missing, lessons, strict=True)}
    return known | made, len(made)


def _lesson_shelf(bundle: str) -> Section:
    """The one section that holds the lessons of a bundle."""
    key = f"{bundle}/lessons"
    course = Course.objects.filter(external_id=key).first()
    if course is None:
        title = _("Lessons of %(bundle)s") % {"bundle": bundle}
        slugs = set(Course.objects.values_list("slug", flat=True))
        course = Course.objects.create(
            external_id=key,
            title=title[:300],
            slug=free_slug(title, slugs, fallback="lessons"),
            language="",
            status=Status.PUBLISHED,
        )
    section, _created = Section.objects.get_or_create(
        course=course, slug="lessons", defaults={"title": _("Lessons")}
    )
    return section


def _quizzes(bundle: str, rows: list[ItemRow], topics: dict[str, int]) -> tuple[dict[str, int], int]:
    known = _known(Quiz, bundle, rows)
    missing = [row for row in rows if row.item_id not in known]
    slugs = set(Quiz.objects.values_list("slug", flat=True)) if missing else set()
    quizzes = Quiz.objects.bulk_create(
        [
            Quiz(
                **_common(bundle, row, slugs),
                description=row.description,
                level=_level(row.level),
                published_at=_published_at(row),
                credits=0,
            )
            for row in missing
        ],
        batch_size=BATCH,
    )
    pairs = [(quiz.pk, [topics[t] for t in row.topics]) for quiz, row in zip(quizzes, missing, strict=True)]
    _link_topics(Quiz, pairs, Quiz.topics.through, "quiz_id", "topic_id")
    made = {row.item_id: quiz.pk for row, quiz in zip(missing, quizzes, strict=True)}
    return known | made, len(made)


def _questions(bundle: str, rows: list[ItemRow], skills: dict[str, int]) -> tuple[dict[str, int], int]:
    """Questions in a bank of the bundle's name; there a question's name is its id in the bundle."""
    if not rows:
        return {}, 0
    bank, _created = QuestionBank.objects.get_or_create(
        name=question_bank_name(bundle),
        defaults={
            "description": _("Questions of an imported history; %(now)s") % {"now": timezone.now().date()}
        },
    )
    known = dict(bank.questions.values_list("name", "pk"))
    missing = [row for row in rows if row.item_id not in known]
    questions = Question.objects.bulk_create(
        [Question(bank=bank, name=row.item_id) for row in missing], batch_size=BATCH
    )
    pairs = [(q.pk, [skills[t] for t in row.topics]) for q, row in zip(questions, missing, strict=True)]
    _link_topics(Question, pairs, Question.skills.through, "question_id", "skill_id")
    made = {row.item_id: question.pk for row, question in zip(missing, questions, strict=True)}
    return {row.item_id: pk for row in rows if (pk := known.get(row.item_id))} | made, len(made)


def question_bank_name(bundle: str) -> str:
    return f"History: {bundle}"[:200]
