"""Questions of ILIAS: QTI 1.2 with types and rules of its own."""

from question_files import PIXEL, field, label, material, qti12, respond, wants, when


def rule(condition, points):
    return when(condition, points, "Add")


def ilias(kind, presentation, processing, feedback=""):
    return qti12(
        presentation, processing, fields=field("QUESTIONTYPE", kind), feedback=feedback, outcome="<decvar/>"
    )


def test_qti12_of_ilias_asks_words_numbers_and_lists_in_one_text():
    question = ilias(
        "CLOZE QUESTION",
        "<material><mattext>The sky is</mattext></material>"
        '<response_str ident="a"><render_fib fibtype="String"/></response_str>'
        "<material><mattext>, two is</mattext></material>"
        '<response_num ident="b"><render_fib fibtype="Decimal"/></response_num>'
        "<material><mattext>, and</mattext></material>"
        f'<response_str ident="c"><render_choice>{label(0, "one")}{label(1, "all")}'
        "</render_choice></response_str>",
        rule('<varequal respident="a">blue</varequal>', 2)
        + rule('<vargte respident="b">1.5</vargte><varlte respident="b">2.5</varlte>', 1)
        + rule('<varequal respident="c">all</varequal>', 1),
    )
    assert question.text == "The sky is [[1]] , two is [[2]] , and [[3]]"
    gaps = question.data["gaps"]
    assert [(gap["type"], gap["weight"]) for gap in gaps] == [
        ("short_text", 2.0), ("numeric", 1.0), ("single_choice", 1.0),
    ]  # fmt: skip
    assert gaps[1]["data"] == {"answer": 2.0, "tolerance": 0.5}
    assert [choice["correct"] for choice in gaps[2]["data"]["choices"]] == [False, True]


def test_qti12_of_ilias_names_both_sides_of_a_pair_in_one_rule():
    labels = "".join(
        label(key, text) for key, text in ((10, "Paris"), (11, "Rome"), (1, "France"), (2, "Italy"))
    )
    question = ilias(
        "MATCHING QUESTION",
        "<material><mattext>Match</mattext></material>"
        f'<response_grp ident="m" rcardinality="Multiple"><render_choice>{labels}</render_choice>'
        "</response_grp>",
        rule('<varsubset respident="m">10,1</varsubset>', 1)
        + rule('<varsubset respident="m">11,2</varsubset>', 1),
    )
    assert (question.type, question.text) == ("matching", "Match")
    assert question.data["pairs"] == [
        {"prompt": "Paris", "answer": "France"}, {"prompt": "Rome", "answer": "Italy"},
    ]  # fmt: skip


def test_qti12_of_ilias_gives_each_place_of_an_order_its_own_rule():
    labels = "".join(label(key, text) for key, text in ((0, "late"), (1, "early"), (2, "later")))
    question = ilias(
        "ORDERING QUESTION",
        "<material><mattext>Sort</mattext></material>"
        f'<response_lid ident="o" rcardinality="Ordered"><render_choice>{labels}</render_choice>'
        "</response_lid>",
        "".join(
            rule(f'<varequal respident="o" index="{place}">{key}</varequal>', 1)
            for place, key in ((0, 1), (2, 2), (1, 0))
        ),
    )
    assert question.data["items"] == ["early", "late", "later"]


def several(points, feedback=""):
    """A multiple choice by (text, points for ticking it, points for leaving it)."""
    choices = "".join(label(place, text) for place, (text, _on, _off) in enumerate(points))
    rules = "".join(
        rule(wants("MCMR", place), ticked) + rule(f"<not>{wants('MCMR', place)}</not>", left)
        for place, (_text, ticked, left) in enumerate(points)
    )
    return ilias(
        "MULTIPLE CHOICE QUESTION",
        material("Which float?") + respond("MCMR", choices, "Multiple"),
        rules,
        feedback,
    )


def test_qti12_of_ilias_gives_points_for_what_is_left_alone():
    question = several([("cork", 2, 0), ("lead", 0, 1), ("oak", 1, 0)])
    worths = [round(choice["fraction"], 2) for choice in question.data["choices"]]
    assert worths == [0.67, -0.33, 0.33]
    assert question.mark == 4.0
    assert "left alone" in question.note


def test_qti12_of_ilias_has_nothing_to_tell_where_leaving_alone_gives_nothing():
    question = several([("cork", 2, 0), ("lead", -1, 0), ("oak", 2, 0)])
    assert [choice["fraction"] for choice in question.data["choices"]] == [0.5, -0.25, 0.5]
    assert (question.mark, question.note) == (4.0, "")


def test_qti12_of_ilias_in_which_nothing_may_be_ticked_is_skipped():
    found = several([("lead", 0, 1), ("iron", 0, 1)])
    assert (found.outcome, "ticked" in found.reason) == ("skipped", True)


def test_qti12_of_ilias_counts_points_by_its_rules_alone():
    one = ilias(
        "SINGLE CHOICE QUESTION",
        material("Capital?") + respond("MCSR", label(0, "Paris") + label(1, "Lyon")),
        rule(wants("MCSR", 0), 3) + rule(wants("MCSR", 1), 1.5),
    )
    assert one.mark == 3.0
    assert [choice["fraction"] for choice in one.data["choices"]] == [1.0, 0.5]
    essay = qti12(
        material("Why?") + '<response_str ident="TEXT"><render_fib/></response_str>',
        fields=field("QUESTIONTYPE", "TEXT QUESTION"),
        outcome='<decvar varname="WritingScore" vartype="Integer" minvalue="0" maxvalue="6"/>',
    )
    assert (essay.type, essay.mark) == ("essay", 6.0)


def test_qti12_of_ilias_weighs_the_answers_of_a_gap_against_each_other():
    question = ilias(
        "CLOZE QUESTION",
        material("The sky is")
        + '<response_str ident="a"><render_fib fibtype="String"/></response_str>'
        + material("or")
        + respond("b", label(0, "one") + label(1, "all"), tag="response_str")
        + material("at")
        + '<response_num ident="c"><render_fib fibtype="Decimal"/></response_num>',
        rule(wants("a", "blue"), 2)
        + rule(wants("a", "azure"), 1)
        + rule(wants("b", "one"), 1)
        + rule(wants("b", "all"), 4)
        + rule('<vargte respident="c">1</vargte><varlte respident="c">3</varlte>', 3),
    )
    word, menu, number = question.data["gaps"]
    assert word["data"]["answers"] == ["blue", {"text": "azure", "fraction": 0.5}]
    assert [choice["fraction"] for choice in menu["data"]["choices"]] == [0.25, 1.0]
    assert [gap["weight"] for gap in (word, menu, number)] == [2, 4, 3]
    assert question.mark == 9.0


def test_qti12_of_ilias_brings_pictures_inside_the_file_and_names_what_is_played():
    picture = f'<matimage imagtype="image/png" label="Dot" embedded="base64">{PIXEL}</matimage>'
    question = ilias(
        "SINGLE CHOICE QUESTION",
        f'<material><mattext>Which?</mattext>{picture}<mataudio label="tone.mp3"/></material>'
        + respond("MCSR", label(0, "a") + label(1, "b")),
        rule(wants("MCSR", 0), 1),
    )
    assert "![Dot](<question-file:" in question.text
    assert question.note.endswith(": tone.mp3.")
