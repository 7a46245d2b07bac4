"""Where links and pictures of an Open edX course lead, in all the ways that its versions write them."""

import pytest

from course_sources import OLX, write_files
from exchange.readers import olx
from exchange.report import Report


def page(tmp_path, html):
    root = write_files(tmp_path / "olx", {**OLX, "html/intro.html": html})
    outline = olx.read(root, Report())
    return next(p for p in outline.lessons() if p.key == "bowline").blocks[0].markdown


@pytest.mark.parametrize(
    "address",
    [
        "/assets/courseware/v1/0a1b/asset-v1:Harbour+KN101+2024+type@asset+block/my_knot.png",
        "/asset-v1:Harbour+KN101+2024+type@asset+block@my_knot.png",
        "/c4x/Harbour/KN101/asset/my_knot.png",
        "/static/my_knot.png",
    ],
)
def test_pictures_are_found_by_every_address_that_they_have(tmp_path, address):
    assert "![Loop](media:static/my_knot.png)" in page(
        tmp_path, f'<p>See <img src="{address}" alt="Loop"></p>'
    )


@pytest.mark.parametrize(
    "address",
    [
        "/courses/course-v1:Harbour+KN101+2024/courseware/practice/drill/",
        "https://learn.example.org/courses/course-v1:Harbour+KN101+2024/courseware/practice/drill/1",
        "https://apps.example.org/learning/course/course-v1:Harbour+KN101+2024/"
        "block-v1:Harbour+KN101+2024+type@sequential+block@drill",
    ],
)
def test_pages_of_the_course_are_lessons(tmp_path, address):
    assert "[the drill](lesson:drill)" in page(tmp_path, f'<p>On to <a href="{address}">the drill</a>.</p>')


def test_a_page_of_another_course_stays_where_it_is(tmp_path):
    address = "https://learn.example.org/courses/course-v1:Other+C+R/courseware/a/b/"
    assert f"[there]({address})" in page(tmp_path, f'<p><a href="{address}">there</a></p>')
