"""Covers: the same for the same slug, made of nothing but shapes, and unlike each other."""

import re

from hypothesis import given
from hypothesis import strategies as st

from embark import art

SHAPES = re.compile(
    r"(<rect class=\"c[123]\" x=\"[-\d.]+\" y=\"[-\d.]+\" width=\"[\d.]+\" height=\"[\d.]+\"/>"
    r"|<polygon class=\"c[123]\" points=\"[-\d., ]+\"/>"
    r"|<circle class=\"c[123]\" cx=\"[-\d.]+\" cy=\"[-\d.]+\" r=\"[\d.]+\"/>)+"
)


@given(slug=st.text(max_size=60), topic=st.text(max_size=60))
def test_cover_is_shapes_in_a_known_palette_whatever_the_slug(slug, topic):
    palette, drawing = art.cover(slug, topic)
    assert 0 <= palette < art.PALETTES
    assert SHAPES.fullmatch(drawing)
    assert art.cover(slug, topic) == (palette, drawing)


@given(topic=st.text(min_size=1, max_size=30), slugs=st.lists(st.text(max_size=30), min_size=2, max_size=5))
def test_courses_of_one_topic_share_a_palette(topic, slugs):
    assert len({art.cover(slug, topic)[0] for slug in slugs}) == 1


def test_covers_of_many_slugs_differ():
    drawings = {art.cover(f"course-{number}")[1] for number in range(200)}
    assert len(drawings) > 190


def test_flags_spell_the_name():
    assert all(letter in art.FLAGS for letter in "EMBARKP")
