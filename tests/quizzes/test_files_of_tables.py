"""Aiken and tables: a right answer is named by its letter, its number or its text."""

import pytest

from question_files import only
from quizzes.formats import FAILED, read_questions


def test_aiken_reports_what_is_unfinished_with_its_line():
    reading = read_questions(
        b"Good?\nA) yes\nB) no\nANSWER: A\n\nUnfinished?\nA) a\nB) b\n\nAlso good?\nA. a\nB. b\nANSWER: B\n\n"
        b"Wrong letter?\nA) a\nB) b\nANSWER: C\n"
    )
    assert reading.format == "aiken"
    assert [getattr(item, "outcome", "imported") for item in reading.items] == [
        "imported", "failed", "imported", "failed",
    ]  # fmt: skip
    assert reading.items[1].line == 6
    assert "ANSWER" in reading.items[1].reason


def test_a_table_says_choices_by_letter_number_or_text():
    reading = read_questions(
        "question,a,b,c,answer\nOne?,x,y,z,B\nTwo?,x,y,z,3\nThree?,x,y,z,x\nFour?,x,y,z,nothing\n".encode(
            "utf-8-sig"
        ),
        name="q.csv",
    )
    right = [[choice["correct"] for choice in item.data["choices"]].index(True) for item in reading.questions]
    assert right == [1, 2, 0]
    assert reading.items[3].outcome == "failed"
    assert reading.items[3].line == 5


def right_of(data):
    return [choice["text"] for choice in data["choices"] if choice["correct"]]


@pytest.mark.parametrize(
    ("head", "answer", "right"),
    [
        ("Question,Answer 1,Answer 2,Answer 3,Time limit (sec),Correct answer(s)", '30,"1,3"', ["2", "4"]),
        ("Question Text,Option 1,Option 2,Option 3,Time in seconds,Correct Answer", "30,3", ["4"]),
        ("question,A,B,C,note,answer", ",3", ["3"]),
        ("question,A,B,C,note,answer", ',"A,C"', ["2", "4"]),
    ],
)
def test_a_table_says_whether_a_number_is_a_choice_or_its_place(head, answer, right):
    question = only(f"{head}\nWhich?,2,3,4,{answer}\n", name="quiz.csv")
    assert right_of(question.data) == right


def test_a_table_may_name_its_separator_and_its_wrong_answers():
    settings = only("sep=;\nquestion;answer\nHow much?;1,500\n", name="quiz.csv")
    assert settings.data["answer"] == 1.5
    wrong = only(
        "type,question,correct_answer,incorrect_answers\nmultiple,H2O?,Water,Air|Fire\n", name="quiz.csv"
    )
    assert right_of(wrong.data) == ["Water"]
    assert len(wrong.data["choices"]) == 3


@pytest.mark.parametrize("row", ['How many?,"1,000"', "When?,1,5", "When?,maybe,never"])
def test_a_row_that_can_be_read_in_two_ways_has_failed(row):
    assert only(f"question,answer\n{row}\n", name="quiz.csv").outcome == FAILED
