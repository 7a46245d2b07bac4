"""Writing questions and quizzes. Every change of a question is a new version; attempts keep the one they
saw.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from courses.models import Skill, Topic
from quizzes import banks
from quizzes.models import Question, QuestionVersion, Quiz, QuizSlot
from quizzes.rendering import to_html, version_html
from quizzes.types import REGISTRY

CONTENT_FIELDS = ("type", "text", "data", "explanation", "hints")
# First parts of addresses below /quizzes/ that are not a quiz.
RESERVED_SLUGS = {"attempt", "attempts", "file", "result", "review"}
QUESTION_KEYS = {"type", "name", "text", "explanation", "hints", "skills", "tags", "mark"}

# Whole numbers of a quiz file, with what holds where it doesn't name them.
NUMBERS = {"credits": 10, "pass_mark": 60, "attempts": 0, "hint_price": 0, "time_limit": None}


class AuthoringError(ValueError):
    """What is wrong with a question or a quiz, as sentences for its author."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__(" ".join(self.problems))


def question_problems(*, type, text, data):
    """Sentences that say why this content can't be a question; empty when it can."""
    kind = REGISTRY.get(type)
    if kind is None:
        return [_("There is no question type “%(type)s”.") % {"type": type}]
    if not isinstance(data, dict):
        return [_("The answers must be a JSON object.")]
    if not isinstance(text, str) or not text.strip():
        return [_("Write the question's text.")]
    return kind.validate(data) or kind.text_problems(text, data)


def _new_version(*, question, number, author, **content):
    problems = question_problems(type=content["type"], text=content["text"], data=content["data"])
    if problems:
        raise AuthoringError(problems)
    version = QuestionVersion(question=question, number=number, created_by=author, **content)
    try:
        version_html(version)
    except ValueError as error:
        raise AuthoringError([str(error)]) from error
    version.save()
    question.current = version
    question.save(update_fields=["current"])
    return version


@transaction.atomic
def add_question(
    *,
    bank,
    type,
    name,
    text,
    data,
    explanation="",
    hints=(),
    tags=(),
    skills=(),
    author=None,
    source=None,
):
    """Create a question with its first version. Skills are names or slugs. Raises AuthoringError."""
    question = Question.objects.create(
        bank=bank, name=(name or text).strip()[:255], tags=list(tags), source=source
    )
    _new_version(
        question=question,
        number=1,
        author=author,
        type=type,
        text=text,
        data=data,
        explanation=explanation,
        hints=list(hints),
    )
    if skills:
        question.skills.set(named(Skill, skills))
    return question


@transaction.atomic
def write_version(*, question, author=None, **content):
    """Give a saved question this whole content: its first version, or a new one if anything differs."""
    if question.current is None:
        return _new_version(question=question, number=1, author=author, **content)
    return revise_question(question=question, author=author, **content)


@transaction.atomic
def revise_question(*, question, author=None, **content):
    """Give a question new content (any of type, text, data, explanation, hints).

    Returns the new version, or the current one when nothing differs. Raises AuthoringError.
    """
    question = Question.objects.select_for_update().get(pk=question.pk)
    current = question.versions.order_by("-number").first()
    wanted = {field: getattr(current, field) for field in CONTENT_FIELDS} | content
    if all(getattr(current, field) == value for field, value in wanted.items()):
        return current
    return _new_version(question=question, number=current.number + 1, author=author, **wanted)


@transaction.atomic
def place_question(*, question, skills=None, **fields):
    """Say where a question belongs: any of name, bank, tags, skills (objects), is_retired. Content stays."""
    for name, value in fields.items():
        setattr(question, name, value)
    question.save(update_fields=list(fields))
    if skills is not None:
        question.skills.set(skills)
    return question


def named(model, names):
    """Topics or skills by name or slug, made where they are new."""
    found = []
    for name in names:
        slug = slugify(str(name), allow_unicode=True)[:100]
        if slug:
            found.append(model.objects.get_or_create(slug=slug, defaults={"name": str(name)[:200]})[0])
    return found


@transaction.atomic
def create_quiz(*, data, lesson=None, course=None, bank=None, author=None, status=Quiz.Status.PUBLISHED):
    """A quiz with its questions, from a dict as in the quiz files of course folders (docs/quizzes.md).

    Raises AuthoringError with one sentence a problem, and then nothing is kept.
    """
    numbers = _checked_numbers(data)
    course = course or (lesson.course if lesson is not None else None)
    quiz = Quiz.objects.create(
        slug=free_slug(data.get("slug") or data["title"]),
        title=str(data["title"]).strip()[:300],
        description=data.get("description", ""),
        description_html=to_html(data.get("description", "")),
        course=course,
        lesson=lesson,
        level=data.get("level") or (course.level if course is not None else ""),
        language=data.get("language") or (course.language if course is not None else "en"),
        credits=numbers["credits"],
        pass_mark=min(numbers["pass_mark"], 100),
        attempts_allowed=numbers["attempts"],
        hint_price=numbers["hint_price"] or 0,
        time_limit=numbers["time_limit"] or None,
        behaviour=data.get("behaviour", Quiz.Behaviour.DEFERRED),
        shuffle_questions=bool(data.get("shuffle_questions", False)),
        open_to_visitors=bool(data.get("open_to_visitors", False)),
        is_sample=bool(course is not None and course.is_sample),
        external_id=data.get("external_id", ""),
    )
    if data.get("topics"):
        quiz.topics.set(named(Topic, data["topics"]))
    elif course is not None:
        quiz.topics.set(course.topics.all())
    if bank is None:
        bank = banks.of_course(course)
    _add_entries(quiz, bank, data["questions"], author)
    if status == Quiz.Status.PUBLISHED:
        publish(quiz=quiz)
    return quiz


def _checked_numbers(data):
    """The whole numbers of a quiz file. Raises AuthoringError if no quiz can be made of it."""
    if not isinstance(data, dict):
        raise AuthoringError([_("A quiz must be a JSON object.")])
    problems = []
    if not str(data.get("title") or "").strip():
        problems.append(_("Give the quiz a title."))
    questions = data.get("questions")
    if not isinstance(questions, list) or not all(isinstance(question, dict) for question in questions):
        problems.append(_("Give the quiz a list of questions."))
    numbers = {key: data.get(key, default) for key, default in NUMBERS.items()}
    problems += [
        _("“%(key)s” must be a whole number that is not negative.") % {"key": key}
        for key, value in numbers.items()
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0)
    ]
    if problems:
        raise AuthoringError(problems)
    return numbers


def _add_entries(quiz, bank, entries, author):
    """The questions of a quiz file, each with its place. Raises AuthoringError naming all that is wrong."""
    problems = []
    for position, entry in enumerate(entries, start=1):
        try:
            question = add_question(
                bank=bank,
                type=entry.get("type", ""),
                name=entry.get("name") or f"{quiz.title} {position}",
                text=entry.get("text", ""),
                data={key: value for key, value in entry.items() if key not in QUESTION_KEYS},
                explanation=entry.get("explanation") or "",
                hints=entry.get("hints") or (),
                tags=entry.get("tags") or (),
                skills=entry.get("skills") or (),
                author=author,
            )
        except AuthoringError as error:
            problems += [
                _("Question %(number)d: %(problem)s") % {"number": position, "problem": problem}
                for problem in error.problems
            ]
            continue
        QuizSlot.objects.create(
            quiz=quiz, position=position, question=question, max_mark=float(entry.get("mark", 1))
        )
    if problems:
        raise AuthoringError(problems)


def free_slug(wanted):
    """The slug of a title, numbered if another quiz has it."""
    base = slugify(str(wanted), allow_unicode=True)[:150] or "quiz"
    slug, number = base, 2
    if base in RESERVED_SLUGS:
        slug, number = f"{base}-2", 3
    while Quiz.objects.filter(slug=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    return slug


@transaction.atomic
def publish(*, quiz):
    """Open a quiz to learners. Raises AuthoringError if it can't be taken."""
    problems = quiz_problems(quiz)
    if problems:
        raise AuthoringError(problems)
    quiz.status = Quiz.Status.PUBLISHED
    quiz.published_at = quiz.published_at or timezone.now()
    quiz.save(update_fields=["status", "published_at", "updated_at"])


def sort_out(quizzes):
    """(those that can be published, {quiz: sentences of why not}, those published already)."""
    ready, refused, already = [], {}, []
    for quiz in quizzes:
        if quiz.is_published:
            already.append(quiz)
        elif problems := quiz_problems(quiz):
            refused[quiz] = problems
        else:
            ready.append(quiz)
    return ready, refused, already


@transaction.atomic
def publish_many(*, quizzes):
    """Publish those that can be taken; returns (published, {quiz: sentences of why not})."""
    ready, refused, _already = sort_out(quizzes)
    for quiz in ready:
        publish(quiz=quiz)
    return ready, refused


@transaction.atomic
def unpublish(*, quiz):
    """Take a quiz back to a draft; running attempts may still be finished."""
    quiz.status = Quiz.Status.DRAFT
    quiz.save(update_fields=["status", "updated_at"])


def quiz_problems(quiz):
    """Sentences that say why a quiz can't be taken; empty when it can."""
    slots = list(quiz.slots.select_related("question__current"))
    if not slots:
        return [_("Add at least one question before publishing.")]
    problems = []
    drawn = {}
    for slot in slots:
        if slot.question is not None:
            if slot.question.current is None:
                problems.append(_("The question “%(name)s” has no content.") % {"name": slot.question.name})
            continue
        rule = (slot.draw_bank_id, slot.draw_tag, slot.draw_skill_id)
        drawn[rule] = drawn.get(rule, 0) + 1
        if slot.candidates().count() < drawn[rule]:
            problems.append(
                _("Place %(position)d draws from too few questions: add some, or draw fewer.")
                % {"position": slot.position}
            )
    return problems
