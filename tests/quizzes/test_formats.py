"""Telling formats apart, and refusing what is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_files import only, zipped
from quizzes.formats import Unreadable, read_questions


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_told_apart(encoding):
    question = only("::Café::Où est l’été?{T}".encode(encoding), format="gift")
    assert (question.name, question.text) == ("Café", "Où est l’été?")


def test_a_zip_that_leads_elsewhere_or_unpacks_to_too_much_is_refused():
    with pytest.raises(Unreadable, match="leads elsewhere"):
        read_questions(zipped(**{"..__..__etc__x.xml": "<quiz/>"}))
    with pytest.raises(Unreadable, match="too much"):
        read_questions(zipped(**{"bomb.xml": b"0" * 40_000_000}))
    with pytest.raises(Unreadable, match="damaged"):
        read_questions(b"PK\x03\x04 not a zip")
    with pytest.raises(Unreadable, match="no questions"):
        read_questions(zipped(**{"readme.md": "hello"}))


@pytest.mark.parametrize(
    "content",
    [b"", b"  \n", b"<html><body>no</body></html>", b"\x00\x01\x02\xff" * 50, b"<quiz", b"plain words"],
)
def test_what_is_no_question_file_is_said_in_a_sentence(content):
    with pytest.raises(Unreadable) as refusal:
        read_questions(content)
    assert str(refusal.value).endswith((".", "csv."))


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from(["gift", "moodle-xml", "aiken", "qti12", "qti21", "csv", "auto"])
)
def test_no_bytes_break_a_reader(content, format):
    try:
        reading = read_questions(content, format=format)
    except Unreadable:
        return
    assert all(getattr(item, "reason", "x") for item in reading.items)
