"""Moodle's answers embedded in a text, as gaps of several types."""

import pytest

from quizzes.formats.cloze import read_cloze, write_cloze
from quizzes.formats.exact import normal
from quizzes.types import question_type


def test_an_embedded_answer_may_have_several_right_choices():
    """MULTIRESPONSE, with the words, weights and shares of the file."""
    source = "Pick {2:MULTIRESPONSE_S:=tea~%50%milk~%-100%ink#no} and {1:MRH:%50%a~%50%b~c} or {:SAC:=Up}."
    text, data = read_cloze(source, is_html=False, image=None)
    several, across, exact = data["gaps"]
    assert "[[1]] and [[2]] or [[3]]" in text
    assert (several["type"], several["weight"], across["weight"]) == ("multiple_choice", 2, 1)
    assert (several["data"]["shuffle"], across["data"]["shuffle"]) == (True, False)
    kind = question_type("gap_fill")
    assert kind.validate(data) == []

    def worth(response):
        return kind.grade(data, response, {}).fraction

    assert worth({"1": [0, 1], "2": [0, 1], "3": "Up"}) == 1
    assert worth({"1": [0, 2], "2": [0], "3": "up"}) == pytest.approx(0.5 / 4)
    assert worth({"2": [0, 1, 2]}) == pytest.approx(1 / 4)
    again = read_cloze(write_cloze("[[1]] [[2]] [[3]]", data), is_html=False, image=None)[1]
    assert normal(again) == normal(data)
    assert exact["data"]["case_sensitive"]
