"""What Canvas says beside the standard: modules, tools, rules of quizzes, the files of its settings."""

from datetime import UTC, datetime

from django.utils import timezone

from course_sources import write_files
from exchange.readers import common_cartridge
from exchange.report import Report

NAMESPACE = 'xmlns="http://canvas.instructure.com/xsd/cccv1p0"'
CHOICE = (
    '<item ident="a" title="Loop"><itemmetadata><qtimetadata><qtimetadatafield>'
    "<fieldlabel>{label}</fieldlabel><fieldentry>{kind}</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation><material>"
    '<mattext>Which?</mattext></material><response_lid ident="r" rcardinality="Single"><render_choice>'
    '<response_label ident="1"><material><mattext>eye</mattext></material></response_label>'
    '<response_label ident="2"><material><mattext>bow</mattext></material></response_label>'
    "</render_choice></response_lid></presentation><resprocessing><outcomes>"
    '<decvar maxvalue="100" varname="SCORE"/></outcomes><respcondition><conditionvar>'
    '<varequal respident="r">1</varequal></conditionvar><setvar varname="SCORE">100</setvar></respcondition>'
    "</resprocessing></item>"
)
UPLOAD = (
    '<item ident="u" title="Photo"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type'
    "</fieldlabel><fieldentry>file_upload_question</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>"
    "<presentation><material><mattext>Hand in.</mattext></material></presentation></item>"
)


def quiz(items):
    return f'<questestinterop><assessment ident="q"><section>{items}</section></assessment></questestinterop>'


def cartridge(meta="", module="active"):
    return {
        "imsmanifest.xml": (
            '<manifest identifier="m"><organizations><organization><item identifier="root">'
            '<item identifier="m1"><title>Ropes</title>'
            '<item identifier="i1" identifierref="q"><title>Check</title></item>'
            '<item identifier="i2" identifierref="gone"><title>Simulator</title></item></item>'
            '<item identifier="m2"><title>Nothing yet</title></item>'
            "</item></organization></organizations><resources>"
            '<resource identifier="set" href="course_settings/canvas_export.txt" '
            'type="associatedcontent/imscc_xmlv1p1/learning-application-resource">'
            '<file href="course_settings/canvas_export.txt"/><file href="course_settings/rubrics.xml"/>'
            '<file href="course_settings/module_meta.xml"/></resource>'
            '<resource identifier="q" type="imsqti_xmlv1p2/imscc_xmlv1p1/assessment">'
            '<file href="q/assessment_qti.xml"/><dependency identifierref="qm"/></resource>'
            '<resource identifier="qm" href="q/assessment_meta.xml" '
            'type="associatedcontent/imscc_xmlv1p1/learning-application-resource">'
            '<file href="q/assessment_meta.xml"/><file href="non_cc_assessments/q.xml.qti"/></resource>'
            '<resource identifier="site" type="webcontent" href="web_resources/site/index.html">'
            '<file href="web_resources/site/index.html"/><file href="web_resources/site/app.js"/></resource>'
            '<resource identifier="news" type="imsdt_xmlv1p1"><file href="news.xml"/>'
            '<dependency identifierref="newsmeta"/></resource><resource identifier="newsmeta" '
            'href="newsmeta.xml" type="associatedcontent/imscc_xmlv1p1/learning-application-resource">'
            '<file href="newsmeta.xml"/></resource></resources></manifest>'
        ),
        "course_settings/canvas_export.txt": "x",
        "course_settings/rubrics.xml": f"<rubrics {NAMESPACE}/>",
        "course_settings/syllabus.html": "<html><body><p>Plan</p></body></html>",
        "course_settings/module_meta.xml": (
            f'<modules {NAMESPACE}><module identifier="m1"><workflow_state>{module}</workflow_state><items>'
            '<item identifier="i2"><url>https://tool.example/launch</url></item></items></module></modules>'
        ),
        "q/assessment_qti.xml": quiz(CHOICE.format(label="cc_profile", kind="cc.multiple_choice.v0p1")),
        "q/assessment_meta.xml": f'<quiz identifier="q" {NAMESPACE}>{meta}</quiz>',
        "non_cc_assessments/q.xml.qti": quiz(
            CHOICE.format(label="question_type", kind="multiple_choice_question") + UPLOAD
        ),
        "web_resources/site/index.html": "<p>site</p>",
        "web_resources/site/app.js": "1",
        "news.xml": "<topic><title>Harbour closed</title><text>Today.</text></topic>",
        "newsmeta.xml": f"<topicMeta {NAMESPACE}><type>announcement</type></topicMeta>",
    }


def read(tmp_path, files):
    report = Report()
    outline = common_cartridge.read(write_files(tmp_path / "canvas", files), report)
    return outline, report.items


def test_every_file_is_listed_once(tmp_path):
    files = cartridge()
    _, items = read(tmp_path, files)
    listed = [item.path for item in items if item.kind not in {"item", "question"} and item.name != "Photo"]
    # The two forms of the quiz are one line.
    assert sorted(listed) == sorted(set(files) - {"non_cc_assessments/q.xml.qti"})


def test_questions_that_the_standard_has_no_type_for_are_named(tmp_path):
    _, items = read(tmp_path, cartridge())
    photo = next(item for item in items if item.name == "Photo")
    assert (photo.kind, photo.outcome) == ("file_upload_question", "skipped")


def test_tools_empty_modules_and_announcements_have_their_names_and_reasons(tmp_path):
    _, items = read(tmp_path, cartridge())
    told = {item.name: (item.outcome, item.reason) for item in items}
    assert told["Simulator"] == (
        "skipped", "External tools can't be taken along (https://tool.example/launch).",
    )  # fmt: skip
    assert told["Nothing yet"] == ("skipped", "It is empty.")
    assert told["Harbour closed"][0] == "skipped"


def test_an_unpublished_module_becomes_drafts(tmp_path):
    outline, _ = read(tmp_path, cartridge())
    assert [lesson.published for lesson in outline.lessons()] == [True]
    outline, _ = read(tmp_path, cartridge(module="unpublished"))
    assert [lesson.published for lesson in outline.lessons()] == [False]


def test_the_rules_of_a_quiz_are_kept(tmp_path):
    year = timezone.now().year + 1
    meta = (
        "<shuffle_answers>false</shuffle_answers><scoring_policy>keep_latest</scoring_policy>"
        "<show_correct_answers>false</show_correct_answers><access_code>anchor</access_code>"
        "<one_question_at_a_time>true</one_question_at_a_time><cant_go_back>true</cant_go_back>"
        f"<unlock_at>2015-01-01T00:00:00</unlock_at><lock_at>{year}-03-01T00:00:00</lock_at>"
    )
    outline, _ = read(tmp_path, cartridge(meta))
    (lesson,) = outline.lessons()
    assert lesson.blocks[0].quiz.settings == {
        "closes_at": datetime(year, 3, 1, tzinfo=UTC),
        "shuffle_answers": False,
        "grading": "last",
        "one_per_page": True,
        "navigation": "sequential",
        "show_answers": "never",
        "password": "anchor",
    }


def test_files_are_found_by_the_reference_of_their_resource(tmp_path):
    files = cartridge()
    address = "$CANVAS_COURSE_REFERENCE$/file_ref/chart/download?wrap=1"
    files["course_settings/syllabus.html"] = f'<body><p><a href="{address}">The chart</a></p></body>'
    files["web_resources/chart.pdf"] = "%PDF-1.4"
    files["imsmanifest.xml"] = files["imsmanifest.xml"].replace(
        "</resources>",
        '<resource identifier="chart" type="webcontent" href="web_resources/chart.pdf">'
        '<file href="web_resources/chart.pdf"/></resource></resources>',
    )
    outline, _ = read(tmp_path, files)
    assert outline.description == "[The chart](media:web_resources/chart.pdf)"
