"""What problems of Open edX say of an answer stays with that answer, and gives no other away."""

from exchange.readers.olx.problems import read_problem
from exchange.safe_xml import parse_xml


def read(source):
    return read_problem(parse_xml(source.encode()), name="P", link=str, image=str)


def test_a_targeted_remark_belongs_to_its_choice_and_not_to_the_question():
    found = read(
        '<problem><multiplechoiceresponse targeted-feedback=""><label>Which?</label><choicegroup>'
        '<choice correct="false" explanation-id="f">cork</choice><choice correct="true">iron</choice>'
        "</choicegroup></multiplechoiceresponse><targetedfeedbackset>"
        '<targetedfeedback explanation-id="f"><p>Cork floats.</p></targetedfeedback>'
        "</targetedfeedbackset></problem>"
    )
    (question,) = found.questions
    assert question["text"] == "Which?"
    assert [choice.get("feedback") for choice in question["choices"]] == ["Cork floats.", None]


def test_further_right_answers_keep_their_own_remarks():
    (number,) = read(
        '<problem><numericalresponse answer="5" partial_credit="close"><label>n?</label>'
        '<responseparam type="tolerance" default="1"/><formulaequationinput/>'
        '<additional_answer answer="7"><correcthint>Also right.</correcthint></additional_answer>'
        "<correcthint>Right.</correcthint></numericalresponse></problem>"
    ).questions
    assert number["feedback"] == "Right."
    assert [(other["answer"], other.get("feedback")) for other in number["alternatives"]] == [
        (7.0, "Also right."), (5.0, None),
    ]  # fmt: skip
    (word,) = read(
        '<problem><stringresponse answer="Rome" type="ci"><label>c?</label><textline/>'
        '<additional_answer answer="Roma"><correcthint>In Italian.</correcthint></additional_answer>'
        "</stringresponse></problem>"
    ).questions
    assert word["answers"] == ["Rome", {"text": "Roma", "fraction": 1.0, "feedback": "In Italian."}]


def test_remarks_that_have_no_place_here_are_listed():
    found = read(
        "<problem><choiceresponse><label>Fruits?</label><checkboxgroup>"
        '<choice correct="true">pear<choicehint selected="false">A pear is one.</choicehint></choice>'
        '<choice correct="false">leek</choice><compoundhint value="A B">Not both.</compoundhint>'
        "</checkboxgroup></choiceresponse></problem>"
    )
    assert len(found.questions) == 1
    assert [kind for kind, _reason in found.left_out] == ["choicehint", "compoundhint"]


def test_boxes_of_which_none_is_right_are_left_out_with_their_reason():
    found = read(
        "<problem><choiceresponse><label>None?</label><checkboxgroup>"
        '<choice correct="false">cork</choice><choice correct="false">iron</choice>'
        "</checkboxgroup></choiceresponse></problem>"
    )
    assert found.questions == []
    assert found.left_out == [("choiceresponse", "no choice is marked as right")]
