"""Hand-made sources of each kind, written into a folder by the tests that read them."""

import io
import tarfile
import zipfile
from pathlib import Path

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


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
