"""Questions of ILIAS: QTI 1.2 with types and rules of its own."""

from quizzes.formats import read_questions

LABEL = '<response_label ident="{0}"><material><mattext>{1}</mattext></material></response_label>'


def rule(condition, points):
    return (
        f"<respcondition><conditionvar>{condition}</conditionvar>"
        f'<setvar action="Add">{points}</setvar></respcondition>'
    )


def ilias(kind, presentation, processing):
    source = (
        '<questestinterop><item ident="i" title="T"><itemmetadata><qtimetadata><qtimetadatafield>'
        f"<fieldlabel>QUESTIONTYPE</fieldlabel><fieldentry>{kind}</fieldentry></qtimetadatafield>"
        f"</qtimetadata></itemmetadata><presentation><flow>{presentation}</flow></presentation>"
        f"<resprocessing><outcomes><decvar/></outcomes>{processing}</resprocessing></item></questestinterop>"
    )
    (item,) = read_questions(source.encode()).items
    return item


def test_qti12_of_ilias_asks_words_numbers_and_lists_in_one_text():
    question = ilias(
        "CLOZE QUESTION",
        "<material><mattext>The sky is</mattext></material>"
        '<response_str ident="a"><render_fib fibtype="String"/></response_str>'
        "<material><mattext>, two is</mattext></material>"
        '<response_num ident="b"><render_fib fibtype="Decimal"/></response_num>'
        "<material><mattext>, and</mattext></material>"
        f'<response_str ident="c"><render_choice>{LABEL.format(0, "one")}{LABEL.format(1, "all")}'
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
        LABEL.format(key, text) for key, text in ((10, "Paris"), (11, "Rome"), (1, "France"), (2, "Italy"))
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
    labels = "".join(LABEL.format(key, text) for key, text in ((0, "late"), (1, "early"), (2, "later")))
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
