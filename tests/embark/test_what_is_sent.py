"""What goes over the wire: pages compressed for those who take it, style sheets in one file, icons without
what the style sheet says of them all."""

import gzip
import json
import re

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

SHEETS = settings.BASE_DIR / "static" / "css"


def zipped(path, client=None):
    return (client or Client()).get(path, headers={"Accept-Encoding": "gzip"})


def test_a_page_is_compressed_for_who_takes_it(db, world):
    path = world.preview.get_absolute_url()
    plain, small = Client().get(path), zipped(path)
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in small.headers["Vary"]
    assert len(small.content) < len(plain.content) / 3
    opened = gzip.decompress(small.content).decode()
    assert world.preview.title in opened
    assert opened.endswith("</html>\n")


def test_the_length_of_a_compressed_page_tells_nothing(db, world):
    """Signed in, every form's token is masked anew, and the stream is padded at random."""
    client = Client()
    client.force_login(world.learner)
    path = reverse("courses:my_notes")
    assert len({len(zipped(path, client).content) for _ in range(8)}) > 1


@pytest.mark.parametrize("name", ["api:courses", "courses:titles"])
def test_what_programs_read_keeps_its_bytes(db, world, name):
    answer = zipped(f"{reverse(name)}?q=numb")
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A folder of collected static files, made as a served site has them."""
    folder = tmp_path_factory.mktemp("collected")
    served = {**settings.STORAGES, "staticfiles": {"BACKEND": "embark.static_files.ServedFiles"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "STATIC_ROOT", folder)
        patch.setattr(settings, "STORAGES", served)
        call_command("collectstatic", verbosity=0, interactive=False)
    return folder


def test_style_sheets_are_one_file_once_collected(collected):
    names = re.findall(r'@import url\("/static/css/([\w.-]+)"\)', (SHEETS / "site.css").read_text())
    assert set(names) == {path.name for path in SHEETS.glob("*.css")} - {
        "admin.css",
        "authoring.css",
        "site.css",
    }
    sheet = (collected / "css" / "site.css").read_text()
    assert "@import" not in sheet
    assert "/*" not in sheet
    braces = sum((SHEETS / name).read_text().count("{") for name in names)
    comments = sum(
        "".join(re.findall(r"/\*.*?\*/", (SHEETS / name).read_text(), re.S)).count("{") for name in names
    )
    assert sheet.count("{") == sheet.count("}") == braces - comments
    assert sheet.index("@layer reset") < sheet.index("@layer tokens {") < sheet.index(".breadcrumbs")


def test_collected_files_name_each_other_by_their_content(collected):
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]
    script = (collected / names["js/embark.js"]).read_text()
    asked = re.findall(r'from "\./([\w.-]+)"', script)
    assert len(asked) == script.count("import ")
    assert {f"js/{name}" for name in asked} <= set(names.values())
    assert (
        names["fonts/figtree-latin.woff2"].rpartition("/")[2]
        in (collected / names["css/site.css"]).read_text()
    )


def test_an_icon_leaves_its_strokes_to_the_style_sheet():
    drawn = Template('{% load components %}{% icon "clock" 18 "flip-rtl" %}').render(Context())
    assert drawn.startswith('<svg width="18" height="18" viewBox="0 0 24 24"')
    assert 'class="icon flip-rtl"' in drawn
    assert 'aria-hidden="true"' in drawn
    assert "stroke" not in drawn
    assert ">\n" not in drawn
    assert "stroke: currentColor" in (SHEETS / "base.css").read_text()
