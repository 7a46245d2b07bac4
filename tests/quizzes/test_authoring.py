import random

import pytest
from django.db import DatabaseError, transaction
from django.template import Context, Template

from courses.models import Course, Enrolment, Lesson, Section, Skill, Topic
from quizzes import attempts, authoring, layout
from quizzes.completion import all_quizzes_passed
from quizzes.models import Question, QuestionBank, QuestionVersion, Quiz, QuizSlot

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson(db):
    course = Course.objects.create(
        slug="python", title="Python", status="published", level="beginner", language="en", price=0
    )
    course.topics.add(Topic.objects.create(slug="programming", name="Programming"))
    section = Section.objects.create(course=course, title="One", slug="one")
    return Lesson.objects.create(course=course, section=section, title="Loops", slug="loops")


def statement(number, **more):
    return {"type": "true_false", "name": f"S{number}", "text": f"Statement {number}", "answer": True, **more}


def test_a_quiz_of_a_course_folder_takes_what_it_does_not_say_from_its_course(lesson):
    data = {
        "title": "Loops",
        "credits": 12,
        "pass_mark": 70,
        "attempts": 2,
        "questions": [
            {
                "type": "single_choice",
                "text": "Which *one*?",
                "skills": ["For loops"],
                "choices": [{"text": "a", "correct": True}, {"text": "b"}],
                "explanation": "Because $x$.",
            },
            {"type": "numeric", "text": "Pi?", "answer": 3.14, "tolerance": 0.01, "unit": "", "mark": 2},
            {"type": "short_text", "text": "Word?", "answers": ["x"], "case_sensitive": False},
        ],
    }
    quiz = authoring.create_quiz(data=data, lesson=lesson)
    assert (quiz.slug, quiz.credits, quiz.pass_mark, quiz.attempts_allowed) == ("loops", 12, 70, 2)
    assert (quiz.course, quiz.level, quiz.is_published) == (lesson.course, "beginner", True)
    assert [topic.slug for topic in quiz.topics.all()] == ["programming"]
    assert list(quiz.slots.values_list("max_mark", flat=True)) == [1, 2, 1]
    version = quiz.slots.get(position=1).question.current
    assert version.text_html.strip() == "<p>Which <em>one</em>?</p>"
    assert "<math" in version.explanation_html
    assert Skill.objects.get().name == "For loops"
    assert authoring.create_quiz(data=data, lesson=lesson).slug == "loops-2"


def test_what_is_wrong_is_told_question_by_question_and_nothing_is_kept(db):
    questions = [
        {"type": "single_choice", "text": "Q", "choices": [{"text": "a"}, {"text": "b"}]},
        {"type": "hologram", "text": "Q"},
        {"type": "true_false", "answer": True},
        statement(1),
    ]
    with pytest.raises(authoring.AuthoringError) as refusal:
        authoring.create_quiz(data={"title": "T", "questions": questions})
    assert refusal.value.problems == [
        "Question 1: Mark one choice as right.",
        "Question 2: There is no question type “hologram”.",
        "Question 3: Write the question's text.",
    ]
    assert not Quiz.objects.exists()
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([], "must be a JSON object"),
        ({"questions": []}, "title"),
        ({"title": "T"}, "list of questions"),
        ({"title": "T", "questions": [], "credits": -1}, "credits"),
        ({"title": "T", "questions": []}, "at least one question"),
    ],
)
def test_a_file_that_is_no_quiz_is_refused(data, sentence):
    with pytest.raises(authoring.AuthoringError, match=sentence):
        authoring.create_quiz(data=data)


def test_scripts_in_a_question_do_not_reach_the_page(make_quiz):
    quiz = make_quiz(
        {
            "type": "single_choice",
            "text": "<script>alert(1)</script>Which? <img src=x onerror=alert(1)>",
            "choices": [
                {"text": "<b onclick=x()>a</b>", "correct": True},
                {"text": "[x](javascript:alert(1))"},
            ],
            "explanation": "<iframe src='https://example.org'></iframe>ok",
        }
    )
    version = quiz.slots.get().question.current
    shown = version.text_html + version.explanation_html + "".join(version.fragments.values())
    assert not any(word in shown for word in ("<script", 'href="javascript', "onerror", "onclick", "<iframe"))


def test_each_change_is_a_version_and_an_attempt_keeps_the_one_it_saw(make_quiz, learner):
    quiz = make_quiz(statement(1))
    question = quiz.slots.get().question
    attempt = attempts.start(quiz=quiz, learner=learner)
    same = authoring.revise_question(question=question, text="Statement 1")
    assert same.number == 1
    new = authoring.revise_question(question=question, text="Statement one", data={"answer": False})
    assert new.number == 2
    assert attempt.questions.get().version.text == "Statement 1"
    question.refresh_from_db()
    assert question.current == new


def test_the_database_refuses_to_change_a_version(make_quiz):
    version = make_quiz(statement(1)).slots.get().question.current
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        QuestionVersion.objects.filter(pk=version.pk).update(data={"answer": False})
    QuestionVersion.objects.filter(pk=version.pk).update(text_html="<p>rendered anew</p>")


def drawing_quiz(count, **rule):
    quiz = Quiz.objects.create(slug="drawn", title="Drawn")
    for position in range(1, count + 1):
        QuizSlot.objects.create(quiz=quiz, position=position, **rule)
    return quiz


def test_draws_never_repeat_a_question_and_differ_between_seeds(db):
    bank = QuestionBank.objects.create(name="Pool")
    for number in range(8):
        authoring.add_question(
            bank=bank, tags=["easy" if number < 5 else "hard"], **_content(statement(number))
        )
    quiz = drawing_quiz(3, draw_bank=bank, draw_tag="easy")
    drawn = set()
    for seed in range(20):
        names = [row["version"].question.name for row in layout.lay_out(quiz, random.Random(seed))]
        assert len(set(names)) == 3
        drawn.update(names)
    assert drawn == {"S0", "S1", "S2", "S3", "S4"}


def _content(entry):
    return {
        "type": entry["type"],
        "name": entry["name"],
        "text": entry["text"],
        "data": {"answer": entry["answer"]},
    }


def test_a_quiz_that_draws_from_too_few_is_not_published(db):
    bank = QuestionBank.objects.create(name="Pool")
    authoring.add_question(bank=bank, **_content(statement(1)))
    with pytest.raises(authoring.AuthoringError, match="too few"):
        authoring.publish(quiz=drawing_quiz(2, draw_bank=bank))


def test_shuffling_keeps_sections_and_pages_together(make_quiz):
    quiz = make_quiz(*(statement(number) for number in range(8)))
    quiz.slots.filter(position__gt=4).update(section="Second", page=2)
    quiz.shuffle_questions = True
    layouts = [layout.lay_out(quiz, random.Random(seed)) for seed in range(5)]
    for rows in layouts:
        assert [row["page"] for row in rows] == [1, 1, 1, 1, 2, 2, 2, 2]
        assert {row["slot"] for row in rows[:4]} == {1, 2, 3, 4}
    assert len({tuple(row["slot"] for row in rows) for rows in layouts}) > 1


def test_a_quiz_of_a_gated_lesson_asks_for_enrolment(lesson, learner):
    quiz = authoring.create_quiz(data={"title": "Q", "questions": [statement(1)]}, lesson=lesson)
    with pytest.raises(attempts.Refused, match="enrol in the course"):
        attempts.start(quiz=quiz, learner=learner)
    Enrolment.objects.create(learner=learner, course=lesson.course)
    assert attempts.start(quiz=quiz, learner=learner).is_running


def test_a_quiz_of_a_priced_course_asks_to_unlock_it(lesson, learner):
    Course.objects.filter(pk=lesson.course_id).update(price=50)
    course = Course.objects.get(pk=lesson.course_id)
    quiz = authoring.create_quiz(data={"title": "Q", "questions": [statement(1)]}, course=course)
    with pytest.raises(attempts.Refused, match="unlock the course"):
        attempts.start(quiz=quiz, learner=learner)


def test_a_course_is_complete_only_when_its_quizzes_are_passed(lesson, learner, take):
    Enrolment.objects.create(learner=learner, course=lesson.course)
    quiz = authoring.create_quiz(data={"title": "Q", "questions": [statement(1)]}, lesson=lesson)
    assert all_quizzes_passed(lesson.course, learner) == ["1 quiz to pass"]
    take({1: True}, of=quiz)
    assert all_quizzes_passed(lesson.course, learner) == []


def test_a_lesson_calls_to_its_quizzes_and_names_the_credits(lesson, learner, rf):
    authoring.create_quiz(
        data={"title": "Loops quiz", "credits": 15, "questions": [statement(1)]}, lesson=lesson
    )
    request = rf.get("/")
    request.user = learner
    page = Template("{% load quiz_calls %}{% quiz_calls lesson %}").render(
        Context({"request": request, "lesson": lesson})
    )
    assert "Loops quiz" in page
    assert "earn 15 credits" in page
