"""Hand-made sources of each kind, written into a folder by the tests that read them."""

import io
import tarfile
import zipfile
from pathlib import Path

from django.core.files.storage import default_storage

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def stored() -> list[str]:
    """Names of all files in the storage, in order."""
    root = Path(default_storage.location)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def lesson_html(course) -> str:
    """All HTML of a course's lessons."""
    from courses.models import Block  # Models can't be imported before Django is set up.

    return "".join(Block.objects.filter(lesson__course=course).values_list("html", flat=True))


def write_files(root: Path, files: dict[str, str | bytes]) -> Path:
    """Writes each file below `root`; returns `root`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def zip_of(root: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(root).as_posix())
    return target


def tar_of(root: Path, target: Path, prefix: str = "course") -> Path:
    with tarfile.open(target, "w:gz") as archive:
        archive.add(root, arcname=prefix)
    return target


def tar_with(target: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    """A tar archive with hand-made entries, for entries that no honest tool writes."""
    with tarfile.open(target, "w:gz") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target


OLX = {
    "course.xml": '<course url_name="2024" org="Harbour" course="KN101"/>',
    "course/2024.xml": """<course display_name="Knots for Sailors" language="en" course_image="cover.png"
        instructor_info='{"instructors": [{"name": "Ada Rope"}]}'>
      <chapter url_name="start"/>
      <chapter url_name="practice"/>
      <chapter url_name="gone"/>
      <wiki slug="Harbour.KN101.2024"/>
    </course>""",
    "chapter/start.xml": """<chapter display_name="First knots">
      <sequential url_name="bowline"/><sequential url_name="empty"/>
    </chapter>""",
    "sequential/bowline.xml": """<sequential display_name="The bowline">
      <vertical url_name="why"/>
      <vertical url_name="film"/>
      <vertical url_name="staff"/>
    </sequential>""",
    "sequential/empty.xml": '<sequential display_name="Nothing yet"/>',
    "vertical/why.xml": """<vertical display_name="Why it holds">
      <html url_name="intro"/>
      <problem url_name="loop"/>
      <html url_name="after"/>
      <lti url_name="tool"/>
    </vertical>""",
    "vertical/film.xml": """<vertical display_name="See it tied">
      <video url_name="tying"/>
      <discussion url_name="talk" discussion_category="Week 1" discussion_target="Your first bowline"/>
    </vertical>""",
    "vertical/staff.xml": """<vertical display_name="Notes for staff" visible_to_staff_only="true">
      <html url_name="staffnote"/>
    </vertical>""",
    "html/intro.xml": '<html filename="intro" display_name="Introduction"/>',
    "html/intro.html": """<p>A <b>bowline</b> makes a loop. See <a href="/jump_to_id/drill">the drill</a>,
      <a href="/static/rope.pdf">the leaflet</a> and <a href="javascript:alert(1)">this</a>.</p>
      <p><img src="/static/my knot.png" alt="A bowline"></p><script>alert("x")</script>
      <p>Load is \\(F_1 = 2 F_2\\).</p><iframe src="https://www.youtube.com/embed/abcDEF12345"></iframe>""",
    "html/after.xml": '<html display_name="After">Text <i>inside</i> the definition.</html>',
    "html/staffnote.xml": '<html display_name="Note"><![CDATA[<p>Only for staff.</p>]]></html>',
    "html/orphan.xml": '<html filename="orphan"/>',
    "html/orphan.html": "<p>Nobody refers to me.</p>",
    "lti/tool.xml": '<lti display_name="Simulator" launch_url="https://tool.example/launch"/>',
    "problem/loop.xml": """<problem display_name="The loop" max_attempts="2">
      <multiplechoiceresponse>
        <label>What does a bowline make?</label>
        <description>Choose one.</description>
        <choicegroup type="MultipleChoice" shuffle="true">
          <choice correct="true">A fixed loop<choicehint>It does not slip.</choicehint></choice>
          <choice correct="false">A hitch</choice>
        </choicegroup>
        <solution><div class="detailed-solution"><p>Explanation</p><p>The loop is fixed.</p></div></solution>
      </multiplechoiceresponse>
      <demandhint><hint>Think of a rabbit.</hint></demandhint>
    </problem>""",
    "video/tying.xml": """<video display_name="Tying" youtube="1.00:abcDEF12345" sub=""
        transcripts='{"en": "tying-en.srt"}'><transcript language="en" src="tying-en.srt"/></video>""",
    "static/tying-en.srt": "1\n00:00:01,000 --> 00:00:02,500\nMake a loop.\n\n2\n00:00:03,000 --> 00:00:04,000\nGo round.\n",
    "static/my_knot.png": PNG,
    "static/cover.png": PNG,
    "static/rope.pdf": b"%PDF-1.4 leaflet",
    "static/unused.css": "body { color: red }",
    "chapter/practice.xml": """<chapter display_name="Practice">
      <sequential url_name="drill"/>
    </chapter>""",
    "sequential/drill.xml": """<sequential display_name="Drill" graded="true" format="Homework">
      <vertical url_name="d1"/><vertical url_name="d2"/><vertical url_name="d3"/>
    </sequential>""",
    "vertical/d1.xml": """<vertical display_name="One">
      <problem url_name="many"/>
    </vertical>""",
    "vertical/d2.xml": """<vertical display_name="Two">
      <library_content url_name="bank" max_count="1" source_library_id="library-v1:Harbour+KN">
        <problem url_name="numbers"/><problem url_name="simple"/>
      </library_content>
    </vertical>""",
    "vertical/d3.xml": """<vertical display_name="Three">
      <problem url_name="scripted"/><problem url_name="broken"/><problem url_name="missing"/>
    </vertical>""",
    "problem/many.xml": """<problem display_name="Many parts">
      <p>Which belong to a boat?</p>
      <choiceresponse partial_credit="EDC">
        <checkboxgroup><choice correct="true">A sheet</choice><choice correct="false">A lamp</choice>
          <choice correct="true">A cleat</choice></checkboxgroup>
      </choiceresponse>
      <p>How is the colour of the sea?</p>
      <optionresponse><optioninput options="('blue','it&#39;s grey, often')" correct="blue"/></optionresponse>
      <p>Name the knot.</p>
      <stringresponse answer="bowline" type="ci"><additional_answer answer="bow line"/>
        <stringequalhint answer="hitch">A hitch needs a post.</stringequalhint><textline size="20"/></stringresponse>
      <customresponse cfn="check"><textline/></customresponse>
    </problem>""",
    "problem/numbers.xml": """<problem display_name="Length">
      <p>How long is a fathom in metres?</p>
      <numericalresponse answer="1.8288"><responseparam type="tolerance" default="2%"/>
        <formulaequationinput trailing_text="m"/></numericalresponse>
    </problem>""",
    "problem/simple.xml": """<problem display_name="Simple"
      markdown="&gt;&gt;How many crossings?&lt;&lt;&#10;&#10;= 3 +- 0.5&#10;&#10;[explanation]&#10;Count them.&#10;[explanation]"/>""",
    "problem/scripted.xml": """<problem display_name="Scripted"><script type="loncapa/python">x = random.randint(1, 9)
answer = 2 * x</script><p>Double $x</p><numericalresponse answer="$answer"><textline/></numericalresponse></problem>""",
    "problem/broken.xml": "<problem display_name='Broken'><p>never closed</problem>",
    "policies/2024/policy.json": '{"course/2024": {"display_name": "Knots for Sailors", "start": "2024-01-01T00:00:00Z"}}',
    "policies/2024/grading_policy.json": '{"GRADE_CUTOFFS": {"Pass": 0.7}, "GRADER": []}',
    "about/overview.html": "<section class='about'><h2>About</h2><p>Learn to tie.</p></section>",
    "about/short_description.html": "Knots, from the first loop.",
    "drafts/vertical/why.xml": '<vertical display_name="Why, again" parent_url="block-v1:H+K+2024+type@sequential+block@bowline"/>',
    "drafts/vertical/newone.xml": """<vertical display_name="A new unit" index_in_children_list="1"
      parent_url="block-v1:H+K+2024+type@sequential+block@bowline"><html url_name="newpage"/></vertical>""",
    "drafts/html/newpage.xml": '<html filename="newpage" display_name="New page"/>',
    "drafts/html/newpage.html": "<p>Not yet for learners.</p>",
}

QTI = """<?xml version="1.0" encoding="UTF-8"?>
<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2">
 <assessment ident="a1" title="Check your knots">
  <qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel><fieldentry>cc.exam.v0p1</fieldentry>
   </qtimetadatafield></qtimetadata>
  <section ident="root_section">
   <item ident="q1" title="Loop">
    <itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel>
     <fieldentry>cc.multiple_choice.v0p1</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>
    <presentation>
     <material><mattext texttype="text/html">&lt;p&gt;Which knot? &lt;img src="$IMS-CC-FILEBASE$/knot.png" alt="A knot"/&gt;&lt;/p&gt;</mattext></material>
     <response_lid ident="r1" rcardinality="Single"><render_choice>
      <response_label ident="c1"><material><mattext texttype="text/plain">Bowline</mattext></material></response_label>
      <response_label ident="c2"><material><mattext texttype="text/plain">Hitch</mattext></material></response_label>
     </render_choice></response_lid>
    </presentation>
    <resprocessing><outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>
     <respcondition continue="No"><conditionvar><varequal respident="r1">c1</varequal></conditionvar>
      <setvar action="Set" varname="SCORE">100</setvar></respcondition></resprocessing>
   </item>
   <item ident="q2" title="Upload">
    <itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type</fieldlabel>
     <fieldentry>file_upload_question</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>
    <presentation><material><mattext texttype="text/html">Hand in a picture.</mattext></material></presentation>
   </item>
  </section>
 </assessment>
</questestinterop>"""

CARTRIDGE = {
    "imsmanifest.xml": """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="knots-cc" xmlns="http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1"
  xmlns:lom="http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest">
 <metadata><schema>IMS Common Cartridge</schema><schemaversion>1.3.0</schemaversion>
  <lom:lom><lom:general><lom:title><lom:string language="en">Knots in a cartridge</lom:string></lom:title>
   <lom:description><lom:string>Learn *to* tie.</lom:string></lom:description><lom:language>en</lom:language>
   <lom:keyword><lom:string>sailing</lom:string></lom:keyword></lom:general></lom:lom></metadata>
 <organizations><organization identifier="o" structure="rooted-hierarchy"><item identifier="root">
  <item identifier="m1"><title>Week 1</title>
   <item identifier="i1" identifierref="page"><title>Read this</title></item>
   <item identifier="i2" identifierref="link"><title>A film</title></item>
   <item identifier="h1"><title>Practice</title></item>
   <item identifier="i3" identifierref="quiz"><title>Check</title></item>
   <item identifier="i4" identifierref="tool"><title>Simulator</title></item>
  </item>
  <item identifier="m2"><title>Week 2</title>
   <item identifier="i5" identifierref="topic"><title>Talk</title></item>
   <item identifier="m3"><title>Deeper</title>
    <item identifier="i6" identifierref="task"><title>Write</title></item>
    <item identifier="i7" identifierref="leaflet"><title>Leaflet</title></item>
    <item identifier="i8" identifierref="page"><title>Read again</title></item>
   </item>
   <item identifier="i9" identifierref="nowhere"><title>Gone</title></item>
  </item>
 </item></organization></organizations>
 <resources>
  <resource identifier="page" type="webcontent" href="pages/read.html"><file href="pages/read.html"/>
   <dependency identifierref="pic"/></resource>
  <resource identifier="pic" type="webcontent" href="knot.png"><file href="knot.png"/></resource>
  <resource identifier="unused" type="webcontent" href="pages/unused.css"><file href="pages/unused.css"/></resource>
  <resource identifier="link" type="imswl_xmlv1p3"><file href="link.xml"/></resource>
  <resource identifier="quiz" type="imsqti_xmlv1p2/imscc_xmlv1p3/assessment"><file href="quiz.xml"/></resource>
  <resource identifier="bank" type="imsqti_xmlv1p2/imscc_xmlv1p3/question-bank"><file href="bank.xml"/></resource>
  <resource identifier="tool" type="imsbasiclti_xmlv1p3"><file href="tool.xml"/></resource>
  <resource identifier="topic" type="imsdt_xmlv1p3"><file href="topic.xml"/></resource>
  <resource identifier="task" type="assignment_xmlv1p0" href="task.xml"><file href="task.xml"/></resource>
  <resource identifier="leaflet" type="webcontent" href="files/leaf%20let.pdf"><file href="files/leaf%20let.pdf"/></resource>
  <resource identifier="extra" type="webcontent" href="pages/extra.html"><file href="pages/extra.html"/></resource>
  <resource identifier="lost" type="webcontent" href="pages/lost.html"><file href="pages/lost.html"/></resource>
 </resources>
</manifest>""",
    "pages/read.html": """<html><head><title>The bowline</title><script>steal()</script></head><body>
      <h1>The bowline</h1><p onclick="steal()">It holds. <a href="extra.html">More</a>,
      <a href="$IMS-CC-FILEBASE$/files/leaf%20let.pdf">leaflet</a>, <a href="gone.html">gone</a>.</p>
      <img src="../knot.png" alt="A bowline"></body></html>""",
    "pages/extra.html": "<html><body><p>Something <em>more</em>.</p></body></html>",
    "pages/unused.css": "p {}",
    "knot.png": PNG,
    "files/leaf let.pdf": b"%PDF-1.4 leaflet",
    "link.xml": """<webLink xmlns="http://www.imsglobal.org/xsd/imsccv1p3/imswl_v1p3"><title>Film</title>
      <url href="https://www.youtube.com/watch?v=abcDEF12345"/></webLink>""",
    "quiz.xml": QTI,
    "bank.xml": "<questestinterop><objectbank ident='b'/></questestinterop>",
    "tool.xml": """<cartridge_basiclti_link xmlns="http://www.imsglobal.org/xsd/imslticc_v1p3"
      xmlns:blti="http://www.imsglobal.org/xsd/imsbasiclti_v1p0"><blti:title>Sim</blti:title>
      <blti:launch_url>https://tool.example/launch</blti:launch_url></cartridge_basiclti_link>""",
    "topic.xml": """<topic xmlns="http://www.imsglobal.org/xsd/imsccv1p3/imsdt_v1p3"><title>Your first knot</title>
      <text texttype="text/html">&lt;p&gt;How did it &lt;b&gt;go&lt;/b&gt;?&lt;/p&gt;</text></topic>""",
    "task.xml": """<assignment xmlns="http://www.imsglobal.org/xsd/imscc_extensions/assignment"><title>Describe</title>
      <text texttype="text/html">&lt;p&gt;Describe a hitch.&lt;/p&gt;</text></assignment>""",
}

CANVAS = {
    "imsmanifest.xml": """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="g1" xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1">
 <metadata><schema>IMS Common Cartridge</schema><schemaversion>1.1.0</schemaversion></metadata>
 <organizations><organization identifier="org_1" structure="rooted-hierarchy"><item identifier="LearningModules">
  <item identifier="gm"><title>Start here</title>
   <item identifier="gi1" identifierref="gpage"><title>Welcome</title></item>
   <item identifier="gi2" identifierref="gquiz"><title>Quiz</title></item>
   <item identifier="gi3" identifierref="gtask"><title>Essay</title></item></item></item></organization></organizations>
 <resources>
  <resource identifier="gset" type="associatedcontent/imscc_xmlv1p1/learning-application-resource"
    href="course_settings/canvas_export.txt"><file href="course_settings/course_settings.xml"/>
    <file href="course_settings/canvas_export.txt"/></resource>
  <resource identifier="gpage" type="webcontent" href="wiki_content/welcome.html"><file href="wiki_content/welcome.html"/></resource>
  <resource identifier="gdraft" type="webcontent" href="wiki_content/draft.html"><file href="wiki_content/draft.html"/></resource>
  <resource identifier="gpic" type="webcontent" href="web_resources/Uploaded Media/knot.png">
    <file href="web_resources/Uploaded Media/knot.png"/></resource>
  <resource identifier="gquiz" type="imsqti_xmlv1p2/imscc_xmlv1p1/assessment"><file href="gquiz/assessment_qti.xml"/>
    <dependency identifierref="gquizmeta"/></resource>
  <resource identifier="gquizmeta" type="associatedcontent/imscc_xmlv1p1/learning-application-resource"
    href="gquiz/assessment_meta.xml"><file href="gquiz/assessment_meta.xml"/>
    <file href="non_cc_assessments/gquiz.xml.qti"/></resource>
  <resource identifier="gtask" type="associatedcontent/imscc_xmlv1p1/learning-application-resource"
    href="gtask/essay.html"><file href="gtask/essay.html"/><file href="gtask/assignment_settings.xml"/></resource>
 </resources></manifest>""",
    "course_settings/course_settings.xml": "<course xmlns='http://canvas.instructure.com/xsd/cccv1p0'><title>Canvas knots</title></course>",
    "course_settings/canvas_export.txt": "Q: What did the panda say?",
    "wiki_content/welcome.html": """<html><head><title>Welcome</title><meta name="workflow_state" content="active"/></head><body>
      <p>See <a href="$WIKI_REFERENCE$/pages/draft">the draft</a> and
      <a href="$CANVAS_OBJECT_REFERENCE$/assignments/gtask">the essay</a>.</p>
      <p><img src="$IMS-CC-FILEBASE$/Uploaded%20Media/knot.png?canvas_download=1" alt="Knot">
      <img class="equation_image" data-equation-content="x^2" src="/equation_images/x"></p></body></html>""",
    "wiki_content/draft.html": """<html><head><title>Draft page</title><meta name="workflow_state" content="unpublished"/></head>
      <body><p>Not yet.</p></body></html>""",
    "web_resources/Uploaded Media/knot.png": PNG,
    "gquiz/assessment_qti.xml": "<questestinterop><assessment ident='gquiz' title='Quiz'><section ident='r'/></assessment></questestinterop>",
    "gquiz/assessment_meta.xml": """<quiz xmlns="http://canvas.instructure.com/xsd/cccv1p0"><title>Quiz</title>
      <description>&lt;p&gt;Take your time.&lt;/p&gt;</description><allowed_attempts>3</allowed_attempts>
      <time_limit>20</time_limit></quiz>""",
    "non_cc_assessments/gquiz.xml.qti": QTI.replace(
        "$IMS-CC-FILEBASE$/knot.png", "$IMS-CC-FILEBASE$/Uploaded%20Media/knot.png"
    ),
    "gtask/essay.html": "<html><head><title>Assignment: Essay</title></head><body><p>Write about knots.</p></body></html>",
    "gtask/assignment_settings.xml": """<assignment xmlns="http://canvas.instructure.com/xsd/cccv1p0"><title>Essay on knots</title>
      <workflow_state>published</workflow_state></assignment>""",
}
