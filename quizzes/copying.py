"""The quizzes of a course that is duplicated: drafts with questions of their own, without what learners did.

Questions in the course's own banks are copied, so that a change of the copy changes nothing for the learners
of the original. What an editor placed from elsewhere stays what it is: a copy opens its bank to nobody.
"""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from courses import arranging
from courses.models import Block
from quizzes import banks
from quizzes.authoring import free_slug
from quizzes.models import DueDate, Question, QuestionBank, QuestionVersion, Quiz


@transaction.atomic
def copy_quizzes(*, source, copy, lessons):
    """Give `copy`, a new course, the quizzes of `source`. lessons: {id of a lesson: its twin in the copy}.

    Moments (opening, closing, due at a time) and cohorts belong to the original and stay there.
    """
    twins = _Twins(source, copy)
    slugs = {}
    quizzes = Quiz.objects.filter(Q(course=source) | Q(lesson__course=source))
    for quiz in quizzes.exclude(status=Quiz.Status.ARCHIVED).order_by("pk"):
        twin = _copy_quiz(quiz, copy, lessons.get(quiz.lesson_id))
        slugs[quiz.slug] = twin.slug
        for slot in quiz.slots.select_related("question__bank", "question__current", "draw_bank"):
            slot.pk, slot.quiz, slot._state.adding = None, twin, True
            slot.question = slot.question and twins.question(slot.question)
            slot.draw_bank = slot.draw_bank and twins.bank_to_draw_from(slot.draw_bank)
            slot.save()
        for due in quiz.due_dates.filter(cohort=None, due_at=None):
            DueDate.objects.create(quiz=twin, days_after_start=due.days_after_start)
    for block in Block.objects.filter(lesson__course=copy, kind=Block.Kind.QUIZ):
        slug = block.settings.get("quiz")
        block.settings = {**block.settings, "quiz": slugs.get(slug, slug)}
        block.save(update_fields=["settings"])


def _copy_quiz(quiz, course, lesson):
    twin = Quiz.objects.get(pk=quiz.pk)
    twin.pk, twin._state.adding = None, True
    twin.slug = free_slug(quiz.title)
    twin.course, twin.lesson = course, lesson
    twin.status, twin.published_at = Quiz.Status.DRAFT, None
    twin.opens_at = twin.closes_at = None
    twin.external_id, twin.is_sample, twin.created_at = "", False, timezone.now()
    twin.save()
    twin.topics.set(quiz.topics.all())
    return twin


class _Twins:
    """Copies of the banks of a course and of their questions, each made once, when it is first asked for."""

    def __init__(self, source, copy):
        self.source, self.copy = source, copy
        self.banks: dict[int, QuestionBank] = {}
        self.questions: dict[int, Question] = {}

    def bank(self, bank):
        if bank.pk not in self.banks:
            self.banks[bank.pk] = banks.make(course=self.copy, name=bank.name)
        return self.banks[bank.pk]

    def bank_to_draw_from(self, bank):
        """The twin with all that may be drawn; the bank itself where it is not the course's own."""
        if bank.course_id != self.source.pk:
            return bank
        for question in Question.objects.in_use().filter(bank=bank).with_current():
            self.question(question)
        return self.bank(bank)

    def question(self, question):
        """The twin with the content of now; the question itself where it is not of the course's own banks."""
        if question.bank.course_id != self.source.pk or question.current is None:
            return question
        if question.pk not in self.questions:
            twin = Question.objects.create(
                bank=self.bank(question.bank),
                name=question.name,
                tags=question.tags,
                is_retired=question.is_retired,
            )
            twin.skills.set(question.skills.all())
            version = QuestionVersion.objects.get(pk=question.current_id)
            version.pk, version._state.adding = None, True
            version.question, version.number, version.created_at = twin, 1, timezone.now()
            version.save()
            twin.current = version
            twin.save(update_fields=["current"])
            self.questions[question.pk] = twin
        return self.questions[question.pk]


def register():
    arranging.when_copied("quizzes", copy_quizzes)
