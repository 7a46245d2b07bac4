"""Problems of Open edX as questions, read by themselves."""

from exchange.readers.olx.problems import read_problem
from exchange.readers.olx.problems.answers import numeric_key
from exchange.safe_xml import parse_xml


def asked(xml):
    element = parse_xml(f"<problem>{xml}</problem>".encode())
    return read_problem(element, name="Tides", link=lambda url: None, image=lambda url: None)


def test_answers_in_the_cells_of_a_table_are_one_question():
    found = asked(
        "<p>Fill in the tide table.</p><table><tr><th>Port</th><th>Tide</th><th>Metres</th></tr>"
        "<tr><td>Brest</td><td><optionresponse><optioninput options=\"('high','low')\" correct='low'/>"
        "</optionresponse></td><td><numericalresponse answer='1.5'><textline/></numericalresponse></td></tr>"
        "</table><solution><p>Explanation</p><p>Look it up.</p></solution>"
    )
    [question] = found.questions
    assert question["type"] == "gap_fill"
    assert question["explanation"] == "Look it up."
    assert question["text"] == (
        "Fill in the tide table.\n\n| Port | Tide | Metres |\n| --- | --- | --- |\n| Brest | [[1]] | [[2]] |"
    )
    menu, number = question["gaps"]
    assert [(c["text"], c["correct"]) for c in menu["data"]["choices"]] == [("high", False), ("low", True)]
    assert (number["type"], number["data"]["answer"]) == ("numeric", 1.5)


def test_a_label_for_screen_readers_does_not_repeat_the_question():
    [question] = asked(
        "<p>How many knots make a mile an hour?</p><numericalresponse answer='0.87'>"
        "<formulaequationinput label='How many knots make a mile an hour?'/></numericalresponse>"
    ).questions
    assert question["text"] == "How many knots make a mile an hour?"


def test_half_credit_for_other_numbers():
    [listed] = asked(
        "<numericalresponse answer='4' partial_credit='list'><label>Which root?</label>"
        "<responseparam partial_answers='-4, 2'/></numericalresponse>"
    ).questions
    assert [(a["answer"], a["fraction"]) for a in listed["alternatives"]] == [(-4.0, 0.5), (2.0, 0.5)]
    [close] = asked(
        "<numericalresponse answer='10' partial_credit='close'><label>How deep?</label>"
        "<responseparam type='tolerance' default='1'/><responseparam partial_range='3'/></numericalresponse>"
    ).questions
    assert close["tolerance"] == 1.0
    assert [(a["tolerance"], a["fraction"]) for a in close["alternatives"]] == [(3.0, 0.5)]


def test_menus_may_give_part_of_the_credit():
    [question] = asked(
        "<optionresponse partial_credit='points'><label>Pick one</label><optioninput>"
        "<option correct='true'>rope</option><option correct='partial' point_value='0.25'>string</option>"
        "<option correct='false'>stone</option></optioninput></optionresponse>"
    ).questions
    assert [choice["fraction"] for choice in question["choices"]] == [1.0, 0.25, 0.0]


def test_tags_of_a_remark_are_a_choice():
    [question] = asked(
        "<annotationresponse><annotationinput><text>the harbour lay still</text>"
        "<comment>What does this line do?</comment><tag_prompt>Choose a device:</tag_prompt><options>"
        "<option choice='correct'>image</option><option choice='partially-correct'>sound</option>"
        "<option choice='incorrect'>rhyme</option></options></annotationinput></annotationresponse>"
    ).questions
    assert question["text"] == "the harbour lay still\n\nWhat does this line do?\n\nChoose a device:"
    assert [(c["text"], c["fraction"]) for c in question["choices"]] == [
        ("image", 1.0),
        ("sound", 0.5),
        ("rhyme", 0.0),
    ]


def test_numbers_of_a_script_are_recognised_however_it_makes_them():
    found = asked(
        "<script type='loncapa/python'>a, b = 2, 3</script><p>What is $a + $b?</p>"
        "<numericalresponse answer='$a + $b'><textline/></numericalresponse>"
    )
    assert not found.questions
    assert (
        "numericalresponse",
        "its numbers come from a Python script, which is never run",
    ) in found.left_out


def test_clarifications_stay_apart_from_the_sentence():
    [question] = asked(
        "<p>Use a hitch<clarification>a knot around a post</clarification> here. How many turns?</p>"
        "<numericalresponse answer='2'><textline/></numericalresponse>"
    ).questions
    assert question["text"] == "Use a hitch (a knot around a post) here. How many turns?"


def test_intervals_have_plain_middles():
    assert numeric_key("[3.141, 3.142]", "0")["answer"] == 3.1415


def test_what_leads_into_a_part_that_is_left_out_leads_into_the_next():
    found = asked(
        "<p>The tide rises 3 m.</p><p>Draw its curve.</p><customresponse><textline/></customresponse>"
        "<p>How far does it fall?</p><numericalresponse answer='3'><textline/></numericalresponse>"
    )
    [question] = found.questions
    assert question["text"] == "The tide rises 3 m.\n\nHow far does it fall?"


def test_a_true_false_answer_with_several_truths_wants_all_of_them():
    [question] = asked(
        "<p>Which are tides?</p><truefalseresponse><choicegroup><choice correct='true'>ebb</choice>"
        "<choice correct='true'>flood</choice><choice correct='false'>swell</choice></choicegroup>"
        "</truefalseresponse>"
    ).questions
    assert (question["type"], question["marking"]) == ("multiple_choice", "all_or_nothing")
