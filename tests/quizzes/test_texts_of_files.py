"""What texts of other systems show: tables, formulas, films, pictures."""

import pytest

from question_files import PIXEL, moodle, only, question_of
from quizzes.formats import FAILED, read_questions
from quizzes.formats.markup import CLOSE, OPEN, to_markdown
from quizzes.formats.pictures import PictureBox
from quizzes.rendering import to_html


def test_cells_of_a_table_keep_formulas_pictures_and_gaps():
    source = moodle(
        question_of(
            "cloze",
            text=r'<table><tr><th>\(x^2\)</th><th>Word</th></tr><tr><td colspan="2">'
            f'<img src="data:image/png;base64,{PIXEL}" alt="Dot"> {{1:SA:=four}}</td></tr></table>',
        )
    )
    question = only(source)
    assert not {OPEN, CLOSE} & set(question.text)
    html = to_html(question.text)
    for part in ('alttext="x^2"', 'alt="Dot"', 'colspan="2"', "[[1]]", "<th>Word</th>"):
        assert part in html


def test_a_formula_that_canvas_made_a_picture_of_is_a_formula():
    html = (
        '<p>Take 5<img class="equation_image" src="/equation_images/x" alt="LaTeX: x&lt;3" '
        'data-equation-content="x&lt;3">2 and <img class="equation_image" src="/e" alt="LaTeX: y"></p>'
    )
    assert to_markdown(html) == "Take 5 $x<3$ 2 and $y$"
    assert to_html(to_markdown(html)).count("<math") == 2


def test_a_film_of_the_web_becomes_a_link_and_what_cannot_be_played_is_named():
    pictures = PictureBox({})
    shown = to_markdown(
        '<iframe src="//www.youtube.com/embed/x" title="A [film]"></iframe><audio src="a.mp3">no</audio>'
        '<p><a href="notes.pdf">Notes</a> <a href="#top">up</a></p>',
        image=pictures.resolver(),
    )
    assert shown == "[A \\[film\\]](<https://www.youtube.com/embed/x>)\n\nNotes up"
    assert pictures.note().endswith(": a.mp3, notes.pdf.")


def test_what_one_question_lacks_is_not_told_of_the_next():
    broken = question_of(
        "shortanswer", '<answer fraction="0"><text>x</text></answer>', '<img src="lost.png"> a'
    )
    failed, description = read_questions(moodle(broken, question_of("description"))).items
    assert failed.outcome == FAILED
    assert description.note == ""


@pytest.mark.parametrize("words", ["1. one", "2) two", "+ plus", "# sharp", "> more", "- less", "1999. Next"])
def test_a_text_that_begins_like_a_list_or_a_heading_is_shown_as_it_is(words):
    assert to_html(to_markdown(f"<p>{words.replace('>', '&gt;')}</p>")).strip() == (
        f"<p>{words.replace('>', '&gt;')}</p>"
    )
