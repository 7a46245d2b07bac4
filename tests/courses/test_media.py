"""Files: what is refused, what is changed, who gets them, and in which parts."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from courses import authoring, media
from courses.models import Asset

pytestmark = pytest.mark.django_db


def upload(course, path, content):
    return media.add_asset(course=course, path=path, content=content)


def test_large_images_are_made_smaller_and_lose_what_else_was_in_them(draft, picture):
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    asset = upload(
        draft, "images/big.jpg", picture(3000, 1500, format="JPEG", exif=exif) + b"PK\x03\x04hidden"
    )
    assert (asset.width, asset.height) == (2000, 1000)
    content = asset.file.read()
    assert b"taken at home" not in content
    assert b"hidden" not in content
    assert Image.open(io.BytesIO(content)).size == (2000, 1000)


def test_the_content_decides_the_type_not_the_name(draft, picture):
    assert upload(draft, "images/page.html", picture()).content_type == "image/png"
    assert upload(draft, "files/photo.png", b"<html><script>alert(1)</script>").content_type == "text/plain"
    assert upload(draft, "files/drawing.txt", b"<svg onload='alert(1)'/>").content_type == "image/svg+xml"
    assert upload(draft, "files/paper.pdf", b"%PDF-1.7 ...").content_type == "application/pdf"
    assert (
        upload(draft, "files/film.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(64)).content_type == "video/mp4"
    )
    assert upload(draft, "files/words.vtt", b"WEBVTT\n\n").content_type == "text/vtt"
    assert upload(draft, "files/data.bin", bytes(range(256))).content_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("../../etc/passwd", b"x", "not a path inside the course"),
        ("/etc/passwd", b"x", "not a path inside the course"),
        ("..\\..\\windows", b"x", "not a path inside the course"),
        ("", b"x", "not a path inside the course"),
        ("a/../..", b"x", "not a path inside the course"),
        ("files/a\x00b.txt", b"x", "characters that are not allowed"),
        ("files/setup.exe", b"MZ", "is a program"),
        ("files/empty.txt", b"", "is empty"),
        ("images/broken.png", b"\x89PNG\r\n\x1a\n" + b"no image", "can't be read"),
    ],
)
def test_refused_uploads_say_why(draft, path, content, reason):
    with pytest.raises(ValidationError, match=reason):
        upload(draft, path, content)
    assert not Asset.objects.exists()


def test_an_oversized_file_names_its_size_and_the_limit(draft, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    with pytest.raises(ValidationError, match="the largest file that can be uploaded has 1000"):
        upload(draft, "files/a.txt", b"x" * 2000)


def test_an_image_bomb_is_refused_before_it_is_unpacked(draft):
    out = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(out, format="PNG")
    with pytest.raises(ValidationError, match="megapixels"):
        upload(draft, "images/bomb.png", out.getvalue())


def test_the_same_path_is_replaced(draft, picture):
    first = upload(draft, "images/a.png", picture(10, 10))
    second = upload(draft, "images/a.png", picture(20, 20))
    assert first.pk == second.pk
    assert Image.open(Asset.objects.get().file).size == (20, 20)


@pytest.fixture
def film(lessons):
    """A file shown in the second (gated) lesson: the bytes 0 to 255."""
    asset = upload(lessons[0].course, "files/film.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(range(12, 256)))
    authoring.set_blocks(lesson=lessons[1], blocks=[{"kind": "video", "asset": asset}])
    return asset


CONTENT = b"\x00\x00\x00\x18ftypmp42" + bytes(range(12, 256))


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_gated_files_are_for_who_may_read_the_lesson(client, film, learner, other_learner, enrolled, admin):
    address = film.get_absolute_url()
    assert client.get(address).status_code == 404
    client.force_login(other_learner)
    assert client.get(address).status_code == 404
    for person in (enrolled, admin):
        client.force_login(person)
        assert body(client.get(address)) == CONTENT


def test_files_of_a_preview_and_of_the_course_page_are_open(client, course, lessons, picture):
    inside = upload(course, "images/in.png", picture())
    outside = upload(course, "images/out.png", picture(11, 11))
    unused = upload(course, "images/unused.png", picture(12, 12))
    authoring.set_blocks(lesson=lessons[0], blocks=[{"source": "![In](images/in.png)"}])
    authoring.save_course(course=course, description="![Out](images/out.png)")
    assert client.get(inside.get_absolute_url()).status_code == 200
    assert client.get(outside.get_absolute_url()).status_code == 200
    assert client.get(unused.get_absolute_url()).status_code == 404


def test_a_wrong_name_is_not_found(client, film, enrolled):
    client.force_login(enrolled)
    assert client.get(reverse("courses:asset", args=[film.pk, "other.mp4"])).status_code == 404


@pytest.mark.parametrize(
    ("header", "status", "part", "content_range"),
    [
        ("bytes=0-9", 206, slice(0, 10), "bytes 0-9/256"),
        ("bytes=250-", 206, slice(250, 256), "bytes 250-255/256"),
        ("bytes=250-9999", 206, slice(250, 256), "bytes 250-255/256"),
        ("bytes=-6", 206, slice(250, 256), "bytes 250-255/256"),
        ("bytes=-9999", 206, slice(0, 256), "bytes 0-255/256"),
        ("bytes=255-255", 206, slice(255, 256), "bytes 255-255/256"),
        ("bytes=256-", 416, None, "bytes */256"),
        ("bytes=-0", 416, None, "bytes */256"),
        ("bytes=9-0", 200, slice(0, 256), None),
        ("bytes=", 200, slice(0, 256), None),
        ("bytes=0-1,3-4", 200, slice(0, 256), None),
        ("lines=0-1", 200, slice(0, 256), None),
        ("bytes=0-" + "9" * 400, 206, slice(0, 256), "bytes 0-255/256"),
    ],
)
def test_range_requests(client, film, enrolled, header, status, part, content_range):
    client.force_login(enrolled)
    answer = client.get(film.get_absolute_url(), headers={"range": header})
    assert answer.status_code == status
    assert answer.headers.get("Content-Range") == content_range
    if part is not None:
        assert body(answer) == CONTENT[part]
        assert int(answer.headers["Content-Length"]) == len(CONTENT[part])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 300), st.integers(0, 300))
def test_any_range_is_the_slice_it_names(client, film, enrolled, first, last):
    client.force_login(enrolled)
    answer = client.get(film.get_absolute_url(), headers={"range": f"bytes={first}-{last}"})
    if answer.status_code == 206:
        assert body(answer) == CONTENT[first : last + 1]
    else:
        assert answer.status_code == (200 if last < first < 256 else 416)


def test_head_names_the_length_and_sends_nothing(client, film, enrolled):
    client.force_login(enrolled)
    answer = client.head(film.get_absolute_url())
    assert answer.headers["Content-Length"] == "256"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.content == b""


def test_an_outdated_part_is_answered_with_the_whole(client, film, enrolled):
    client.force_login(enrolled)
    answer = client.get(film.get_absolute_url(), headers={"range": "bytes=0-9", "if-range": '"other"'})
    assert answer.status_code == 200
    again = client.get(film.get_absolute_url(), headers={"if-none-match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_active_content_is_only_downloaded(client, course, lessons):
    drawing = upload(
        course, "files/drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    )
    authoring.set_blocks(lesson=lessons[0], blocks=[{"kind": "file", "asset": drawing}])
    answer = client.get(drawing.get_absolute_url())
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
