import pytest

from course_sources import CANVAS, CARTRIDGE, write_files, zip_of
from exchange.archives import SourceRefused, open_source
from exchange.readers import common_cartridge, detect
from exchange.report import Report


def read(tmp_path, files, **changes):
    files = {**files, **{name.replace("__", "/"): content for name, content in changes.items()}}
    report = Report()
    outline = common_cartridge.read(write_files(tmp_path / "cartridge", files), report)
    counts = report.counts()
    assert counts["found"] == counts["imported"] + counts["skipped"] + counts["failed"]
    return outline, report.items


def found(items, path, kind=None):
    return next(item for item in items if item.path == path and (kind is None or item.kind == kind))


def lesson(outline, key):
    return next(lesson for lesson in outline.lessons() if lesson.key == key)


def test_folders_are_sections_and_resources_lessons(tmp_path):
    outline, _ = read(tmp_path, CARTRIDGE)
    assert (outline.title, outline.description, outline.language) == (
        "Knots in a cartridge",
        r"Learn \*to\* tie.",
        "en",
    )
    assert outline.topics == ("sailing",)
    assert [(s.title, [p.title for p in s.lessons]) for s in outline.sections] == [
        ("Week 1", ["Read this", "A film"]),
        ("Week 1 · Practice", ["Check"]),
        ("Week 2", ["Talk"]),
        ("Week 2 · Deeper", ["Write", "Leaflet", "Read again"]),
        ("More material", ["Extra"]),
    ]


def test_pages_keep_their_links_and_lose_their_scripts(tmp_path):
    outline, _ = read(tmp_path, CARTRIDGE)
    text = lesson(outline, "page").blocks[0].markdown
    assert "[More](lesson:extra)" in text
    assert "[leaflet](media:files/leaf_let.pdf)" in text
    assert "![A bowline](media:knot.png)" in text
    assert "steal" not in text
    assert set(outline.media) == {"files/leaf_let.pdf", "knot.png"}


def test_each_type_becomes_its_block(tmp_path):
    outline, _ = read(tmp_path, CARTRIDGE)
    kinds = {lesson.key: [block.kind for block in lesson.blocks] for lesson in outline.lessons()}
    assert kinds == {
        "page": ["text"], "link": ["embed"], "quiz": ["quiz"], "topic": ["text", "text"],
        "task": ["exercise"],
        "leaflet": ["file"],
        "page@7": ["text"], "extra": ["text"],
    }  # fmt: skip


def test_quizzes_come_through_the_question_reader_with_their_pictures(tmp_path):
    outline, _ = read(tmp_path, CARTRIDGE)
    quiz = lesson(outline, "quiz").blocks[0].quiz
    (question,) = quiz.data["questions"]
    assert (question["type"], question["name"]) == ("single_choice", "Loop")
    (picture,) = quiz.files
    assert f"question-file:{picture}" in question["text"]


@pytest.mark.parametrize(
    ("path", "kind", "outcome", "reason"),
    [
        ("tool.xml", "imsbasiclti_xmlv1p3", "skipped", "https://tool.example/launch"),
        ("bank.xml", "imsqti_xmlv1p2/imscc_xmlv1p3/question-bank", "skipped", "Question banks"),
        ("pages/lost.html", "webcontent", "failed", "is not in the cartridge"),
        ("pages/unused.css", "webcontent", "skipped", "Nothing that was imported refers to it"),
        ("knot.png", "webcontent", "imported", ""),
        ("quiz.xml", "file_upload_question", "skipped", "Uploads"),
        ("pages/read.html", "webcontent", "imported", "1 link or picture"),
    ],
)
def test_everything_is_listed(tmp_path, path, kind, outcome, reason):
    _, items = read(tmp_path, CARTRIDGE)
    item = found(items, path, kind)
    assert item.outcome == outcome
    assert reason in item.reason


def test_a_missing_resource_is_named(tmp_path):
    _, items = read(tmp_path, CARTRIDGE)
    assert any(i.name == "Gone" and i.outcome == "failed" and "“nowhere”" in i.reason for i in items)


def test_canvas_says_more_in_its_own_files(tmp_path):
    outline, _ = read(tmp_path, CANVAS)
    assert outline.title == "Canvas knots"
    text = lesson(outline, "gpage").blocks[0].markdown
    assert "[the draft](lesson:gdraft)" in text
    assert "[the essay](lesson:gtask)" in text
    assert "![Knot](media:web_resources/Uploaded_Media/knot.png)" in text
    assert "$x^2$" in text
    assert lesson(outline, "gdraft").published is False
    assert lesson(outline, "gtask").blocks[0].kind == "exercise"
    assert "panda" not in str(outline)


def test_canvas_quizzes_are_read_in_the_richer_of_their_two_forms(tmp_path):
    outline, _ = read(tmp_path, CANVAS)
    data = lesson(outline, "gquiz").blocks[0].quiz.data
    assert len(data["questions"]) == 1
    assert (data["attempts"], data["time_limit"], data["description"]) == (3, 20, "Take your time.")


def test_a_broken_side_file_breaks_nothing_else(tmp_path):
    changes = {"gquiz__assessment_meta.xml": "<quiz", "wiki_content__welcome.html": "<p>Unclosed <b>tags"}
    outline, _ = read(tmp_path, CANVAS, **changes)
    assert lesson(outline, "gpage").blocks[0].markdown == "Unclosed **tags**"
    assert lesson(outline, "gquiz").blocks[0].kind == "quiz"


def test_a_broken_resource_fails_alone(tmp_path):
    outline, items = read(tmp_path, CARTRIDGE, **{"topic.xml": "<topic>", "quiz.xml": "<questestinterop"})
    assert found(items, "topic.xml").outcome == "failed"
    assert found(items, "quiz.xml").outcome == "failed"
    assert "Read this" in [lesson.title for lesson in outline.lessons()]


def test_other_encodings_are_read(tmp_path):
    page = "<html><head><meta charset='iso-8859-1'></head><body><p>Größe</p></body></html>".encode("latin-1")
    outline, _ = read(tmp_path, CARTRIDGE, **{"pages__extra.html": page})
    assert lesson(outline, "extra").blocks[0].markdown == "Größe"


def test_a_cartridge_file_is_recognised(tmp_path):
    archive = zip_of(write_files(tmp_path / "files", CARTRIDGE), tmp_path / "knots.imscc")
    with open_source(archive) as root:
        assert detect(root) == "common-cartridge"
        assert common_cartridge.read(root, Report()).title == "Knots in a cartridge"


def test_cartridges_of_one_tool_are_told_apart_by_their_titles(tmp_path):
    first, _ = read(tmp_path / "a", CARTRIDGE)
    other = CARTRIDGE["imsmanifest.xml"].replace("Knots in a cartridge", "Splices")
    second, _ = read(tmp_path / "b", CARTRIDGE, **{"imsmanifest.xml": other})
    assert first.external_id != second.external_id


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        ("<manifest", "can't be read because it is not well-formed"),
        ("<other/>", "is not the manifest of a cartridge"),
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path, manifest, sentence):
    with pytest.raises(SourceRefused, match=sentence):
        read(tmp_path, {"imsmanifest.xml": manifest})


def test_a_manifest_can_not_reach_outside(tmp_path):
    (tmp_path / "secret.html").write_text("<p>secret</p>")
    manifest = CARTRIDGE["imsmanifest.xml"].replace('"pages/extra.html"', '"../secret.html"')
    outline, _ = read(tmp_path, CARTRIDGE, **{"imsmanifest.xml": manifest})
    assert "secret" not in str([lesson.blocks for lesson in outline.lessons()])


SMALL = """<manifest identifier="small" xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1">
{organizations}<resources>
<resource identifier="R1" type="webcontent"><file href="tides.htm"/><file href="moon.gif"/></resource>
<resource identifier="R2" type="webcontent" href="storms.htm"><file href="storms.htm"/></resource>
</resources></manifest>"""
PAGES = {
    "tides.htm": "<html><head><title>Tides</title></head><body><p>The moon pulls.</p></body></html>",
    "storms.htm": "<html><head><title>Storms</title></head><body><p>Wind pushes.</p></body></html>",
}


def test_pages_are_found_without_an_organisation_and_without_an_address_of_their_own(tmp_path):
    outline, _items = read(
        tmp_path, {**PAGES, "imsmanifest.xml": SMALL.format(organizations="<organizations/>")}
    )
    assert [page.title for page in outline.lessons()] == ["Tides", "Storms"]


def test_what_a_cartridge_hides_becomes_a_draft(tmp_path):
    organisation = """<organizations><organization><item><item isvisible="false"><title>Later</title>
    <item identifierref="R1"><title>Tides</title></item></item>
    <item><title>Now</title><item identifierref="R2"><title>Storms</title></item></item>
    </item></organization></organizations>"""
    outline, _items = read(tmp_path, {**PAGES, "imsmanifest.xml": SMALL.format(organizations=organisation)})
    assert [(page.title, page.published) for page in outline.lessons()] == [
        ("Tides", False),
        ("Storms", True),
    ]


def test_files_are_found_where_the_manifest_is_inexact(tmp_path):
    manifest = """<manifest identifier="m"><organizations/><resources>
    <resource identifier="R1" type="webcontent" href="tides"><file href="tides.htm"/></resource>
    <resource identifier="R2" type="webcontent" href="a-|-b.htm"><file href="a-|-b.htm"/></resource>
    <resource identifier="R3" type="imsdt_xmlv1p1"><file href="talk.xml"/></resource>
    </resources></manifest>"""
    files = {"tides.htm": PAGES["tides.htm"], "a-_-b.htm": PAGES["storms.htm"], "imsmanifest.xml": manifest}
    outline, items = read(tmp_path, files)
    assert [page.title for page in outline.lessons()] == ["Tides", "Storms"]
    assert found(items, "talk.xml").reason == "Its file talk.xml is not in the cartridge."


def test_a_quiz_keeps_what_it_says_of_itself_and_the_weights_of_its_questions(tmp_path):
    def said(label, entry):
        return (
            f"<qtimetadatafield><fieldlabel>{label}</fieldlabel><fieldentry>{entry}</fieldentry>"
            "</qtimetadatafield>"
        )

    quiz = CARTRIDGE["quiz.xml"].replace(
        "</qtimetadatafield></qtimetadata>",
        f"</qtimetadatafield>{said('cc_maxattempts', 2)}{said('qmd_timelimit', 20)}</qtimetadata>"
        "<presentation_material><flow_mat><material><mattext texttype='text/html'>&lt;p&gt;Read it "
        "twice.&lt;/p&gt;</mattext></material></flow_mat></presentation_material>",
        1,
    )
    quiz = quiz.replace(
        "<itemmetadata><qtimetadata>", f"<itemmetadata><qtimetadata>{said('cc_weighting', 3)}", 1
    )
    assert "qmd_timelimit" in quiz
    outline, _ = read(tmp_path, CARTRIDGE, **{"quiz.xml": quiz})
    [block] = [block for block in outline.blocks() if block.quiz]
    data = block.quiz.data
    assert (data["attempts"], data["time_limit"], data["description"]) == (2, 20, "Read it twice.")
    assert data["questions"][0]["mark"] == 3.0


def test_files_above_the_page_are_found_without_a_slash_after_the_base(tmp_path):
    page = '<p><a href="$IMS-CC-FILEBASE$../files/leaf_let.pdf">leaflet</a></p>'
    outline, _ = read(tmp_path, CARTRIDGE, **{"pages/read.html": page})
    assert "[leaflet](media:files/leaf_let.pdf)" in lesson(outline, "page").blocks[0].markdown
